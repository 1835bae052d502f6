/** The mask stage on slides whose tissue is known: dark squares on a bright ground. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import type { SlideError } from '../../src/core/errors.js'
import type { Tell } from '../../src/core/events.js'
import type { Patch } from '../../src/core/items.js'
import { overviewOf } from '../../src/core/overview.js'
import { isEnough } from '../../src/geometry/coverage.js'
import { resize } from '../../src/geometry/resample.js'
import gridSpec from '../../src/stages/grid/spec.js'
import makeGrid from '../../src/stages/grid/stage.js'
import { maskOf } from '../../src/stages/mask/make.js'
import spec, { type MaskOptions } from '../../src/stages/mask/spec.js'
import makeMask from '../../src/stages/mask/stage.js'
import { bytesOf } from '../support/bitmaps.js'
import { type MemorySlideOptions, memorySlide } from '../support/memory-slide.js'
import { all, contextFor, filledIn, from, planOf } from '../support/stage-context.js'

/**
 * White, with one dark square from (32, 32) to (96, 96) of 128 × 128, and one dark speck. The corner is one grey level lighter:
 * it becomes the threshold, which itself is background.
 */
function tissue(): Uint8Array {
  const data = new Uint8Array(128 * 128 * 3).fill(240)
  for (let y = 32; y < 96; y++) data.fill(90, (y * 128 + 32) * 3, (y * 128 + 96) * 3)
  for (let y = 0; y < 16; y++) data.fill(91, y * 128 * 3, (y * 128 + 16) * 3)
  data.fill(90, (4 * 128 + 120) * 3, (4 * 128 + 121) * 3)
  return data
}
const slideOf = (more: Partial<MemorySlideOptions> = {}) => memorySlide({ width: 128, height: 128, data: tissue(), mpp: 0.5, ...more })

const gridWritten = { size: 32, at: 'baseline' }
async function kept(
  slide: ReturnType<typeof slideOf>,
  written: Record<string, unknown>,
  folder?: string,
  told: string[] = [],
): Promise<Patch[]> {
  const grid = filledIn(gridSpec, gridWritten, planOf(slide.ref.kind)) as Parameters<typeof makeGrid>[0]
  const options = filledIn(spec, written, planOf(slide.ref.kind, { grid })) as MaskOptions
  const tell: Tell = (event) => void (event.type === 'warning' && told.push(event.message))
  const ctx = { ...contextFor(slide), tell, ...(folder === undefined ? {} : { folder }) }
  return all(makeMask(options)(makeGrid(grid)(from([slide]), ctx), ctx))
}
const indices = (patches: readonly Patch[]) => patches.map((p) => p.index)

test('otsu keeps any tissue; a share keeps more than that', async (t) => {
  const any = await kept(slideOf(), { at: 'baseline' })
  t.deepEqual(indices(any), [3, 5, 6, 9, 10])
  t.deepEqual(
    any.map((p) => p.notes.tissue),
    [1 / 1024, 1, 1, 1, 1],
  )
  t.deepEqual(indices(await kept(slideOf(), { at: 'baseline', keep: '1 %' })), [5, 6, 9, 10])
  t.deepEqual(indices(await kept(slideOf(), { at: 'baseline', keep: '100 %' })), [5, 6, 9, 10])
})

test('a share that is exactly the one asked for is not more than it', (t) => {
  for (let thousandths = 1; thousandths < 1000; thousandths++) {
    const { keep } = filledIn(spec, { keep: `${thousandths / 10} %` }, planOf('slide')) as MaskOptions
    if (isEnough(thousandths / 1000, 1, keep)) throw new Error(`${thousandths} of 1000 are more than ${thousandths / 10} %`)
    if (!isEnough((thousandths + 1) / 1000, 1, keep)) throw new Error(`${thousandths + 1} of 1000 are not more than ${thousandths / 10} %`)
  }
  t.pass()
})

test('morphological loses the speck and grows the rest', async (t) => {
  // At 8 mpp the slide is 8 × 8 with tissue in 2 to 5, 16 pixels; the kernel is 4 × 4, anchored at (2, 2), and its first row has
  // only (2, 0). So rows 1 to 6 are set in columns 1 to 7, and row 7 in columns 2 to 5.
  const made = async (slide: ReturnType<typeof slideOf>, written: Record<string, unknown>) => {
    const options = filledIn(spec, written, planOf('slide')) as MaskOptions
    return bytesOf((await maskOf(slide, options, { signal: new AbortController().signal }))!)
  }
  // As TIAToolbox takes it, the kernel for a power is that of 10 ÷ power µm, whatever the slide says of its pixels.
  for (const [slide, at] of [
    [slideOf(), '8 mpp'],
    [slideOf(), '1.25 power'],
    [slideOf({ mpp: 0.25, power: 20 }), '1.25 power'],
    // What a level is in µm follows from the slide.
    [slideOf({ levels: [1, 16] }), 'level 1'],
  ] as const) {
    const data = await made(slide, { method: 'morphological', at })
    const rows = Array.from({ length: 8 }, (_, y) => data.subarray(y * 8, y * 8 + 8).join(''))
    t.deepEqual(rows, ['00000000', ...Array<string>(6).fill('01111111'), '00111100'], at)
  }
  // Where nobody knows how large a pixel is the kernel is one, which grows nothing and loses nothing.
  const { mpp: _, ...bare } = { width: 128, height: 128, data: tissue(), mpp: 0 }
  const [small, otsu] = await Promise.all(['morphological', 'otsu'].map((method) => made(memorySlide(bare), { method, at: 'baseline' })))
  t.deepEqual(small, otsu!)
  t.true(small!.includes(1))
})

test('the default resolution is 1.25 power, and without any resolution a fitting size', async (t) => {
  const options = filledIn(spec, {}, planOf('slide')) as MaskOptions
  const { signal } = new AbortController()
  const known = await maskOf(slideOf({ power: 20 }), options, { signal })
  t.deepEqual([known!.width, known!.height], [8, 8])
  const { mpp: _, ...bare } = { width: 128, height: 128, data: tissue(), mpp: 0 }
  const unknown = await maskOf(memorySlide(bare), options, { signal })
  t.deepEqual([unknown!.width, unknown!.height], [128, 128])
  const asked = filledIn(spec, { at: '8 mpp' }, planOf('slide')) as MaskOptions
  await t.throwsAsync(maskOf(memorySlide(bare), asked, { signal }), { message: /does not say how large/ })
})

test('tiles have no mask unless asked for; every patch goes on, without a share', async (t) => {
  const tile = slideOf({ kind: 'tile' })
  const all = await kept(tile, {})
  t.is(all.length, 16)
  t.true(all.every((p) => p.notes.tissue === null))
  t.is((await kept(tile, { method: 'otsu', at: 'baseline' })).length, 5)
})

test('a slide without tissue gives no patches and a warning, no error', async (t) => {
  const blank = slideOf({ data: new Uint8Array(128 * 128 * 3).fill(240) })
  const ctx = contextFor(blank)
  const options = filledIn(spec, {}, planOf('slide')) as MaskOptions
  t.deepEqual(await all(makeMask(options)(from<Patch>([]), ctx)), [])
  t.like(ctx.told[0], { type: 'warning', code: 'NO_TISSUE' })
})

test('otsu says where it knows no glass: black borders and backgrounds, and slides that are tissue all over', async (t) => {
  const told = async (paint: (data: Uint8Array) => void) => {
    const [data, said]: [Uint8Array, string[]] = [tissue(), []]
    paint(data)
    await kept(slideOf({ data }), { at: 'baseline' }, undefined, said)
    return said
  }
  const part = (grey: number, rows: number) => (data: Uint8Array) => void data.fill(grey, 128 * 3 * (128 - rows))
  // A fold or ink of the same size that is lighter than black; black of less than a hundredth.
  for (const paint of [part(40, 32), part(2, 1)]) t.deepEqual(await told(paint), [])
  t.regex((await told(part(2, 32)))[0]!, /25 % of the slide is black .* at grey \d+, and takes black for tissue/)
  const dark = await told((data) => void data.set(data.map((grey) => (grey === 240 ? 0 : grey))))
  t.regex(dark.join(), /73 % of the slide is black/)
  // Pale tissue in a quarter, and a line of ink: the threshold lies between them.
  const inked = (rows: number) => (data: Uint8Array) => {
    for (let y = 0; y < 128; y++)
      for (let x = 0; x < 128; x++)
        data.fill((y < 32 ? 180 : y < 128 - rows ? 240 : 40) + (x % 8), (y * 128 + x) * 3, (y * 128 + x + 1) * 3)
  }
  t.deepEqual(await told(inked(4)), [])
  t.regex(
    (await told(inked(20))).join(),
    /25 % of the slide is lighter than otsu's threshold of grey \d+ and a good deal darker than its glass of 24\d/,
  )
  const all = await told((data) => void data.set(data.map((grey, i) => (grey === 240 ? 120 + (i % 7) * 5 : grey))))
  t.regex(all.join(), /takes for glass is of grey 13\d in the mean/)
})

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mask-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('masks from files: PNG, TIFF, NumPy, GeoJSON; what the list says wins', async (t) => {
  await withFolder(async (folder) => {
    const at = (name: string) => path.join(folder, name)
    const grey = Buffer.alloc(16)
    grey[5] = 255
    grey[10] = 1
    const picture = sharp(grey, { raw: { width: 4, height: 4, channels: 1 } })
    await picture.clone().png().toFile(at('memory.png'))
    await picture.clone().tiff({ compression: 'lzw' }).toFile(at('memory.tif'))
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 4), }\n"
    await writeFile(
      at('memory.npy'),
      Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]), Buffer.from(header), grey]),
    )
    const square = (x: number, y: number) => [
      [x, y],
      [x + 32, y],
      [x + 32, y + 32],
      [x, y + 32],
      [x, y],
    ]
    await writeFile(at('memory.geojson'), JSON.stringify({ type: 'MultiPolygon', coordinates: [[square(32, 32)], [square(64, 64)]] }))
    for (const name of ['memory.png', 'memory.tif', 'memory.npy', 'memory.geojson']) {
      t.deepEqual(indices(await kept(slideOf(), { file: `{slide}${path.extname(name)}`, at: 'baseline' }, folder)), [5, 10], name)
      t.deepEqual(indices(await kept(slideOf({ mask: at(name) }), { method: 'otsu', at: 'baseline' })), [5, 10], name)
    }
    const told: string[] = []
    await kept(slideOf({ mask: at('memory.png') }), { method: 'none' }, undefined, told)
    await kept(slideOf({ mask: at('memory.png') }), {}, undefined, told)
    t.deepEqual(told, ['memory.memory has a mask in the list, which is read: none is for slides without one'])
    t.is((await kept(slideOf({ mask: at('memory.png') }), { compat: 'tiatoolbox', keep: '50 %' })).length, 2)
  })
})

test('mask files that are missing, damaged or of no known kind are errors of the slide', async (t) => {
  await withFolder(async (folder) => {
    const file = path.join(folder, 'm.png')
    const attempt = () => kept(slideOf({ mask: file }), {})
    t.like(await t.throwsAsync(attempt()), { family: 'SlideError', code: 'MASK_MISSING' })
    await writeFile(file, 'not a picture')
    t.like(await t.throwsAsync(attempt(), { message: /m.png of memory.memory cannot be used/ }), { code: 'MASK_UNREADABLE' })
    await writeFile(path.join(folder, 'm.npy'), 'not an array')
    t.like(await t.throwsAsync(kept(slideOf({ mask: path.join(folder, 'm.npy') }), {})), { code: 'MASK_UNREADABLE' })
    t.like(await t.throwsAsync(kept(slideOf(), { method: 'file' })), { code: 'MASK_MISSING' })
    t.like(await t.throwsAsync(kept(slideOf(), { classes: ['Tumor'] })), { code: 'MASK_MISSING' })
  })
})

test('a mask that would be enormous is refused with the remedy', async (t) => {
  const slide = slideOf()
  const vast = { ...slide, info: { ...slide.info, width: 200_000, height: 200_000 } }
  const error = await t.throwsAsync(
    maskOf(vast, filledIn(spec, { at: 'baseline' }, planOf('slide')) as MaskOptions, { signal: new AbortController().signal }),
  )
  t.like(error, { code: 'MASK_TOO_LARGE' })
})

test('a tile that cannot be decoded while the mask is made is an error of the slide', async (t) => {
  const slide = slideOf({ broken: [{ x: 0, y: 100, width: 10, height: 10 }] })
  const error = await t.throwsAsync<SlideError>(kept(slide, { at: 'baseline' }))
  t.is(error.code, 'TILE_UNDECODABLE')
  t.regex(error.hint!, /^with extract: { on_error: mark }/)
})

test('where patches that cannot be read are rows, such a tile is tissue in the mask, so that they are there', async (t) => {
  // The memory's tiles are of 64 pixels: what is lost of the glass is the one to the lower left.
  const slide = slideOf({ broken: [{ x: 0, y: 100, width: 10, height: 10 }] })
  const options = (written: object) => filledIn(spec, { at: 'baseline', ...written }, planOf('slide')) as MaskOptions
  const told: string[] = []
  const tell: Tell = (event) => void (event.type === 'warning' && told.push(event.message))
  const { signal } = new AbortController()
  const made = await maskOf(slide, options({}), { signal, tell, marks: true })
  const sound = await maskOf(slideOf(), options({}), { signal })
  const { width, height } = slide.info.levels[0]!.tile
  const [lostX, lostY] = [width, 100 - (100 % height)]
  const tissue = { sound: bytesOf(sound!), made: bytesOf(made!) }
  for (let i = 0; i < 128 * 128; i++) {
    const isLost = i % 128 < lostX && Math.floor(i / 128) >= lostY
    if (tissue.made[i] !== (isLost ? 1 : tissue.sound[i])) return t.fail(`pixel ${i % 128}, ${Math.floor(i / 128)}`)
  }
  const mostly = slideOf({ broken: [{ x: 0, y: 0, width: 128, height: 100 }] })
  await t.throwsAsync(maskOf(mostly, options({}), { signal, tell, marks: true }), { code: 'TILE_UNDECODABLE' })
  t.is(told.length, 1)
  t.regex(told[0]!, /what its mask could not read counts as tissue \(.*damaged/)
})

test('the mask of a closed or aborted slide ends at once', async (t) => {
  const stop = new AbortController()
  stop.abort(new Error('enough'))
  await t.throwsAsync(maskOf(slideOf(), filledIn(spec, {}, planOf('slide')) as MaskOptions, { signal: stop.signal }), { message: 'enough' })
})

for (const [width, height, downsamples] of [
  [33, 21, [1]],
  [64, 64, [1, 4]],
  [100, 3, [1, 4]],
  [1, 1, [1, 4, 16]],
] as const) {
  test(`an overview of ${width} x ${height} over levels ${downsamples.join(', ')} is the whole level shrunk at once`, async (t) => {
    const slide = memorySlide({ width: 1024, height: 1000, levels: downsamples })
    const overview = await overviewOf(slide, { width, height })
    const level = slide.info.levels.findLast((l) => l.width >= width && l.height >= height)!
    const whole = new Uint8Array(level.width * level.height * 3)
    await slide.read([{ region: { x: 0, y: 0, width: 1024, height: 1000 }, width: level.width, height: level.height }], [whole])
    const expected = new Uint8Array(width * height * 3)
    resize(whole, level, expected, { width, height }, 'area')
    t.deepEqual(overview, { width, height, data: expected })
  })
}

test('an overview larger than the slide is cubic', async (t) => {
  const slide = memorySlide({ width: 16, height: 12 })
  const { data } = await overviewOf(slide, { width: 24, height: 30 })
  const expected = new Uint8Array(24 * 30 * 3)
  const whole = new Uint8Array(16 * 12 * 3)
  await slide.read([{ region: { x: 0, y: 0, width: 16, height: 12 }, width: 16, height: 12 }], [whole])
  resize(whole, { width: 16, height: 12 }, expected, { width: 24, height: 30 }, 'cubic')
  t.deepEqual(data, expected)
})

test('a strip of a wide slide is never the slide', async (t) => {
  const slide = memorySlide({ width: 6000, height: 3000 })
  await overviewOf(slide, { width: 60, height: 30 })
  t.true(slide.reads.calls >= 4)
  t.true(slide.reads.largest * 3 <= 16 * 2 ** 20)
})
