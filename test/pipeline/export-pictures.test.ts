/** Pictures made later from a finished table: the bytes of the run's own sink, and another size where another resolution is asked for. */

import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { exportTable, pictureForms } from '../../src/pipeline/export.js'
import { changed, columns, demoPath, demoSlide, drawn, provenance, rows } from '../sinks/pictures.js'
import { openSink, temporary } from '../sinks/tables.js'

/** A table of the demo slide: 7168 x 5120 pixels of 0.5 µm. `uri`: where it says that the slide is. */
async function table(t: ExecutionContext, uri = demoPath): Promise<string> {
  const file = path.join(await temporary(t), 'demo.parquet')
  const slide = await demoSlide(t)
  const context = { path: file, columns, provenance, slide: changed(slide, { uri }), signal: new AbortController().signal }
  await pipeline(rows(), await openSink('parquet', {}, context))
  return file
}

for (const to of pictureForms) {
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

test('a mask cannot be made from a table: said by name, with what to do; so are options that do not fit', async (t) => {
  const from = await table(t)
  const mask = await t.throwsAsync(exportTable(from, { to: 'mask' }), { code: 'UNKNOWN_SINK', message: /does not hold the tissue mask/ })
  t.regex((mask as Error & { hint: string }).hint, /add the sink mask to the pipeline/)
  await t.throwsAsync(exportTable(from, { to: 'samples', options: { at: '4 mpp' } }), { code: 'UNKNOWN_OPTION', message: /no option 'at'/ })
  await t.throwsAsync(exportTable(from, { to: 'overlay', options: { class: 'TUN' } }), {
    code: 'OPTION_INVALID',
    message: /no class 'TUN'/,
  })
  await t.throwsAsync(exportTable(from, { to: 'map', output: `${from}.bmp` }), { code: 'OPTION_INVALID', message: /names no picture/ })
})
