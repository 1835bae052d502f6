/** What a reader of a plugin may not say of a slide and its tiles. */

import test from 'ava'
import { levelOf, placementOf, SlideError } from '../../../src/index.js'
import { guardedReader } from '../../../src/pipeline/environment/guard/reader.js'
import type { Opened } from '../../../src/readers/slide.js'
import { SourceFailed } from '../../../src/readers/source-failed.js'

const level = levelOf(2, 1, { width: 2, height: 1 })
const info = {
  ...{ id: 'a', uri: 'a.tif', kind: 'slide', vendor: 'v', compression: 'none', width: 2, height: 1 },
  ...{ levels: [level], associated: [], warnings: [] },
}
const store = {
  levels: [level],
  extents: () => [{ offset: 0, length: 6 }],
  decode: () => ({ width: 2, height: 1, data: new Uint8Array(6) }),
}

const memory = (bytes: number) => new Uint8Array(bytes)

async function openedAs(changed: object, source: object = {}, said: object = {}): Promise<Opened> {
  const opened = { info, store, source, pictures: {}, ...changed }
  const { open } = await guardedReader(
    { name: 'rd', is: () => true, load: async () => ({ open: async () => opened as never }) },
    'lab',
  ).load()
  return open(source as never, { ref: { id: 'a', uri: 'a.tif', ...said }, limits: { imagePixels: 9, tilePixels: 9 } } as never)
}

for (const [what, said, sentence] of [
  ['a resolution that is text', { mpp: { x: '0.5', y: '0.5' } }, /the 'mpp' of its info is/],
  ['a resolution below 0', { mpp: { x: -1, y: 1 } }, /the 'mpp' of its info is/],
  ['a power that is text', { power: '40x' }, /the 'power' of its info is a number/],
  ['no levels', { levels: [] }, /its info has not the 'levels' of its store/],
] as const) {
  test(`a reader that says ${what} is told by its name`, async (t) => {
    await t.throwsAsync(openedAs({ info: { ...info, ...said } }), { code: 'PLUGIN_FAILED', message: sentence })
  })
}

test('a reader that says of a tile no place, or gives it four bytes a pixel, is told by its name', async (t) => {
  for (const extents of [undefined, [{ offset: -1, length: 6 }], [{ offset: '0', length: 6 }], [{ offset: 0.5, length: 6 }]]) {
    const { store: guarded } = await openedAs({ store: { ...store, extents: () => extents } })
    t.throws(() => guarded.extents(0, 0), { code: 'PLUGIN_FAILED', message: /says of tile 0 of level 0 of a\.tif no list of/ })
  }
  const { store: rgba } = await openedAs({ store: { ...store, decode: () => ({ width: 2, height: 1, data: new Uint8Array(8) }) } })
  t.throws(() => rgba.decode(0, 0, [], memory), {
    code: 'TILE_UNDECODABLE',
    message: /gives 8 bytes for 2 × 1 px, and 2 × 1 px are 6$/,
  })
})

test('a blank tile is one, a tile is decoded as much smaller as it is asked for, and a server that does not answer is no fault of a tile', async (t) => {
  const asked: number[] = []
  const decode = (_: number, __: number, ___: unknown, ____: unknown, shrink: number) => {
    asked.push(shrink)
    const width = 2 / shrink
    return { width, height: 1, data: new Uint8Array(width * 3) }
  }
  const { store: guarded } = await openedAs({ store: { ...store, extents: () => null, decode, shrinks: () => true } })
  t.is(guarded.extents(0, 0), null)
  t.like(guarded.decode(0, 0, [], memory, 2), { width: 1, height: 1 })
  t.like(guarded.decode(0, 0, [], memory), { width: 2, height: 1 })
  t.deepEqual(asked, [2, 1])
  const whole = () => ({ width: 2, height: 1, data: new Uint8Array(6) })
  const { store: unshrunk } = await openedAs({ store: { ...store, decode: whole, shrinks: () => true } })
  t.throws(() => unshrunk.decode(0, 0, [], memory, 2), { message: /gives 6 bytes for 2 × 1 px, and 1 × 1 px are 3$/ })
  const fetch = () => Promise.reject(new SlideError('SLIDE_UNREACHABLE', 'nobody answers'))
  const { store: far } = await openedAs({ store: { ...store, fetch } })
  await t.throwsAsync(async () => far.fetch!(0, 0), { instanceOf: SourceFailed })
})

test('a reader that fetches nothing, or says of no tile where it is placed, is told by its name', async (t) => {
  const opened = (changed: object) => openedAs({ store: { ...store, ...changed } })
  for (const [fetch, fact] of [
    [async () => Promise.reject(new Error('no line')), /cannot be decoded by the reader 'rd' of the plugin lab: no line$/],
    [async () => null, /reader 'rd' of the plugin lab: it fetches no list of bytes$/],
  ] as const) {
    const { store: guarded } = await opened({ fetch })
    await t.throwsAsync(async () => guarded.fetch!(0, 0), { code: 'TILE_UNDECODABLE', message: fact })
  }
  const { store: guarded } = await opened({ placed: (level: number) => (level === 0 ? undefined : {}) })
  t.is(guarded.placed!(0), null)
  t.throws(() => guarded.placed!(1), { code: 'PLUGIN_FAILED', message: /says of level 1 of a\.tif no \{ count, tilesIn, placeOf \}/ })
})

test('what the user says of the size of a pixel counts, also for a reader that does not look at it, and one that no glass has is told', async (t) => {
  const of = async (mpp: number | undefined, said: object = {}) =>
    (await openedAs({ info: { ...info, ...(mpp === undefined ? {} : { mpp: { x: mpp, y: mpp } }) } }, {}, said)).info
  t.like(await of(0.5), { mpp: { x: 0.5, y: 0.5 }, mppSource: 'reader rd', power: 20, warnings: [] })
  t.like(await of(0.5, { mpp: 0.25 }), {
    mpp: { x: 0.25, y: 0.25 },
    mppSource: 'given in the list',
    warnings: ['an mpp of 0.25 is given, and counts; the file says a pixel of 0.5 x 0.5 µm (reader rd)'],
  })
  t.like(await of(undefined, { power: 40 }), { mpp: { x: 0.25, y: 0.25 }, power: 40 })
  const none = await of(1e6)
  t.is(none.mpp, undefined)
  t.regex(none.warnings.join(), /would make a slide of 2000 x 1000 mm, larger than any glass: it is ignored/)
})

test('a level that shows a part of the slide, or more pixels than level 0, is told by the name of its reader', async (t) => {
  const small = { width: 1, height: 1, tile: { width: 2, height: 1 } }
  const withLevels = (...downsamples: readonly number[]) => {
    const levels = downsamples.map((x, i) => ({ ...(i === 0 ? level : small), downsample: { x, y: 1 } }))
    return openedAs({ store: { ...store, levels }, info: { ...info, levels } })
  }
  await t.notThrowsAsync(withLevels(1, 2))
  await t.notThrowsAsync(withLevels(1, 4), 'it may be filled up')
  for (const wrong of [[2], [1, 0.5], [1, Number.POSITIVE_INFINITY]]) await t.throwsAsync(withLevels(...wrong), { code: 'PLUGIN_FAILED' })
  const wide = { ...level, width: 9 }
  const levels = [wide, { ...small, downsample: { x: 2, y: 1 } }]
  await t.throwsAsync(openedAs({ store: { ...store, levels }, info: { ...info, width: 9, levels } }), {
    code: 'PLUGIN_FAILED',
    message: /level 1 is of 1 × 1 px, each as 2 × 1 of level 0, which has 9 × 1: a level shows all of the slide/,
  })
})

test('a tile that lies between pixels, or nowhere, is told by the name of its reader: it would be white', async (t) => {
  const placed = async (x: readonly number[], y = [0, 0], width = 1) => {
    const given = () => placementOf({ x: Float64Array.from(x), y: Float64Array.from(y), width, height: 1 }, level)
    return (await openedAs({ store: { ...store, placed: given } })).store.placed!(0)
  }
  for (const wrong of [
    [0, 0.5],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])
    await t.throwsAsync(placed(wrong), { code: 'PLUGIN_FAILED', message: /says of tile 1 of level 0 of a\.tif no place in whole pixels/ })
  await t.throwsAsync(placed([0, 1], [0]), { code: 'PLUGIN_FAILED' }, 'one place too few')
  await t.throwsAsync(placed([0, 1], [0, 0], -1), { code: 'PLUGIN_FAILED' })
  t.is((await placed([-1, 1]))!.count, 2)
})

test('what was opened for a reader that reads by itself, or from another file, is closed with its slide', async (t) => {
  let closed = 0
  const opened = await openedAs({ source: null, close: () => closed++ }, { close: async () => void closed++ })
  opened.close?.()
  t.is(closed, 2)
  t.throws(() => opened.store.extents(0, 0), { code: 'PLUGIN_FAILED', message: /has no 'source' to read it from$/ })
  const other = await openedAs({ source: {} }, { close: async () => void closed++ })
  other.close?.()
  t.is(closed, 3)
})

test('a tile is what it was when it was given, also of a reader that decodes all into one buffer, or gives bytes of the file', async (t) => {
  const scratch = new Uint8Array(6)
  const decode = (_: number, index: number) => ({ width: 2, height: 1, data: scratch.fill(index) })
  const { store: guarded } = await openedAs({
    store: { ...store, levels: [{ ...level, width: 4 }], decode },
    info: { ...info, width: 4, levels: [{ ...level, width: 4 }] },
  })
  const tiles = [0, 1].map((index) => guarded.decode(0, index, [], memory))
  t.deepEqual(
    tiles,
    [0, 1].map((index) => ({ width: 2, height: 1, data: new Uint8Array(6).fill(index) })),
  )
  const taken: Uint8Array[] = []
  const own = (_: number, __: number, ___: unknown, take: typeof memory) => ({ width: 2, height: 1, data: take(6) })
  const { store: tidy } = await openedAs({ store: { ...store, decode: own } })
  const take = (bytes: number) => {
    taken.push(new Uint8Array(bytes))
    return taken.at(-1)!
  }
  t.is(((await tidy.decode(0, 0, [], take)) as { data: Uint8Array }).data, taken[0]!, 'what was taken for the tile needs no copy')
  t.is(taken.length, 1)
})
