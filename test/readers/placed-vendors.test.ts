/** Leica, Ventana and Trestle slides that are not as they should be, and what a damaged tile takes. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import { labelJpeg, labelSize } from '../../fixtures/label-jpeg.js'
import { oddServer, serve } from '../support/odd-server.js'
import { cut, folderOf, openAt, openBytes, same } from './open-buffer.js'
import { buildTiff, type PageSpec, pixels, rgbPage } from './tiff-builder.js'

const page = (width: number, height: number, extra: PageSpec['tags'] = {}) => rgbPage({ width, height, extra })

const scn = (...images: string[]) =>
  `<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection sizeX="40000" sizeY="30000">${images.join('')}</collection></scn>`
interface Area {
  readonly ifds: readonly (readonly [ifd: number, width: number, height: number, z?: number])[]
  readonly view?: string
  readonly objective?: string
  readonly light?: string
}
const image = ({
  ifds,
  view = 'sizeX="16000" sizeY="12000" offsetX="1000" offsetY="500"',
  objective = '20',
  light = 'brightfield',
}: Area) =>
  `<image><pixels>${ifds.map(([ifd, w, h, z]) => `<dimension sizeX="${w}" sizeY="${h}" ifd="${ifd}"${z === undefined ? '' : ` z="${z}"`}/>`).join('')}</pixels><view ${view}/><scanSettings><objectiveSettings><objective>${objective}</objective></objectiveSettings><illuminationSettings><illuminationSource>${light}</illuminationSource></illuminationSettings></scanSettings></image>`
/** Pages of 64 x 48, 32 x 24 and 64 x 48. */
const leica = (...images: string[]) => buildTiff([page(64, 48, { 270: scn(...images) }), page(32, 24), page(64, 48)])
const main = { ifds: [[0, 64, 48]] } as const

test('Leica: nm of the view ÷ pixels is the size of a pixel, and its offset the place', async (t) => {
  const slide = await openBytes(
    t,
    leica(
      image({
        ifds: [
          [0, 64, 48],
          [1, 32, 24],
        ],
      }),
    ),
  )
  const { info } = slide
  t.deepEqual(info.mpp, { x: 0.25, y: 0.25 })
  t.deepEqual([info.width, info.height], [160, 120])
  t.deepEqual(info.levels[1]!.downsample, { x: 2, y: 2 })
  t.deepEqual(info.bounds, { x: 4, y: 2, width: 64, height: 48 })
  same(t, await cut(slide, 4, 2, 64, 48), pixels(0, 0, 64, 48))
  same(t, await cut(slide, 70, 60, 20, 20), new Uint8Array(1200).fill(255))
})

test('Leica: of focal planes the first is read, with a warning', async (t) => {
  const { info } = await openBytes(
    t,
    leica(
      image({
        ifds: [
          [2, 64, 48, 1],
          [0, 64, 48, 0],
        ],
      }),
    ),
  )
  t.is(info.levels.length, 1)
  t.regex(info.warnings.join(), /focal planes/)
})

test('Leica: an area that is lit otherwise than the others is left out, with a warning', async (t) => {
  const other = image({ ifds: [[2, 64, 48]], light: 'fluorescence', view: 'sizeX="16000" sizeY="12000" offsetX="20000" offsetY="15000"' })
  const slide = await openBytes(t, leica(image(main), other))
  t.deepEqual(slide.info.warnings, ['the area at 0.02, 0.015 mm is left out, and white: it is lit by fluorescence'])
  same(t, await cut(slide, 80, 60, 20, 20), new Uint8Array(1200).fill(255))
})

test('Leica: what is no slide in colour, or of different scans, is refused by name', async (t) => {
  const glass = 'sizeX="40000" sizeY="30000" offsetX="0" offsetY="0"'
  for (const [images, message] of [
    [[image({ ...main, light: 'fluorescence' })], /of fluorescence: its areas are lit by fluorescence/],
    [[image({ ...main, view: glass })], /without a scanned area/],
    [[image(main), image({ ifds: [[2, 64, 48]], objective: '40' })], /scanned in different ways/],
    [
      [
        image(main),
        image({
          ifds: [
            [2, 64, 48],
            [1, 32, 24],
          ],
        }),
      ],
      /scanned in different ways/,
    ],
    [[image(main), image({ ifds: [[2, 64, 48]], view: 'sizeX="8000" sizeY="6000"' })], /pixels of 250, 125 nm/],
    [
      [
        image({
          ifds: [
            [0, 64, 48],
            [2, 64, 48],
          ],
        }),
      ],
      /several pictures of one size: channels/,
    ],
  ] as const) {
    await t.throwsAsync(openBytes(t, leica(...images)), { code: 'SLIDE_UNSUPPORTED', message })
  }
})

test('Leica: descriptions that do not fit the pages are malformed', async (t) => {
  for (const [images, message] of [
    [[image({ ifds: [[9, 64, 48]] })], /names page 10, which it has not/],
    [[image(main), image(main)], /names page 1 twice/],
    [[image({ ifds: [[0, 65, 48]] })], /says page 1 has 65 x 48 pixels/],
    [[image({ ifds: [] })], /area that has no pixels/],
    [[image({ ...main, view: 'sizeX="0" sizeY="1"' })], /sizeX is 0/],
    [[image({ ...main, view: 'sizeX="1e9" sizeY="1"' })], /no whole number/],
    [['<image/>'], /no view/],
  ] as const) {
    await t.throwsAsync(openBytes(t, leica(...images)), { code: 'SLIDE_MALFORMED', message })
  }
  const huge = scn(image(main)).replace('sizeX="40000" sizeY="30000"', 'sizeX="999999999999999" sizeY="999999999999999"')
  await t.throwsAsync(openBytes(t, buildTiff([page(64, 48, { 270: huge })])), { code: 'SLIDE_TOO_LARGE' })
})

const joint = (direction: string, one: number, two: number, overlap: number | string = 4) =>
  `<TileJointInfo Confidence="1" Direction="${direction}" Tile1="${one}" Tile2="${two}" OverlapX="${overlap}" OverlapY="${overlap}"/>`
const areaOf = (joints: string, more = '') =>
  `<EncodeInfo><SlideStitchInfo><ImageInfo AOIScanned="1" NumCols="4" NumRows="3" Width="16" Height="16" Pos-X="0" Pos-Y="0" ${more}>${joints}</ImageInfo></SlideStitchInfo><AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>`
/** A level of 4 x 3 tiles of 16, and one of half of it. */
const bif = (xmp: string | undefined, second = 'level=1 mag=10 quality=90') =>
  buildTiff([
    page(16, 16, { 270: 'Label_Image', 700: '<iScan Magnification="20" ScanRes="0.5"/>' }),
    page(64, 48, { 270: 'level=0 mag=20 quality=90', ...(xmp === undefined ? {} : { 700: xmp }) }),
    page(32, 32, { 270: second }),
  ])

test('Ventana: without XMP the tiles of level 0 lie side by side', async (t) => {
  const slide = await openBytes(t, bif(undefined))
  t.deepEqual([slide.info.width, slide.info.height, slide.info.levels.length], [64, 48, 2])
  same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
  t.deepEqual(slide.info.associated, ['macro'])
})

test('Ventana: an area without joints, or of joints that nobody is sure of, has tiles side by side', async (t) => {
  for (const joints of ['', joint('RIGHT', 1, 2).replace('Confidence="1"', 'Confidence="0"')]) {
    const slide = await openBytes(t, bif(areaOf(joints)))
    same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
    t.is(slide.info.bounds, undefined)
  }
})

test('Ventana: a level that is not as much smaller as its mag says is left out', async (t) => {
  for (const [width, height, mag, fits] of [
    [32, 48, 10, false],
    [64, 32, 10, false],
    [64, 64, 5, false],
    [32, 24, 2.5, false],
    [64, 48, 10, true],
    [16, 16, 2.5, true],
  ] as const) {
    const file = buildTiff([
      page(16, 16, { 270: 'Label_Image', 700: '<iScan Magnification="20" ScanRes="0.5"/>' }),
      page(128, 96, { 270: 'level=0 mag=20 quality=90' }),
      page(width, height, { 270: `level=1 mag=${mag} quality=90` }),
    ])
    const { levels, warnings } = (await openBytes(t, file)).info
    t.is(levels.length, fits ? 2 : 1)
    if (!fits)
      t.regex(warnings.join(), /level 1 is left out: by its mag it is .* times smaller than level 0 of 128 x 96 pixels, and it has /)
  }
  t.deepEqual((await openBytes(t, bif(undefined))).info.warnings, [])
  const other = await openBytes(
    t,
    buildTiff([page(16, 16, { 700: '<iScan Magnification="40" ScanRes="0.25"/>' }), page(64, 48, { 270: 'level=0 mag=20' })]),
  )
  t.regex(other.info.warnings.join(), /its Magnification is 40, and of level 0 that its mag is 20/)
})

test('Ventana: the mean of the overlaps is the distance, in parts of a pixel', async (t) => {
  const slide = await openBytes(t, bif(areaOf(joint('RIGHT', 1, 2, 4) + joint('RIGHT', 2, 3, 5) + joint('UP', 1, 8, 2))))
  // 16 − 4.5 = 11.5, three times, and 16; 14 twice, and 16.
  t.deepEqual([slide.info.width, slide.info.height], [51, 44])
  same(t, await cut(slide, 12, 0, 11, 14), pixels(16, 0, 11, 14))
  same(t, await cut(slide, 23, 14, 12, 14), pixels(32, 16, 12, 14))
})

test('Ventana: of a scanner that says LEFT each column and row has a distance of its own, and what nobody joined says nothing', async (t) => {
  const joints = [
    joint('LEFT', 1, 2, 0),
    joint('LEFT', 3, 2, 4),
    joint('LEFT', 6, 5, 0),
    joint('LEFT', 4, 3, 7).replace('Confidence', 'FlagJoined="0" Confidence'),
    joint('UP', 8, 9, 0),
    joint('DOWN', 8, 1, 2),
  ]
  const slide = await openBytes(t, bif(areaOf(joints.join(''))))
  t.deepEqual(
    slide.info.levels.map(({ width, height }) => [width, height]),
    [
      [60, 46],
      [30, 23],
    ],
  )
  same(t, await cut(slide, 0, 0, 28, 30), pixels(0, 0, 28, 30))
  same(t, await cut(slide, 28, 0, 32, 30), pixels(32, 0, 32, 30))
  same(t, await cut(slide, 28, 30, 32, 16), pixels(32, 32, 32, 16))
  // Pieces of 8 pixels; that of the third column and row lies at 14, 15.
  const [third] = [new Uint8Array(8 * 8 * 3)]
  await slide.read([{ region: { x: 28, y: 30, width: 16, height: 16 }, width: 8, height: 8, level: 1 }], [third])
  same(t, third, pixels(16, 16, 8, 8))
})

test('Ventana: what its XMP cannot mean is malformed, and an unknown direction is refused', async (t) => {
  for (const [xmp, code, message] of [
    [areaOf(joint('BOTH', 1, 2)), 'SLIDE_UNSUPPORTED', /direction "BOTH"/],
    [areaOf(joint('LEFT', 1, 8)), 'SLIDE_MALFORMED', /joins tiles 1 and 8 LEFT/],
    [areaOf(joint('LEFT', 1, 2, 9)), 'SLIDE_MALFORMED', /lie 7 x 16 apart/],
    [areaOf(joint('UP', 1, 2)), 'SLIDE_MALFORMED', /joins tiles 1 and 2 UP/],
    [areaOf(joint('RIGHT', 4, 5)), 'SLIDE_MALFORMED', /joins tiles 4 and 5 RIGHT/],
    [areaOf(joint('RIGHT', 0, 1)), 'SLIDE_MALFORMED', /joins tile 0 of 12/],
    [areaOf(joint('RIGHT', 1, 99)), 'SLIDE_MALFORMED', /joins tile 99 of 12/],
    [areaOf(joint('RIGHT', 1, 2, 9)), 'SLIDE_MALFORMED', /lie 7 x 16 apart/],
    [areaOf(joint('RIGHT', 1, 2, -99)), 'SLIDE_MALFORMED', /lie 115 x 16 apart/],
    [areaOf(joint('RIGHT', 1, 2, 'a')), 'SLIDE_MALFORMED', /OverlapX is no number/],
    [areaOf('').replace('Width="16"', 'Width="32"'), 'SLIDE_MALFORMED', /tiles of 32 x 16/],
    [areaOf('').replace('OriginX="0"', 'OriginX="8"'), 'SLIDE_MALFORMED', /begins within a tile/],
    [areaOf('').replace('OriginX="0"', 'OriginX="16"'), 'SLIDE_MALFORMED', /area of 4 x 3 tiles that its level/],
    [areaOf('').replace('NumCols="4"', 'NumCols="4000000"'), 'SLIDE_MALFORMED', /area of 4000000 x 3 tiles/],
    [areaOf('').replace('AOIScanned="1"', 'AOIScanned="0"'), 'SLIDE_MALFORMED', /no area was scanned/],
    [areaOf('').replace('<AOI0 OriginX="0" OriginY="0"/>', ''), 'SLIDE_MALFORMED', /1 areas and 0 origins/],
    [areaOf('').replace('Pos-X="0"', 'Pos-X="999999999999"').replace('Pos-Y="0"', 'Pos-Y="999999999999"'), 'SLIDE_TOO_LARGE', /level of/],
    ['<EncodeInfo', 'SLIDE_MALFORMED', /cut off/],
  ] as const) {
    await t.throwsAsync(openBytes(t, bif(xmp)), { code, message }, xmp)
  }
  for (const second of ['level=2 mag=10', 'level=1 mag=20', 'level=1', 'level=1 mag=x'])
    await t.throwsAsync(openBytes(t, bif(areaOf(''), second)), { code: 'SLIDE_MALFORMED', message: /not the next level/ })
  const odd = await openBytes(t, bif(areaOf(''), 'level=1 mag=8'))
  t.is(odd.info.levels.length, 1)
  t.regex(odd.info.warnings.join(), /level 1 is left out: it is 2.5 times smaller/)
})

test('Ventana: a stored tile that is damaged takes its pieces, and no others', async (t) => {
  const small = rgbPage({ width: 32, height: 32, extra: { 259: [8], 270: 'level=1 mag=10' } }, (bytes) => deflateSync(bytes))
  const tiles = [Buffer.from('no deflate'), ...small.tiles!.slice(1)]
  const bytes = buildTiff([
    page(16, 16, { 270: 'Label_Image', 700: '<iScan Magnification="20" ScanRes="0.5"/>' }),
    page(64, 48, { 270: 'level=0 mag=20 quality=90', 700: areaOf('') }),
    { ...small, tiles },
  ])
  const slide = await openBytes(t, bytes)
  const request = (x: number, y: number) => ({ region: { x: 2 * x, y: 2 * y, width: 16, height: 16 }, width: 8, height: 8, level: 1 })
  const requests = [request(0, 0), request(8, 8), request(16, 0), request(24, 8)]
  const out = requests.map(() => new Uint8Array(8 * 8 * 3))
  const answers = await slide.read(requests, out)
  t.deepEqual(
    answers.map((answer) => (answer as { code?: string } | null)?.code),
    ['TILE_UNDECODABLE', 'TILE_UNDECODABLE', undefined, undefined],
  )
  same(t, out[2]!, pixels(16, 0, 8, 8))
  same(t, out[3]!, pixels(24, 8, 8, 8))
})

const trestle = (about: string, more: readonly PageSpec[] = []) => buildTiff([page(64, 48, { 270: about, 305: 'MedScan' }), ...more])

test('Trestle: overlaps that are no numbers, or more than half of a tile, are malformed', async (t) => {
  for (const overlaps of ['9 0', '0 9', '-1 0', 'a b', '1e9 0'])
    await t.throwsAsync(openBytes(t, trestle(`OverlapsXY=${overlaps};`)), { code: 'SLIDE_MALFORMED', message: /overlap by/ })
  for (const none of ['OverlapsXY=;', 'Objective Power=20;', '']) {
    const slide = await openBytes(t, trestle(none))
    same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
  }
})

test('Trestle: overlaps that make a level of another shape are told', async (t) => {
  const wide = (overlaps: string) => buildTiff([page(256, 192, { 270: `OverlapsXY=${overlaps};`, 305: 'MedScan' }), page(128, 96)])
  t.false((await openBytes(t, wide('8 8 4 4'))).info.warnings.join().includes('shape'))
  const crooked = await openBytes(t, wide('0 8 4 4'))
  t.regex(crooked.info.warnings.join(), /level 1 is 2\.56 x \d.* times smaller than level 0, of which it should have the shape/)
})

test('Trestle: pages that are no smaller are left out, pages in strips are refused', async (t) => {
  const { info } = await openBytes(t, trestle('OverlapsXY=8 8 0 0;', [page(64, 48), page(32, 24)]))
  t.deepEqual(
    info.levels.map(({ width, height }) => [width, height]),
    [
      [40, 32],
      [32, 24],
    ],
  )
  t.regex(info.warnings.join(), /page 2 \(64 x 48\) is left out/)
  const strip: PageSpec = {
    tags: { 256: [4], 257: [4], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [4] },
    tiles: [new Uint8Array(48)],
  }
  await t.throwsAsync(openBytes(t, trestle('', [strip])), { code: 'SLIDE_UNSUPPORTED', message: /in strips/ })
})

test('Trestle: the macro lies beside the slide, as a JPEG that ends in .Full', async (t) => {
  const folder = await folderOf(t)
  const file = path.join(folder, 'a.b.tif')
  await writeFile(file, trestle('OverlapsXY=0 0;'))
  t.deepEqual((await openAt(t, file)).info.associated, [])
  await writeFile(path.join(folder, 'a.b.Full'), Buffer.from(labelJpeg, 'base64'))
  const slide = await openAt(t, file)
  t.deepEqual(slide.info.associated, ['macro'])
  const { width, height } = await slide.associated('macro')
  t.deepEqual([width, height], [...labelSize])
})

test('Trestle: its macro is found on a web server, too, whatever its name', async (t) => {
  const files = new Map([
    ['a #1 (50%).tif', trestle('OverlapsXY=0 0;')],
    ['a #1 (50%).Full', Buffer.from(labelJpeg, 'base64')],
  ])
  const server = await oddServer(Buffer.alloc(0), (_, request, response) => {
    const bytes = files.get(decodeURIComponent(request.url!.slice(1)))
    if (bytes === undefined) response.writeHead(404).end()
    else serve(bytes, request, response)
    return true
  })
  t.teardown(() => server.close())
  t.deepEqual((await openAt(t, `${server.url}/${encodeURIComponent('a #1 (50%).tif')}`)).info.associated, ['macro'])
})
