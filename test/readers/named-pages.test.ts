/** Pages that are called label or macro are never the slide or one of its levels; pages that only have such a word in a sentence are. */

import test, { type ExecutionContext } from 'ava'
import { openBytes, readLevel, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

const page = (width: number, height: number, extra = {}) => rgbPage({ width, height, extra })
const base = (extra = {}) => page(64, 48, extra)
const half = (extra = {}) => page(32, 24, { 254: [1], ...extra })
const read = async (t: ExecutionContext, ...pages: Parameters<typeof buildTiff>[0]) => {
  const slide = await openBytes(t, buildTiff(pages))
  return { slide, widths: slide.info.levels.map(({ width }) => width), associated: slide.info.associated }
}

test('a macro that is larger than the slide is no slide', async (t) => {
  for (const name of ['macro', 'Macro Image', ' label ', 'Overview']) {
    const { slide, widths } = await read(t, page(32, 24, { 270: 'H&E', 296: [3], 282: [40_000, 1], 283: [40_000, 1] }), base({ 270: name }))
    t.deepEqual([widths, slide.info.mpp], [[32], { x: 0.25, y: 0.25 }], name)
    same(t, await readLevel(slide, 0), pixels(0, 0, 32, 24))
  }
  // Of one size, too: it is no second plane of a stack.
  t.deepEqual((await read(t, base(), base({ 270: 'macro' }))).associated, ['macro'])
  // Where all are called so, the largest is what there is.
  t.deepEqual((await read(t, base({ 270: 'macro' }))).widths, [64])
})

test('a label that is not read is left out, with a warning', async (t) => {
  const { slide, associated } = await read(t, base(), page(32, 16, { 270: 'label', 259: [34_925] }))
  t.deepEqual([associated, slide.info.warnings], [[], ['its label is left out: it has compression 34925 (LZMA)']])
})

test('a level is one, though its description has the word in it, or one that the slide has, too', async (t) => {
  for (const [slide, level] of [
    ['unlabelled slide', 'unlabelled slide, half'],
    ['{"level":0,"label":"x"}', '{"level":1,"label":"x"}'],
  ] as const) {
    const { widths, associated } = await read(t, base({ 270: slide }), half({ 270: level }))
    t.deepEqual([widths, associated], [[64, 32], []], slide)
  }
  // What is called so and nothing else is what it says.
  const both = await read(t, base({ 270: 'slide with its label' }), half({ 270: 'label' }))
  t.deepEqual([both.widths, both.associated], [[64], ['label']])
})

const svs = { 270: 'Aperio Image Library v12.0\r\n64x48 [0,0 64x48] (16x16) none|AppMag = 40|MPP = 0.25' }

test('Aperio: a macro in tiles and a mask are no levels, whatever their shape', async (t) => {
  const { widths, associated } = await read(t, base(svs), page(32, 24, svs), page(16, 12, { 254: [9] }), page(16, 12, { 254: [4] }))
  t.deepEqual([widths, associated], [[64, 32], ['macro']])
})

test('Aperio: page 2 that looks like the slide is its thumbnail, also where its writer marks it as reduced, which labels are', async (t) => {
  const strip = (width: number, height: number, subfile: number) => ({
    tags: { 254: [subfile], 256: [width], 257: [height], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [height] },
    tiles: [pixels(0, 0, width, height)],
  })
  const { slide } = await read(t, base(svs), strip(16, 12, 1), half(), strip(12, 20, 1), strip(30, 10, 9))
  const of = async (name: string) => (await slide.associated(name)).width
  t.deepEqual([await of('thumbnail'), await of('label'), await of('macro')], [16, 12, 30])
  // Without a thumbnail the label is what page 2 is.
  t.deepEqual((await read(t, base(svs), strip(12, 20, 1), strip(30, 10, 9))).associated, ['label', 'macro'])
})

test('what Motic and Mikroscan write as Aperio does is read so, and of any other description its MPP and AppMag', async (t) => {
  const print = { 282: [96, 1], 283: [96, 1], 296: [2] }
  for (const [writer, vendor, source] of [
    ['Motic V1.0.0', 'motic', 'Motic MPP'],
    ['Mikroscan Image Structure', 'mikroscan', 'Mikroscan MPP'],
    ['', 'generic', 'MPP in its description'],
  ] as const) {
    const described = (second: string) => ({ ...print, 270: `${writer}\r\n${second}|AppMag = 40|MPP = 0.26` })
    const macro = page(16, 12, { 270: `${writer}\r\nmacro 16x12` })
    const level = vendor === 'generic' ? half() : page(32, 24, described('32x24'))
    const { slide, widths, associated } = await read(t, base(described('64x48 [0,0 64x48] [16x16] JPEG/RGB Q = 75')), level, macro)
    const { info } = slide
    t.deepEqual([info.vendor, info.mpp?.x, info.mppSource, info.power, info.warnings], [vendor, 0.26, source, 40, []])
    t.deepEqual([widths, associated], [[64, 32], ['macro']])
  }
})

test('nor are they of a Huron slide, of OME-TIFF or any other', async (t) => {
  const ome = { 270: '<OME><Image><Pixels SizeX="64" SizeY="48" SizeC="3" PhysicalSizeX="0.25"/></Image></OME>' }
  for (const extra of [{ 271: 'Huron' }, ome, {}]) {
    const marked = [page(16, 12, { 254: [9] }), page(8, 6, { 254: [5] })]
    t.deepEqual((await read(t, base(extra), half(), ...marked)).widths, [64, 32], JSON.stringify(extra))
    t.deepEqual(
      (await read(t, { ...base(extra), subs: [half(), ...marked] })).widths.slice(1).filter((w) => w < 32),
      [],
    )
  }
})

test('Aperio: levels in SubIFDs, as libvips writes them under the description of the slide that it read', async (t) => {
  const { slide, widths } = await read(t, { ...base(svs), subs: [half(), page(16, 12, { 254: [1] })] })
  t.deepEqual([slide.info.vendor, widths], ['aperio', [64, 32, 16]])
  same(t, await readLevel(slide, 1), pixels(0, 0, 32, 24))
})

test('Aperio: a description of another size, as libvips keeps it of a picture that it made smaller, is told', async (t) => {
  // As the GT450 writes it, too.
  for (const own of ['64x48 [0,0 64x48] (16x16)', '90x80 [0,0,64x48] (16x16)', '64x48'])
    t.deepEqual((await read(t, base({ 270: `Aperio Image Library\r\n${own} none|MPP = 0.25` }))).slide.info.warnings, [], own)
  // CMU-1-Small-Region in half of its size by `vips resize`.
  const other =
    'Aperio Image Library v11.2.1 \r\n46000x32914 [42673,5576 2220x2967] (240x240) JPEG/RGB Q=30;Aperio\r\n46920x33014 [0,100 46000x32914]|MPP = 0.499'
  t.regex((await read(t, base({ 270: other }))).slide.info.warnings.join(), /described as 2220 x 2967 pixels: .* another picture's/)
})
