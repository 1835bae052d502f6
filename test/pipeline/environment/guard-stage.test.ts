/** What a stage of a plugin may not give in the place of the patches that it takes. */

import { Readable } from 'node:stream'
import test from 'ava'
import { text } from '../../../src/core/options.js'
import {
  batch,
  defaultEnvironment,
  definePipeline,
  definePlugin,
  defineStage,
  extract,
  grid,
  merge,
  type Patch,
  type PatchImage,
  SlideError,
  slidesOf,
  stepOf,
  withPlugins,
} from '../../../src/index.js'
import { guardedWork } from '../../../src/pipeline/environment/guard/stage.js'

const patch: Patch = {
  slide: 'a',
  index: 3,
  column: 1,
  row: 0,
  bounds: [0, 0, 1, 1],
  region: { x: 0, y: 0, width: 1, height: 1 },
  notes: {},
}
const image: PatchImage = { patch, status: 'ok', pixels: [new Uint8Array(3)] }
const none = [new Uint8Array(0)]

for (const [what, gives, sentence] of [
  ['an unknown status', { ...image, status: 'lost', pixels: none }, /the status 'lost': it is one of ok, unreadable, unanswered$/],
  ['an error that is no text', { ...image, status: 'unreadable', error: 5, pixels: none }, /the error 5, which is no text$/],
  ['a place that is none', { ...image, patch: { ...patch, region: { x: Number.NaN } } }, /whose 'region' is no place/],
  ['no place', { ...image, patch: { ...patch, region: undefined } }, /whose 'region' is no place/],
  ['bounds between pixels', { ...image, patch: { ...patch, bounds: [0, 0, 0.5, 1] } }, /whose 'bounds' are not four whole numbers$/],
  ['a patch of another slide', { ...image, patch: { ...patch, slide: 'b' } }, /gives patch 3 as one of the slide 'b', and it is of 'a'$/],
  ['a cell that is no number', { ...image, patch: { ...patch, row: '0' } }, /are not whole numbers$/],
] as const) {
  test(`a stage that gives ${what} is told by its name`, async (t) => {
    await t.throwsAsync(
      asked(async function* (images) {
        for await (const _ of images) yield gives
      }),
      { code: 'PLUGIN_FAILED', message: sentence },
    )
  })
}

test('a stage in the lanes that does not take all it is given, or keeps an error that is not its own, loses no row in silence', async (t) => {
  const early = asked(async function* () {})
  await t.throwsAsync(early, { message: "stage 'st' of the plugin lab ends before it has taken every image that it is given" })
  const keeps = asked(
    async function* (images) {
      try {
        yield* images
      } catch {}
    },
    (async function* () {
      yield image
      throw new SlideError('TILE_UNDECODABLE', 'a tile')
    })(),
  )
  await t.throwsAsync(keeps, { code: 'TILE_UNDECODABLE', message: 'a tile' })
})

test('a stage after a model leaves its answers there', async (t) => {
  const { default: make } = await guardedWork(
    { ...stageOf(undefined as never), from: 'batch', to: 'batch', load: dropping } as never,
    'lab',
  )()
  const stage = make({} as never, { columns: [] } as never)
  const given = { patches: [patch], statuses: [{ status: 'ok' }], inputs: [], outputs: { q: { data: new Float32Array(2), width: 2 } } }
  const run = async (lost: object) => {
    const input = Readable.from([{ ...given, lost }])
    for await (const _ of stage(input as never, { signal: new AbortController().signal } as never) as AsyncIterable<unknown>);
  }
  await t.notThrowsAsync(run({}))
  // One that the model before had no answer for is still to be seen by those after.
  await t.notThrowsAsync(run({ statuses: [{ status: 'unanswered' }], inputs: [{ data: new Uint8Array(3), width: 1, height: 1 }] }))
  for (const [lost, message] of [
    [{ outputs: {} }, /without the answers 'q' that were in it$/],
    [{ outputs: { q: { data: new Float32Array(1), width: 2 } } }, /1 numbers as 'q' of 1 patches: a Float32Array of 2 a patch/],
    [{ statuses: [] }, /the status undefined/],
    [{ statuses: [{ status: 'unreadable' }, { status: 'ok' }] }, /gives 2 statuses for the 1 patches of a batch$/],
    [{ inputs: [{ data: new Uint8Array(6), width: 1, height: 1 }] }, /gives 6 bytes for 1 pictures of 1 × 1 px: those of the 1 patches/],
  ] as const)
    await t.throwsAsync(run(lost), { code: 'PLUGIN_FAILED', message })
})

const dropping = async () => ({
  default: () =>
    async function* (batches: AsyncIterable<{ readonly lost: object }>) {
      for await (const { lost, ...batch } of batches) yield { ...batch, ...lost }
    },
})

test('a stage may use its objects and buffers again for the next patch', async (t) => {
  const scratch = new Uint8Array(3)
  const one = { patch: { ...patch }, status: 'ok', pixels: [scratch] }
  const images = [3, 4].map((index) => ({ ...image, patch: { ...patch, index } }))
  const given = await asked(async function* (taken) {
    for await (const { patch: of } of taken as AsyncIterable<PatchImage>) {
      Object.assign(one.patch, of)
      scratch.fill(of.index)
      yield one
    }
  }, Readable.from(images))
  t.deepEqual(
    given,
    [3, 4].map((index) => ({ ...image, patch: { ...patch, index }, pixels: [new Uint8Array(3).fill(index)] })),
  )
  const through = await asked((taken) => taken)
  t.is((through[0] as PatchImage).pixels[0], image.pixels[0], 'pixels that it was lent and hands on are not copied')
})

/** Runs a stage of images over one image. */
async function asked(
  work: (images: AsyncIterable<unknown>) => AsyncIterable<unknown>,
  input: AsyncIterable<unknown> = Readable.from([image]),
) {
  const { default: make } = await guardedWork(stageOf(work as never), 'lab')()
  const stage = make({} as never, { columns: [] } as never)
  const given: unknown[] = []
  for await (const item of stage(input as never, { signal: new AbortController().signal } as never) as AsyncIterable<unknown>)
    given.push(item)
  return given
}

const stageOf = (work: never) =>
  defineStage({
    name: 'st',
    from: 'image',
    to: 'image',
    placement: 'pixels',
    summary: 'a stage',
    options: {},
    examples: [],
    load: async () => ({ default: () => work }),
  })

test('a stage or sink of one’s own under the name of another does not silently become that', async (t) => {
  const own = stepOf({ ...stageOf(undefined as never), name: 'measure' })()
  const given = { source: slidesOf(['a.tif']), stages: [grid(), extract(), own, batch(), merge()] }
  await t.throwsAsync(definePipeline(given as never), {
    code: 'PLUGIN_CLASH',
    message: "the stage 'measure' is not the one that the environment has under this name",
  })
})

test('what a stage of one’s own calls file or places is a file of each slide where it says so, else it counts as it stands', async (t) => {
  for (const [name, files] of [
    ['places', undefined],
    ['file', undefined],
    ['places', () => []],
    ['file', () => []],
  ] as const) {
    const own = defineStage({ ...stageOf(undefined as never), options: { [name]: text() }, ...(files && { files }) })
    const plugin = definePlugin({ name: 'lab', version: '1', module: import.meta.url, stages: [own] })
    const of = async (value: string) => {
      const given = {
        source: slidesOf(['a.tif']),
        stages: [grid({ size: 64, at: '1 mpp' }), extract(), stepOf(own)({ [name]: value }), batch(), merge()],
      }
      const plan = await definePipeline(given as never, { environment: withPlugins(defaultEnvironment, plugin) })
      return plan.provenance.fingerprint
    }
    t.is((await of('left')) === (await of('right')), files !== undefined, name)
  }
})
