/** Extract and batch: every picture's bytes where they belong, one read for many, nothing invented for what cannot be read. */

import test from 'ava'
import { SlideError } from '../../src/core/errors.js'
import type { Patch, PatchImage } from '../../src/core/items.js'
import { picturesOf } from '../../src/core/pictures.js'
import type { Region } from '../../src/geometry/region.js'
import { resize } from '../../src/geometry/resample.js'
import batchSpec, { type BatchOptions } from '../../src/stages/batch/spec.js'
import makeBatch from '../../src/stages/batch/stage.js'
import spec from '../../src/stages/extract/spec.js'
import makeExtract from '../../src/stages/extract/stage.js'
import { memorySlide, placePicture } from '../support/memory-slide.js'
import { all, cardWith, contextFor, filledIn, from, head, planOf } from '../support/stage-context.js'

type ExtractOptions = Parameters<typeof makeExtract>[0]
const optionsOf = (written: Record<string, unknown> = {}, plan = planOf('slide')) => filledIn(spec, written, plan) as ExtractOptions

function patchesOf(count: number, side = 8, columns = 5): Patch[] {
  return Array.from({ length: count }, (_, index) => {
    const [x, y] = [(index % columns) * side, Math.floor(index / columns) * side]
    return {
      slide: 'memory',
      index,
      column: index % columns,
      row: Math.floor(index / columns),
      bounds: [x, y, x + side, y + side],
      region: { x, y, width: side, height: side },
      level: 0,
      notes: {},
    }
  })
}

/** The bytes of a box of the place picture, white outside. */
function box(width: number, height: number, x0: number, y0: number, w: number, h: number): Uint8Array {
  const whole = placePicture({ width, height })
  const out = new Uint8Array(w * h * 3).fill(255)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [sx, sy] = [x0 + x, y0 + y]
      if (sx >= 0 && sy >= 0 && sx < width && sy < height)
        out.set(whole.subarray((sy * width + sx) * 3, (sy * width + sx) * 3 + 3), (y * w + x) * 3)
    }
  }
  return out
}

const extract = (slide: ReturnType<typeof memorySlide>, patches: readonly Patch[], options: ExtractOptions) =>
  all(makeExtract(options)(from(patches), contextFor(slide)))

test('each patch has its own bytes; so many are read at once', async (t) => {
  const slide = memorySlide({ width: 38, height: 30 })
  const images = await extract(slide, patchesOf(20), optionsOf({ together: 8 }))
  t.is(images.length, 20)
  for (const { patch, pixels, status } of images) {
    t.is(status, 'ok')
    t.deepEqual(pixels, [box(38, 30, patch.region.x, patch.region.y, 8, 8)])
  }
  t.is(slide.reads.calls, 3)
  t.is(slide.reads.pictures, 20)
})

test('the reader is told the bottom edge, the signal and the resampling', async (t) => {
  const slide = memorySlide({ width: 38, height: 30 })
  await extract(slide, patchesOf(7), optionsOf({ compat: 'tiatoolbox' }))
  t.like(slide.reads.last, { keepBelow: 16, resampling: 'tiatoolbox' })
  t.false(slide.reads.last!.signal!.aborted)
  await extract(slide, patchesOf(1), optionsOf())
  t.is(slide.reads.last!.resampling, 'exact')
})

test('pictures of one batch lie side by side in a buffer of their own', async (t) => {
  const slide = memorySlide({ width: 40, height: 40 })
  const images = await extract(slide, patchesOf(10), optionsOf({}, planOf('slide', { batch: { size: 4 } })))
  t.deepEqual(
    images.map((i) => i.pixels[0]!.byteOffset),
    [0, 192, 384, 576, 0, 192, 384, 576, 0, 192],
  )
  t.is(new Set(images.map((i) => i.pixels[0]!.buffer)).size, 3)
  t.is(images[9]!.pixels[0]!.buffer.byteLength, 2 * 192)
})

test('a patch that cannot be read fails the slide, naming patch, slide, stage and cause', async (t) => {
  const slide = memorySlide({ width: 40, height: 40, broken: [{ x: 17, y: 1, width: 1, height: 1 }] })
  const error = await t.throwsAsync(extract(slide, patchesOf(6), optionsOf()), { message: /patch 2: .* damaged/ })
  t.like(error, { family: 'SlideError', code: 'TILE_UNDECODABLE', at: { slide: 'memory', patch: 2, stage: 'extract' } })
  t.regex(String(error?.cause), /damaged/)
})

test('or is marked: no pixels, the reason, and the others unharmed', async (t) => {
  const slide = memorySlide({ width: 40, height: 40, broken: [{ x: 17, y: 1, width: 1, height: 1 }] })
  const images = await extract(slide, patchesOf(6), optionsOf({ on_error: 'mark' }))
  t.deepEqual(
    images.map((i) => i.status),
    ['ok', 'ok', 'unreadable', 'ok', 'ok', 'ok'],
  )
  t.regex(images[2]!.error ?? '', /damaged/)
  t.deepEqual(images[2]!.pixels, [new Uint8Array(0)])
  t.deepEqual(images[3]!.pixels, [box(40, 40, 24, 0, 8, 8)])
})

for (const [uri, said] of [
  ['/data/set/a b.svs', 'a b.svs: tile 3 cannot be decoded'],
  ['https://host/set/a%20b.svs', 'a b.svs: tile 3 cannot be decoded'],
  ['s3://bucket/a b.svs', 'a b.svs: tile 3 cannot be decoded'],
  ['s3://bucket/set/series/', 'series/3.dcm: tile 3 cannot be decoded'],
  ['a b.svs', 'a b.svs: tile 3 cannot be decoded'],
] as const) {
  test(`the reason does not say where the slide lies: ${uri}`, async (t) => {
    const slide = memorySlide({ width: 40, height: 40 })
    const lies: typeof slide = {
      ...slide,
      info: { ...slide.info, uri },
      read: async () => [new SlideError('TILE_UNDECODABLE', `${uri.endsWith('/') ? `${uri}3.dcm` : uri}: tile 3 cannot be decoded`)],
    }
    t.is((await extract(lies, patchesOf(1), optionsOf({ on_error: 'mark' })))[0]!.error, said)
  })
}

test('a slide that fails as a whole fails', async (t) => {
  const slide = memorySlide({ width: 40, height: 40 })
  await slide.close()
  await t.throwsAsync(extract(slide, patchesOf(6), optionsOf({ on_error: 'mark' })), { message: 'read after close' })
})

test('a model with two inputs sees the patch, and a wider view around its centre', async (t) => {
  const slide = memorySlide({ width: 128, height: 128, mpp: 0.5, levels: [1, 4] })
  const card = cardWith([head(8, 8, { at: { value: 0.5, units: 'mpp' } }), head(6, 4, { at: { value: 2, units: 'mpp' } })])
  const grid = { size: [8, 8], stride: [8, 8], at: { value: 0.5, units: 'mpp' } }
  const options = optionsOf({}, planOf('slide', { grid, infer: { model: 'm' }, batch: { size: 16 } }, { m: card }))
  const patch: Patch = { ...patchesOf(1)[0]!, bounds: [60, 60, 68, 68], region: { x: 60, y: 60, width: 8, height: 8 } }
  const [image] = await extract(slide, [patch], options)
  t.deepEqual(image!.sizes, [
    { width: 8, height: 8 },
    { width: 6, height: 4 },
  ])
  t.deepEqual(image!.pixels[0], box(128, 128, 60, 60, 8, 8))
  // 6 × 4 pixels of 4 baseline pixels around (64, 64): from (52, 56) on, which is pixel (13, 14) of level 1.
  const expected = new Uint8Array(6 * 4 * 3)
  resize(box(128, 128, 52, 56, 24, 16), { width: 24, height: 16 }, expected, { width: 6, height: 4 }, 'area')
  t.deepEqual(image!.pixels[1], expected)
  const [batch] = await all(makeBatch({ size: 16, heads: undefined })(from([image!, image!]), contextFor(slide)))
  t.deepEqual(
    batch!.inputs.map(({ data, width, height }) => [data.length, width, height]),
    [
      [2 * 192, 8, 8],
      [2 * 72, 6, 4],
    ],
  )
})

test('a quantised model gets its levels from its table, per channel; stages before its batch see colours', async (t) => {
  const lookup = Uint8Array.from({ length: 768 }, (_, i) => (i < 256 ? 255 - i : i < 512 ? (i - 256) >> 1 : 7))
  const slide = memorySlide({ width: 40, height: 40 })
  const plan = planOf('slide', { infer: { model: 'm' } }, { m: cardWith([head(8, 8, { lookup })]) })
  const images = await extract(slide, patchesOf(2), optionsOf({}, plan))
  const plain = images.flatMap(({ pixels }) => [...pixels[0]!])
  t.deepEqual(plain.slice(192), [...box(40, 40, 8, 0, 8, 8)])
  const options = filledIn(batchSpec, {}, plan) as BatchOptions
  const [batch] = await all(makeBatch(options)(from(images), contextFor(slide)))
  t.deepEqual(
    [...batch!.inputs[0]!.data],
    plain.map((v, i) => lookup[(i % 3) * 256 + v]!),
  )
})

test('of several models each gets its own pictures around the same centre, and what two want alike is read once', async (t) => {
  const mpp = (value: number) => ({ value, units: 'mpp' as const })
  const lookup = new Uint8Array(768).fill(9)
  const cards = {
    // The first sees the patch itself; the second the same at half the resolution, 8 pixels of twice the width.
    near: cardWith([head(8, 8, { at: mpp(0.5) })]),
    far: cardWith([head(8, 8, { at: mpp(1) })]),
    // What the first sees, too; any resolution, and so the patch's; and the first with other grey levels.
    same: cardWith([head(8, 8, { at: mpp(0.5) })]),
    small: cardWith([head(4, 4)]),
    quantised: cardWith([head(8, 8, { at: mpp(0.5), lookup })]),
  }
  const grid = { size: [8, 8], stride: [8, 8], at: mpp(0.5) }
  const asked = Object.keys(cards).map((model) => ({ model }))
  const plan = planOf('slide', { grid }, cards)
  const several = { ...plan, provided: (role) => (role === 'answers' ? asked : plan.provided(role)) } as typeof plan
  t.deepEqual(picturesOf(several).of, [[0], [1], [0], [2], [3]])
  const slide = memorySlide({ width: 64, height: 64, mpp: 0.5 })
  const patch = { ...patchesOf(1)[0]!, bounds: [24, 16, 32, 24] as const, region: { x: 24, y: 16, width: 8, height: 8 } }
  const [image] = await extract(slide, [patch], optionsOf({}, several))
  t.deepEqual(
    image!.sizes,
    [8, 8, 4, 8].map((side) => ({ width: side, height: side })),
  )
  const read = async (region: Region, side: number) => {
    const out = new Uint8Array(side * side * 3)
    await slide.read([{ region, width: side, height: side }], [out])
    return out
  }
  t.deepEqual(image!.pixels[0], await read(patch.region, 8))
  t.deepEqual(image!.pixels[1], await read({ x: 20, y: 12, width: 16, height: 16 }, 8))
  t.deepEqual(image!.pixels[2], await read({ x: 26, y: 18, width: 4, height: 4 }, 4))
  t.deepEqual(image!.pixels[3], image!.pixels[0])
  // Tiles and ready-cut pictures are taken as they are: no resolution of a model counts.
  t.deepEqual(picturesOf({ ...several, kind: 'tile' }).of, [[0], [0], [0], [1], [2]])
})

test('further inputs of a model see the same alone and beside another model; of a tile they see as much more as of a slide', (t) => {
  const mpp = (value: number) => ({ value, units: 'mpp' as const })
  const cards = {
    first: cardWith([head(8, 8, { at: mpp(0.5) })]),
    // The patch, the patch with what lies around it, and less of it at the same resolution: at that of the grid where it does not say one.
    wide: cardWith([head(8, 8, { at: mpp(0.5) }), head(8, 8, { at: mpp(2) }), head(4, 4, { at: mpp(0.5) }), head(6, 6)]),
  }
  const seen = (kind: 'slide' | 'tile', models: readonly string[]) => {
    const at = kind === 'slide' ? mpp(0.5) : { value: 1, units: 'baseline' as const }
    const plan = planOf(kind, { grid: { size: [8, 8], stride: [8, 8], at } }, cards)
    const asked = models.map((model) => ({ model }))
    const { heads, of } = picturesOf({ ...plan, provided: (role) => (role === 'answers' ? asked : plan.provided(role)) } as typeof plan)
    return of.at(-1)!.map((i) => heads[i]!.at)
  }
  t.deepEqual(seen('slide', ['wide']), [undefined, mpp(2), mpp(0.5), mpp(0.5)])
  t.deepEqual(seen('slide', ['first', 'wide']), seen('slide', ['wide']))
  const baseline = (value: number) => ({ value, units: 'baseline' as const })
  t.deepEqual(seen('tile', ['wide']), [undefined, baseline(0.25), baseline(1), baseline(1)])
  t.deepEqual(seen('tile', ['first', 'wide']), seen('tile', ['wide']))
})

test('options nobody may write are refused', (t) => {
  t.throws(() => filledIn(spec, { heads: [] }, planOf('slide')))
  t.throws(() => filledIn(spec, { chunk: 3 }, planOf('slide')))
})

test('the memory held is that of the pictures read at once', (t) => {
  const plan = planOf('slide', { grid: { size: [100, 50], stride: [100, 50], at: { value: 1, units: 'baseline' } } })
  t.is(spec.holds!(optionsOf({ together: 10 }, plan), plan), 10 * 100 * 50 * 3)
})

const batches = (images: readonly PatchImage[], size: number) =>
  all(makeBatch({ size, heads: undefined })(from(images), contextFor(memorySlide({ width: 8, height: 8 }))))

test('batches are views where pictures lie side by side, copies where they do not, with the same bytes', async (t) => {
  const slide = memorySlide({ width: 40, height: 40 })
  const images = await extract(slide, patchesOf(10), optionsOf())
  const views = await batches(images, 4)
  t.deepEqual(
    views.map((b) => b.patches.map((p) => p.index)),
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ],
  )
  t.true(views.every((b, i) => b.inputs[0]!.data.buffer === images[i * 4]!.pixels[0]!.buffer))
  const apart = await batches(
    images.map((i) => ({ ...i, pixels: i.pixels.map((p) => p.slice()) })),
    4,
  )
  t.deepEqual(
    apart.map((b) => b.inputs),
    views.map((b) => b.inputs),
  )
  t.true(apart.every((b) => b.inputs[0]!.data.byteOffset === 0))
})

test('patches that could not be read stay in the batch, without pixels', async (t) => {
  const slide = memorySlide({ width: 40, height: 40, broken: [{ x: 9, y: 1, width: 1, height: 1 }] })
  const [batch] = await batches(await extract(slide, patchesOf(4), optionsOf({ on_error: 'mark' })), 4)
  t.deepEqual(
    batch!.statuses.map((s) => s.status),
    ['ok', 'unreadable', 'ok', 'ok'],
  )
  const expected = [0, 16, 24].flatMap((x) => [...box(40, 40, x, 0, 8, 8)])
  t.deepEqual([...batch!.inputs[0]!.data], expected)
  const alone = await batches(await extract(slide, patchesOf(4).slice(1, 2), optionsOf({ on_error: 'mark' })), 4)
  t.deepEqual(alone[0]!.inputs, [])
  t.is(alone[0]!.patches.length, 1)
})

test('the size of a batch has a default and a bound', (t) => {
  t.deepEqual(filledIn(batchSpec, {}, planOf('slide')), { size: 16, heads: undefined })
  t.throws(() => filledIn(batchSpec, { size: 0 }, planOf('slide')))
})
