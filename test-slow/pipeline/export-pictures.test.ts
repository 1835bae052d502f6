/** Pictures made later from a finished table: the bytes of the run's own sink, and another size where another resolution is asked for. */

import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { pictureForms } from '../../src/core/files/may-replace.js'
import type { Row } from '../../src/core/row.js'
import { exportTable } from '../../src/pipeline/export.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { receiptOf } from '../../test/results/outputs.js'
import { columns, demoPath, demoSlide, drawn, provenance, rows } from '../../test/sinks/pictures.js'
import { openSink, predictionColumns, predictions, temporary, writeTable } from '../../test/sinks/tables.js'
import { writeReceipt } from '../../test/support/write-receipt.js'

/** A table of the demo slide: 7168 x 5120 pixels of 0.5 µm. `uri`: where its receipt says that the slide is. */
async function table(t: ExecutionContext, uri = demoPath): Promise<string> {
  const file = path.join(await temporary(t), 'demo.parquet')
  const context = { path: file, columns, provenance, slide: await demoSlide(t), signal: new AbortController().signal }
  await pipeline(batchesOf(columns, rows()), await openSink('parquet', {}, context))
  await writeReceipt(await storeOf(path.dirname(file)), receiptOf('demo', { uri }))
  return file
}

for (const to of pictureForms.filter((form) => form !== 'mask')) {
  test(`${to}: from the table the same bytes as in the run`, async (t) => {
    const { file } = await exportTable(await table(t), { to })
    const own = await drawn(t, to, { file: `x${path.extname(file)}` })
    t.true(readFileSync(file).equals(own.bytes))
    t.false(existsSync(`${file}.partial`))
  })
}

test('another resolution is another size: 3584 x 2560 µm', async (t) => {
  const from = await table(t)
  for (const [to, at, size] of [
    ['map', '8mpp', [448, 320]],
    ['map', '16 mpp', [224, 160]],
    ['thumbnail', '8 mpp', [448, 320]],
    ['thumbnail', '2 mpp', [1792, 1280]],
  ] as const) {
    const { file } = await exportTable(from, { to, output: path.join(path.dirname(from), `${to}.png`), options: { at }, force: true })
    const { width, height } = await sharp(file).metadata()
    t.deepEqual([width, height], [...size], `${to} ${at}`)
  }
})

test('a map needs no slide; an overlay finds a moved one, and says where it looked', async (t) => {
  const from = await table(t, '/nowhere/demo.tif')
  const own = await drawn(t, 'map', { file: 'x.npy' })
  const { file } = await exportTable(from, { to: 'map', output: from.replace('.parquet', '.npy') })
  t.true(readFileSync(file).equals(own.bytes))
  for (const to of ['overlay', 'samples', 'thumbnail']) {
    await t.throwsAsync(exportTable(from, { to }), { code: 'SLIDE_MISSING', message: /nowhere/ })
  }
  const moved = path.join(path.dirname(from), 'moved.tif')
  copyFileSync(demoPath, moved)
  t.true(existsSync((await exportTable(from, { to: 'samples', slide: moved })).file))
})

for (const ending of ['png', 'tif']) {
  test(`a mask as ${ending} is white where the patches that were asked for lie, to the pixel, without the slide`, async (t) => {
    // 0.25 µm a pixel, patches of 448 baseline pixels side by side: at 14 µm a pixel each is 8 x 8 pixels.
    const from = path.join(await temporary(t), 'S-1.parquet')
    await writeTable('parquet', from, predictionColumns, predictions(250))
    const made = [...predictions(250)]
    const asked: [options: Record<string, unknown>, counts: (row: Row) => boolean][] = [
      [{}, ({ status }) => status === 'ok'],
      [{ rows: 'all' }, () => true],
      [{ classes: ['Tumor', 'Lymphocytes é'] }, ({ class: name }) => name === 'Tumor' || name === 'Lymphocytes é'],
    ]
    for (const [i, [options, counts]] of asked.entries()) {
      const output = path.join(path.dirname(from), `m${i}.${ending}`)
      const { file, rows, of } = await exportTable(from, { to: 'mask', output, options: { ...options, at: '14 mpp' } })
      t.deepEqual([rows, of], [made.filter(counts).length, 250])
      const { data, info } = await sharp(file).removeAlpha().toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
      t.deepEqual([info.width, info.height], [Math.round(46_000 / 56), Math.round(32_914 / 56)])
      let wrong = 0
      for (let y = 0; y < info.height; y++) {
        for (let x = 0; x < info.width; x++) {
          const [column, row] = [x >> 3, y >> 3]
          const patch = column < 100 ? made[row * 100 + column] : undefined
          const white = data[(y * info.width + x) * info.channels]
          if (white !== (patch !== undefined && counts(patch) ? 255 : 0)) wrong++
        }
      }
      t.is(wrong, 0, JSON.stringify(options))
    }
    const output = path.join(path.dirname(from), `m0.${ending}`)
    await t.throwsAsync(exportTable(from, { to: 'mask', output }), { code: 'OUTPUT_EXISTS' })
    t.is((await exportTable(from, { to: 'mask', output, force: true })).file, output)
  })
}

test('a mask is named for what it is; classes and endings that there are not are told', async (t) => {
  const from = path.join(await temporary(t), 'S-1.parquet')
  await writeTable('parquet', from, predictionColumns, predictions(250))
  t.is(path.basename((await exportTable(from, { to: 'mask' })).file), 'S-1.patch-mask.png')
  const wrong = (options: Record<string, unknown>, output?: string) =>
    exportTable(from, {
      to: 'mask',
      options,
      ...(output === undefined ? {} : { output: path.join(path.dirname(from), output) }),
      force: true,
    })
  await t.throwsAsync(wrong({ classes: 'Tumr' }), { code: 'OPTION_INVALID', message: /no class 'Tumr', did you mean 'Tumor'/ })
  await t.throwsAsync(wrong({ classes: 'Tumor', rows: 'all' }), { code: 'OPTION_INVALID' })
  await t.throwsAsync(wrong({}, 'm.geojson'), { code: 'OPTION_INVALID', message: /written by qupath/ })
  await t.throwsAsync(wrong({ at: 'huge' }), { code: 'OPTION_INVALID' })
})

test('options that do not fit are told', async (t) => {
  const from = await table(t)
  await t.throwsAsync(exportTable(from, { to: 'samples', options: { at: '4 mpp' } }), { code: 'UNKNOWN_OPTION', message: /no option 'at'/ })
  await t.throwsAsync(exportTable(from, { to: 'overlay', options: { class: 'TUN' } }), {
    code: 'OPTION_INVALID',
    message: /no class 'TUN'/,
  })
  await t.throwsAsync(exportTable(from, { to: 'map', output: `${from}.bmp` }), { code: 'OPTION_INVALID', message: /map writes \.tif/ })
})
