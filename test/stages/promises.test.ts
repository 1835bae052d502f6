/**
 * The promises every stage keeps: it pulls only when pulled, keeps the order, closes what it was given on end, error and abort,
 * gives the same again, and is mute. Runs against every stage of the registry; a new one is included by its registry line.
 */

import path from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import type { Batch, DataOf } from '../../src/core/batch.js'
import { SlideError } from '../../src/core/errors.js'
import type { Item, Items, Patch } from '../../src/core/items.js'
import { jsonSchemaOf } from '../../src/core/options.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { AnyStageSpec, Stage } from '../../src/core/stage.js'
import { stages } from '../../src/stages/registry.js'
import { work } from '../../src/stages/work.js'
import { meanModel } from '../support/mean-model.js'
import { memorySlide } from '../support/memory-slide.js'
import { all, contextFor, filledIn, planOf } from '../support/stage-context.js'

const side = 8
const model = meanModel(side)

/** What to write for stages whose first example names something that is not here. */
const written: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  grid: { size: side, at: 'baseline' },
  mask: { at: 'baseline' },
  extract: { together: 10 },
  batch: { size: 4 },
  infer: { model: 'm' },
  rows: { module: path.join(packageRoot, 'dist/test/support/same-rows.js') },
}

const slides = {
  slide: memorySlide({ width: 160, height: 96, mpp: 0.5, power: 20 }),
  set: memorySlide({ width: 8, height: 80, kind: 'set', images: Array.from({ length: 10 }, (_, i) => ({ uri: `${i}.png`, label: 'x' })) }),
}
const slideOf = (spec: AnyStageSpec) => (spec.name === 'images' ? slides.set : slides.slide)

function exampleOf(spec: AnyStageSpec): Readonly<Record<string, unknown>> {
  const example = parse(spec.examples[0] ?? spec.name) as string | Record<string, Record<string, unknown>>
  return typeof example === 'string' ? {} : (example[spec.name] ?? {})
}

function planFor(spec: AnyStageSpec, options: Readonly<Record<string, unknown>> = {}) {
  const cards = new Proxy({}, { get: () => model.card })
  const others = {
    grid: { size: [side, side], at: { value: 1, units: 'baseline' } },
    batch: { size: 4 },
    infer: { model: 'm', ...(spec.name === 'infer' ? options : {}) },
  }
  return planOf(slideOf(spec).ref.kind, others, cards)
}

async function made(spec: AnyStageSpec, options = written[spec.name] ?? exampleOf(spec)): Promise<Stage> {
  const plan = planFor(spec, options)
  const { default: make } = await work[spec.name as keyof typeof work]()
  return make(filledIn(spec, options, plan) as never) as Stage
}

function contextOf(spec: AnyStageSpec, signal?: ReturnType<typeof contextFor>['signal']) {
  const columns = ['merge', 'infer'].flatMap((name) => stages[name]!.columns!({ model: 'm' }, planFor(spec)))
  return { ...contextFor(slideOf(spec), signal), model: () => model, folder: packageRoot, takes: columns, gives: columns }
}

/** What a stage is given: the output of the stages before it, run whole. */
async function inputOf(kind: Item, spec: AnyStageSpec): Promise<Items[Item][]> {
  const before: Record<Item, readonly string[]> = {
    slide: [],
    patch: ['grid'],
    image: ['grid', 'extract'],
    batch: ['grid', 'extract', 'batch'],
    rows: ['grid', 'extract', 'batch', 'infer', 'merge'],
  }
  const names = before[kind].concat(spec.name === 'merge' ? ['infer'] : [])
  let stream: AsyncIterable<Items[Item]> = watched([slides.slide as Items[Item]]).stream
  if (spec.name === 'images') stream = watched([slides.set as Items[Item]]).stream
  for (const name of names) {
    const earlier = stages[name]
    if (!earlier) return []
    stream = (await made(earlier))(stream as never, contextOf(earlier))
  }
  return all(stream)
}

const broken = new SlideError('SLIDE_TRUNCATED', 'the input broke')

/** An input that counts what is pulled and knows whether it was closed. */
function watched<T>(items: readonly T[], failAfter = Number.POSITIVE_INFINITY) {
  const seen = { pulled: 0, closed: false }
  async function* stream(): AsyncGenerator<T> {
    try {
      for (const item of items) {
        if (seen.pulled >= failAfter) throw broken
        seen.pulled++
        yield item
      }
      if (failAfter !== Number.POSITIVE_INFINITY) throw broken
    } finally {
      seen.closed = true
    }
  }
  return { stream: stream(), seen }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20))

/** Raster index of what comes out, where it has one. */
function indicesOf(item: unknown): number[] {
  const { index, patch, patches, columns } = item as {
    index?: number
    patch?: Patch
    patches?: readonly Patch[]
    columns?: Batch['columns']
  }
  if (patches) return patches.map((p) => p.index)
  if (columns) return [...(columns[1] as DataOf<'int32'>).values]
  return patch ? [patch.index] : typeof index === 'number' ? [index] : []
}

for (const spec of Object.values(stages)) {
  test(`${spec.name}: asks for nothing before it is asked, and no more once nobody asks`, async (t) => {
    const stage = await made(spec)
    const { stream, seen } = watched(await inputOf(spec.from, spec))
    const out = stage(stream as never, contextOf(spec))[Symbol.asyncIterator]()
    await pause()
    t.is(seen.pulled, 0)
    await out.next()
    const pulled = seen.pulled
    await pause()
    t.is(seen.pulled, pulled)
    await out.return?.()
    t.true(seen.closed || pulled === 0)
  })

  test(`${spec.name}: in order, and the same again`, async (t) => {
    const items = await inputOf(spec.from, spec)
    t.true(items.length > 0, 'the stage is given something')
    const stage = await made(spec)
    const first = watched(items)
    const once = await all(stage(first.stream as never, contextOf(spec)))
    t.true(once.length > 0, 'the stage gives something')
    t.true(first.seen.closed)
    const indices = once.flatMap(indicesOf)
    t.deepEqual(
      indices,
      indices.toSorted((a, b) => a - b),
    )
    const again = await all((await made(spec))(watched(items).stream as never, contextOf(spec)))
    t.deepEqual(again, once)
  })

  test(`${spec.name}: an error of its input comes through as it is, and the input is closed`, async (t) => {
    const { stream, seen } = watched(await inputOf(spec.from, spec), 1)
    await t.throwsAsync(all((await made(spec))(stream as never, contextOf(spec))), { is: broken })
    t.true(seen.closed)
  })

  test(`${spec.name}: aborted, it ends with the reason and closes its input`, async (t) => {
    const stop = new AbortController()
    const { stream, seen } = watched(await inputOf(spec.from, spec))
    const out = (await made(spec))(stream as never, contextOf(spec, stop.signal))[Symbol.asyncIterator]()
    await out.next()
    stop.abort(new Error('enough'))
    const rest = async () => {
      while (!(await out.next()).done);
    }
    // What was read already may still come; a stage that has all of its input may end without noticing.
    const error = await rest().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error !== undefined) t.is((error as Error).message, 'enough')
    else t.true(seen.pulled > 0)
    t.true(seen.closed)
  })

  test.serial(`${spec.name}: says nothing`, async (t) => {
    const items = await inputOf(spec.from, spec)
    const stage = await made(spec)
    const heard: unknown[] = []
    const { write } = process.stdout
    const { write: writeError } = process.stderr
    const listen = (chunk: unknown) => heard.push(chunk) > 0
    Object.assign(process.stdout, { write: listen })
    Object.assign(process.stderr, { write: listen })
    try {
      await all(stage(watched(items).stream as never, contextOf(spec)))
    } finally {
      Object.assign(process.stdout, { write })
      Object.assign(process.stderr, { write: writeError })
    }
    t.deepEqual(heard, [])
  })

  test(`${spec.name}: every example is one that a person may write`, async (t) => {
    t.true(spec.examples.length > 0)
    for (const example of spec.examples) {
      const read = parse(example) as string | Record<string, Record<string, unknown>>
      if (typeof read === 'string') t.is(read, spec.name)
      else {
        t.deepEqual(Object.keys(read), [spec.name])
        await t.notThrowsAsync(made(spec, read[spec.name]!), example)
      }
    }
  })

  test(`${spec.name}: is described`, (t) => {
    t.is(stages[spec.name], spec)
    t.regex(spec.summary, /^[A-Z].*\.$/)
    const { properties = {} } = jsonSchemaOf(spec.options) as { properties?: Record<string, { description?: string; not?: unknown }> }
    for (const [name, { description, not }] of Object.entries(properties)) {
      // Nobody writes a derived option (its schema admits nothing): it needs no sentence.
      if (not === undefined) t.regex(description ?? '', /\.$/, name)
    }
  })
}
