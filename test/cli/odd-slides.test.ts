/** One odd slide among sound ones, as a cohort has it, by the real command line: it fails by name or its rows say why, the others are done. */

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import { newGraph } from '../../src/models/onnx/graph.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { meanCard, meanModel, modelFolder } from '../models/folder.js'
import { buildTiff } from '../readers/tiff-builder.js'
import { tiastream } from '../support/command-line.js'
import { resultsOf } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

const classes = meanCard('scale: 1', 'kind: classes, apply: softmax, classes: [a, b, c]')

const receiptOf = async (folder: string, slide: string) =>
  JSON.parse(await readFile(path.join(folder, `out/.tiastream/receipts/${slide}.json`), 'utf8')) as Receipt

/** As long as a real slide is large: sparse but for its first tile, so that the file is small. */
function largeSlide(width: number, height: number): Buffer {
  const tile = 512
  const tiles = Array<Uint8Array>(Math.ceil(width / tile) * Math.ceil(height / tile)).fill(new Uint8Array(0))
  tiles[0] = deflateSync(new Uint8Array(tile * tile * 3))
  const tags = { 256: [width], 257: [height], 258: [8, 8, 8], 259: [8], 262: [2], 277: [3], 284: [1], 322: [tile], 323: [tile] }
  return buildTiff([{ tags, tiles }])
}

test('whatever a slide of a list brings, it fails alone: sizes, masks, files that are gone, rows functions', async (t) => {
  const folder = await tempFolder(t)
  const model = await modelFolder(t, classes, meanModel('float32', 'NCHW', 'N', 16))
  await mkdir(path.join(folder, 'in'))
  const sound = path.join(packageRoot, 'fixtures/small/deflate-predictor.tif')
  const small = ['first', 'throws', 'late', 'wrong', 'infinite', 'masked', 'enlarged', 'middle', 'last']
  for (const name of small) await copyFile(sound, path.join(folder, `in/${name}.tif`))
  await writeFile(path.join(folder, 'in/large.tif'), largeSlide(90_112, 65_536))
  await writeFile(
    path.join(folder, 'list.csv'),
    `${[
      'uri,mpp,mask',
      'in/first.tif,0.25,',
      'in/large.tif,0.25,',
      'in/gone.tif,0.25,',
      'in/throws.tif,0.25,',
      'in/late.tif,0.25,',
      'in/middle.tif,0.25,',
      'in/wrong.tif,0.25,',
      'in/infinite.tif,1e308,',
      'in/enlarged.tif,100000,',
      'in/masked.tif,0.25,in/no-mask.png',
      'in/last.tif,0.25,',
    ].join('\n')}\n`,
  )
  await writeFile(
    path.join(folder, 'rows.mjs'),
    `export default (rows, { slide }) => {
  if (slide.id === 'throws') throw new TypeError('no such stain')
  return rows.map((row) => {
    if (slide.id === 'late' && row.index === 20) undefined.stain
    return { ...row, score: slide.id === 'wrong' ? 'high' : 1 }
  })
}
`,
  )
  await writeFile(
    path.join(folder, 'p.yml'),
    `output: ./out
slides: { list: list.csv }
stages:
  - grid: { size: 16 px, at: baseline }
  - mask: { method: none }
  - extract
  - batch
  - infer: { model: ${model} }
  - merge
  - rows: { module: ./rows.mjs, columns: [{ name: score, type: float32 }] }
sinks: [csv, parquet, overlay: { at: 1 mpp, file: "{slide}.png" }]
runtime: { lanes: 1 }
`,
  )
  const { code, err } = await tiastream(['run', 'p.yml'], folder)
  t.is(code, 1, err)
  t.regex(err, /warning: 2 of 11 slides will fail: gone \(.*\), masked \(/)
  const failed = {
    large: ['PICTURE_TOO_LARGE', /22528 x \d+ pixels/],
    gone: ['SLIDE_MISSING', /gone\.tif/],
    throws: ['ROWS_FUNCTION', /no such stain/],
    late: ['ROWS_FUNCTION', /stain/],
    wrong: ['ROW_INVALID', /'score' is float32, but holds "high"/],
    infinite: ['SLIDE_NO_RESOLUTION', /infinite\.tif would be/],
    enlarged: ['PICTURE_TOO_LARGE', /100000 times as wide/],
    masked: ['MASK_MISSING', /no-mask\.png/],
  } as const
  for (const [slide, [what, why]] of Object.entries(failed)) {
    const { status, error } = await receiptOf(folder, slide)
    t.is(status, 'failed', slide)
    t.is(error?.code, what, `${slide}: ${error?.message}`)
    t.regex(error!.message, why)
    t.true(error!.message.includes(slide), error!.message)
    t.regex(err, new RegExp(`^${slide}: FAILED: .*\\[${what}\\]`, 'm'))
  }
  for (const slide of ['first', 'middle', 'last']) {
    // 101 × 71 pixels are 7 × 5 patches of 16.
    t.like(await receiptOf(folder, slide), { status: 'done', rows: 35, unreadable: 0, unanswered: 0 })
  }
  t.deepEqual(
    [...(await resultsOf(path.join(folder, 'out'))).keys()],
    ['first', 'last', 'middle'].flatMap((name) => [`${name}.csv`, `rows/${name}.parquet`, `${name}.png`]).sort(),
  )
})

test('a patch that the model has no number for is a row with status unanswered and nulls; its neighbour keeps its answer', async (t) => {
  const folder = await tempFolder(t)
  // The logarithm of the mean of each channel: of black it is −Infinity.
  const graph = newGraph('log')
  const mean = graph.node('ReduceMean', 'm', [graph.input('x', 'float32', ['N', 3, 16, 16])], { axes: [2, 3], keepdims: 0 })
  graph.output(graph.node('Log', 'mean', [mean]), 'float32', ['N', 3])
  const model = await modelFolder(
    t,
    meanCard('scale: 1', 'kind: values, values: [{ name: red, about: R. }, { name: green, about: G. }, { name: blue, about: B. }]'),
    graph.bytes(),
  )
  await mkdir(path.join(folder, 'in'))
  const half = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#ffffff' } })
    .png()
    .toBuffer()
  const left = sharp({ create: { width: 32, height: 16, channels: 3, background: '#000000' } })
  await left
    .composite([{ input: half, left: 16, top: 0 }])
    .png()
    .toFile(path.join(folder, 'in/half.png'))
  await writeFile(path.join(folder, 'in/white.png'), half)
  await writeFile(
    path.join(folder, 'p.yml'),
    `output: ./out
tiles: { glob: "./in/*.png" }
stages: [grid: { size: 16 px, at: baseline }, extract, batch, infer: { model: ${model} }, merge]
sinks: [jsonl, parquet, arrow, csv]
`,
  )
  const { code, err } = await tiastream(['run', 'p.yml'], folder)
  t.is(code, 1, err)
  t.regex(err, /half: 2 rows in .*, the model has no answer for 1 patch/)
  t.like(await receiptOf(folder, 'half'), { status: 'done', rows: 2, unreadable: 0, unanswered: 1 })
  t.like(await receiptOf(folder, 'white'), { status: 'done', rows: 1, unanswered: 0 })
  const [dark, bright] = (await readFile(path.join(folder, 'out/half.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.like(dark, { status: 'unanswered', red: null, green: null, blue: null })
  t.regex(dark.error, /output 'mean' says -Infinity for 'red'/)
  t.like(bright, { status: 'ok', error: null })
  for (const name of ['red', 'green', 'blue']) t.true(Math.abs(bright[name] - Math.log(255)) < 1e-6)
  const again = await tiastream(['run', 'p.yml'], folder)
  t.is(again.code, 0, 'what is done is done')
})
