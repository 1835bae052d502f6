/** The whole pipeline on real slides made by others: the same tissue in several formats gives the same rows. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Row } from '../../../src/core/row.js'
import { openParquet } from '../../../src/sinks/parquet/read.js'
import { sharedTest } from '../../shared-data.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

async function rowsOf(file: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of (await openParquet(file)).rows) rows.push(row)
  return rows
}

/** Runs the listed slides without a mask at 0.5 mpp, 224 px; the summary and the rows by id. */
async function runList(t: ExecutionContext, list: string, asked = {}) {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'list.csv'), list)
  const file = await writePipeline(folder, {
    slides: '{ list: ./list.csv }',
    grid: '{ size: 224 px, at: 0.5 mpp }',
    mask: '{ method: none }',
    sinks: '[parquet]',
    ...asked,
  })
  const { summary } = await runFile(file)
  return { summary, rows: (id: string) => rowsOf(path.join(folder, 'out/rows', `${id}.parquet`)), folder }
}

/** Mean difference of a probability, and the share of patches with the same class. */
function compare(a: readonly Row[], b: readonly Row[]) {
  const off = a.map((row, i) => Math.abs((row.prob_eosin_rich as number) - (b[i]!.prob_eosin_rich as number)))
  return { mean: off.reduce((sum, d) => sum + d, 0) / off.length, same: a.filter((row, i) => row.class === b[i]!.class).length / a.length }
}

sharedTest(
  'CMU-1-Small-Region as SVS, BigTIFF JPEG and WebP: the grid of the arithmetic, the same answers',
  ['wsi/aperio/CMU-1-Small-Region.svs', 'wsi/tiff/CMU-1-Small-Region.jpeg.tiff', 'wsi/tiff/CMU-1-Small-Region.webp.tiff'],
  async (t, svs, jpeg, webp) => {
    // The twins' tags say 0.00499 µm: the list corrects them.
    const { summary, rows } = await runList(t, `id,uri,mpp\nsvs,${svs},\njpeg,${jpeg},0.499\nwebp,${webp},0.499\n`)
    t.like(summary, { status: 'done', slides: { done: 3 } })
    const [a, b, c] = [await rows('svs'), await rows('jpeg'), await rows('webp')]
    // 2220 × 2967 px at 0.499 are 2216 × 2961 px at 0.5: ⌈2216 / 224⌉ × ⌈2961 / 224⌉ patches.
    t.is(a.length, 10 * 14)
    t.deepEqual([a.at(-1)!.x0, a.at(-1)!.y0], [9 * 224, 13 * 224])
    const place = ({ index, x0, y0, base_x: bx, base_y: by, base_w: bw, base_h: bh }: Row) => [index, x0, y0, bx, by, bw, bh]
    t.deepEqual(b.map(place), a.map(place))
    t.deepEqual(c.map(place), a.map(place))
    // Encoded again as JPEG of another quality and as lossy WebP: the same tissue, not the same bytes.
    for (const twin of [b, c]) {
      const { mean, same } = compare(a, twin)
      t.true(mean < 0.02 && same >= 0.95, `mean difference ${mean}, ${same} of the classes`)
    }
    t.true(a.filter((row) => row.class === 'background').length > 30 && a.filter((row) => row.class === 'eosin-rich').length > 10)
  },
)

sharedTest(
  'OME-TIFF of H&E and Ki67, a zstd pyramid, strips, SubIFDs: sizes and resolutions as their authors say',
  [
    'wsi/ometiff/OS-1-detail.ome.tif',
    'wsi/ometiff/OS-2-ndpi.ome.tif',
    'wsi/tiff/yb10kx5k.zstd.tiff',
    'wsi/tiff/XYC-half-mpp.tiff',
    'wsi/ometiff/XYC-pyramid-lzw.ome.tiff',
  ],
  async (t, os1, os2, zstd, half, lzw) => {
    const { summary, rows } = await runList(
      t,
      `id,uri,mpp\nos1,${os1},0.25\nos2,${os2},\nzstd,${zstd},0.5\nhalf,${half},\nlzw,${lzw},0.5\n`,
      { model: null },
    )
    t.deepEqual(summary.failures, [])
    // Ki67: 0.2271 µm, 2202 px are 1000 px at 0.5 mpp; five patches a side. The band at its own 0.5.
    t.is((await rows('os2')).length, 5 * 5)
    t.is((await rows('os1')).length, 3 * 3)
    t.is((await rows('zstd')).length, Math.ceil(10000 / 224) * Math.ceil(5000 / 224))
    t.is((await rows('half')).length, 3 * 3)
    t.is((await rows('lzw')).length, 3 * 3)
  },
)

sharedTest(
  'what is not supported is refused by name, and the rest goes on',
  [
    'wsi/aperio/jp2k_1chnl-crop.svs.tif',
    'wsi/czi/s_1_t_1_c_1_z_1.czi',
    'wsi/vectra/small_vectra.qptiff',
    'hostile/wsi/unopenable.tiff',
    'wsi/tiff/kidney-48-5.tif',
    'wsi/tiff/XYC-half-mpp.tiff',
  ],
  async (t, gray, czi, qptiff, unknown, noMpp, good) => {
    const list = Object.entries({ gray, czi, qptiff, unknown, noMpp, good })
    const { summary, folder } = await runList(t, `id,uri\n${list.map(([id, uri]) => `${id},${uri}`).join('\n')}\n`, { model: null })
    t.deepEqual(summary.slides, { done: 1, failed: 5, skipped: 0 })
    const codes = Object.fromEntries(summary.failures.map(({ slide, error }) => [slide, error.code]))
    t.is(codes.noMpp, 'SLIDE_NO_RESOLUTION')
    for (const id of ['gray', 'czi', 'qptiff', 'unknown']) t.is(codes[id], 'SLIDE_UNSUPPORTED', id)
    const receipt = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/receipts/gray.json'), 'utf8')) as {
      error: { message: string }
    }
    t.regex(receipt.error.message, /16/)
  },
)
