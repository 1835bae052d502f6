import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { exportTable, tableForms } from '../../src/pipeline/export.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { openSlide } from '../../src/readers/open.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import { sinks } from '../../src/sinks/registry.js'
import { receiptOf } from '../results/outputs.js'
import { contextOf, everyRow, everyType, openSink, predictionColumns, predictions, temporary, writeTable } from '../sinks/tables.js'
import { writeReceipt } from '../support/write-receipt.js'

async function table(folder: string, rows = 250): Promise<string> {
  const file = path.join(folder, 'S-1.parquet')
  await writeTable('parquet', file, predictionColumns, predictions(rows))
  return file
}

/** As the sink names its files. */
const endingOf = (to: string) => path.extname(sinks[to]!.file)

for (const to of tableForms.filter((form) => form !== 'zarr')) {
  test(`${to}: from the table the same bytes as in the run`, async (t) => {
    const folder = await temporary(t)
    const exported = await exportTable(await table(folder), { to, output: path.join(folder, `exported${endingOf(to)}`) })
    // Other tools have no row for a patch without an answer: the number is that of the file.
    const answered = [...predictions(250)].filter(({ prediction }) => prediction !== null).length
    t.true(answered < 250)
    t.deepEqual([exported.rows, exported.of], [['clam', 'tiatoolbox-json', 'wsinfer'].includes(to) ? answered : 250, 250])
    await writeTable(to, path.join(folder, 'sunk'), predictionColumns, predictions(250))
    t.true((await readFile(exported.file)).equals(await readFile(path.join(folder, 'sunk'))))
    t.false(existsSync(`${exported.file}.partial`))
  })
}

test('files are named after the slide, beside the table; zarr is the folder TIAToolbox writes', async (t) => {
  const folder = await temporary(t)
  const from = await table(folder)
  const names: string[] = []
  for (const to of tableForms) names.push(path.basename((await exportTable(from, { to })).file))
  t.deepEqual(names, [
    'S-1.db',
    'S-1.arrow',
    'S-1.h5',
    'S-1.csv',
    'S-1.geo.parquet',
    'S-1.jsonl',
    'S-1.geojson',
    'S-1.raw.json',
    'S-1.wsinfer.csv',
    'S-1.zarr',
  ])
  t.deepEqual((await readdir(path.join(folder, 'S-1.zarr'))).sort(), ['.zattrs', '.zgroup', 'coordinates', 'predictions', 'probabilities'])
})

test('for QuPath a table that does not say what of its slide was scanned asks the slide', async (t) => {
  const folder = await temporary(t)
  const [file, geojson] = ['leica.parquet', 'leica.geojson'].map((name) => path.join(folder, name)) as [string, string]
  const uri = path.resolve('fixtures/scanners/leica.tif')
  const slide = await openSlide(uri)
  t.teardown(() => slide.close())
  const { bounds, ...before } = slide.info
  const context = { ...contextOf(file, predictionColumns), slide: { ...slide, info: before } }
  await pipeline(batchesOf(predictionColumns, predictions(1)), await openSink('parquet', {}, context))
  await t.throwsAsync(exportTable(file, { to: 'qupath' }), { code: 'SLIDE_MISSING' })
  await writeReceipt(await storeOf(folder), receiptOf(before.id, { uri }))
  await exportTable(file, { to: 'qupath' })
  const [first] = predictions(1)
  t.deepEqual(JSON.parse(await readFile(geojson, 'utf8')).features[0].geometry.coordinates[0][0], [
    (first!.base_x as number) - bounds!.x,
    (first!.base_y as number) - bounds!.y,
  ])
})

test('what is there is not replaced, unless one says so', async (t) => {
  const folder = await temporary(t)
  const from = await table(folder)
  for (const to of ['qupath', 'zarr']) {
    const { file } = await exportTable(from, { to })
    await t.throwsAsync(exportTable(from, { to }), { name: 'PipelineError', code: 'OUTPUT_EXISTS' })
    t.is((await exportTable(from, { to, force: true })).file, file)
  }
  await t.throwsAsync(exportTable(from, { to: 'csv', output: from, force: true }), {
    code: 'OUTPUT_EXISTS',
    message: /is the table itself/,
  })
  t.is((await openParquet(from)).count, 250)
  const map = { to: 'map', output: path.join(folder, 'map.npy'), force: true }
  await exportTable(from, map)
  await t.throwsAsync(exportTable(from, map), { code: 'OUTPUT_EXISTS', message: /map\.npy .* does not say who made it/ })
})

test('an unknown form, an unknown option and a wrong value are told', async (t) => {
  const folder = await temporary(t)
  const from = await table(folder)
  await t.throwsAsync(exportTable(from, { to: 'parquet' }), { name: 'PipelineError', code: 'UNKNOWN_SINK' })
  await t.throwsAsync(exportTable(from, { to: 'geojson' }), { code: 'UNKNOWN_SINK', message: /no export 'geojson': write qupath$/ })
  await t.throwsAsync(exportTable(from, { to: 'qupath', options: { object: 'tile' } }), {
    code: 'UNKNOWN_OPTION',
    message: /no option 'object', did you mean 'objects'/,
  })
  for (const name of ['constructor', '__proto__'])
    await t.throwsAsync(exportTable(from, { to: 'qupath', set: { [name]: '1' } }), { code: 'UNKNOWN_OPTION' })
  await t.throwsAsync(exportTable(from, { to: 'qupath', options: { objects: 'cell' } }), { code: 'OPTION_INVALID', message: /objects/ })
})

test('a table that cannot be such an export leaves nothing behind', async (t) => {
  const folder = await temporary(t)
  const from = path.join(folder, 'x.parquet')
  await writeTable('parquet', from, everyType, everyRow(10))
  for (const to of ['qupath', 'annotations', 'zarr', 'tiatoolbox-json', 'wsinfer', 'clam', 'geoparquet']) {
    const error = await t.throwsAsync(exportTable(from, { to }), { name: 'SinkError', code: 'PLACE_MISSING' })
    // Under the name that it would have had, not that of its draft.
    t.true(error!.message.startsWith(path.join(folder, 'x.')), error!.message)
    t.false(error!.message.includes('.partial'))
  }
  await t.throwsAsync(exportTable(from, { to: 'csv' }), { name: 'SinkError', code: 'VALUE_UNSUPPORTED' })
  t.deepEqual(await readdir(folder), ['x.parquet'])
})

test('a file that is no table of ours is refused', async (t) => {
  const folder = await temporary(t)
  const from = path.join(folder, 'x.parquet')
  await writeFile(from, 'PAR1 is how it begins, but not how it goes on PAR1')
  await t.throwsAsync(exportTable(from, { to: 'qupath' }), { name: 'PipelineError', code: 'TABLE_UNREADABLE' })
  await mkdir(path.join(folder, 'folder.parquet'))
  await t.throwsAsync(exportTable(path.join(folder, 'folder.parquet'), { to: 'qupath' }), {
    name: 'PipelineError',
    code: 'TABLE_UNREADABLE',
  })
})

test('stopped half-way, it removes what it began', async (t) => {
  const folder = await temporary(t)
  const from = await table(folder, 60_000)
  const stop = new AbortController()
  const exported = t.throwsAsync(exportTable(from, { to: 'qupath', signal: stop.signal }))
  // Looked at in each turn of the event loop: the export needs many more.
  while (readdirSync(folder).length < 2) await new Promise(setImmediate)
  stop.abort(new Error('stop'))
  await exported
  t.deepEqual(await readdir(folder), ['S-1.parquet'])
})
