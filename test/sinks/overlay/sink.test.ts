/** The overlay, thumbnail and samples sinks: pixels checked against the slide and the plain merge. */

import test from 'ava'
import { fromFile } from 'geotiff'
import sharp from 'sharp'
import { SlideError } from '../../../src/core/errors.js'
import { overviewOf } from '../../../src/core/overview.js'
import { paintOf, tally } from '../../../src/sinks/overlay/blend.js'
import { legendOf, mostNamed } from '../../../src/sinks/overlay/legend.js'
import { baseRows } from '../../../src/sinks/picture/base.js'
import { canvasOf } from '../../../src/sinks/picture/canvas.js'
import { viridis } from '../../../src/sinks/picture/colors.js'
import { lengthText, roundLength } from '../../../src/sinks/picture/scale-bar.js'
import { fittedText, textPath } from '../../../src/sinks/picture/text.js'
import { demoSlide, drawn, merged, rows, same } from '../pictures.js'

const [width, height] = [896, 640]
const colors = [
  [0xe4, 0x1a, 0x1c],
  [0x37, 0x7e, 0xb8],
  [0x4d, 0xaf, 0x4a],
]

async function pixels(bytes: Buffer) {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return {
    data,
    width: info.width,
    height: info.height,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  }
}

test('classes are mixed with the slide; where no patch is, the slide stays', async (t) => {
  const slide = await demoSlide(t)
  const picture = await pixels((await drawn(t, 'overlay', { file: 'x.png', alpha: '40 %', legend: false }, { slide })).bytes)
  t.deepEqual([picture.width, picture.height], [width, height])
  const base = await overviewOf(slide, { width, height })
  const { labels } = merged()
  const expected = base.data.map((v, i) => {
    const label = labels[Math.floor(i / 3)]!
    return label === 0 ? v : Math.round(0.4 * colors[label - 1]![i % 3]! + 0.6 * v)
  })
  t.true(picture.data.equals(expected))
})

test('one class: its probability in viridis, nothing below min', async (t) => {
  const slide = await demoSlide(t)
  const picture = await pixels(
    (await drawn(t, 'overlay', { file: 'x.png', class: 'STR', min: '30 %', alpha: '100 %', legend: false }, { slide })).bytes,
  )
  const base = await overviewOf(slide, { width, height })
  const { means, counts } = merged()
  let [drawnPixels, left, wrong] = [0, 0, 0]
  for (let i = 0; i < width * height; i += 7) {
    const p = means[i * 3 + 1]!
    const shown = counts[i]! > 0 && p >= 0.3
    const expected = shown ? [...viridis(Math.round(p * 255) / 255)] : [...base.data.subarray(i * 3, i * 3 + 3)]
    if (shown) drawnPixels++
    else left++
    if (picture.at(i % width, Math.floor(i / width)).join() !== expected.join()) wrong++
  }
  t.is(wrong, 0)
  t.true(drawnPixels > 1000 && left > 1000)
})

test('the legend stands below the picture: colours as over glass, and only of classes that are there', async (t) => {
  const picture = await pixels((await drawn(t, 'overlay', { file: 'x.png', alpha: '40 %' })).bytes)
  t.true(picture.width === width && picture.height > height + 150)
  const seenIn = (one: typeof picture) => {
    const seen = new Set<string>()
    for (let y = height; y < one.height; y++) for (let x = 0; x < one.width; x++) seen.add(one.at(x, y).join())
    return seen
  }
  // (1 - a) x 255 + a x colour.
  const glassy = colors.map((color) => color.map((v) => Math.round(0.6 * 255 + 0.4 * v)).join())
  const { labels } = merged()
  const seen = seenIn(picture)
  for (const [i, color] of glassy.entries()) t.is(seen.has(color), labels.includes(i + 1), `${color}`)
  for (const color of colors) t.false(seen.has(color.join()), `${color} is nowhere in the picture`)
  // No probability is 100 %: nothing is drawn, so no class is named.
  const none = seenIn(await pixels((await drawn(t, 'overlay', { file: 'x.png', alpha: '40 %', min: '100 %' })).bytes))
  for (const color of glassy) t.false(none.has(color))
})

test('a picture narrower than its legend is filled up in white', async (t) => {
  const picture = await pixels((await drawn(t, 'overlay', { file: 'x.png', at: '40 mpp' })).bytes)
  t.true(picture.width > 90)
  t.deepEqual(picture.at(picture.width - 1, 5), [255, 255, 255])
})

test('a legend of many classes names the largest, sums up the others, and is no longer for a thousand than for forty', async (t) => {
  const { info } = await demoSlide(t)
  const canvas = canvasOf(info, undefined)
  const content = (count: number, pixels: readonly number[] | null) => ({
    ...{ title: 'x', subtitle: 'y', heat: false, alpha: 1, min: 0, pixels },
    classes: Array.from({ length: count }, (_, i) => ({ name: `class ${i}`, color: `#0000${(i % 256).toString(16).padStart(2, '0')}` })),
  })
  const blues = ({ data }: { data: Uint8Array }) => {
    const seen = new Set<number>()
    for (let i = 0; i < data.length; i += 3) if (data[i] === 0 && data[i + 1] === 0) seen.add(data[i + 2]!)
    return seen
  }
  const [forty, thousand] = [await legendOf(content(40, null), canvas), await legendOf(content(1000, null), canvas)]
  t.is(forty.height, thousand.height)
  // Class i has i pixels: named are 39, 38, … 21, and the last line has no colour of its own.
  const drawn = await legendOf(
    content(
      40,
      Array.from({ length: 40 }, (_, i) => i),
    ),
    canvas,
  )
  t.is(drawn.height, forty.height)
  t.deepEqual(
    [...blues(drawn)].toSorted((a, b) => a - b),
    Array.from({ length: mostNamed - 1 }, (_, i) => i + 21),
  )
})

test('classes of a script that is not there in letters are told apart by their numbers', async (t) => {
  const canvas = canvasOf((await demoSlide(t)).info, undefined)
  const legend = async (names: readonly string[], pixels: readonly number[]) => {
    const classes = names.map((name) => ({ name, color: '#0000ff' }))
    return (await legendOf({ title: 'x', subtitle: 'y', heat: false, alpha: 1, min: 0, pixels, classes }, canvas)).data
  }
  const [first, second] = [await legend(['肿瘤', '基质'], [9, 0]), await legend(['肿瘤', '基质'], [0, 9])]
  t.false(same(first, second))
  t.true(same(await legend(['Опухоль', 'a'], [9, 0]), await legend(['b', 'Опухоль'], [0, 9])))
})

test('pixels of each colour are counted, each run as often as it stands there', (t) => {
  const counts = new Float64Array(2)
  tally({ prepare: () => {}, picks: new Uint16Array([0, 1, 2, 2, 0]), table: [] }, 10, counts)
  tally({ prepare: () => {}, picks: new Uint16Array([1, 1, 0, 0, 0]), table: [] }, 1, counts)
  t.deepEqual([...counts], [12, 20])
})

test('of a thousand classes each pixel has the colour of its own', (t) => {
  const classes = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`, color: `#${(i * 7).toString(16).padStart(6, '0')}` }))
  const asked = [0, 254, 255, 256, 511, 999]
  const means = new Float64Array(asked.length * classes.length)
  for (const [x, c] of asked.entries()) means[x * classes.length + c] = 0.9
  const paint = paintOf(classes, undefined, 0.5)
  paint.prepare({ top: 0, rows: 1, covers: Uint32Array.from(asked, () => 1), means })
  t.deepEqual(
    [...paint.picks].map((pick) => pick - 1),
    asked,
  )
})

test('a TIFF has no legend, so its pixels stay in place, and it has levels', async (t) => {
  const { file } = await drawn(t, 'overlay', { file: 'x.tif', at: '2 mpp' })
  const tiff = await fromFile(file)
  const image = await tiff.getImage(0)
  t.deepEqual([image.getWidth(), image.getHeight()], [1792, 1280])
  t.is(await tiff.getImageCount(), 4)
})

test('a JPEG opens and says what made it', async (t) => {
  const { bytes } = await drawn(t, 'overlay', { file: 'x.jpg' })
  const { format, exif, density } = await sharp(bytes).metadata()
  t.is(format, 'jpeg')
  t.true(exif!.includes('cd'.repeat(32)))
  // 4 µm a pixel; an inch has 25,400.
  t.is(density, 6350)
})

test('a JPEG whose pixels have no known size says none', async (t) => {
  const slide = await demoSlide(t)
  const { exif, density } = await sharp((await drawn(t, 'samples', { file: 'x.jpg' }, { slide })).bytes).metadata()
  // The unit of resolution (tag 296, a short): none, so that no reader takes a number for a size.
  const at = exif!.indexOf(Buffer.from([0x28, 1, 3, 0, 1, 0, 0, 0]))
  t.is(exif!.readUInt16LE(at + 8), 1)
  t.true(density === undefined || density < 10)
})

test('a class that is not there is refused, with the one that was meant', async (t) => {
  const error = await t.throwsAsync(drawn(t, 'overlay', { file: 'x.png', class: 'TUN' }), { code: 'CLASS_UNKNOWN' })
  t.is((error as Error & { hint: string }).hint, "did you mean 'TUM'?")
})

test('a large slide is read in strips: the rows are those of the slide', async (t) => {
  const slide = await demoSlide(t)
  const canvas = canvasOf(slide.info, { value: 1, units: 'baseline' })
  const base = baseRows({ slide, signal: new AbortController().signal }, canvas)
  const strip = await base.stripAt(1700)
  t.deepEqual([strip.top, strip.rows], [1664, 128])
  const row = new Uint8Array(7168 * 3)
  await slide.read([{ region: { x: 0, y: 1700, width: 7168, height: 1 }, width: 7168, height: 1 }], [row])
  t.true(same(strip.data.subarray(36 * 7168 * 3, 37 * 7168 * 3), row))
})

for (const [how, at] of [
  ['in strips', 'baseline'],
  ['at once', 'power'],
] as const) {
  test(`what cannot be read for a picture fails it, or is white and told: ${how}`, async (t) => {
    const whole = await demoSlide(t)
    const slide = { ...whole, read: async (all: readonly unknown[]) => all.map(() => new SlideError('TILE_UNDECODABLE', 'a broken tile')) }
    const canvas = canvasOf(slide.info, { value: 1, units: at })
    const shown = { slide, signal: new AbortController().signal }
    await t.throwsAsync(baseRows(shown, canvas).stripAt(100), { code: 'TILE_UNDECODABLE' })
    const told = new Set<string>()
    const { data, rows } = await baseRows({ ...shown, unread: (_, why) => told.add(why.message) }, canvas).stripAt(100)
    t.deepEqual([...told], ['a broken tile'])
    t.true(data.subarray(0, rows * canvas.width * 3).every((byte) => byte === 255))
  })
}

test('the thumbnail is the overview of the slide', async (t) => {
  const slide = await demoSlide(t)
  const picture = await pixels((await drawn(t, 'thumbnail', { file: 'x.png', longest: 500 }, { slide })).bytes)
  const base = await overviewOf(slide, { width: 500, height: 357 })
  t.deepEqual([picture.width, picture.height], [500, 357])
  t.true(picture.data.equals(base.data))
  const at = await pixels((await drawn(t, 'thumbnail', { file: 'x.jpg', at: '16 mpp' }, { slide })).bytes)
  t.deepEqual([at.width, at.height], [224, 160])
})

test('samples: the patches of the slide, the same for the same seed', async (t) => {
  const slide = await demoSlide(t)
  const one = await drawn(t, 'samples', { file: 'x.png' }, { slide })
  t.true(same(one.bytes, (await drawn(t, 'samples', { file: 'x.png' }, { slide })).bytes))
  t.false(same(one.bytes, (await drawn(t, 'samples', { file: 'x.png', seed: 2 }, { slide })).bytes))
  const only = [...rows()].find(({ index, prediction }) => (index as number) > 700 && prediction !== null)!
  const sheet = await pixels((await drawn(t, 'samples', { file: 'x.png' }, { slide, list: [only] })).bytes)
  const patch = new Uint8Array(224 * 224 * 3)
  await slide.read(
    [{ region: { x: only.base_x as number, y: only.base_y as number, width: 224, height: 224 }, width: 224, height: 224 }],
    [patch],
  )
  for (const [x, y] of [
    [0, 0],
    [223, 0],
    [100, 223],
  ] as const) {
    t.deepEqual(sheet.at(20 + x, 20 + y), [...patch.subarray((y * 224 + x) * 3, (y * 224 + x) * 3 + 3)])
  }
  t.true((await drawn(t, 'samples', { file: 'x.png' }, { slide, list: [] })).bytes.length > 0)
})

test('text has outlines in every alphabet of Inter, and a width', async (t) => {
  for (const text of ['TUM', 'µm', 'α-SMA', 'Опухоль', 'Gewebe ß']) {
    const { path, width } = await textPath(text, 16)
    t.regex(path, /^[MLCQZ0-9. -]+$/)
    t.true(width > 8)
    // Every command has as many numbers as it needs: a path that runs two together would be cut off there.
    for (const [, command, numbers] of path.matchAll(/([MLCQZ])([^MLCQZ]*)/g)) {
      t.is(numbers!.trim() === '' ? 0 : numbers!.trim().split(' ').length, { M: 2, L: 2, C: 6, Q: 4, Z: 0 }[command!]!)
    }
  }
  const wide = await textPath('A very long name of a class', 16)
  const fitted = await fittedText('A very long name of a class', 16, 400, 100)
  t.true(wide.width > 100 && fitted.width <= 100)
})

test('a scale bar has a round length that fits', (t) => {
  t.deepEqual([999, 1000, 4.9, 2100, 70].map(roundLength), [500, 1000, 2, 2000, 50])
  t.deepEqual([500, 2000].map(lengthText), ['500 µm', '2 mm'])
})
