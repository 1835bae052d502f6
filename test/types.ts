/**
 * What the compiler must say of a user's code, right and wrong. Nothing here runs: `npm run compile` fails where a line that is wrong passes.
 * `test-slow/package.test.ts` compiles it once more, as a user's project with the packed package.
 */

import type { Readable, Writable } from 'node:stream'
import {
  type Batch,
  batch,
  batchesOf,
  type Column,
  type Composed,
  compose,
  csv,
  defaultEnvironment,
  definePipeline,
  definePlugin,
  defineStage,
  type Environment,
  extract,
  grid,
  type Items,
  imageSlide,
  infer,
  mask,
  merge,
  note,
  openSlide,
  options,
  type PatchImage,
  type Plan,
  parquet,
  patches,
  type Row,
  type RunSummary,
  readPlan,
  rowsIn,
  rowsOf,
  runPipeline,
  type Slide,
  type SlideBatch,
  slides,
  slidesOf,
  stepOf,
  streamRows,
  TiastreamError,
  withPlugins,
} from '../src/index.js'

/** Compiles where the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const yes = <T extends true>(value?: T) => value

export async function steps(slide: Slide) {
  const rows = compose(slide, [grid(), mask({ keep: '25 %' }), extract(), batch({ size: 16 }), infer({ model: 'm' }), merge()])
  yes<Same<typeof rows, Composed<'rows'>>>()
  for await (const piece of rows) yes<Same<typeof piece, Batch>>()
  for await (const row of rowsIn(rows.columns, rows)) yes<Same<typeof row, Row>>()
  const images = compose(slide, [grid({ size: 224, at: '0.5 mpp' }), extract()])
  for await (const image of images) yes<Same<typeof image, PatchImage>>()
  yes<Same<Items['rows'], Batch>>()

  // @ts-expect-error: infer takes batches, extract gives images
  compose(slide, [grid(), extract(), infer({ model: 'm' }), merge()])
  // @ts-expect-error: merge gives rows, which have no pixels
  compose(slide, [grid(), extract(), batch(), merge(), extract()])
  // @ts-expect-error: no such option
  grid({ sise: 224 })
  // @ts-expect-error: a share is a number or '25 %'
  mask({ keep: true })
  // @ts-expect-error: one of fail and mark
  extract({ on_error: 'ignore' })

  const sink: Writable = await parquet({ file: 'a.parquet' }).open({ slide, columns: rows.columns, provenance: rows.provenance })
  parquet({ compression: 'zstd' })
  // @ts-expect-error: no such compression
  parquet({ file: 'a.parquet', compression: 'lz4' })
  return sink
}

export async function objects() {
  const stages = [grid(), extract(), batch(), infer({ model: 'm' }), merge()] as const
  const plan = await definePipeline({ source: slides({ glob: '*.svs' }), stages, sinks: [parquet()], output: 'out' })
  yes<Same<typeof plan, Plan>>()
  await definePipeline({ source: patches({ folder: '.' }), stages: [extract(), batch(), infer({ model: 'm' }), merge()] })

  // @ts-expect-error: grid takes slides, and those are patches
  await definePipeline({ source: patches({ folder: '.' }), stages })
  // @ts-expect-error: a pipeline ends in rows
  await definePipeline({ source: slides({ glob: '*.svs' }), stages: [grid(), extract()] })
  // @ts-expect-error: infer takes batches, extract gives images
  await definePipeline({ source: slides({ glob: '*.svs' }), stages: [grid(), extract(), infer({ model: 'm' }), merge()] })
  // @ts-expect-error: a pipeline has an input
  await definePipeline({ stages })
  // @ts-expect-error: a stage is no sink
  await definePipeline({ source: slides({ glob: '*.svs' }), stages, sinks: [merge()], output: 'out' })
}

export async function runs() {
  const summary = await runPipeline(await readPlan('pipeline.yml'), {
    onEvent: (event) => {
      if (event.type === 'slide.done') return event.rows
      // @ts-expect-error: a slide that has begun has no rows
      if (event.type === 'slide.start') return event.rows
      return 0
    },
  })
  yes<Same<typeof summary, RunSummary>>()
  // @ts-expect-error: a plan is read, not named
  await runPipeline('pipeline.yml')
}

export async function streams(plan: Plan) {
  const stream = streamRows(plan, { signal: AbortSignal.timeout(1) })
  for await (const piece of stream) {
    yes<Same<typeof piece, SlideBatch>>()
    const plain: Batch = piece
    rowsOf(stream.columns, plain)
  }
  yes<Same<Awaited<typeof stream.summary>, RunSummary>>()
  // @ts-expect-error: nothing is taken up, so nothing is done again
  streamRows(plan, { redo: true })
  const readable: Readable = stream.readable()
  return readable
}

export function batches(columns: readonly Column[], piece: Batch) {
  const [first] = piece.columns
  // @ts-expect-error: there may be none
  first.type
  if (first?.type === 'float32') yes<Same<typeof first.values, Float32Array>>()
  if (first?.type === 'vector') yes<Same<typeof first.size, number>>()
  // @ts-expect-error: a batch is read only
  piece.length = 1
  for (const row of rowsOf(columns, piece)) {
    // @ts-expect-error: a value may be of any type, or null
    row.x0 + 1
  }
  return batchesOf(columns, [{ slide: 'a', index: 0 }])
}

export function errors(error: unknown) {
  if (error instanceof TiastreamError) yes<Same<typeof error.code, string>>()
}

/** What may not be there is given as it is, with exactOptionalPropertyTypes, too. */
export async function undefinedIsNotGiven(plan: Plan, signal: AbortSignal | undefined, n: number | undefined, text: string | undefined) {
  const onEvent = undefined
  streamRows(plan, { signal, onEvent, shard: undefined })
  await runPipeline(plan, { signal, onEvent, redo: undefined })
  await readPlan('a.yml', { output: text, env: undefined })
  await csv().open({ slide: await openSlide('a.svs'), columns: plan.columns, provenance: plan.provenance, signal })
  const image = imageSlide(new Uint8Array(3), { width: 1, height: 1, mpp: n, id: text, label: text })
  const source = slidesOf([image, { uri: 'a.svs', id: text, mpp: n, mask: text }])
  const stages = [grid({ size: n }), mask(), extract(), batch({ size: n }), infer({ model: 'stain' }), merge()] as const
  await definePipeline({ source, stages, sinks: undefined, output: text }, { folder: text, environment: undefined })
  await openSlide({ uri: 'a.svs', id: text, mpp: n }, { signal, cacheBytes: n })
}

export function plugins() {
  const count = defineStage({
    name: 'count',
    from: 'image',
    to: 'image',
    placement: 'pixels',
    summary: 'Counts.',
    options: { most: options.whole(1).default(3) },
    examples: [],
    columns: ({ most }) => {
      yes<Same<typeof most, number>>()
      return [{ name: 'count', type: 'int32', about: 'How many.' }]
    },
    load: async () => ({
      default: ({ most }) =>
        async function* (images) {
          for await (const image of images) yield { ...image, patch: note(image.patch, { count: most }) }
        },
    }),
  })
  // @ts-expect-error: a stage of images gives images
  defineStage({ ...count, load: async () => ({ default: () => async function* (): AsyncGenerator<Batch> {} }) })
  // @ts-expect-error: the option is a number
  stepOf(count)({ most: 'three' })
  const plugin = definePlugin({ name: 'counts', version: '1.0.0', module: import.meta.url, stages: [count] })
  // @ts-expect-error: a plugin has a version
  definePlugin({ name: 'counts' })
  const environment = withPlugins(defaultEnvironment, plugin)
  yes<Same<typeof environment, Environment>>()
  return readPlan('pipeline.yml', {}, environment)
}
