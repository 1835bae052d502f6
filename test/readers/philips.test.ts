/** Philips TIFFs that are not as they should be: several scans, levels that their spacings do not explain, labels that are no JPEG. */

import test from 'ava'
import { openBytes } from './open-buffer.js'
import { buildTiff, rgbPage } from './tiff-builder.js'

const attribute = (name: string, inside: string) => `<Attribute Name="${name}">${inside}</Attribute>`
const object = (...inside: string[]) => `<DataObject>${inside.join('')}</DataObject>`
/** With its quotes escaped, as the scanner writes them. */
const spacing = (mm: number) => attribute('DICOM_PIXEL_SPACING', `&quot;${mm}&quot; &quot;${mm}&quot;`)
const scan = (spacings: readonly number[], ...more: string[]) =>
  object(
    attribute('PIM_DP_IMAGE_TYPE', 'WSI'),
    attribute('PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE', `<Array>${spacings.map((mm) => object(spacing(mm))).join('')}</Array>`),
    ...more,
  )
const xml = (...images: string[]) =>
  `<?xml version="1.0"?><!-- <DataObject> --><DataObject ObjectType="DPUfsImport">${attribute('PIM_DP_SCANNED_IMAGES', `<Array>${images.join('')}</Array>`)}</DataObject>`

/** Level 0 of 64 x 48 in tiles of 16, and a level of half of it. */
const file = (description: string, half: readonly [number, number] = [32, 32], subfile = 1) =>
  buildTiff([
    rgbPage({ width: 64, height: 48, extra: { 270: description, 305: 'Philips DP v1.0' } }),
    rgbPage({ width: half[0], height: half[1], extra: { 254: [subfile], 270: 'level=1 mag=20 quality=80' } }),
  ])

test('several scans, or none, are refused by name', async (t) => {
  for (const [description, count] of [
    [xml(), 0],
    [xml(scan([0.00025]), scan([0.00025])), 2],
  ] as const) {
    const error = await t.throwsAsync(openBytes(t, file(description)), {
      code: 'SLIDE_UNSUPPORTED',
      message: new RegExp(`Philips TIFF whose description speaks of ${count} scans`),
    })
    t.truthy((error as { hint?: string }).hint)
  }
  await t.throwsAsync(openBytes(t, file('')), { code: 'SLIDE_UNSUPPORTED', message: /Philips TIFF.* 0 scans/ })
})

test('the size of a level follows from its spacing; its resolution is that of the first', async (t) => {
  const { info } = await openBytes(t, file(xml(scan([0.00025, 0.0005]))))
  t.deepEqual(
    info.levels.map(({ width, height, downsample }) => [width, height, downsample.x, downsample.y]),
    [
      [64, 48, 1, 1],
      [32, 24, 2, 2],
    ],
  )
  t.deepEqual(info.mpp, { x: 0.25, y: 0.25 })
})

test('a level that its spacing does not explain is left out with a warning; without spacings only level 0 is read', async (t) => {
  for (const spacings of [
    [0.00025, 0.00025],
    [0.00025, 0.00125],
    [0.00025, 1e-9],
  ]) {
    const { info } = await openBytes(t, file(xml(scan(spacings))))
    t.is(info.levels.length, 1)
    t.regex(info.warnings[0]!, /page of 32 x 32 is left out: it is no level of the factor/)
  }
  const crooked = xml(scan([0.00025, 0.0005])).replace('&quot;0.0005&quot; &quot;0.0005&quot;', '&quot;0.0005&quot; &quot;0.001&quot;')
  const { levels, warnings } = (await openBytes(t, file(crooked))).info
  t.deepEqual([levels.length, warnings], [1, ['the page of 32 x 32 is left out: it is no level of the factor 4 x 2 that its spacing says']])
  const unsaid = xml(scan([0.00025, 0.0005])).replace('&quot;0.0005&quot; &quot;0.0005&quot;', 'unknown')
  t.deepEqual((await openBytes(t, file(unsaid))).info.warnings, [
    'the page of 32 x 32 is left out: no spacing is said of it, or of level 0',
  ])
  for (const spacings of [[], [0.00025], [0.00025, 0.0005, 0.001]]) {
    const { info } = await openBytes(t, file(xml(scan(spacings))))
    t.is(info.levels.length, 1)
    t.regex(info.warnings[0]!, /spacings are said of 2 levels/)
  }
  // In one tile fits any of them.
  const small = (page: number, level: number) =>
    rgbPage({ width: page, height: 16, extra: level === 0 ? { 270: xml(scan([1, 4, 2])), 305: 'Philips DP v1.0' } : { 254: [1] } })
  const { info } = await openBytes(t, buildTiff([32, 16, 16].map(small)))
  t.is(info.levels.length, 1)
  t.regex(info.warnings[0]!, /levels 4, 2 times smaller, which are out of order/)
})

test('a tiled page that is not marked as reduced, or is larger than the one before, is malformed', async (t) => {
  await t.throwsAsync(openBytes(t, file(xml(scan([0.00025, 0.0005])), [32, 32], 0)), {
    code: 'SLIDE_MALFORMED',
    message: /no smaller level/,
  })
  await t.throwsAsync(openBytes(t, file(xml(scan([0.00025, 0.0005])), [80, 48])), { code: 'SLIDE_MALFORMED', message: /no smaller level/ })
})

test('a label that is no JPEG says so when it is asked for', async (t) => {
  const label = object(attribute('PIM_DP_IMAGE_TYPE', 'LABELIMAGE'), attribute('PIM_DP_IMAGE_DATA', 'bm8gSlBFRw=='))
  const slide = await openBytes(t, file(xml(scan([0.00025, 0.0005]), label)))
  t.deepEqual(slide.info.associated, ['label'])
  await t.throwsAsync(slide.associated('label'), { code: 'SLIDE_MALFORMED', message: /its label is no JPEG/ })
})

test('XML that is cut off, ends what it has not begun or nests without end is malformed', async (t) => {
  const good = xml(scan([0.00025, 0.0005]))
  for (const [description, message] of [
    [good.slice(0, -4), /cut off/],
    [good.slice(0, -13), /cut off/],
    [`${good}</DataObject>`, /closes what it has not opened/],
    [good.replace('<Array>', '<Array><!-- '), /cut off/],
    [`<DataObject ObjectType="DPUfsImport">${'<a>'.repeat(100)}`, /nests more than 64/],
  ] as const) {
    await t.throwsAsync(openBytes(t, file(description)), { code: 'SLIDE_MALFORMED', message })
  }
})

test('it is no plain picture', async (t) => {
  await t.throwsAsync(openBytes(t, file(xml(scan([0.00025, 0.0005]))), 'tile'), {
    code: 'SLIDE_UNSUPPORTED',
    message: /Philips TIFF slide, no plain picture/,
  })
})
