/** Real slides against independent decodes: OpenSlide 3.4.1 (reference.json) and Pillow with libtiff and libjpeg (levels.json, see levels.py). */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { sharedPath, sharedTest } from '../shared-data.js'
import { cut, openAt, readLevel } from './open-buffer.js'

interface Reference {
  vendor: string
  levels: [number, number][]
  mpp: [string | null, string | null]
  objective: string | null
  associated: string[]
  regions: { level: number; x: number; y: number; w: number; h: number; sha256?: string; meanRGB?: number[] }[]
}
interface Expected {
  width: number
  height: number
  sha256: string
  mean: number[]
}

const reference: Record<string, Reference> = existsSync(sharedPath('reference.json'))
  ? JSON.parse(readFileSync(sharedPath('reference.json'), 'utf8')).slides
  : {}
const pillow: Record<string, Expected[]> = JSON.parse(readFileSync(`${packageRoot}test/readers/levels.json`, 'utf8')).files

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const meanOf = (rgb: Uint8Array) => [0, 1, 2].map((c) => rgb.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / (rgb.length / 3))

const supported = [
  'wsi/aperio/CMU-1-Small-Region.svs',
  'wsi/aperio/small.svs',
  'wsi/tiff/slaid-test.tif',
  'wsi/tiff/slaid-patch-8-level.tif',
  'wsi/tiff/boxes.tiff',
  'wsi/tiff/small_HE_levels.tiff',
  'wsi/tiff/panimg-valid_tiff.tif',
  'wsi/tiff/yb10kx5k.zstd.tiff',
  'wsi/tiff/CMU-1-Small-Region.jpeg.tiff',
  'wsi/tiff/CMU-1-Small-Region.webp.tiff',
]

for (const file of supported) {
  sharedTest(`as OpenSlide reads it: ${file}`, [file, 'reference.json'], async (t, uri) => {
    const wanted = reference[file]!
    const slide = await openAt(t, uri!)
    const { info } = slide
    t.deepEqual(
      info.levels.map(({ width, height }) => [width, height]),
      wanted.levels,
    )
    t.deepEqual(info.associated, wanted.associated)
    if (wanted.mpp[0] !== null) t.is(info.mpp?.x, Number(wanted.mpp[0]))
    if (wanted.objective !== null) t.is(info.power, Number(wanted.objective))
    for (const { level, x, y, w, h, sha256: hash } of wanted.regions) {
      // OpenSlide on libtiff reads levels smaller than their tile wrongly ("raster width adapted"); those are checked against Pillow.
      if (level > 0) continue
      const rgb = await cut(slide, x, y, w, h)
      t.is(sha256(asOpenSlide(rgb, x, y, w, h, info.width, info.height)), hash!, `level ${level} at ${x}, ${y}`)
    }
  })
}

/** OpenSlide's RGBA: nothing (0, 0, 0, 0) outside of the slide. */
function asOpenSlide(rgb: Uint8Array, x0: number, y0: number, w: number, h: number, width: number, height: number): Uint8Array {
  const rgba = new Uint8Array(w * h * 4)
  for (let y = 0; y < Math.min(h, height - y0); y++) {
    for (let x = 0; x < Math.min(w, width - x0); x++) {
      const i = y * w + x
      rgba.set([rgb[i * 3]!, rgb[i * 3 + 1]!, rgb[i * 3 + 2]!, 255], i * 4)
    }
  }
  return rgba
}

for (const [file, levels] of Object.entries(pillow)) {
  sharedTest(`every level as Pillow decodes it, byte for byte: ${file}`, [file], async (t, uri) => {
    // Grey and resolution-free pictures are tiles, not slides.
    const slide = await openAt(t, uri!, /patches|orientation/.test(file) ? 'tile' : 'slide')
    for (const [i, level] of slide.info.levels.entries()) {
      const wanted = levels[i]!
      t.deepEqual([level.width, level.height], [wanted.width, wanted.height])
      const rgb = await readLevel(slide, i)
      const hash = sha256(rgb)
      // The means say how wrong it is, where it is.
      if (hash !== wanted.sha256) t.deepEqual(meanOf(rgb), wanted.mean)
      t.is(hash, wanted.sha256, `level ${i}`)
    }
  })
}

sharedTest('the pictures beside a slide as Pillow decodes them', ['wsi/aperio/CMU-1-Small-Region.svs'], async (t, uri) => {
  const slide = await openAt(t, uri!)
  for (const [name, page] of [
    ['thumbnail', 1],
    ['label', 2],
    ['macro', 3],
  ] as const) {
    const { data, width, height } = await slide.associated(name)
    const wanted = pillow['wsi/aperio/CMU-1-Small-Region.svs']![page]!
    t.deepEqual([width, height, sha256(data)], [wanted.width, wanted.height, wanted.sha256], name)
  }
  await t.throwsAsync(slide.associated('cover'), { code: 'SLIDE_NO_PICTURE', message: /it has: label, macro, thumbnail/ })
})

test('the expected values are there for every supported slide', (t) => {
  for (const file of supported) t.true(file in pillow, file)
})
