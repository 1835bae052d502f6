/** Regions of real slides as other programs cut them out. */

import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { sharedTest } from '../shared-data.js'
import { cut, openAt, readOne } from './open-buffer.js'

const CMU = 'wsi/aperio/CMU-1-Small-Region.svs'

/** Rows of a 24-bit BMP are stored bottom-up, blue first, padded to 4 bytes. */
function bmpToRgb(bmp: Buffer): { width: number; height: number; data: Buffer } {
  const [start, width, height] = [bmp.readUInt32LE(10), bmp.readInt32LE(18), bmp.readInt32LE(22)]
  const stride = Math.ceil((width * 3) / 4) * 4
  const data = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = start + (height - 1 - y) * stride + x * 3
      data.set([bmp[from + 2]!, bmp[from + 1]!, bmp[from]!], (y * width + x) * 3)
    }
  }
  return { width, height, data }
}

sharedTest(
  'tile (5, 5) is what slideio decodes, bit for bit',
  [CMU, 'golden/slideio/CMU-1-Small-Region-page-0-tile_5-5.bmp'],
  async (t, uri, bmp) => {
    const slide = await openAt(t, uri!)
    const wanted = bmpToRgb(await readFile(bmp!))
    t.deepEqual([wanted.width, wanted.height], [240, 240])
    t.true(wanted.data.equals(await cut(slide, 1200, 1200, 240, 240)))
  },
)

/** Three (100, 100, 3) int32 arrays, one after the other, behind the npy header. */
sharedTest(
  'patches at 2.5x are those of TIAToolbox',
  [CMU, 'golden/tiatoolbox/sample_patch_extraction_svsread.npy'],
  async (t, uri, npy) => {
    const slide = await openAt(t, uri!)
    const bytes = await readFile(npy!)
    const start = 10 + bytes.readUInt16LE(8)
    for (const [i, [x, y]] of [
      [1145, 1490],
      [1100, 1450],
      [1100, 1770],
    ].entries()) {
      // That version took 49 px off the point and 800 level-0 pixels from there.
      const region = { x: x! - 49, y: y! - 49, width: 800, height: 800 }
      const patch = await readOne(slide, { region, width: 100, height: 100 })
      let worst = 0
      for (let k = 0; k < 30_000; k++) worst = Math.max(worst, Math.abs(patch[k]! - bytes.readInt32LE(start + (i * 30_000 + k) * 4)))
      t.is(worst, 0, `patch ${i}`)
    }
  },
)

sharedTest(
  'lossless files of one picture equal that picture',
  ['wsi/tiff/XYC.png', 'wsi/tiff/XYC-half-mpp.tiff', 'wsi/ometiff/XYC-pyramid-lzw.ome.tiff'],
  async (t, png, strips, lzw) => {
    const wanted = await sharp(png!).removeAlpha().raw().toBuffer()
    for (const file of [strips!, lzw!]) {
      const slide = await openAt(t, file)
      t.true(wanted.equals(await cut(slide, 0, 0, 512, 512)), file)
    }
    const tile = await openAt(t, png!, 'tile')
    t.true(wanted.equals(await cut(tile, 0, 0, 512, 512)))
  },
)

sharedTest(
  'the JPEG and WebP twins of a slide look like it',
  [CMU, 'wsi/tiff/CMU-1-Small-Region.jpeg.tiff', 'wsi/tiff/CMU-1-Small-Region.webp.tiff'],
  async (t, svs, jpeg, webp) => {
    const [a, ...twins] = await Promise.all([svs!, jpeg!, webp!].map((file) => openAt(t, file)))
    const original = await cut(a!, 800, 1300, 512, 512)
    for (const twin of twins) {
      const copy = await cut(twin!, 800, 1300, 512, 512)
      let sum = 0
      for (let i = 0; i < copy.length; i++) sum += Math.abs(copy[i]! - original[i]!)
      // Both were compressed again, hard; a wrong colour space would be 35 levels off.
      t.true(sum / copy.length < 15, `mean difference ${sum / copy.length}`)
      for (const c of [0, 1, 2]) {
        let bias = 0
        for (let i = c; i < copy.length; i += 3) bias += copy[i]! - original[i]!
        t.true(Math.abs(bias / (copy.length / 3)) < 3, `channel ${c} is off by ${bias / (copy.length / 3)}`)
      }
    }
  },
)

sharedTest('a slide of known content: the first 300 rows green', ['wsi/tiff/slaid-test.tif'], async (t, uri) => {
  const slide = await openAt(t, uri!)
  const all = await cut(slide, 0, 0, 512, 1024)
  let green = 0
  for (let i = 0; i < all.length; i += 3) if (all[i] === 0 && all[i + 1] === 255 && all[i + 2] === 0) green++
  t.is(green, 153_600)
})

sharedTest(
  'half the size is what OpenCV makes of it (INTER_AREA)',
  ['golden/gcp-dicom-proxy/dicom_instance/downsample1.png', 'golden/gcp-dicom-proxy/dicom_instance/downsample2_interp_area.png'],
  async (t, full, half) => {
    const slide = await openAt(t, full!, 'tile')
    const { width, height } = slide.info
    const got = await readOne(slide, { region: { x: 0, y: 0, width, height }, width: width / 2, height: height / 2 })
    t.true((await sharp(half!).removeAlpha().raw().toBuffer()).equals(got))
  },
)
