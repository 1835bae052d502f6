/** Masks that cannot belong to their slide, and polygons that can hardly mean it. */

import { tmpdir } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { dicomOf } from '../../fixtures/dicom-file.js'
import { toHalf } from '../../src/geometry/half.js'
import { maskFromFile } from '../../src/stages/mask/files.js'
import { buildTiff, type PageSpec } from '../readers/tiff-builder.js'
import { bytesOf } from '../support/bitmaps.js'
import { maskOf } from '../support/mask-of.js'
import { memorySlide } from '../support/memory-slide.js'

/** Tissue but for some pixels at the top. */
const png = (width: number, height: number) =>
  sharp(Buffer.alloc(width * height, 255).fill(0, 0, Math.ceil((width * height) / 50)), { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()

for (const [width, height, slide, said] of [
  [64, 48, { width: 1024, height: 768 }, null],
  // Both sides rounded, up or down: a picture of 1/33 of 1000 x 7000 is 30.3 x 212.1.
  [30, 213, { width: 1000, height: 7000 }, null],
  [31, 212, { width: 1000, height: 7000 }, null],
  // At 5 µm a pixel; rows and columns are not exchanged.
  [70, 100, { width: 1400, height: 1000, mpp: { x: 0.25, y: 0.5 } }, null],
  [30, 230, { width: 1000, height: 7000 }, /30 x 230 pixels for a slide of 1000 x 7000, which has other proportions/],
  [64, 64, { width: 1024, height: 768 }, /other proportions/],
] as const) {
  test(`a mask of ${width} x ${height} for a slide of ${slide.width} x ${slide.height} is used ${said ? 'with' : 'without'} a word`, async (t) => {
    const { told } = await maskOf(t, await png(width, height), slide)
    if (said === null) t.is(told, '')
    else t.regex(told, said)
  })
}

test('a mask whose rows and columns are exchanged is refused', async (t) => {
  const error = await t.throwsAsync(maskOf(t, await png(48, 64), { width: 1024, height: 768 }), {
    message: /48 x 64 .* 1024 x 768: rows and columns are exchanged/,
  })
  t.like(error, { code: 'MASK_UNREADABLE', family: 'SlideError' })
})

const square = (x: number, y: number, side: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ],
  ],
})
const slide = { width: 4000, height: 3000, mpp: 0.25 }

const bounds = { x: 1500, y: 2000, width: 1000, height: 800 }
const written = (of: object, properties: object) => JSON.stringify({ type: 'Feature', geometry: of, properties })

for (const [title, text, place, said] of [
  [
    "QuPath's, from the corner of what was scanned",
    written(square(100, 200, 400), { objectType: 'annotation' }),
    [1600, 2200],
    /moved by 1500, 2000/,
  ],
  [
    "QuPath's tiles, which reach beyond what was scanned at the left",
    written(square(-100, 200, 400), { objectType: 'tile' }),
    [1400, 2200],
    /moved by 1500, 2000/,
  ],
  ["QuPath's, at the right", written(square(700, 500, 400), { objectType: 'tile' }), [2200, 2500], /moved by 1500, 2000/],
  ["in QuPath's words, from the slide's own", written(square(1600, 2200, 400), { objectType: 'annotation' }), [1600, 2200], null],
  ["another program's", written(square(1600, 2200, 400), { tissue_id: 0 }), [1600, 2200], null],
  [
    "another program's, that seem to be moved",
    written(square(100, 200, 400), { tissue_id: 0 }),
    [100, 200],
    /1 of 1 polygons lie wholly outside of what was scanned \(from 1500, 2000 on\), as they would if they counted from its corner/,
  ],
  [
    "HALO's of an MRXS",
    '<Annotations><Annotation Name="a"><Regions><Region Type="Rectangle" NegativeROA="0"><Vertices><V X="100" Y="200"/><V X="500" Y="600"/></Vertices></Region></Regions></Annotation></Annotations>',
    [1600, 2200],
    /HALO's, which shows what was scanned alone: they are moved by 1500, 2000/,
  ],
] as const) {
  test(`polygons over a slide of which QuPath shows a part, ${title}`, async (t) => {
    const { mask, told } = await maskOf(t, text, { width: 4000, height: 3000, bounds, vendor: 'mirax' })
    const [x, y] = place
    t.is(mask.coverage({ x, y, width: 400, height: 400 }), 1)
    t.true(Math.abs(mask.share - (400 * 400) / (4000 * 3000)) < 1e-6)
    if (said === null) t.is(told, '')
    else t.regex(told, said)
  })
}

for (const [title, of, said] of [
  [
    'of two slides',
    [{ slide_id: 'a' }, { slide_id: 'b.svs' }, { slide_id: 'a' }],
    /polygons say that they are of a, b.svs: all are drawn on this slide/,
  ],
  ['of another slide', [{ wsi: 'b.svs' }], /say that they are of b.svs/],
  ['of this slide', [{ slide: 'memory.svs' }, { slide: 'memory' }], null],
  ['each with a picture of its own', [{ image: '1.png' }, { image: '2.png' }], null],
  ['of two pictures', [{ image: 'a.svs' }, { image: 'a.svs' }, { image: 'b.svs' }], /of a.svs, b.svs/],
] as const) {
  test(`polygons ${title} are used ${said ? 'with' : 'without'} a word of it`, async (t) => {
    const features = of.map((properties) => ({ type: 'Feature', geometry: square(1500, 1500, 1000), properties }))
    const { told } = await maskOf(t, JSON.stringify({ type: 'FeatureCollection', features }), slide)
    if (said === null) t.is(told, '')
    else t.regex(told, said)
  })
}

test('an outline of the whole picture among others is told, and so is a mask whose edge is nearly all tissue', async (t) => {
  const whole = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [4000, 0],
        [4000, 3000],
        [0, 3000],
      ],
    ],
  }
  const list = [written(whole, {}), written(square(1500, 1500, 1000), {})]
  t.regex(
    (await maskOf(t, `[${list.join()}]`, slide)).told,
    /cover almost all of the slide: is one of them an outline of the whole picture/,
  )
  const inverted = Buffer.alloc(64 * 48, 255)
  for (let y = 12; y < 48; y++) inverted.fill(0, y * 64 + 16, y * 64 + 48)
  const png = await sharp(inverted, { raw: { width: 64, height: 48, channels: 1 } })
    .png()
    .toBuffer()
  const of = async (kind: 'slide' | 'tile') => (await maskOf(t, png, { ...slide, kind })).told
  t.regex(await of('slide'), /85 % of its edge is tissue, and 38 % inside are not: if its tissue is 0, say so with classes: 0/)
  t.is(await of('tile'), '', 'one is cut out of tissue')
})

test('features of which each is a line are a drawing, as other programs write them', async (t) => {
  const features = [square(1000, 1000, 600), square(3000, 500, 400)].map((geometry) =>
    JSON.stringify({ type: 'Feature', properties: {}, geometry }),
  )
  for (const text of [features.join('\n'), `${features.join('\r\n\r\n')}\r\n`, features.map((line) => `\x1e${line}\n`).join('')]) {
    const { mask, told } = await maskOf(t, text, slide)
    t.is(told, '')
    t.true(Math.abs(mask.share - (600 ** 2 + 400 ** 2) / (4000 * 3000)) < 1e-9)
  }
  await t.throwsAsync(maskOf(t, `${features.join('\n')}\n{`, slide), { code: 'MASK_UNREADABLE' })
})

test('polygons in pixels of a thumbnail are told, also where nobody says how large a pixel is', async (t) => {
  const told = async (side: number) => (await maskOf(t, JSON.stringify(square(50, 50, side)), { width: 4000, height: 3000 })).told
  t.regex(await told(200), /upper left tenth of the slide, as they would if they were in pixels of a smaller picture/)
  t.is(await told(300), '')
})

test('tiles of the sink qupath count from the corner of what was scanned, wherever they could lie', async (t) => {
  const of = { width: 4000, height: 3000, bounds: { x: 100, y: 100, width: 1000, height: 800 } }
  const tile = written(square(650, 450, 400), { objectType: 'tile' })
  const own = `{"type":"FeatureCollection","tiastream":{},"features":[${tile}]}`
  t.is((await maskOf(t, own, of)).mask.coverage({ x: 750, y: 550, width: 400, height: 400 }), 1)
  t.is((await maskOf(t, tile, of)).mask.coverage({ x: 650, y: 450, width: 400, height: 400 }), 1)
})

for (const [title, value, said] of [
  ['inside', square(2000, 1000, 500), null],
  ['partly outside', square(3900, 2900, 500), null],
  [
    'beside',
    { type: 'GeometryCollection', geometries: [square(100, 100, 3000), square(5000, 100, 90)] },
    /1 of 2 polygons lie wholly outside/,
  ],
  [
    'without points',
    { type: 'GeometryCollection', geometries: [square(100, 100, 3000), { type: 'Polygon', coordinates: [] }] },
    /1 of 2 polygons hold no centre of a pixel/,
  ],
  ['in µm', square(100, 100, 600), /upper left 25 % of the slide, as they would if they were in µm/],
  [
    'of a larger picture',
    square(1000, 500, 5000),
    /reach 2500 pixels out of the slide of 4000 x 3000, as they would if they were of a larger picture/,
  ],
  ['as shares', square(0.1, 0.2, 0.5), /within one pixel/],
  [
    'of points only',
    { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] } }] },
    /no polygon/,
  ],
] as const) {
  test(`polygons ${title} are used ${said ? 'with' : 'without'} a word`, async (t) => {
    const { told } = await maskOf(t, JSON.stringify(value), slide)
    if (said === null) t.is(told, '')
    else t.regex(told, said)
  })
}

test('one lesion near the corner that QuPath or ASAP drew is not taken for one in µm: they count in pixels', async (t) => {
  const lesion = [100, 100, 700, 100, 700, 700, 100, 700]
  const points = [0, 2, 4, 6].map((i) => `<Coordinate Order="${i / 2}" X="${lesion[i]}" Y="${lesion[i + 1]}"/>`).join('')
  const asap = `<ASAP_Annotations><Annotations><Annotation Name="a" Type="Polygon" PartOfGroup="Tumor"><Coordinates>${points}</Coordinates></Annotation></Annotations></ASAP_Annotations>`
  for (const text of [written(square(100, 100, 600), { objectType: 'annotation' }), asap]) t.is((await maskOf(t, text, slide)).told, '')
})

test("the shares of polygons are those of the slide's own pixels, whatever the size of the overview", async (t) => {
  const { mask } = await maskOf(t, JSON.stringify(square(2001, 1001, 500)), slide)
  t.is(mask.coverage({ x: 1751, y: 1001, width: 250, height: 250 }), 0)
  t.is(mask.coverage({ x: 2001, y: 1001, width: 250, height: 250 }), 1)
  t.is(mask.coverage({ x: 1751, y: 751, width: 500, height: 500 }), 0.25)
  t.deepEqual(mask.shown, { width: 100, height: 100 })
})

const feature = (geometry: unknown, name?: string) => ({
  type: 'Feature',
  geometry,
  properties: name === undefined ? {} : { classification: { name } },
})
const collection = (...features: unknown[]) => ({ type: 'FeatureCollection', features })
const tissue = square(2000, 1000, 900)

for (const [title, value, said] of [
  [
    'with a line',
    collection(feature(tissue), feature({ type: 'LineString', coordinates: [[1, 2]] })),
    /^mask .*: 1 of its shapes are points or lines/,
  ],
  [
    'of two classes',
    collection(feature(tissue, 'Tissue'), feature(tissue, 'Artefact')),
    /of the classes Tissue, Artefact: all of them are tissue/,
  ],
  [
    'of two classes, one of them below another',
    collection(feature(tissue, 'Tissue'), {
      ...feature(tissue),
      properties: { objectType: 'annotation', classification: { names: ['Tissue', 'Fold'], color: [0, 0, 0] } },
    }),
    /of the classes Tissue, Tissue: Fold: all of them are tissue/,
  ],
  ['that QuPath ignores', collection(feature(tissue, 'Ignore*')), /of the classes Ignore\*/],
  ['of one class', collection(feature(tissue, 'Tissue'), feature(tissue, 'Tissue'), feature(tissue)), null],
  [
    'between the centres of pixels',
    collection(feature(tissue), feature(square(2001.6, 2101.6, 0.8))),
    /1 of 2 polygons hold no centre .* 1 x 1 baseline/,
  ],
] as const) {
  test(`polygons ${title} are used ${said ? 'with' : 'without'} a word`, async (t) => {
    const { told } = await maskOf(t, `\uFEFF${JSON.stringify(value)}`, slide)
    if (said === null) t.is(told, '')
    else t.regex(told, said)
  })
}

test('a mask whose own pixels show another part of the glass than the slide, or were others when it was drawn, is told', async (t) => {
  const bytes = new Uint8Array(64 * 48).fill(1, 64 * 10, 64 * 40)
  // XResolution, YResolution, in centimetres.
  const tiff = (perCentimetre: number) => {
    const rational = [perCentimetre, 1]
    return buildTiff([
      {
        tags: { 256: [64], 257: [48], 258: [8], 259: [1], 262: [1], 277: [1], 278: [48], 282: rational, 283: rational, 296: [3] },
        tiles: [bytes],
      },
    ])
  }
  const told = async (file: Uint8Array | string) => (await maskOf(t, file, slide)).told
  // The slide is 1 mm x 0.75 mm; 62.5 times 0.25 µm, and a print's 72 to the inch; and the slide's own, as libvips keeps them of what it shrinks.
  for (const fits of [640, 600, 28.346, 40_000]) t.is(await told(tiff(Math.round(fits))), '', `${fits}`)
  t.regex(
    await told(tiff(4000)),
    /\(TIFF resolution tags\) it shows 0.16 x 0.12 mm of a slide of 1 x 0.75 mm: it is stretched over the slide/,
  )
  const drawn = (pixel: string) =>
    `<Annotations MicronsPerPixel="${pixel}"><Annotation><Regions><Region Type="1"><Vertices><Vertex X="1500" Y="1500"/><Vertex X="2500" Y="2500"/></Vertices></Region></Regions></Annotation></Annotations>`
  for (const near of ['0.252', '0.25', '0']) t.is(await told(drawn(near)), '')
  t.regex(await told(drawn('0.5')), /drawn on pixels of 0.5 µm \(MicronsPerPixel\), and those of the slide are of 0.25/)
})

test('a mask without a 0 says that all of the slide is tissue', async (t) => {
  const { mask, told } = await maskOf(
    t,
    await sharp(Buffer.alloc(64 * 48, 1), { raw: { width: 64, height: 48, channels: 1 } })
      .png()
      .toBuffer(),
    slide,
  )
  t.is(mask.share, 1)
  t.regex(told, /none of its pixels is 0/)
  // A picture of the slide has a few black pixels; a mask with a hundredth of ground may be one.
  const bright = async (black: number) => {
    const pixels = Buffer.alloc(100 * 75, 200).fill(0, 0, black)
    return (
      await maskOf(
        t,
        await sharp(pixels, { raw: { width: 100, height: 75, channels: 1 } })
          .png()
          .toBuffer(),
        slide,
      )
    ).told
  }
  t.regex(await bright(3), /almost none of its pixels is 0: almost all of the slide is tissue; is it a picture of it\?/)
  t.is(await bright(75), '')
})

test('a folder in the place of a mask is told as one', async (t) => {
  const told = maskFromFile(tmpdir(), memorySlide({ width: 8, height: 8 }), {
    size: { width: 8, height: 8 },
    signal: new AbortController().signal,
    tell: () => undefined,
  })
  await t.throwsAsync(told, { message: /cannot be read: it is a folder, not a file/ })
})

/** A TIFF mask of 4 x 2 in one strip, and what is read of it. */
async function tiffMask(t: ExecutionContext, strip: readonly number[], tags: PageSpec['tags'], ...more: readonly PageSpec[]) {
  const page = { 256: [4], 257: [2], 258: [8], 259: [1], 262: [1], 277: [1], 278: [2], ...tags }
  const { mask, told } = await maskOf(t, buildTiff([{ tags: page, tiles: [Uint8Array.from(strip)] }, ...more]), { width: 8, height: 4 })
  return { set: [...bytesOf(mask)].join(''), told }
}

test('an array of booleans by tifffile says that 0 is white: True is tissue all the same, and a bit of others is what it says', async (t) => {
  const bits = { 258: [1], 262: [0] }
  const own = await tiffMask(t, [0b0100_0000, 0b0110_0000], { ...bits, 305: 'tifffile.py' })
  t.is(own.set, '01000110')
  t.regex(own.told, /what is True was taken for tissue/)
  t.is((await tiffMask(t, [0b0100_0000, 0b0110_0000], { ...bits, 305: 'libtiff' })).set, '10111001')
})

test('of grey whose 0 is white only the grey is inverted: what lies beside it, in one piece or planes, is alpha or a channel as it stands', async (t) => {
  const [grey, beside] = [
    [255, 0, 0, 255, 9, 0, 255, 255],
    [255, 255, 0, 0, 255, 0, 255, 0],
  ]
  const woven = (bytes: number) => grey.flatMap((g, i) => [...Array<number>(bytes).fill(g), ...Array<number>(bytes).fill(beside[i]!)])
  const tags = { 258: [8, 8], 262: [0], 277: [2] }
  t.is((await tiffMask(t, woven(1), { ...tags, 338: [2] })).set, '01001000')
  t.is((await tiffMask(t, woven(1), { ...tags, 338: [0] })).set, '11101110')
  t.is((await tiffMask(t, woven(2), { ...tags, 258: [16, 16], 338: [2] })).set, '01001000')
  t.is((await tiffMask(t, [0b1100_1100, 0b1001_0000, 0b1111_0011, 0b0000_1100], { ...tags, 258: [2, 2], 338: [2] })).set, '00100100')
  const planes = buildTiff([
    { tags: { 256: [4], 257: [2], 259: [1], 278: [2], 284: [2], ...tags, 338: [2] }, tiles: [Buffer.from(grey), Buffer.from(beside)] },
  ])
  t.is([...bytesOf((await maskOf(t, planes, { width: 8, height: 4 })).mask)].join(''), '01001000')
})

test('what GDAL calls no data is no tissue, in the numbers that the samples have', async (t) => {
  t.is((await tiffMask(t, [1, 255, 0, 1, 2, 255, 255, 0], { 42113: '255' })).set, '10011000')
  t.is((await tiffMask(t, [1, 255, 0, 1, 2, 255, 255, 0], { 42113: '-9999' })).set, '11011110')
  t.is((await tiffMask(t, [1, 255, 0, 1, 2, 255, 255, 0], { 339: [2], 42113: '-1' })).set, '10011000')
  const floats = Buffer.from(Float32Array.of(0.5, -9999, 0, Number.NaN, -9999, 1, 2, -9998).buffer)
  t.is((await tiffMask(t, [...floats], { 258: [32], 339: [3], 42113: '-9999' })).set, '10000111')
  const shorts = Buffer.from(Uint16Array.of(256, 1, 65_535, 0, 255, 1, 65_535, 2).buffer)
  t.is((await tiffMask(t, [...shorts], { 258: [16], 42113: '65535' })).set, '11001101')
})

test('what GDAL calls no data is none in bits, in a palette and where 0 is white, as it is numbered in the file', async (t) => {
  // Numbers 0 1 2 3 / 3 2 1 0 in two bits.
  const twoBits = [0b00_01_10_11, 0b11_10_01_00]
  t.is((await tiffMask(t, twoBits, { 258: [2], 42113: '3' })).set, '01100110')
  t.is((await tiffMask(t, twoBits, { 258: [2], 262: [0], 42113: '0' })).set, '01100110')
  t.is((await tiffMask(t, [0, 1, 254, 255, 9, 255, 0, 0], { 262: [0], 42113: '0' })).set, '01101000')
  const colours = { 262: [3], 320: Array.from({ length: 768 }, (_, i) => (i % 256) * 257) }
  t.is((await tiffMask(t, [0, 1, 2, 255, 255, 2, 1, 0], { ...colours, 42113: '255' })).set, '01100110')
  // A white number 0 that is no data, and no black: nothing has to be guessed.
  const white = { 262: [3], 320: Array.from({ length: 768 }, () => 65_535) }
  t.deepEqual(await tiffMask(t, [0, 1, 1, 1, 1, 1, 1, 0], { ...white, 42113: '0' }), { set: '01111110', told: '' })
})

test('a mask of probabilities says that all of them are tissue, one of whole numbers in floats does not', async (t) => {
  const parts = [0, 0.25, 1, 0, 0.999, 2, 0, 0]
  const whole = [0, 1, 1, 0, 3, 2, 0, 0]
  const halves = (numbers: readonly number[]) => [...Buffer.from(Uint16Array.from(numbers, toHalf).buffer)]
  const floats = (numbers: readonly number[]) => [...Buffer.from(Float32Array.from(numbers).buffer)]
  for (const [numbers, said] of [
    [parts, /several of its numbers lie between 0 and 1/],
    [whole, /^$/],
    // One number alone is what somebody wrote for 1.
    [[0, 0.5, 0.5, 0, 0.5, 0.5, 0, 0], /^$/],
  ] as const) {
    for (const [bits, bytes] of [
      [16, halves(numbers)],
      [32, floats(numbers)],
      [64, [...Buffer.from(Float64Array.from(numbers).buffer)]],
    ] as const) {
      const { set, told } = await tiffMask(t, bytes, { 258: [bits], 339: [3] })
      t.is(set, '01101100', `${bits} bits`)
      t.regex(told, said, `${bits} bits`)
    }
    const head = Buffer.from(
      "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }".padEnd(127).concat('\n'),
      'latin1',
    )
    t.regex((await maskOf(t, Buffer.concat([head, Buffer.from(floats(numbers))]), { width: 8, height: 4 })).told, said)
  }
})

test('a page that masks the picture (GDAL) says where the picture counts', async (t) => {
  const masked = {
    tags: { 254: [4], 256: [4], 257: [2], 258: [8], 259: [1], 262: [4], 277: [1], 278: [2] },
    tiles: [Uint8Array.of(0, 1, 1, 0, 0, 0, 1, 1)],
  }
  const { set, told } = await tiffMask(t, [1, 1, 0, 1, 1, 1, 1, 0], {}, masked)
  t.is(set, '01000010')
  t.is(told, '')
})

test('bits in reversed order (FillOrder 2) are turned, also before a compression is unpacked, and numbers are those meant', async (t) => {
  const turnedOnes = { 256: [4], 257: [2], 258: [8], 259: [1], 262: [1], 266: [2], 277: [1], 278: [2] }
  const numbers = buildTiff([{ tags: turnedOnes, tiles: [Uint8Array.of(128, 1, 0, 128, 64, 128, 1, 0)] }])
  t.is([...bytesOf((await maskOf(t, numbers, { width: 8, height: 4 }, ['1'])).mask)].join(''), '10010100')
  // A run of 3 numbers 1, then 5 as they are.
  const packed = [254, 1, 4, 0, 1, 0, 0, 1].map((byte) =>
    [...Array(8).keys()].reduce((sum, bit) => sum | (((byte >> bit) & 1) << (7 - bit)), 0),
  )
  t.is((await tiffMask(t, packed, { 259: [32773], 266: [2] })).set, '11101001')
  t.is((await tiffMask(t, [0b0000_0010, 0b0000_0110], { 258: [1], 266: [2] })).set, '01000110')
})

test('a PNG that its EXIF turns is refused, as a JPEG is', async (t) => {
  const turned = await sharp(await png(48, 64))
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer()
  await t.throwsAsync(maskOf(t, turned, slide), { message: /stored turned \(orientation 6\)/ })
  const upright = await sharp(await png(64, 48))
    .withMetadata({ orientation: 1 })
    .png()
    .toBuffer()
  t.is((await maskOf(t, upright, slide)).told, '')
})

test('a mask of several frames is refused: the first of them was taken for all', async (t) => {
  const frames = sharp(Buffer.alloc(8 * 12).fill(255, 60), { raw: { width: 8, height: 12, channels: 1, pageHeight: 6 } })
  for (const file of [await frames.clone().gif().toBuffer(), await frames.clone().webp().toBuffer()])
    await t.throwsAsync(maskOf(t, file, { width: 8, height: 6 }), { message: /it is animated: it has 2 frames/ })
  const still = await png(64, 48)
  // After the header, which ends at byte 33.
  const animated = Buffer.concat([
    still.subarray(0, 33),
    Buffer.from('\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\0\0\0\0', 'latin1'),
    still.subarray(33),
  ])
  await t.throwsAsync(maskOf(t, animated, slide), { message: /it is animated/ })
})

/** An object in DICOM that says no more than what it is. */
const report = { syntax: '1.2.840.10008.1.2.1', elements: [], pixels: { frames: [], table: 'native' } } as const

for (const [title, bytes, said] of [
  ['of nothing', '', /is empty/],
  ['in an archive', 'PK\x03\x04', /archive/],
  ['that is a text', 'tissue', /no known format/],
  ['that is a pickle', Uint8Array.of(0x80, 4, 0x95, 0), /a pickle/],
  ["of QuPath's own data", Uint8Array.of(0xac, 0xed, 0, 5), /QuPath's own data: export its annotations as GeoJSON/],
  ['that is a region of ImageJ', Buffer.from('Iout\0\xe4', 'latin1'), /a region of ImageJ/],
  ['of MATLAB', 'MATLAB 5.0 MAT-file', /a file of MATLAB/],
  ['in Parquet', 'PAR1\x15\x04', /Parquet/],
  ['that is a list of places', 'x,y\n1,2\n', /a list \(CSV\).* grid: { places: … }/],
  ['of outlines as Slideflow has them', 'roi_name,x_base,y_base\n', /a list \(CSV\)/],
  ['in XML', '<?xml version="1.0"?><svg/>', /it is XML \(svg\), and no annotations of ASAP/],
  [
    'of NDP.view for a slide of another scanner',
    '<annotations><ndpviewstate><annotation type="circle"><x>1</x><y>2</y><radius>3</radius></annotation></ndpviewstate></annotations>',
    /NDP\.view's, in nm from the middle of the glass, and the slide does not say where that lies/,
  ],
  [
    'of NDP.view with a word for a number',
    '<annotations><ndpviewstate><title>a</title><annotation type="freehand"><pointlist><point><x>1</x></point></pointlist></annotation></ndpviewstate></annotations>',
    /its annotation 'a' has '' for y, which is no number/,
  ],
  [
    'in the unit of another NDP.view',
    '<annotations><ndpviewstate><coordformat>pixels</coordformat><annotation type="circle"></annotation></ndpviewstate></annotations>',
    /its places are in 'pixels'/,
  ],
  ['of CVAT', '<annotations><version>1.1</version><image id="0"><polygon points="1,2;3,4;5,6"/></image></annotations>', /XML of CVAT/],
  ['of tracks of CVAT', '<annotations><track id="0"/></annotations>', /XML of CVAT/],
  ['of unknown annotations in XML', '<annotations><region><p x="1"/></region></annotations>', /XML \(annotations of region\)/],
  ['of other annotations in XML', '<Annotations><Item><P X="1"/></Item></Annotations>', /XML \(Annotations of Item\)/],
  ['of points in no shape', '<Annotations><Annotation><V X="1" Y="1"/></Annotation></Annotations>', /with a V in no shape/],
  ['cut off between two regions', '<Annotations><Annotation><Regions><Region></Region>\n', /its XML is cut off/],
  ['of NDP.view that is cut off', '<annotations><ndpviewstate><title>a', /its XML is cut off/],
  ['cut off in XML', '<ASAP_Annotations><Annotations><Annotation Type="Polygon"><Coordinate', /its XML is cut off/],
  [
    'of words for points',
    '<ASAP_Annotations><Annotation Type="Polygon"><Coordinate X="1,5" Y="2"/></Annotation>',
    /\["1,5","2"\] is no point/,
  ],
  ['of Cytomine', 'POLYGON((1 1, 9 1, 9 9))', /it is WKT/],
  ['that is a structured report', dicomOf({ kind: '1.2.840.10008.5.1.4.1.1.88.34', ...report }), /it is DICOM, a structured report/],
  ['that is a slide', dicomOf(report), /it is DICOM, a whole slide image, and no segmentation of one/],
  ['that is no more than the head of DICOM', `${'\0'.repeat(128)}DICM`, /does not say its DICOM transfer syntax/],
  ["of TIAToolbox's annotations", 'SQLite format 3\0', /with to_geojson/],
  ['that QuPath wrote in gzip', Buffer.of(0x1f, 0x8b, 8, 0), /compressed by gzip/],
  ['that is a BMP', 'BM\0\0', /save it as PNG/],
  ['in UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), /in UTF-16/],
  ['cut off in a PNG', 'PNG', /cut off/],
] as const) {
  test(`a mask file ${title} is refused`, async (t) => {
    const given = bytes === 'PNG' ? (await png(64, 48)).subarray(0, 60) : bytes
    t.like(await t.throwsAsync(maskOf(t, given, slide), { message: said }), { code: 'MASK_UNREADABLE' })
  })
}

test('a PNG of which one byte is wrong is refused, wherever it is', async (t) => {
  const sound = await png(640, 480)
  const from = sound.indexOf('IDAT') + 4
  const to = from + sound.readUInt32BE(from - 8)
  for (let at = from; at < to; at += Math.max(1, Math.floor((to - from) / 20))) {
    const damaged = Buffer.from(sound)
    damaged[at]! ^= 1
    await t.throwsAsync(maskOf(t, damaged, slide), { code: 'MASK_UNREADABLE', message: /damaged \(IDAT at byte \d+\)/ }, String(at))
  }
  t.is((await maskOf(t, sound, slide)).told, '')
})

const named = (name: unknown) => ({ ...collection(feature(tissue)), crs: { type: 'name', properties: { name } } })
for (const [title, value, said] of [
  [
    'EPSG',
    named('urn:ogc:def:crs:EPSG::3857'),
    /names a coordinate system, urn:ogc:def:crs:EPSG::3857: its numbers are taken for baseline pixels/,
  ],
  ['degrees', named('urn:ogc:def:crs:OGC:1.3:CRS84'), /names a coordinate system/],
  ['a link', { ...collection(feature(tissue)), crs: { type: 'link', properties: { href: 'http://example.com/crs/42' } } }, /crs\/42/],
  ['a code', { ...collection(feature(tissue)), crs: { type: 'EPSG', properties: { code: 4326 } } }, /4326/],
  ['an empty one', { ...collection(feature(tissue)), crs: {} }, /one without a name/],
  ['one of a feature', collection({ ...feature(tissue), crs: 'EPSG:25832' }), /EPSG:25832/],
  ['pixels', named('pixel coordinates'), null],
  ['none', { ...collection(feature(tissue)), crs: null }, null],
] as const) {
  test(`a coordinate system in GeoJSON is told of, if it is not of pixels: ${title}`, async (t) => {
    const { told } = await maskOf(t, JSON.stringify(value), slide)
    if (said === null) t.is(told, '')
    else t.regex(told, said)
  })
}

for (const [title, text] of [
  ['lists alone', '['.repeat(200_000)],
  ['lists that end', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ['objects', '{"a":'.repeat(100_000)],
  ['a point', `{"type":"Polygon","coordinates":[[[${'['.repeat(100_000)}${']'.repeat(100_000)}, 1]]]}`],
  ['a third number', `{"type":"Polygon","coordinates":[[["a", 1, ${'['.repeat(50)}${']'.repeat(50)}]]]}`],
  ['what a feature says of itself', `[{"type":"Feature","properties":${'{"a":['.repeat(60_000)}1${']}'.repeat(60_000)},"geometry":null}]`],
  ['collections', `${'{"type":"GeometryCollection","geometries":['.repeat(20)}${']}'.repeat(20)}`],
] as const) {
  test(`deep nesting in GeoJSON is refused by name: ${title}`, async (t) => {
    const error = await t.throwsAsync(maskOf(t, text, slide), { code: 'MASK_UNREADABLE' })
    t.notRegex(error!.message, /call stack/)
    t.regex(error!.message, /nested more than|no JSON|no point/)
    t.true(error!.message.length < 600)
  })
}
