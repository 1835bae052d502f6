/** `tiastream overlay` and `tiastream thumbnail`: the same bytes as in a run, whole or not at all. */

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { overlay } from '../../src/cli/overlay.js'
import { thumbnail } from '../../src/cli/thumbnail.js'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { buildTiff } from '../readers/tiff-builder.js'
import { receiptOf } from '../results/outputs.js'
import { columns, demoPath, demoSlide, drawn, provenance, rows } from '../sinks/pictures.js'
import { openSink, temporary } from '../sinks/tables.js'
import { writeReceipt } from '../support/write-receipt.js'

async function table(t: ExecutionContext): Promise<string> {
  const file = path.join(await temporary(t), 'demo.parquet')
  const context = { path: file, columns, provenance, slide: await demoSlide(t), signal: new AbortController().signal }
  await pipeline(batchesOf(columns, rows()), await openSink('parquet', {}, context))
  await writeReceipt(await storeOf(path.dirname(file)), receiptOf('demo', { uri: demoPath }))
  return file
}

test('an overlay from a table is the overlay of the run', async (t) => {
  const file = await table(t)
  const made = await overlay(file, { alpha: '30 %' })
  t.is(made, file.replace('demo.parquet', 'demo.overlay.png'))
  t.true(readFileSync(made).equals((await drawn(t, 'overlay', { file: 'x.png', alpha: '30 %' })).bytes))
  await t.throwsAsync(overlay(file), { code: 'OUTPUT_EXISTS' })
  await overlay(file, { force: true, class: 'STR', at: '8 mpp' })
})

test('the overlay of a table in rows/ lies in the output: whoever opens that folder as one table reads every file in it', async (t) => {
  const file = await table(t)
  const out = path.dirname(file)
  mkdirSync(path.join(out, 'rows'))
  const inRows = path.join(out, 'rows', 'demo.parquet')
  renameSync(file, inRows)
  t.is(await overlay(inRows, { at: '16 mpp', slide: demoPath }), path.join(out, 'demo.overlay.png'))
  t.deepEqual(readdirSync(path.join(out, 'rows')), ['demo.parquet'])
})

test('another slide than that of the table is refused; a moved one is found', async (t) => {
  const file = await table(t)
  const moved = path.join(path.dirname(file), 'moved.tif')
  copyFileSync(demoPath, moved)
  await overlay(file, { slide: moved, at: '16 mpp' })
  const other = demoPath.replace('slides/demo.tif', 'small/deflate.tif')
  await t.throwsAsync(overlay(file, { slide: other, force: true }), { code: 'SLIDE_CHANGED' })
})

test('bad options and foreign tables say so, and leave nothing behind', async (t) => {
  const file = await table(t)
  await t.throwsAsync(overlay(file, { at: 'half' }), { code: 'OPTION_INVALID', message: /'half' is no resolution/ })
  await t.throwsAsync(overlay(file, { class: 'TUN' }), { code: 'OPTION_INVALID', message: /no class 'TUN'/ })
  const out = path.join(path.dirname(file), 'x.bmp')
  await t.throwsAsync(overlay(file, { output: out }), { code: 'OPTION_INVALID', message: /overlay writes \.png/ })
  t.false(existsSync(`${out}.partial`))
})

test('a thumbnail by size and by resolution', async (t) => {
  const output = path.join(await temporary(t), 'a.png')
  t.is(await thumbnail(demoPath, { output, longest: 300 }), output)
  t.is((await sharp(output).metadata()).width, 300)
  await t.throwsAsync(thumbnail(demoPath, { output, longest: 300 }), { code: 'OUTPUT_EXISTS' })
  await thumbnail(demoPath, { output, at: '8 mpp', force: true })
  t.is((await sharp(output).metadata()).width, 448)
  await t.throwsAsync(thumbnail(demoPath, { output, at: '8 mpp', longest: 5, force: true }), { code: 'OPTION_INVALID' })
})

test('of a slide with a damaged tile there is a picture, white where the tile is, and that is told', async (t) => {
  const folder = await temporary(t)
  const tags = { 256: [32], 257: [16], 258: [8, 8, 8], 259: [8], 262: [2], 277: [3], 284: [1], 322: [16], 323: [16] }
  const [slide, output] = [path.join(folder, 'a.tif'), path.join(folder, 'a.png')]
  writeFileSync(slide, buildTiff([{ tags, tiles: [deflateSync(Buffer.alloc(16 * 16 * 3, 90)), Buffer.alloc(40, 0x5a)] }]))
  const told: string[] = []
  const write = process.stderr.write
  process.stderr.write = (text: string | Uint8Array) => told.push(String(text)) > 0
  await thumbnail(slide, { output, longest: 32 }).finally(() => {
    process.stderr.write = write
  })
  t.regex(told.join(''), /^warning: .*a\.png is white where the slide cannot be read: .*tile \(1, 0\) of level 0/m)
  const { data } = await sharp(output).raw().toBuffer({ resolveWithObject: true })
  for (let x = 0; x < 32; x++) t.is(data[x * 3], x < 16 ? 90 : 255, `${x}`)
})
