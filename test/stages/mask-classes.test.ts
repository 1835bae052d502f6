/** Which classes of a mask file are tissue: numbers of pixels, names of polygons. */

import test from 'ava'
import sharp from 'sharp'
import { paletteSet } from '../../src/readers/mask/palette.js'
import { buildTiff } from '../readers/tiff-builder.js'
import { bytesOf } from '../support/bitmaps.js'
import { maskOf } from '../support/mask-of.js'

const slide = { width: 8, height: 4 }
const numbers = [0, 1, 2, 7, 1, 1, 0, 2]

const npy = (descr: string, bytes: Buffer) =>
  Buffer.concat([
    Buffer.from(`\x93NUMPY\x01\x00\x76\x00${`{'descr': '${descr}', 'fortran_order': False, 'shape': (2, 4), }`.padEnd(117)}\n`, 'latin1'),
    bytes,
  ])
const raw = (data: readonly number[], channels: 1 | 3) => sharp(Buffer.from(data), { raw: { width: 4, height: 2, channels } })
const tiff = (strip: Uint8Array, tags: object) =>
  buildTiff([{ tags: { 256: [4], 257: [2], 258: [8], 259: [1], 262: [1], 277: [1], 278: [2], ...tags }, tiles: [strip] }])
const colours = { 262: [3], 320: Array.from({ length: 768 }, (_, i) => (i % 256) * 257) }

const files: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
  'a grey PNG': () => raw(numbers, 1).toColourspace('b-w').png().toBuffer(),
  'a PNG with the numbers in red (PANDA)': () =>
    raw(
      numbers.flatMap((n) => [n, 0, 0]),
      3,
    )
      .png()
      .toBuffer(),
  'a PNG of 16 bits': () =>
    sharp(Uint16Array.from(numbers), { raw: { width: 4, height: 2, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer(),
  'a TIFF': () => tiff(Uint8Array.from(numbers), {}),
  'a TIFF of floats': () => tiff(Buffer.from(Float32Array.from(numbers).buffer), { 258: [32], 339: [3] }),
  'a TIFF of two pages of which the first has the classes': () => {
    const tags = { 256: [4], 257: [2], 258: [8], 259: [1], 262: [1], 277: [1], 278: [2] }
    return buildTiff([numbers, [7, 7, 7, 7, 0, 0, 0, 0]].map((page) => ({ tags, tiles: [Uint8Array.from(page)] })))
  },
  'a TIFF with a palette': () => tiff(Uint8Array.from(numbers), colours),
  'a NumPy array': () => npy('|u1', Buffer.from(numbers)),
  'a NumPy array with a sign': () => npy('<i8', Buffer.from(BigInt64Array.from(numbers, BigInt).buffer)),
}

for (const [title, bytes] of Object.entries(files)) {
  test(`the classes of ${title} are its numbers`, async (t) => {
    const file = await bytes()
    const of = async (...classes: string[]) => [...bytesOf((await maskOf(t, file, slide, classes)).mask)].join('')
    t.is(await of('1'), '01001100')
    t.is(await of('2', '7'), '00110001')
    t.is(await of('0'), '10000010')
    t.is(await of('3'), '00000000')
    t.is(await of('!2'), '01011100')
    t.is(await of('1', '2', '!2'), '01001100')
    await t.throwsAsync(of('Tumor'), { message: /a picture, whose classes are numbers: 'Tumor' is none/ })
  })
}

test('a label without a colour of its own, black as number 0, is told', async (t) => {
  const map = Array.from({ length: 768 }, (_, i) => (i % 256 === 2 ? 65_535 : 0))
  const bytes = tiff(Uint8Array.from([0, 1, 1, 2, 2, 0, 1, 2]), { ...colours, 320: map })
  t.regex(
    (await maskOf(t, bytes, slide)).told,
    /number 1 of its palette is black, and was taken for the ground as number 0 was \(classes: 1 takes it\)/,
  )
  t.is((await maskOf(t, tiff(Uint8Array.from([0, 0, 2, 2, 2, 0, 0, 2]), { ...colours, 320: map }), slide)).told, '')
})

test('a transparent number 0 is not said to be black', (t) => {
  const told: string[] = []
  const used = Uint8Array.from({ length: 256 }, (_, i) => (i < 3 ? 1 : 0))
  const set = paletteSet({ coloured: [0, 0, 1], transparent: [1, 0, 0] }, used, told)
  t.deepEqual([...set.subarray(0, 3)], [0, 0, 1])
  t.deepEqual(told, ['number 1 of its palette is black, and was taken for the ground as number 0 was (classes: 1 takes it)'])
})

test('several numbers in a mask are told, greys of a smooth edge are not', async (t) => {
  for (const title of ['a grey PNG', 'a TIFF', 'a TIFF with a palette', 'a NumPy array'])
    t.regex(
      (await maskOf(t, await files[title]!(), slide)).told,
      /of the classes 1, 2, 7: all of them are tissue \(classes: 1 takes/,
      title,
    )
  const smooth = Array.from({ length: 64 }, (_, i) => (i % 8) * 30 + Math.floor(i / 8) * 5)
  const edge = sharp(Buffer.from(smooth), { raw: { width: 8, height: 8, channels: 1 } })
  t.is((await maskOf(t, await edge.toColourspace('b-w').png().toBuffer(), { width: 80, height: 80 })).told, '')
})

test('what a TIFF leaves out is 0', async (t) => {
  const tags = { 256: [32], 257: [16], 258: [8], 259: [1], 262: [1], 277: [1], 322: [16], 323: [16] }
  const file = buildTiff([{ tags, tiles: [new Uint8Array(0), new Uint8Array(256).fill(1)] }])
  const of = { width: 32, height: 16 }
  const left = { x: 0, y: 0, width: 16, height: 16 }
  t.deepEqual([(await maskOf(t, file, of, ['0'])).mask.coverage(left), (await maskOf(t, file, of, ['0'])).mask.share], [1, 0.5])
  t.deepEqual([(await maskOf(t, file, of, ['1'])).mask.coverage(left), (await maskOf(t, file, of, ['1'])).mask.share], [0, 0.5])
})

test('colours of a JPEG are no classes', async (t) => {
  await t.throwsAsync(maskOf(t, await raw(numbers, 1).jpeg().toBuffer(), slide, ['1']), { message: /a jpeg, whose colours are no numbers/ })
})

test('a mask whose tissue is 0 (GrandQC) is told, and read when it is asked for', async (t) => {
  const pixels = new Uint8Array(64).fill(1)
  for (const i of [18, 19, 20, 26, 27, 28]) pixels[i] = 0
  const png = await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
  const of = { width: 80, height: 80 }
  const { mask, told } = await maskOf(t, png, of)
  t.regex(told, /all of its edge is tissue, and 9 % inside are not: if its tissue is 0, say so with classes: 0/)
  t.is(mask.coverage({ x: 20, y: 20, width: 30, height: 20 }), 0)
  const asked = await maskOf(t, png, of, ['0'])
  t.is(asked.told, '')
  t.is(asked.mask.coverage({ x: 20, y: 20, width: 30, height: 20 }), 1)
  t.is(asked.mask.share, 6 / 64)
})

test('a mask with the proportions of what was scanned lies there', async (t) => {
  const png = await sharp(Buffer.alloc(50 * 20, 255).fill(0, 0, 500), { raw: { width: 50, height: 20, channels: 1 } })
    .png()
    .toBuffer()
  const of = { width: 2000, height: 1600, bounds: { x: 1400, y: 300, width: 500, height: 200 } }
  const { mask, told } = await maskOf(t, png, of)
  t.regex(told, /50 x 20 pixels for a slide of 2000 x 1600, and the proportions of what was scanned of it: it is laid there/)
  t.is(mask.coverage({ x: 1400, y: 400, width: 500, height: 100 }), 1)
  t.is(mask.share, (500 * 100) / (2000 * 1600))
})

const square = (x: number) => ({
  type: 'Polygon',
  coordinates: [[0, 1, 2, 3].map((i) => [x + (i === 1 || i === 2 ? 1000 : 0), i > 1 ? 1000 : 0])],
})
const feature = (x: number, properties: object, geometry: object = {}) => ({
  type: 'Feature',
  properties,
  geometry: { ...square(x), ...geometry },
})
const drawn = (...features: readonly object[]) => JSON.stringify({ type: 'FeatureCollection', features })
const wide = { width: 6000, height: 1000 }

test('polygons of the classes that are asked for, as QuPath, TIAToolbox and others name them', async (t) => {
  const text = drawn(
    feature(0, { objectType: 'annotation', classification: { name: 'Tumor' } }),
    feature(1000, { objectType: 'annotation', classification: { names: ['Tumor', 'Positive'] } }),
    feature(2000, { type: 'Tumor' }),
    feature(3000, { class: 'Stroma' }),
    feature(4000, { type: 3 }),
    feature(5000, {}),
  )
  const of = async (...classes: string[]) => {
    const { mask, told } = await maskOf(t, text, wide, classes)
    return { set: [0, 1, 2, 3, 4, 5].map((i) => mask.coverage({ x: i * 1000, y: 0, width: 1000, height: 1000 })).join(''), told }
  }
  const tumor = await of('Tumor')
  t.is(tumor.set, '101000')
  t.regex(tumor.told, /: its polygons of Tumor: Positive are not those of Tumor: name them, too, if they are meant$/)
  t.deepEqual(await of('Tumor', 'Tumor: Negative'), { set: '101000', told: '' })
  t.regex((await of('Tumor: Positive', 'stroma ')).told, /its polygons of Stroma are not those of Tumor: Positive or stroma : name them/)
  t.regex((await of('!stroma')).told, /its polygons of Stroma are not those of stroma: name them/)
  t.deepEqual(await of('Stroma', '3'), { set: '000110', told: '' })
  t.deepEqual(await of('Tumor: Positive'), { set: '010000', told: '' })
  t.regex(
    (await of('tumor')).told,
    /: none of its polygons is of tumor: they are of Tumor, Tumor: Positive, Stroma, 3, no class; nothing is tissue$/,
  )
  t.regex(
    (await maskOf(t, text, wide)).told,
    /of the classes Tumor, Tumor: Positive, Stroma, 3, no class: all of them are tissue \(classes: "Tumor"/,
  )
})

test('classes that GDAL keeps as text, those of other names, and names of what has no class', async (t) => {
  const text = drawn(
    feature(0, { classification: '{ "name": "Tumor", "color": [200, 0, 0] }' }),
    feature(1000, { category: 'Tumor', name: 'Stroma' }),
    feature(2000, { class_name: 'Tumor' }),
    feature(3000, { objectType: 'annotation', name: 'Tumor' }),
    feature(4000, { objectType: 'annotation', name: 'Stroma' }),
    feature(5000, { classification: '{ Tumor' }),
  )
  const of = async (...classes: string[]) => {
    const { mask } = await maskOf(t, text, wide, classes)
    return [0, 1, 2, 3, 4, 5].map((i) => mask.coverage({ x: i * 1000, y: 0, width: 1000, height: 1000 })).join('')
  }
  t.is(await of('Tumor'), '111100')
  t.is(await of('!Stroma'), '111101')
  t.is(await of('{ Tumor'), '000001')
  t.regex(
    (await maskOf(t, drawn({ type: 'Feature', geometry: { type: 'MultiPoint', coordinates: [[1, 2]] } }), wide)).told,
    /it has no polygon, but 1 points or lines, which have no area: nothing is tissue/,
  )
})

test('polygons of a class that is taken away are cut out of the others, as ASAP and CAMELYON have them', async (t) => {
  const of = (side: number, x: number, name?: string) => {
    const corners = [0, 1, 2, 3].map((i) => [x + (i === 1 || i === 2 ? side : 0), i > 1 ? side : 0])
    return {
      type: 'Feature',
      properties: name === undefined ? {} : { classification: { name } },
      geometry: { type: 'Polygon', coordinates: [corners] },
    }
  }
  const text = drawn(of(1000, 0, 'Tumor'), of(500, 250, 'Necrosis'), of(300, 400, 'Fold'), of(1000, 2000), of(100, 5000, 'Necrosis'))
  const share = async (...classes: string[]) => Math.round((await maskOf(t, text, wide, classes)).mask.share * 6_000_000)
  t.is(await share('Tumor'), 1_000_000)
  t.is(await share('Tumor', '!Necrosis'), 750_000)
  t.is(await share('!Necrosis'), 1_750_000)
  t.is(await share('!Necrosis', '!Fold'), 1_750_000)
  t.is(await share('Tumor', '!Fold'), 910_000)
  t.is(await share('Necrosis', '!Tumor'), 10_000)
})

test('cores that QuPath calls missing are left out, and shapes of another plane are told', async (t) => {
  const core = (x: number, isMissing: boolean) => feature(x, { objectType: 'tmaCore', isMissing })
  const { mask, told } = await maskOf(t, drawn(core(0, false), core(2000, true)), wide)
  t.is(mask.share, 1 / 6)
  t.regex(told, /1 of its cores are missing, as QuPath calls them: they are left out/)
  const planes = [feature(0, {}), feature(2000, {}, { plane: { c: -1, z: 3, t: 0 } }), feature(4000, {}, { plane: { c: -1, z: 0, t: 0 } })]
  t.regex((await maskOf(t, drawn(...planes), wide)).told, /^mask [^,]*: 1 of its shapes are of other planes than the first/)
})

test('GeoJSON of HistomicsUI: its class is label.value, or else the group, and a circle is round', async (t) => {
  const box = (x: number, y: number, side: number) => ({
    type: 'Polygon',
    coordinates: [
      [x, y, x + side, y, x + side, y + side, x, y + side, x, y].flatMap((at, i, all) => (i % 2 === 0 ? [[at, all[i + 1], 0]] : [])),
    ],
  })
  const style = { lineColor: 'rgb(0,0,0)', lineWidth: 2 }
  const features = [
    { type: 'Feature', geometry: box(0, 0, 200), properties: { ...style, type: 'rectangle', label: { value: 'Tumor' }, group: 'A' } },
    { type: 'Feature', geometry: box(400, 0, 200), properties: { ...style, type: 'polyline', group: 'Stroma' } },
    { type: 'Feature', geometry: box(0, 400, 400), properties: { ...style, type: 'circle', radius: 200, label: { value: 'Gland' } } },
    { type: 'Feature', geometry: box(800, 800, 100), properties: { type: 'polyline' } },
    { type: 'Feature', geometry: box(600, 800, 100), properties: { ...style, type: 'constructor' } },
  ]
  const size = { width: 1000, height: 1000 }
  const share = async (name: string) => (await maskOf(t, JSON.stringify({ type: 'FeatureCollection', features }), size, [name])).mask.share
  t.is(await share('Tumor'), 0.04)
  t.is(await share('Stroma'), 0.04)
  t.true(Math.abs((await share('Gland')) - (Math.PI * 200 ** 2) / 1e6) < 1e-3)
  for (const name of ['polyline', 'constructor']) t.is(await share(name), 0.01, 'a class of others')
})
