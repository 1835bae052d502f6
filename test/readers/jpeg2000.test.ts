/** JPEG 2000 in TIFF: colours by what the file says of itself, planes apart, subsampled colours, and what is refused. */

import { createHash } from 'node:crypto'
import test from 'ava'
import { sharedTest } from '../shared-data.js'
import { codestream, subsampled } from './jpeg2000-tiles.js'
import { cut, openAt, openBytes, readLevel, same } from './open-buffer.js'
import { buildTiff, type PageSpec, pixels, rgbPage } from './tiff-builder.js'

const page = (tiles: readonly Uint8Array[], extra: PageSpec['tags'] = {}): PageSpec => ({
  tags: { 256: [16], 257: [16], 258: [8, 8, 8], 259: [34712], 262: [2], 277: [3], 284: [1], 322: [16], 323: [16], ...extra },
  tiles,
})
const aperio = { 270: 'Aperio Image Library v10.0.50\r\n16x16 [0,0 16x16] (16x16) J2K/YUV16 Q=30|AppMag = 20|MPP = 0.5' }

/** BT.601 as JFIF writes it, in floating point: another way than the tables in use, so a grey level of rounding lies between the two. */
const rgbOf = ([y, cb, cr]: readonly number[]) => [
  y! + 1.402 * (cr! - 128),
  y! - 0.344136 * (cb! - 128) - 0.714136 * (cr! - 128),
  y! + 1.772 * (cb! - 128),
]

function converted(ycc: Uint8Array): number[] {
  const out: number[] = []
  for (let i = 0; i < ycc.length; i += 3) out.push(...rgbOf([...ycc.subarray(i, i + 3)]).map((v) => Math.min(255, Math.max(0, v))))
  return out
}

const worst = (got: Uint8Array, wanted: readonly number[]) => wanted.reduce((most, v, i) => Math.max(most, Math.abs(v - got[i]!)), 0)

for (const code of [34712, 33003, 33004, 33005]) {
  test(`compression ${code}: separate colour planes are three pictures, not the red one three times`, async (t) => {
    const planes = [codestream('plane0'), codestream('plane1'), codestream('plane2')]
    const slide = await openBytes(t, buildTiff([page(planes, { 259: [code], 284: [2] })]))
    same(t, await cut(slide, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  })

  test(`compression ${code}: RGB as the photometric tag says, unless the file is Aperio's`, async (t) => {
    const slide = await openBytes(t, buildTiff([page([codestream('rgb')], { 259: [code] })]))
    same(t, await cut(slide, 0, 0, 16, 16), pixels(0, 0, 16, 16))
    const svs = await openBytes(t, buildTiff([page([codestream('rgb')], { 259: [code], ...aperio })]))
    const wanted = code === 33003 ? converted(pixels(0, 0, 16, 16)) : [...pixels(0, 0, 16, 16)]
    t.true(worst(await cut(svs, 0, 0, 16, 16), wanted) <= 1)
    const ycc = await openBytes(t, buildTiff([page([codestream('rgb')], { 259: [code], 262: [6] })]))
    t.true(worst(await cut(ycc, 0, 0, 16, 16), converted(pixels(0, 0, 16, 16))) <= 1)
  })
}

// As in DICOM, and as tifffile 2026.3.3 reads what it wrote with photometric='ycbcr'.
test('a codestream that transforms its components holds RGB, whatever the photometric tag says', async (t) => {
  for (const photometric of [2, 6]) {
    const slide = await openBytes(t, buildTiff([page([codestream('mct')], { 262: [photometric] })]))
    same(t, await cut(slide, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  }
})

// libvips 8.14.1 wrote so what it reads again within 3 grey levels, but for the smaller levels: of red, green and blue it reads there what YCbCr of them
// is. With a Software it is Bio-Formats', without an Orientation tifffile's.
test('of libvips, which names no writer, what a codestream of number 33004 transforms is YCbCr, with a warning', async (t) => {
  const [vips, ...others] = [{ 274: [1] }, { 274: [1], 305: 'OME Bio-Formats 6.13.0' }, {}].map((extra) =>
    page([codestream('mct')], { 259: [33004], ...extra }),
  )
  const slide = await openBytes(t, buildTiff([vips!]))
  t.true(worst(await cut(slide, 0, 0, 16, 16), converted(pixels(0, 0, 16, 16))) <= 1)
  t.regex(slide.info.warnings.join(), /names no writer: components that it transforms are taken for YCbCr/)
  for (const other of others) {
    const named = await openBytes(t, buildTiff([other]))
    same(t, await cut(named, 0, 0, 16, 16), pixels(0, 0, 16, 16))
    t.notRegex(named.info.warnings.join(), /names no writer/)
  }
  const base = rgbPage({ width: 32, height: 32 })
  const pyramid = await openBytes(t, buildTiff([base, { ...vips!, tags: { ...vips!.tags, 254: [1] } }]))
  t.is(pyramid.info.levels.length, 1)
  t.regex(pyramid.info.warnings.join(), /level 1 \(16 x 16\) is left out: it has colours that libvips has made YCbCr of more than once/)
})

// OpenSlide 4.0.1 goes by the file, too.
test('Aperio: a level without a description has the colours that its number of the compression says', async (t) => {
  const level = { ...page([codestream('rgb')], { 259: [33003] }) }
  const base = rgbPage({ width: 32, height: 32, extra: { ...aperio } })
  const slide = await openBytes(t, buildTiff([base, level]))
  t.is(slide.info.levels.length, 2)
  t.true(worst(await readLevel(slide, 1), converted(pixels(0, 0, 16, 16))) <= 1)
})

test('a tile of three components where a colour plane should be is an error, not its red', async (t) => {
  const planes = [codestream('rgb'), codestream('plane1'), codestream('plane2')]
  const slide = await openBytes(t, buildTiff([page(planes, { 284: [2] })]))
  await t.throwsAsync(cut(slide, 0, 0, 16, 16), { code: 'TILE_UNDECODABLE', message: /colour plane has 3 components/ })
})

for (const [name, step] of [
  ['420', { x: 2, y: 2 }],
  ['422', { x: 2, y: 1 }],
  ['440', { x: 1, y: 2 }],
  ['411', { x: 4, y: 1 }],
] as const) {
  test(`subsampled colours, 4:${name[1]}:${name[2]}: YCbCr, each sample for all of its pixels`, async (t) => {
    for (const extra of [{ 259: [33003], ...aperio }, { 259: [33005] }, { 259: [34712], 262: [6] }]) {
      const slide = await openBytes(t, buildTiff([page([codestream(name)], extra)]))
      const got = await cut(slide, 0, 0, 16, 16)
      t.true(worst(got, converted(subsampled(step))) <= 1, `${extra[259]}: ${worst(got, converted(subsampled(step)))}`)
    }
    // OpenSlide 4.0.1 says so of Aperio's 33005, byte for byte.
    const svs = await openBytes(t, buildTiff([page([codestream(name)], { 259: [33005], ...aperio })]))
    same(t, await cut(svs, 0, 0, 16, 16), Uint8Array.from(subsampled(step)))
  })
}

test('alpha: four components are RGB on white, where a tag says that the fourth is alpha; else RGB alone', async (t) => {
  const rgba = { 277: [4], 258: [8, 8, 8, 8], 338: [2] }
  const opaque = await openBytes(t, buildTiff([page([codestream('rgba')], rgba)]))
  same(t, await cut(opaque, 0, 0, 16, 16), pixels(0, 0, 16, 16))
  // The alpha of the other is 16 × x: laid on white as 255 − alpha × (255 − value) ÷ 255.
  const clear = await openBytes(t, buildTiff([page([codestream('clear')], rgba)]))
  const wanted = [...pixels(0, 0, 16, 16)].map((v, i) => 255 - (16 * (Math.floor(i / 3) % 16) * (255 - v)) / 255)
  t.true(worst(await cut(clear, 0, 0, 16, 16), wanted) <= 0.5)
  const unnamed = await openBytes(t, buildTiff([page([codestream('clear')], { ...rgba, 338: [0] })]))
  same(t, await cut(unnamed, 0, 0, 16, 16), pixels(0, 0, 16, 16))
})

test('what the decoder cannot give as RGB is refused when the slide is opened, by name', async (t) => {
  await t.throwsAsync(openBytes(t, buildTiff([page([codestream('rgba')])])), {
    code: 'SLIDE_UNSUPPORTED',
    message: /4 components, its page 3/,
  })
  // Of the second component (42 is where the first begins, 3 bytes each): its depth, and every how many pixels it has a sample.
  for (const [at, value, message] of [
    [45, 11, /12 bits/],
    [46, 3, /every 3 x 1 pixels/],
    [43, 2, /every 2 x 1 pixels/],
  ] as const) {
    const odd = codestream('rgb')
    odd[at] = value
    await t.throwsAsync(openBytes(t, buildTiff([page([odd])])), { code: 'SLIDE_UNSUPPORTED', message })
  }
})

/** Of all RGB bytes, as OpenSlide 4.0.1 gives them. */
const openSlideSays = {
  's33003-420-rev.svs': '8edee51c1392cda9cf0de710d89633d04d10d7bd4dd74ae83b39360288d1d6c5',
  's33003-422-irr.svs': '54a809c9a8e450a6c1187116584216cbc09e7421cd79a9e96e3817ccee077d1d',
  's33003-422-rev.svs': '04ac3adeb95421419ff3d262c7ff5dbe5df0779e4daf858e2777bcd9fff2e16c',
  's33003-444-rev.svs': '4bcbbcf0707881d630185930ebc0ae121af881e8876d0cd7f8f0bb2d654ca2b7',
} as const

for (const [name, hash] of Object.entries(openSlideSays)) {
  sharedTest(`Aperio's YCbCr, byte for byte as OpenSlide: ${name}`, [`wsi/made/${name}`], async (t, uri) => {
    const slide = await openAt(t, uri!)
    const got = await cut(slide, 0, 0, slide.info.width, slide.info.height)
    t.is(createHash('sha256').update(got).digest('hex'), hash)
  })
}
