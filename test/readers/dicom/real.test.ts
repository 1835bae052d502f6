/** Real DICOM files: what they are, and every pixel of a level, as pydicom with imagecodecs (libjpeg-turbo, CharLS) decodes them. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { sharedTest } from '../../shared-data.js'
import { openAt, readLevel, same } from '../open-buffer.js'

interface Wanted {
  readonly size: readonly [number, number]
  readonly levels: number
  /** µm of a pixel. */
  readonly mpp: readonly [number, number]
  readonly associated?: readonly string[]
  /** Of level 0, the first 16 digits of the sha256 of its RGB bytes: see read_dicom.py. */
  readonly hash: string
}

const cmu = { size: [2220, 2967], mpp: [0.499, 0.499] } as const
const passed = { ...cmu, levels: 1, hash: '0f88f63efc00700c' }

const files: Readonly<Record<string, Wanted>> = {
  'wsi/dicom/camelyon-jpeg.dcm': { size: [1152, 700], levels: 1, mpp: [28.969, 28.968], hash: 'f1462724ce6d253d' },
  'wsi/dicom/cmu-1-pyramid': { ...cmu, levels: 12, hash: '136735aec5a6da00' },
  'wsi/dicom/cmu-1-wsidicomizer-jpeg': { ...passed, associated: ['label', 'macro'] },
  'wsi/dicom/highdicom/sm_image.dcm': { size: [50, 50], levels: 1, mpp: [0.499, 0.499], hash: 'c05080458a5d583e' },
  'wsi/dicom/highdicom/sm_image_jpegls.dcm': { size: [50, 50], levels: 1, mpp: [0.499, 0.499], hash: 'c05080458a5d583e' },
  'wsi/dicom/openslide-boxes': { size: [16, 16], levels: 1, mpp: [0.499, 0.499], associated: ['thumbnail'], hash: '53eb8c75a1f7d4cc' },
  'wsi/dicom/panimg/full_with_bot.dcm': { size: [154, 290], levels: 1, mpp: [124.1778, 124.2353], hash: '5b2a113c7aeb11c1' },
  'wsi/dicom/panimg/sparse_with_bot.dcm': { size: [154, 290], levels: 1, mpp: [124.1778, 124.2353], hash: '5b2a113c7aeb11c1' },
  'wsi/made/dicom/concat': passed,
  'wsi/made/dicom/pass-bot': { ...passed, associated: ['label', 'macro', 'thumbnail'] },
  'wsi/made/dicom/pass-eot': { ...passed, associated: ['label', 'macro', 'thumbnail'] },
  'wsi/made/dicom/sparse': { ...cmu, levels: 1, hash: '16cd455f4cb86b36' },
}

for (const [file, { size, levels, mpp, associated = [], hash }] of Object.entries(files)) {
  sharedTest(`a real file: ${file}`, [file], async (t, uri) => {
    const slide = await openAt(t, uri!)
    const { info } = slide
    t.deepEqual([info.width, info.height, info.levels.length], [...size, levels])
    for (const [i, value] of [info.mpp!.x, info.mpp!.y].entries()) t.true(Math.abs(value - mpp[i]!) < 1e-9)
    t.deepEqual([...info.associated], [...associated])
    t.is(
      createHash('sha256')
        .update(await readLevel(slide, 0))
        .digest('hex')
        .slice(0, 16),
      hash,
    )
  })
}

sharedTest(
  "Google's picture of the same slide",
  ['wsi/dicom/camelyon-jpeg.dcm', 'golden/gcp-dicom-proxy/dicom_instance/downsample1.png'],
  async (t, uri, picture) => {
    const slide = await openAt(t, uri!)
    same(
      t,
      await readLevel(slide, 0),
      await sharp(await readFile(picture!))
        .removeAlpha()
        .raw()
        .toBuffer(),
    )
  },
)

sharedTest('several series in one folder are refused', ['wsi/dicom/highdicom', 'wsi/dicom/panimg'], async (t, ...folders) => {
  for (const uri of folders) await t.throwsAsync(openAt(t, uri), { code: 'SLIDE_UNSUPPORTED', message: /series with a slide/ })
})
