/** Segmentations in DICOM as masks: what is drawn in them lies where it was drawn. Areas are counted by hand. */

import { readFile } from 'node:fs/promises'
import { deflateRawSync } from 'node:zlib'
import test from 'ava'
import { el } from '../../fixtures/dicom-file.js'
import { type SegmentationSpec, segmentationOf } from '../../fixtures/dicom-segmentation.js'
import { openAt } from '../readers/open-buffer.js'
import { sharedTest } from '../shared-data.js'
import { maskOf } from '../support/mask-of.js'

/** A row goes against y of the glass, a column against x, as scanners have it; a pixel is 0.5 µm. */
const reference = { uid: '1.2.3.4', origin: { x: 20, y: 40 }, across: { x: 0, y: -0.0005 }, down: { x: -0.0005, y: 0 } }
const slide = { width: 120, height: 60 }
const placed = { ...slide, reference }

/** In frames of 105 pixels, so that each begins within a byte where a pixel is a bit. */
const usual: SegmentationSpec = {
  kind: 'BINARY',
  size: slide,
  frame: { width: 15, height: 7 },
  segments: ['Tumor', 'Stroma'],
  boxes: [
    { x: 10, y: 5, width: 40, height: 20, segment: 1 },
    { x: 30, y: 10, width: 50, height: 30, segment: 2 },
  ],
}

const plane = (samples: Uint8Array) =>
  Uint8Array.from(
    [...Array(Math.ceil(samples.length / 128)).keys()].flatMap((i) => {
      const part = samples.subarray(i * 128, i * 128 + 128)
      return [part.length - 1, ...part]
    }),
  )
/** RLE of a sample in two bytes: that of the higher bytes comes first. */
function rle(frame: Uint8Array): Uint8Array {
  const planes = [plane(frame.filter((_, i) => i % 2 === 1)), plane(frame.filter((_, i) => i % 2 === 0))]
  const head = new Uint32Array(16)
  head.set([2, 64, 64 + planes[0]!.length])
  return Buffer.concat([new Uint8Array(head.buffer), ...planes])
}

for (const [title, change] of [
  ['bits in order', {}],
  ['bits, each frame with its place', { sparse: true }],
  ['bits without types', { syntax: '1.2.840.10008.1.2', sparse: true }],
  ['bits that are deflated', { syntax: '1.2.840.10008.1.2.1.99' }],
  ['bits whose frames are deflated', { syntax: '1.2.840.10008.1.2.8.1', packed: deflateRawSync, sparse: true }],
  ['one frame', { frame: slide }],
  [
    'fractions',
    { kind: 'FRACTIONAL', boxes: [...usual.boxes.map((box) => ({ ...box, value: 100 })), { ...usual.boxes[0]!, x: 60, value: 99 }] },
  ],
] as const) {
  test(`segments are classes: ${title}`, async (t) => {
    const bytes = segmentationOf({ ...usual, ...change } as SegmentationSpec)
    const pixels = async (...classes: string[]) =>
      Math.round((await maskOf(t, bytes, slide, classes.length === 0 ? undefined : classes)).mask.share * 7200)
    t.deepEqual(
      [await pixels(), await pixels('Tumor'), await pixels('2'), await pixels('Tumor', '!Stroma'), await pixels('!Tumor')],
      [800 + 1500 - 300, 800, 1500, 500, 1200],
    )
  })
}

for (const [title, change] of [
  ['bytes', {}],
  ['words, each frame with its place', { bits: 16, sparse: true }],
  ['words whose frames are deflated', { bits: 16, syntax: '1.2.840.10008.1.2.8.1', packed: deflateRawSync }],
  ['words in RLE', { bits: 16, syntax: '1.2.840.10008.1.2.5', packed: rle }],
] as const) {
  test(`a label map has the later one of two: ${title}`, async (t) => {
    const bytes = segmentationOf({ ...usual, kind: 'LABELMAP', ...change })
    const { mask, told } = await maskOf(t, bytes, slide, ['Tumor'])
    t.is(Math.round(mask.share * 7200), 500)
    t.is(told, '')
    t.is(mask.coverage({ x: 10, y: 5, width: 20, height: 20 }), 1)
    t.regex((await maskOf(t, bytes, slide)).told, /its segments are Tumor, Stroma: all of them are tissue/)
    t.regex((await maskOf(t, bytes, slide, ['tumor'])).told, /none of its segments is tumor: they are Tumor, Stroma/)
  })
}

test('a segmentation of a part of the slide, or in other pixels, lies where its origin says', async (t) => {
  const at = async (spec: Partial<SegmentationSpec>) => maskOf(t, segmentationOf({ ...usual, ...spec, segments: ['Tumor'] }), placed)
  const box = (x: number, y: number, width: number, height: number) => [{ x, y, width, height, segment: 1 }]
  // 40 pixels to the right and 14 below, and so much beyond the edges of the slide.
  const origin = { x: 20 - 14 * 0.0005, y: 40 - 40 * 0.0005 }
  const part = await at({ boxes: box(5, 6, 30, 20), reference: { ...reference, origin } })
  t.is(part.mask.coverage({ x: 45, y: 20, width: 30, height: 20 }), 1)
  t.is(Math.round(part.mask.share * 7200), 600)
  const before = await at({ boxes: box(10, 0, 60, 60), reference: { ...reference, origin: { x: 20 + 7 * 0.0005, y: 40 + 40 * 0.0005 } } })
  t.is(before.mask.coverage({ x: 0, y: 0, width: 30, height: 53 }), 1)
  t.is(Math.round(before.mask.share * 7200), 30 * 53)
  const off = await at({ boxes: box(10, 0, 60, 60), reference: { ...reference, origin: { x: 20 - 0.0005, y: 40 - 0.0005 } } })
  t.is(off.mask.coverage({ x: 10, y: 0, width: 60, height: 60 }), 1, 'as large as the slide, and a pixel off')
  // Pixels of four, filled up to whole frames: 32 x 16 for a slide of 30 x 15.
  const four = { ...reference, across: { x: 0, y: -0.002 }, down: { x: -0.002, y: 0 } }
  const filled = { size: { width: 32, height: 16 }, frame: { width: 8, height: 8 }, boxes: box(3, 2, 10, 5) }
  for (const { mask } of [
    await at({ ...filled, reference: four }),
    await at({ ...filled, reference: { ...four, origin: { x: 20 - 0.00075, y: 40 - 0.00075 } } }),
  ]) {
    t.is(mask.coverage({ x: 12, y: 8, width: 40, height: 20 }), 1)
    t.is(Math.round(mask.share * 7200), 800)
  }
  t.regex((await at({ reference: { ...reference, uid: '1.2.3.5' } })).told, /another frame of reference/)
  t.regex((await at({ reference: { ...reference, origin: { x: 30, y: 40 } } })).told, /lies wholly outside the slide/)
  await t.throwsAsync(at({ reference: { ...reference, across: { x: 0, y: 0.0005 } } }), { message: /turned or mirrored against the slide/ })
})

test('over a slide that does not say its place, a segmentation of another size than the slide is told', async (t) => {
  const over = async (spec: Partial<SegmentationSpec>, more = {}) =>
    (await maskOf(t, segmentationOf({ ...usual, ...spec }), { ...slide, mpp: 0.5, ...more }, ['Tumor'])).told
  const half = { size: { width: 60, height: 30 } }
  t.regex(
    await over({ ...half, reference }),
    /by its PixelSpacing it shows 30 x 15 µm of a slide of 60 x 30: it is stretched over the slide/,
  )
  for (const told of [await over({ reference }), await over(half), await over({ ...half, reference }, { mpp: undefined })]) t.is(told, '')
})

for (const [what, change, message] of [
  ['of no whole slide', [el(0x0048_0006, 'UL', [0])], /of no whole slide: it has no total pixel matrix/],
  ['of an unknown type', [el(0x0062_0001, 'CS', 'OTHER')], /a DICOM segmentation of the type OTHER/],
  ['with too few frames', [el(0x0028_0008, 'IS', '9')], /it has 9 frames for 72 tiles of 2 segments/],
  ['that says more frames than it has', [el(0x0028_0008, 'IS', '288')], /bytes of pixels, its 288 frames need 3780/],
  ['of bits that are none', [el(0x0028_0100, 'US', [32])], /\(BINARY\) with 32 bits a pixel/],
  [
    'that is a part',
    [el(0x0020_9161, 'UI', '1.2'), el(0x0020_9162, 'US', [1]), el(0x0020_9163, 'US', [2])],
    /a part of a DICOM concatenation/,
  ],
] as const) {
  test(`a segmentation ${what} is refused`, async (t) => {
    const bytes = segmentationOf({ ...usual, change })
    t.like(await t.throwsAsync(maskOf(t, bytes, slide), { message }), { code: 'MASK_UNREADABLE' })
  })
}

sharedTest(
  'the segmentation of a slide that highdicom wrote with it: as many pixels as it finds in it',
  ['wsi/dicom/highdicom/sm_image.dcm', 'wsi/dicom/highdicom/seg_image_sm_dots.dcm'],
  async (t, uri, segments) => {
    const { width, height, reference } = (await openAt(t, uri!)).info
    const { mask } = await maskOf(t, await readFile(segments!), { width, height, reference: reference! })
    t.is(Math.round(mask.share * 2500), 200)
  },
)
