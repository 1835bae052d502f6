/** The made DICOM slide: a concatenation, a level with its frames anywhere, a label; as a folder, and what a file of it is alone. */

import { readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { el } from '../../../fixtures/dicom-file.js'
import { dicomSlide, label, part, perFrame, secondLevel, slideFile, slideTile, syntaxes, tilesOf } from '../../../fixtures/dicom-slide.js'
import { every, onWhite, whole } from '../../../fixtures/pixels.js'
import type { SlideError } from '../../../src/core/errors.js'
import { packageRoot } from '../../../src/core/package-root.js'
import { cut, folderOf, openAt, openBytes, readLevel, readOne, same } from '../open-buffer.js'
import { buildTiff, rgbPage } from '../tiff-builder.js'

const folder = path.join(packageRoot, 'fixtures/dicom')
/** What is said of its level 1. */
const hole = 'level 1 has no frame for 1 tile that level 0 shows: it is white there'

test('the files that lie here are those that the generator makes', (t) => {
  const made = dicomSlide()
  t.deepEqual(readdirSync(folder).sort(), made.map(({ name }) => `${name}.dcm`).sort())
  for (const { name, bytes } of made) t.true(bytes.equals(readFileSync(path.join(folder, `${name}.dcm`))), name)
})

test('a folder is a slide: levels, resolution (rows come first), power, every pixel, the label', async (t) => {
  const slide = await openAt(t, folder)
  const { vendor, levels, mpp, mppSource, power, powerSource, associated, warnings, compression } = slide.info
  t.deepEqual([vendor, compression, power, powerSource], ['dicom', 'rle', 20, 'DICOM ObjectiveLensPower'])
  t.deepEqual([mpp, mppSource], [{ x: 0.5, y: 0.25 }, 'DICOM PixelSpacing'])
  t.deepEqual(
    levels.map(({ width, height, tile }) => [width, height, tile.width, tile.height]),
    [
      [101, 71, 32, 32],
      [51, 36, 32, 32],
    ],
  )
  t.deepEqual([associated, warnings], [['label'], [hole]])
  same(t, await readLevel(slide, 0), whole.data, 'level 0')
  same(t, await readLevel(slide, 1), secondLevel.data, 'level 1')
  const { data, ...size } = await slide.associated('label')
  t.deepEqual(size, { width: label.width, height: label.height })
  same(t, data, label.data, 'the label')
})

test('a folder whose files have the names of an archive is a slide, by the bytes of the first one', async (t) => {
  const own = await folderOf(t)
  for (const [i, name] of readdirSync(folder).entries()) await copyFile(path.join(folder, name), path.join(own, `IM00000${i}`))
  await writeFile(path.join(own, '.DS_Store'), 'of a desktop')
  const [named, unnamed] = [await openAt(t, folder), await openAt(t, own)]
  t.deepEqual([unnamed.info.vendor, unnamed.info.levels, unnamed.info.associated], ['dicom', named.info.levels, named.info.associated])
  same(t, await readLevel(unnamed, 0), await readLevel(named, 0))
  const plain = await folderOf(t)
  await writeFile(path.join(plain, 'a'), 'a text')
  await t.throwsAsync(openAt(t, plain), { code: 'SLIDE_UNSUPPORTED', message: /is a folder, which is not read/ })
})

test('what lies beside the files of a slide is passed over: folders, other files, another DICOM object', async (t) => {
  const own = await folderOf(t)
  for (const name of readdirSync(folder)) await copyFile(path.join(folder, name), path.join(own, name))
  await mkdir(path.join(own, 'more.dcm'))
  await writeFile(path.join(own, 'read me.txt'), 'DICM')
  const other = Buffer.from(readFileSync(path.join(folder, 'label.dcm')))
  // Its class becomes another one.
  for (let at = other.indexOf('77.1.6'); at >= 0; at = other.indexOf('77.1.6')) other.write('77.9.6', at)
  await writeFile(path.join(own, 'other.dcm'), other)
  const odd = (width: number, uid: string) =>
    native({ 524296: el(0x0008_0008, 'CS', 'ORIGINAL\\PRIMARY\\LOCALIZER'), 4718598: el(0x0048_0006, 'UL', [width]) }, uid)
  await writeFile(path.join(own, 'smaller.dcm'), odd(100, '1.9'))
  const slide = await openAt(t, own)
  t.deepEqual([slide.info.levels.length, slide.info.associated], [2, ['label']])
  t.regex(slide.info.warnings[0]!, /smaller\.dcm is left out: it is of the type ORIGINAL\\PRIMARY\\LOCALIZER/)
  t.deepEqual(slide.info.warnings.slice(1), [hole])
  same(t, await readLevel(slide, 0), whole.data)
})

test('a frame that level 0 lacks, too, is no hole of a smaller level', async (t) => {
  const own = await folderOf(t)
  await copyFile(path.join(folder, 'level-1.dcm'), path.join(own, 'level-1.dcm'))
  const frames = tilesOf(whole)
  const places = frames.map((_, i): readonly [number, number] => [(i % 4) * slideTile, Math.floor(i / 4) * slideTile])
  // The last tile of level 1 lies over the last two.
  const levelOf = (count: number) =>
    slideFile({
      uid: '9',
      syntax: syntaxes.explicit,
      size: whole,
      tile: slideTile,
      pixels: { frames: frames.slice(0, count), table: 'native' },
      changes: { 2134801: el(0x0020_9311, 'CS', 'TILED_SPARSE'), 1375769136: perFrame(places.slice(0, count)) },
    })
  for (const [count, warnings] of [
    [10, []],
    [11, [hole]],
  ] as const) {
    await writeFile(path.join(own, 'level-0.dcm'), levelOf(count))
    t.deepEqual((await openAt(t, own)).info.warnings, warnings)
  }
})

const instead = (element: ReturnType<typeof el>) => ({ [element.tag]: element })

test('a file of a level is a slide of that level; a part of a concatenation and a label are none', async (t) => {
  const one = await openAt(t, path.join(folder, 'level-1.dcm'))
  t.deepEqual([one.info.levels.length, one.info.width, one.info.mpp], [1, 51, { x: 1, y: 0.5 }])
  same(t, await readLevel(one, 0), secondLevel.data)
  t.deepEqual(one.info.warnings, [
    `it is read alone, as one level: label.dcm and 2 more are of its series, too; name the folder, ${folder}, for the whole slide`,
  ])
  const own = await folderOf(t)
  const others = {
    'alone.dcm': native(),
    'longer.dcm': native(instead(el(0x0020_000e, 'UI', '1.2.3.4.5')), '1.2.3.4.5.6'),
    'text.dcm': '1.2.3.4',
  }
  for (const [name, bytes] of Object.entries(others)) await writeFile(path.join(own, name), bytes)
  t.deepEqual((await openAt(t, path.join(own, 'alone.dcm'))).info.warnings, [])
  // However many lie between: a folder into which many series were fetched.
  for (let i = 0; i < 70; i++) await writeFile(path.join(own, `between-${i}.dcm`), '')
  await writeFile(path.join(own, 'zone.dcm'), native({}, '1.2.3.4.7'))
  t.regex((await openAt(t, path.join(own, 'alone.dcm'))).info.warnings[0]!, /: zone\.dcm is of its series, too/)
  await t.throwsAsync(openAt(t, path.join(folder, 'level-0-part-2.dcm')), {
    code: 'SLIDE_TRUNCATED',
    message: /of 2 files, of which part 1 is missing/,
  })
  await t.throwsAsync(openAt(t, path.join(folder, 'label.dcm')), { code: 'SLIDE_UNSUPPORTED', message: /VOLUME, but LABEL/ })
})

const half = every(2, whole)
const halfOf = {
  uid: '9.2',
  syntax: syntaxes.explicit,
  size: half,
  tile: slideTile,
  mpp: { x: 1, y: 0.5 },
  pixels: { frames: tilesOf(half), table: 'native' },
} as const
const native = (changes: Parameters<typeof slideFile>[0]['changes'] = {}, uid = '9') =>
  slideFile({ uid, syntax: syntaxes.explicit, size: whole, tile: slideTile, pixels: { frames: tilesOf(whole), table: 'native' }, changes })

test('files that do not say what they show are the slide where none is said to be, and left out where one is', async (t) => {
  const own = await folderOf(t)
  const [level, unsaid] = [path.join(own, '0.dcm'), { 524296: null }]
  await writeFile(level, native(unsaid))
  await writeFile(path.join(own, '1.dcm'), slideFile({ ...halfOf, changes: unsaid }))
  const slide = await openAt(t, own)
  t.deepEqual([slide.info.levels.length, slide.info.warnings.length], [2, 1])
  t.regex(slide.info.warnings[0]!, /does not say what it shows \(ImageType\): it is taken for the slide/)
  same(t, await readLevel(slide, 0), whole.data)
  await writeFile(level, native())
  const { info } = await openAt(t, own)
  t.is(info.levels.length, 1)
  t.regex(info.warnings.join(), /1\.dcm is left out: it is of the type nobody says/)
})

test('what kind of object a file is, its meta information may say alone', async (t) => {
  same(t, await readLevel(await openBytes(t, native({ 524310: null })), 0), whole.data)
})

test('a slide without its full resolution says so', async (t) => {
  const made = el(0x0008_0008, 'CS', 'DERIVED\\PRIMARY\\VOLUME\\RESAMPLED')
  const { info } = await openBytes(t, native(instead(made)))
  t.deepEqual(info.warnings, ['its largest picture says that it was made of a larger one (RESAMPLED), which is not here'])
})

test('a file that is DICOM and TIFF is taken as DICOM', async (t) => {
  const tiff = buildTiff([rgbPage({ width: 16, height: 16 })])
  const bytes = slideFile({
    uid: '9',
    syntax: syntaxes.explicit,
    size: whole,
    tile: slideTile,
    pixels: { frames: tilesOf(whole), table: 'native' },
    preamble: Buffer.concat([tiff.subarray(0, 8), Buffer.alloc(120)]),
  })
  t.is(bytes.toString('latin1', 0, 2), 'II')
  const slide = await openBytes(t, bytes)
  t.is(slide.info.vendor, 'dicom')
  same(t, await readLevel(slide, 0), whole.data)
})

test('without PixelSpacing the size of a pixel follows from that of the slide; without any it is not told', async (t) => {
  const none = { 1375769129: null }
  const volume = { 4718593: el(0x0048_0001, 'FL', [101 * 0.0005]), 4718594: el(0x0048_0002, 'FL', [71 * 0.0005]) }
  const { mpp, mppSource } = (await openBytes(t, native({ ...none, ...volume }))).info
  t.true(Math.abs(mpp!.x - 0.5) < 1e-6 && Math.abs(mpp!.y - 0.5) < 1e-6)
  t.is(mppSource, 'DICOM ImagedVolumeWidth and Height')
  t.is((await openBytes(t, native({ ...none, 4718853: null }))).info.mpp, undefined)
  const exchanged = { 4718593: el(0x0048_0001, 'FL', [71 * 0.0005]), 4718594: el(0x0048_0002, 'FL', [101 * 0.0005]) }
  t.deepEqual((await openBytes(t, native({ ...none, ...exchanged }))).info.warnings, [
    'DICOM ImagedVolumeWidth and Height make pixels of 0.3515 x 0.7113 µm, and square ones with the two exchanged: give the right size of a pixel as mpp',
  ])
})

test('PixelSpacing that is said with each frame counts, and one that stands alone where nothing else does', async (t) => {
  const spacing = el(0x0028_0030, 'DS', '0.00025\\0.0005')
  const [none, volume] = [{ 1375769129: null }, { 4718593: el(0x0048_0001, 'FL', [1]), 4718594: el(0x0048_0002, 'FL', [1]) }]
  const each = { 1375769136: el(0x5200_9230, 'SQ', [[el(0x0028_9110, 'SQ', [[spacing]])]]) }
  for (const changes of [
    { ...none, ...each, ...volume },
    { ...none, 2621488: spacing },
  ]) {
    const { mpp, mppSource } = (await openBytes(t, native(changes))).info
    t.deepEqual([mpp, mppSource], [{ x: 0.5, y: 0.25 }, 'DICOM PixelSpacing'])
  }
  t.is((await openBytes(t, native({ ...none, ...volume, 2621488: spacing }))).info.mppSource, 'DICOM ImagedVolumeWidth and Height')
})

test('a pixel of 30 µm is believed: who writes it means this picture', async (t) => {
  const bytes = slideFile({
    uid: '9',
    syntax: syntaxes.explicit,
    size: whole,
    tile: slideTile,
    mpp: { x: 29, y: 30 },
    pixels: { frames: tilesOf(whole), table: 'native' },
  })
  t.deepEqual((await openBytes(t, bytes)).info.mpp, { x: 29, y: 30 })
})

test('a frame may be larger than the picture; only what lies in the picture is shown', async (t) => {
  const small = onWhite(whole, 20, 9)
  const bytes = slideFile({
    uid: '9',
    syntax: syntaxes.explicit,
    size: small,
    tile: 64,
    pixels: { frames: tilesOf(small, 64), table: 'native' },
  })
  const slide = await openBytes(t, bytes)
  same(t, await cut(slide, 0, 0, 24, 12), onWhite(small, 24, 12).data)
})

test('frames whose order nobody tells are taken row by row, with a warning', async (t) => {
  const { info } = await openBytes(t, native({ 2134801: null }))
  t.is(info.warnings.length, 1)
  t.regex(info.warnings[0]!, /does not say where its frames lie/)
})

test('places that are said of frames in order of rows, and are others, are told; the same ones, also counted from 0, are not', async (t) => {
  const rows = tilesOf(whole).map((_, i) => [(i % 4) * slideTile, Math.floor(i / 4) * slideTile] as const)
  const warningsOf = async (places: typeof rows) => (await openBytes(t, native({ 1375769136: perFrame(places) }))).info.warnings
  t.deepEqual(await warningsOf(rows), [])
  t.deepEqual(await warningsOf(rows.map(([x, y]) => [x - 1, y - 1] as const)), [])
  const columns = rows.map((_, i) => [Math.floor(i / 3) * slideTile, (i % 3) * slideTile] as const)
  t.regex(
    (await warningsOf(columns)).join(),
    /of frame 2 that it lies at 1, 33, not at 33, 1: they are read row by row, and the picture may/,
  )
})

test('of the only frame of a level what is said of all frames may say where it lies', async (t) => {
  const { tag, vr, value } = perFrame([[0, 0]])
  const changes = { 2134801: el(0x0020_9311, 'CS', 'TILED_SPARSE'), 1375769129: { tag: 0x5200_9229, vr, value }, [tag]: null }
  const size = { width: slideTile, height: slideTile }
  const frame = tilesOf(whole)[5]!
  const slide = await openBytes(
    t,
    slideFile({ uid: '9', syntax: syntaxes.explicit, size, tile: slideTile, pixels: { frames: [frame], table: 'native' }, changes }),
  )
  same(t, await readLevel(slide, 0), frame)
})

const folderWith = async (t: Parameters<typeof folderOf>[0], files: Readonly<Record<string, Uint8Array>>) => {
  const own = await folderOf(t)
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(own, `${name}.dcm`), bytes)
  return own
}

/** A part of a concatenation that says it begins with another frame. */
function beginningAt(frame: number, bytes: Buffer): Buffer {
  const odd = Buffer.from(bytes)
  odd[odd.indexOf(Buffer.from([0x20, 0, 0x28, 0x92, 0x55, 0x4c, 4, 0])) + 8] = frame
  return odd
}

/** A smaller picture of the same series; its pixels are `mpp` µm large, those of level 0 0.5 by 0.25. */
const smaller = (size: typeof secondLevel, mpp: { readonly x: number; readonly y: number }, changes: Parameters<typeof native>[0] = {}) =>
  slideFile({
    uid: '10',
    syntax: syntaxes.explicit,
    size,
    tile: slideTile,
    mpp,
    pixels: { frames: tilesOf(size), table: 'native' },
    changes,
  })

const origin = (x: string, y: string) => ({ 4718600: el(0x0048_0008, 'SQ', [[el(0x0040_072a, 'DS', x), el(0x0040_073a, 'DS', y)]]) })

test('a level that says it is of another pyramid is told; one that says nothing of it is not', async (t) => {
  const of = (uid: string) => ({ 524313: el(0x0008_0019, 'UI', uid) })
  const warningsOf = async (base: Parameters<typeof native>[0], level: typeof base) => {
    const files = { a: native(base), b: smaller(secondLevel, { x: 1, y: 0.5 }, level) }
    return (await openAt(t, await folderWith(t, files))).info.warnings
  }
  for (const [base, level] of [
    [of('1.2'), of('1.2')],
    [of('1.2'), {}],
    [{}, of('1.2')],
  ] as const)
    t.deepEqual(await warningsOf(base, level), [])
  t.regex((await warningsOf(of('1.2'), of('1.3'))).join(), /b\.dcm is of another pyramid \(PyramidUID\) than .*a\.dcm/)
})

test('a level that was filled up to whole frames lies where its PixelSpacing says', async (t) => {
  const filled = onWhite(secondLevel, 64, 64)
  const slide = await openAt(t, await folderWith(t, { a: native(), b: smaller(filled, { x: 1, y: 0.5 }) }))
  t.deepEqual([slide.info.levels[1]!.downsample, slide.info.warnings], [{ x: 2, y: 2 }, []])
  const { width, height } = secondLevel
  const region = { x: 0, y: 0, width: 2 * width, height: 2 * height }
  same(t, await readOne(slide, { region, width, height, level: 1 }), secondLevel.data)
  // Writers that know one size of a pixel write it for all levels, and round it.
  for (const mpp of [
    { x: 0.5, y: 0.25 },
    { x: 1.01, y: 0.504 },
  ])
    t.is((await openAt(t, await folderWith(t, { a: native(), b: smaller(secondLevel, mpp) }))).info.levels[1]!.downsample.x, 101 / 51)
})

test('a picture of another part of the glass is no level: left out where its pixels say so, two slides where it begins elsewhere', async (t) => {
  const both = (b: Buffer) => folderWith(t, { a: native(origin('10', '20')), b })
  const { levels, warnings } = (await openAt(t, await both(smaller(secondLevel, { x: 2, y: 1 })))).info
  t.is(levels.length, 1)
  t.regex(
    warnings.join(),
    /b\.dcm is left out: its pixels are said to be 4 x 4 times as large as those of level 0, of which it then shows more than there is/,
  )
  const crooked = await openAt(t, await both(smaller(secondLevel, { x: 1, y: 1 })))
  t.is(crooked.info.levels.length, 1)
  t.regex(crooked.info.warnings.join(), /2 x 4 times as large as those of level 0, of which it then shows more than there is/)
  const part = await openAt(t, await both(smaller(secondLevel, { x: 0.75, y: 0.375 })))
  t.regex(part.info.warnings.join(), /1\.5 x 1\.5 times as large as those of level 0, of which it then shows a part/)
  await t.throwsAsync(openAt(t, await both(smaller(secondLevel, { x: 1, y: 0.5 }, origin('3', '4')))), {
    code: 'SLIDE_UNSUPPORTED',
    message: /two places on the glass, from 10, 20 mm on \(.*a\.dcm\) and from 3, 4 mm on/,
  })
  t.is((await openAt(t, await both(smaller(secondLevel, { x: 1, y: 0.5 }, origin('10.0002', '20.0001'))))).info.levels.length, 2)
})

test('folders that are no one slide say why', async (t) => {
  const files = Object.fromEntries(dicomSlide().map(({ name, bytes }) => [name, bytes]))
  const { 'level-0-part-1': first, 'level-0-part-2': second, label: picture, ...rest } = files as Record<string, Buffer>
  const other = { 2097166: el(0x0020_000e, 'UI', '1.2.3.5') }
  const cases: readonly [Readonly<Record<string, Uint8Array>>, string, RegExp][] = [
    [{ second: second!, ...rest }, 'SLIDE_TRUNCATED', /part 1 is missing/],
    [{ first: first!, ...rest }, 'SLIDE_TRUNCATED', /part 2 is missing/],
    [{ first: first!, twice: first!, second: second! }, 'SLIDE_MALFORMED', /are both part 1/],
    [{ label: picture! }, 'SLIDE_UNSUPPORTED', /no picture of the type VOLUME, but LABEL/],
    [{ a: native(), b: native(other, '10') }, 'SLIDE_UNSUPPORTED', /2 series with a slide \(1\.2\.3\.4, 1\.2\.3\.5\)/],
    [{ a: native(), b: native({}, '10') }, 'SLIDE_UNSUPPORTED', /two levels of 101 x 71 pixels/],
    [{ a: native(), b: native() }, 'SLIDE_MALFORMED', /the same instance/],
    [{ a: Buffer.from('no DICOM') }, 'SLIDE_UNSUPPORTED', /none of which is a whole slide/],
    [
      { first: first!, odd: beginningAt(7, second!), ...rest },
      'SLIDE_MALFORMED',
      /says it begins with frame 8, the parts before it have 5/,
    ],
  ]
  for (const [made, code, message] of cases) await t.throwsAsync(openAt(t, await folderWith(t, made)), { code, message })
  const twice = await t.throwsAsync<SlideError>(openAt(t, await folderWith(t, { a: native(), b: native() })))
  t.is(twice.hint, 'keep one of the two files in the folder')
})

test('a picture of another series is left out, with a warning', async (t) => {
  const strange = native({ 2097166: el(0x0020_000e, 'UI', '1.2.3.5'), 524296: el(0x0008_0008, 'CS', 'A\\B\\LABEL\\NONE') }, '10')
  const { info } = await openAt(t, await folderWith(t, { a: native(), b: strange }))
  t.deepEqual(info.associated, [])
  t.regex(info.warnings.join(), /b\.dcm is left out: it belongs to another series/)
})

test('what is left out of a folder is told in the order of its files, also where the first is read last: its header is the longest', async (t) => {
  const strange = { 524296: el(0x0008_0008, 'CS', 'A\\B\\LABEL\\NONE'), 2621444: el(0x0028_0004, 'CS', 'PALETTE COLOR') }
  const long = { ...strange, 2629632: el(0x0028_2000, 'OB', new Uint8Array(100_000)) }
  const { info } = await openAt(t, await folderWith(t, { a: native(), b: native(long, '10'), c: native(strange, '11') }))
  t.deepEqual(
    info.warnings.map((warning) => /(\w\.dcm) is left out/.exec(warning)?.[1]),
    ['b.dcm', 'c.dcm'],
  )
})

test('a label in a transfer syntax that is not read is left out, with a warning; a level in one is refused', async (t) => {
  const written = (changes: Parameters<typeof native>[0]) =>
    slideFile({
      uid: '10',
      syntax: '1.2.840.10008.1.2.4.110',
      size: secondLevel,
      tile: 64,
      pixels: { frames: tilesOf(secondLevel, 64), table: 'basic' },
      changes: changes ?? {},
    })
  const label = written({ 524296: el(0x0008_0008, 'CS', 'A\\B\\LABEL\\NONE') })
  const { info } = await openAt(t, await folderWith(t, { a: native(), label }))
  t.deepEqual([info.levels.length, info.associated], [1, []])
  t.regex(info.warnings.join(), /label\.dcm is left out: .* transfer syntax .*\.110 \(JPEG XL lossless\), which is not read/)
  const level = await folderWith(t, { a: native(), level: written({}) })
  await t.throwsAsync(openAt(t, level), { code: 'SLIDE_UNSUPPORTED', message: /level\.dcm is written in .*JPEG XL lossless/ })
})

test('a label of which a part is missing is left out, with a warning; parts that are written otherwise are refused', async (t) => {
  const half = native({ ...part(1, 0), 524296: el(0x0008_0008, 'CS', 'A\\B\\LABEL\\NONE') }, '10')
  const { info } = await openAt(t, await folderWith(t, { a: native(), half }))
  t.deepEqual(info.associated, [])
  t.regex(
    info.warnings.join(),
    /the picture of the type LABEL is left out: .*half\.dcm belongs to a concatenation of 2 files, of which part 2 is missing/,
  )
  const [first] = dicomSlide()
  const planar = native({ ...part(2, 5), 2621444: el(0x0028_0004, 'CS', 'YBR_FULL') }, '11')
  await t.throwsAsync(openAt(t, await folderWith(t, { first: first!.bytes, planar })), {
    code: 'SLIDE_MALFORMED',
    message: /differ in size, colours or codec/,
  })
})
