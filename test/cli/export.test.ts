import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { everyRow, everyType, predictionColumns, predictions, temporary, writeTable } from '../sinks/tables.js'
import { tiastream } from './tiastream.js'

test('a table becomes GeoJSON beside it, with the options given', async (t) => {
  const table = path.join(await temporary(t), 'S-1.parquet')
  await writeTable('parquet', table, predictionColumns, predictions(10))
  const { code, stdout } = await tiastream('export', table, '--to', 'qupath', '--set', 'objects=detection')
  t.is(code, 0)
  const file = table.replace('.parquet', '.geojson')
  t.is(stdout, `${file}: 10 rows\n`)
  t.is(JSON.parse(await readFile(file, 'utf8')).features[9].properties.objectType, 'detection')

  const again = await tiastream('export', table, '--to', 'qupath')
  t.is(again.code, 2)
  t.regex(again.stderr, /is there already \[OUTPUT_EXISTS\]/)
  t.is((await tiastream('export', table, '--to', 'qupath', '--force')).code, 0)
})

test('a value that is no text is read as what it looks like', async (t) => {
  const table = path.join(await temporary(t), 'S-1.parquet')
  await writeTable('parquet', table, predictionColumns, predictions(10))
  t.is((await tiastream('export', table, '--to', 'tiatoolbox-json', '--set', 'probabilities=false')).code, 0)
  t.false('probabilities' in JSON.parse(await readFile(table.replace('.parquet', '.raw.json'), 'utf8')))
})

test('a value that looks like a number is text where the option takes text', async (t) => {
  const table = path.join(await temporary(t), 'S-1.parquet')
  await writeTable('parquet', table, predictionColumns, predictions(10))
  for (const name of ['1', '01', 'true']) {
    const { code, stderr } = await tiastream('export', table, '--to', 'qupath', '--set', `model=${name}`)
    t.is(code, 2)
    t.regex(stderr, new RegExp(`^error: model .*'${name}'`))
  }
})

test('the remedy of a sink is told as it is typed here', async (t) => {
  const table = path.join(await temporary(t), 'S-1.parquet')
  await writeTable('parquet', table, everyType, [...everyRow(2)])
  const { code, stderr } = await tiastream('export', table, '--to', 'csv')
  t.is(code, 4)
  t.regex(stderr, /\[VALUE_UNSUPPORTED\]\n {2}say --set vectors=json, or/)
  t.is((await tiastream('export', table, '--to', 'csv', '--set', 'vectors=json')).code, 0)
})

test('a class whose name has a comma is chosen by its name in quotes', async (t) => {
  const table = path.join(await temporary(t), 'S-1.parquet')
  await writeTable('parquet', table, predictionColumns, predictions(10))
  const all = [...predictions(10)]
  const wanted = all.filter((row) => row.class === 'Stroma, "loose"' || row.class === 'Tumor')
  t.true(wanted.some((row) => row.class !== 'Tumor') && wanted.length < all.length)
  const of = (classes: string) => tiastream('export', table, '--to', 'mask', '--force', '--classes', classes)
  const { stdout } = await of('"Stroma, ""loose""", Tumor')
  t.regex(stdout, new RegExp(`: ${wanted.length} of 10 rows`))
  // Whoever writes it as it is called is shown how.
  t.regex((await of('Stroma, "loose"')).stderr, /no class 'Stroma'[\s\S]*its classes are Tumor, "Stroma, ""loose""", Lymphocytes é/)
  t.regex((await of('"Stroma')).stderr, /a name with a comma in double quotes/)
})

test('a wrong form, a wrong option and a foreign table: told, exit 2', async (t) => {
  const table = path.join(await temporary(t), 'x.parquet')
  await writeFile(table, 'no table')
  for (const [args, told] of [
    [['--to', 'qpath'], /there is no export 'qpath'.*\n.*one of annotations/],
    [[], /required option '--to <form>'/],
    [['--to', 'qupath', '--set', 'objects'], /write option=value/],
    [['--to', 'qupath'], /no whole Parquet file/],
  ] as const) {
    const { code, stderr } = await tiastream('export', table, ...args)
    t.is(code, 2)
    t.regex(stderr, told)
  }
})
