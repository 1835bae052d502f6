/** Which page is the slide, which are levels, and what a page says of its pixels: files made here, in odd orders and odd writings. */

import test from 'ava'
import { fillingOf } from '../../src/readers/filled-up.js'
import { levelOf } from '../../src/readers/store.js'
import { decimal } from '../../src/readers/tiff/decimal.js'
import { attribute, decoded, elements, withoutComments } from '../../src/readers/tiff/xml.js'
import { cut, openBytes, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

const base = rgbPage({ width: 64, height: 48 })
const half = rgbPage({ width: 32, height: 24, extra: { 254: [1] } })
const label = (extra = {}) => rgbPage({ width: 20, height: 30, extra })
const sizes = (levels: readonly { width: number; height: number }[]) => levels.map(({ width, height }) => [width, height])

test('the largest page is the slide, wherever it stands', async (t) => {
  for (const order of [
    [label(), base, half],
    [half, base, label()],
    [half, label({ 270: 'Label' }), base],
  ]) {
    const slide = await openBytes(t, buildTiff(order))
    t.deepEqual(
      sizes(slide.info.levels),
      sizes([
        { width: 64, height: 48 },
        { width: 32, height: 24 },
      ]),
    )
    same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
    t.regex(slide.info.warnings.join(), /is the slide: it is larger than page 1/)
  }
})

test('a tiled page that is not marked as reduced, or is called a macro, is no level', async (t) => {
  const other = await openBytes(t, buildTiff([base, rgbPage({ width: 32, height: 24 })]))
  t.is(other.info.levels.length, 1)
  t.regex(other.info.warnings.join(), /1 tiled page is not marked as reduced/)
  // ImageMagick's `ptif:` calls them pages of a document (2), in strips where nobody asks for tiles; a label has another shape.
  const strip = (width: number, height: number) => ({
    tags: { 254: [2], 256: [width], 257: [height], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [height] },
    tiles: [pixels(0, 0, width, height)],
  })
  const magick = await openBytes(t, buildTiff([strip(64, 48), strip(32, 24), strip(16, 12), strip(20, 30)]))
  t.deepEqual(magick.info.warnings, ['2 smaller pages are not marked as reduced, and no levels'])
  const padded = await openBytes(t, buildTiff([base, rgbPage({ width: 32, height: 32, extra: { 254: [1] } })]))
  t.deepEqual(padded.info.warnings, ['1 reduced page has another shape than the slide, and is no level'])
  const macro = await openBytes(t, buildTiff([base, rgbPage({ width: 32, height: 24, extra: { 254: [1], 270: 'macro' } })]))
  t.is(macro.info.levels.length, 1)
  t.deepEqual(macro.info.associated, ['macro'])
})

test('pixels that GDAL calls no data are told of, unless they are white', async (t) => {
  const warningsOf = async (nothing: string) =>
    (await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra: { 42113: nothing } })]))).info.warnings
  t.regex((await warningsOf('0 ')).join(), /it says that "0" is no data \(GDAL\)/)
  t.deepEqual(await warningsOf('255'), [])
})

test('a description that every level has alike names none of them, whatever words are in it', async (t) => {
  // As libvips 8.14 writes it with `properties` of a slide that OpenSlide opened.
  const all = { 270: '<image><property><name>openslide.associated.label.height</name><value>463</value></property></image>' }
  const slide = await openBytes(
    t,
    buildTiff([rgbPage({ width: 64, height: 48, extra: all }), rgbPage({ width: 32, height: 24, extra: { 254: [1], ...all } })]),
  )
  t.deepEqual(sizes(slide.info.levels), [
    [64, 48],
    [32, 24],
  ])
  t.deepEqual(slide.info.associated, [])
})

test('a BIF is known by its iScan, in XMP or in a description, on any page', async (t) => {
  for (const extra of [{ 700: '<iScan Magnification="40"/>' }, { 270: 'level=0 mag=40 quality=95' }, { 270: '<iScan/>' }]) {
    await t.throwsAsync(openBytes(t, buildTiff([label(), rgbPage({ width: 64, height: 48, extra })])), {
      code: 'SLIDE_UNSUPPORTED',
      message: /Ventana BIF/,
    })
  }
})

test('OME: the largest Image is the slide, and the size of a pixel is its own', async (t) => {
  const image = (name: string, x: number, y: number, mpp: number, ifd?: number) =>
    `<Image ID="${name}" Name="${name}"><Pixels SizeX="${x}" SizeY="${y}" SizeC="3" SizeZ="1" SizeT="1" PhysicalSizeX="${mpp}"><Channel SamplesPerPixel="3"/>${ifd === undefined ? '' : `<TiffData IFD="${ifd}"/>`}</Pixels></Image>`
  const file = (...images: string[]) => {
    const first = label({ 270: `<OME xmlns="o">${images.join('')}</OME>` })
    return buildTiff([first, { ...base, subs: [half] }])
  }
  for (const bytes of [
    file(image('macro', 20, 30, 9), image('slide', 64, 48, 0.5)),
    file(image('slide', 64, 48, 0.5, 1), image('macro', 20, 30, 9, 0)),
  ]) {
    const { info } = await openBytes(t, bytes)
    t.deepEqual(sizes(info.levels), [
      [64, 48],
      [32, 24],
    ])
    t.is(info.mpp!.x, 0.5)
    t.deepEqual(info.associated, ['macro'])
  }
  await t.throwsAsync(openBytes(t, file(image('macro', 20, 30, 9))), { code: 'SLIDE_UNSUPPORTED', message: /none of its 1 pictures/ })
})

const omeOf = (pixels: string, size = 'SizeX="64" SizeY="48" SizeC="3"') =>
  `<OME><Image><Pixels ${size} ${pixels}><Channel SamplesPerPixel="3"/></Pixels></Image></OME>`

test('OME: lengths in every unit, by symbol or by name; what is none is said with its unit', async (t) => {
  for (const [value, unit, right] of [
    ['0.25', undefined, 0.25],
    ['0.25', '', 0.25],
    ['250', 'nm', 0.25],
    ['250000', 'pm', 0.25],
    ['0.00025', 'mm', 0.25],
    ['2500', 'Å', 0.25],
    ['.25', 'MICROMETER', 0.25],
    ['.25', 'Âµm', 0.25],
    ['0.5', 'thou', 12.7],
    ['0.25', 'Mm', undefined],
    ['1', 'pixel', undefined],
    ['1', 'constructor', undefined],
  ] as const) {
    const said = `PhysicalSizeX="${value}"${unit === undefined ? '' : ` PhysicalSizeXUnit="${unit}"`}`
    const { info } = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra: { 270: omeOf(said) } })]))
    const coarse = right === 12.7
    if (right === undefined) t.regex(info.warnings.join(), new RegExp(`PhysicalSize of "${value} ${unit}" is not understood`))
    else if (coarse) t.regex(info.warnings.join(), /a pixel of 12\.7 x 12\.7 µm/)
    else t.true(Math.abs(info.mpp!.x - right) < 1e-9, `${value} ${unit}: ${info.mpp!.x}`)
  }
  // A µ in Latin-1 without a word about it, as old writers leave it.
  const latin = Buffer.from(
    buildTiff([rgbPage({ width: 64, height: 48, extra: { 270: omeOf('PhysicalSizeX="250" PhysicalSizeXUnit="?m"') } })]),
  )
  latin[latin.indexOf('"?m"') + 1] = 0xb5
  t.is((await openBytes(t, latin)).info.mpp, undefined)
  const quarter = Buffer.from(
    buildTiff([rgbPage({ width: 64, height: 48, extra: { 270: omeOf('PhysicalSizeX="0.25" PhysicalSizeXUnit="?m"') } })]),
  )
  quarter[quarter.indexOf('"?m"') + 1] = 0xb5
  t.is((await openBytes(t, quarter)).info.mpp!.x, 0.25)
})

test('OME: several pictures of one size are no slide, and a description of another size is told', async (t) => {
  const first = rgbPage({ width: 64, height: 48, extra: { 270: omeOf('') } })
  await t.throwsAsync(openBytes(t, buildTiff([first, base])), { code: 'SLIDE_UNSUPPORTED', message: /2 pages of the same size/ })
  const six = rgbPage({ width: 64, height: 48, extra: { 270: omeOf('', 'SizeX="64" SizeY="48" SizeC="6"') } })
  await t.throwsAsync(openBytes(t, buildTiff([six, base])), { code: 'SLIDE_UNSUPPORTED', message: /6 channels \(SizeC\) in pictures of 3/ })
  const other = rgbPage({ width: 64, height: 48, extra: { 270: omeOf('PhysicalSizeX="0.25"', 'SizeX="128" SizeY="96" SizeC="3"') } })
  t.regex((await openBytes(t, buildTiff([other]))).info.warnings.join(), /described as 128 x 96 pixels/)
})

test('a pixel of which one side is said is square, and that is said; of neither it has no size', async (t) => {
  const along = (tag: number, ...value: number[]) => ({ [tag]: value })
  for (const [x, y, right, warned] of [
    [[40_000, 1], [20_000, 1], [0.25, 0.5], false],
    [[40_000, 1], undefined, [0.25, 0.25], true],
    [undefined, [20_000, 1], [0.5, 0.5], true],
    [[0, 0], [20_000, 1], [0.5, 0.5], true],
    [[40_000, 1], [1, 0], [0.25, 0.25], true],
    [[0, 1], [0, 0], undefined, false],
    [undefined, undefined, undefined, false],
  ] as const) {
    const extra = { 296: [3], ...(x && along(282, ...x)), ...(y && along(283, ...y)) }
    const { info } = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra })]))
    t.deepEqual(info.mpp && [info.mpp.x, info.mpp.y], right && [...right], `${x} ${y}`)
    t.is(/taken for square/.test(info.warnings.join()), warned, `${x} ${y}`)
  }
  const one = buildTiff([rgbPage({ width: 64, height: 48, extra: { 270: omeOf('PhysicalSizeX="0.25" PhysicalSizeY="wide"') } })])
  t.regex((await openBytes(t, one)).info.warnings.join(), /only the width of a pixel .* taken for square/)
})

test('Aperio: a comma and a unit are read; what is not understood is said', async (t) => {
  for (const [mpp, right, warned] of [
    ['0,2523', 0.2523, false],
    ['0.2523 um', 0.2523, false],
    ['a quarter', 0.5, true],
    ['0', 0.5, true],
  ] as const) {
    const extra = { 270: `Aperio Image\n64x48|AppMag = 20|MPP = ${mpp}` }
    const { info } = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra })]))
    t.is(info.mpp!.x, right, mpp)
    t.is(/MPP = .* is not understood/.test(info.warnings.join()), warned, mpp)
  }
})

test('numbers as people write them', (t) => {
  for (const text of ['0.25', '0,25', '+.25', '2.5e-1', ' 0.25 µm/px ', '0.25 microns']) t.is(decimal(text), 0.25, text)
  for (const text of ['', '-1', '0', 'Infinity', 'NaN', '1,2,3', '1.000,5', '0x10', '1e999', undefined])
    t.is(decimal(text), undefined, text)
})

test('a level filled up to whole tiles has the factor it was made with; a plain one that of its sizes', (t) => {
  const tile = { width: 16, height: 16 }
  // A quarter of 3056 x 2048 is 764 x 512; 764 is filled up to 768.
  t.deepEqual(levelOf(768, 512, tile, { width: 3056, height: 2048 }).downsample, { x: 4, y: 4 })
  // A quarter of 3056 x 2040 is 764 x 510: both are filled up.
  t.deepEqual(levelOf(768, 512, tile, { width: 3056, height: 2040 }).downsample, { x: 4, y: 4 })
  t.deepEqual(levelOf(764, 510, tile, { width: 3057, height: 2043 }).downsample, { x: 3057 / 764, y: 2043 / 510 })
  t.deepEqual(levelOf(700, 500, tile, { width: 3056, height: 2048 }).downsample, { x: 3056 / 700, y: 2048 / 500 })
})

test('a level of a few rows is the picture shrunk, though several factors would fill it up', (t) => {
  // A 40th of 1388 x 181 is 34.7 x 4.5; a 36th, as 181 / 5 is, would be 38.6 wide.
  const tile = { width: 64, height: 64 }
  t.is(fillingOf({ width: 35, height: 5 }, tile, { width: 1388, height: 181 }), 'plain')
  t.is(fillingOf({ width: 48, height: 48 }, { width: 48, height: 48 }, { width: 100, height: 100 }), 'unclear')
})

test('a level filled up by more than a tenth: the one factor that explains it, else the one power of two, else it is left out', async (t) => {
  const square = (size: number) => ({ width: size, height: size })
  for (const [whole, tile, factor] of [
    // Half of 2100 is 1050, which is filled up to 1536: no other factor needs three tiles.
    [2100, 512, 2],
    // A 64th of 100,000 is 1563, filled up to 1792; so are a 56th to a 65th.
    [100_000, 256, 64],
    // A quarter of 1000 is 250, in one tile of 256.
    [1000, 256, 4],
    [10_000, 256, 16],
  ] as const) {
    const padded = Math.ceil(Math.ceil(whole / factor) / tile) * tile
    t.deepEqual(levelOf(padded, padded, square(tile), square(whole)).downsample, { x: factor, y: factor }, `${whole}`)
  }
  // In strips nothing is filled up: 350 of 1000 rows are 350.
  t.is(levelOf(350, 350, square(350), square(1000), false).downsample.x, 1000 / 350)
  // A third of 100 is 34, in one tile of 48; so are a quarter (25), a fifth (20) and an eighth.
  const slide = await openBytes(
    t,
    buildTiff([
      rgbPage({ width: 100, height: 100 }),
      rgbPage({ width: 50, height: 50, extra: { 254: [1] } }),
      rgbPage({ width: 48, height: 48, tile: 48, extra: { 254: [1] } }),
    ]),
  )
  t.deepEqual(
    slide.info.levels.map(({ width }) => width),
    [100, 50],
  )
  t.regex(slide.info.warnings.join(), /level 2 \(48 x 48\) is left out: it has sizes filled up to whole tiles/)
})

test('a page whose SubIFD is larger is a preview, and no slide nor picture', async (t) => {
  const ome = { 270: omeOf('', 'SizeX="32" SizeY="24" SizeC="3"') }
  for (const extra of [{}, ome, { 270: 'Aperio Image\n32x24|AppMag = 20' }]) {
    const bytes = buildTiff([{ ...rgbPage({ width: 32, height: 24, extra: { 254: [1], ...extra } }), subs: [base] }])
    for (const kind of ['slide', 'tile'] as const)
      await t.throwsAsync(openBytes(t, bytes, kind), { code: 'SLIDE_UNSUPPORTED', message: /SubIFD of 64 x 48 pixels that is larger than/ })
  }
})

test('a reduced page belongs to the picture before it, if that has its shape', async (t) => {
  const other = rgbPage({ width: 60, height: 45 })
  const reduced = (width: number, height: number) => rgbPage({ width, height, extra: { 254: [1] } })
  const ome = (page: typeof base) => ({
    ...page,
    tags: {
      ...page.tags,
      270: `<OME>${[
        [64, 48],
        [60, 45],
      ]
        .map(([x, y], i) => `<Image ID="${i}"><Pixels SizeX="${x}" SizeY="${y}"><Channel SamplesPerPixel="3"/></Pixels></Image>`)
        .join('')}</OME>`,
    },
  })
  for (const [first, vendor] of [
    [base, 'generic'],
    [ome(base), 'ome'],
  ] as const) {
    const { info } = await openBytes(t, buildTiff([first, reduced(32, 24), other, reduced(20, 15), reduced(16, 12)]))
    t.is(info.vendor, vendor)
    t.deepEqual(sizes(info.levels), [
      [64, 48],
      [32, 24],
    ])
    t.regex(info.warnings.join(), vendor === 'ome' ? /of 2 pictures the largest/ : /2 reduced pages follow another picture of that shape/)
    // What is marked as a mask or a macro besides is none.
    const odd = await openBytes(
      t,
      buildTiff([
        first,
        ...(vendor === 'ome' ? [other] : []),
        ...[5, 9].map((n) => rgbPage({ width: 32, height: 24, extra: { 254: [n] } })),
        reduced(16, 12),
      ]),
    )
    t.is(odd.info.levels.length, vendor === 'ome' ? 1 : 2)
    // A label, of another shape, has no levels.
    const beside = await openBytes(t, buildTiff([first, ...(vendor === 'ome' ? [other] : []), label(), reduced(32, 24)]))
    t.is(beside.info.levels.length, vendor === 'ome' ? 1 : 2)
  }
})

test('XML: a tag end in quotes, comments, CDATA, encodings', (t) => {
  const xml = withoutComments('<OME><!-- <Image Name="no"/> --><![CDATA[<Image/>]]><Image Name="a/>b Size=\'1\'" Size="2">x</Image></OME>')
  const found = elements(xml, 'Image')
  t.is(found.length, 1)
  t.is(attribute(found[0]!.head, 'Name'), "a/>b Size='1'")
  t.is(attribute(found[0]!.head, 'Size'), '2')
  const text = '<?xml version="1.0" encoding="ISO-8859-1"?><a b="µm"/>'
  t.is(decoded(Buffer.from(text, 'latin1')), text)
  t.is(decoded(Buffer.from('<a b="µm"/>', 'utf8')), '<a b="µm"/>')
  t.is(decoded(Buffer.from('<a b="µm"/>', 'utf16le')), '<a b="µm"/>')
  t.is(decoded(Buffer.from('\ufeff<a b="µm"/>', 'utf16le').swap16()), '<a b="µm"/>')
})

test('pages that are marked as reduced in the way of before TIFF 5.0 (SubfileType 2) are levels, as for libtiff', async (t) => {
  const old = rgbPage({ width: 32, height: 24, extra: { 255: [2] } })
  const { info } = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra: { 255: [1] } }), old]))
  t.deepEqual([info.levels.length, info.warnings], [2, []])
})

test("a file of reduced pictures alone, as GDAL's overviews beside a slide are, says that the slide is not here", async (t) => {
  const { info } = await openBytes(t, buildTiff([half, rgbPage({ width: 16, height: 12, extra: { 254: [1] } })]))
  t.deepEqual([info.width, info.levels.length], [32, 2])
  t.deepEqual(info.warnings, ['its largest picture is marked as reduced: the one that it was made of is not here'])
})

test('a mask of which pixels count, as GDAL keeps it in a page of its own, is no level, and told', async (t) => {
  const mask = rgbPage({ width: 64, height: 48, extra: { 254: [4], 262: [4] } })
  const { info } = await openBytes(t, buildTiff([base, mask, half, rgbPage({ width: 32, height: 24, extra: { 254: [5], 262: [4] } })]))
  t.is(info.levels.length, 2)
  t.regex(info.warnings.join(), /^it has a mask of which pixels count, which is not used: [^;]*, which an otsu mask may take for tissue$/)
})
