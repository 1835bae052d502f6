/** The rows of a plan without a file: the same lanes, the same order, handed to whoever reads them. */

import { Readable } from 'node:stream'
import { aFunction, aSignal, type Kind, mustBeOptions } from '../core/argument.js'
import type { Batch } from '../core/batch.js'
import { PipelineError } from '../core/errors.js'
import type { Column } from '../core/row.js'
import type { Provenance } from '../core/sink.js'
import { mustBePlan } from './plan/must-be-plan.js'
import type { Plan } from './plan/plan-type.js'
import { type Crew, hire } from './run/crew.js'
import { Listener } from './run/listener.js'
import type { SlideRun } from './run/run-context.js'
import type { RunSummary, TellRun } from './run/run-events.js'
import { aShard, type Shard } from './run/shard.js'
import { type SlideStream, streamSlide } from './run/slide-stream.js'
import { slidesOf } from './run/slides-of.js'
import { Summary } from './run/summary.js'

export interface StreamOptions {
  /** Once it is aborted the stream throws its reason. */
  readonly signal?: AbortSignal | undefined
  /** Also tells which slides failed, and why. Is not waited for; what it throws, or rejects with, ends the stream, which throws it. */
  readonly onEvent?: TellRun | undefined
  /** Only the slides of this shard. */
  readonly shard?: Shard | undefined
}

const optionKinds = { signal: aSignal, onEvent: aFunction, shard: aShard } satisfies Record<keyof StreamOptions, Kind>

/** Some rows of one slide. */
export interface SlideBatch extends Batch {
  /** Its id. */
  readonly slide: string
}

/** To be read once. */
export interface RowStream extends AsyncIterable<SlideBatch> {
  /** Of each batch. */
  readonly columns: readonly Column[]
  readonly provenance: Provenance
  /** Resolves when the stream has ended and all threads with it: `stopped` when it was left early, aborted or broken by an error, which it throws itself. */
  readonly summary: Promise<RunSummary>
  /** The stream as a Node stream in object mode; one batch is read ahead. */
  readable(): Readable
}

/**
 * Runs a plan and hands its rows over as batches: slide after slide in the order of the source, the rows of a slide in raster order, whatever
 * the number of lanes. `runtime.slides` of them are at work at once. Nothing is begun before the first batch is asked for, nothing is written
 * (sinks and output of the plan stay as they are), nothing is taken up later. A slow reader holds the lanes back: at most one band of patches a lane,
 * and one more, is ahead of it. Leaving early closes everything. A slide that fails is told by `onEvent` and in the summary; rows that came of
 * it before are not all, and the next slide follows. Throws while it is read: what ends a run (ModelError, Bug, a PipelineError of the source).
 *
 * @example
 * const stream = streamRows(await readPlan('pipeline.yml'))
 * for await (const batch of stream) for (const row of rowsOf(stream.columns, batch)) …
 */
export function streamRows(plan: Plan, options: StreamOptions = {}): RowStream {
  mustBePlan('streamRows', plan)
  mustBeOptions('streamRows', options, optionKinds)
  const left = new AbortController()
  let end: (summary: RunSummary) => void = () => undefined
  const summary = new Promise<RunSummary>((resolve) => {
    end = resolve
  })
  let isRead = false
  const iterate = (): AsyncIterator<SlideBatch, void> => {
    if (isRead)
      throw new PipelineError('STREAM_READ', 'a stream of rows can be read once, and this one is read already', {
        hint: 'call streamRows again',
      })
    isRead = true
    const rows = rowsThrough({ ...plan, sinks: [] }, options, left.signal, end)
    let isBegun = false
    return {
      next: () => {
        isBegun = true
        return rows.next()
      },
      // Also while the next batch is waited for.
      return: () => {
        left.abort()
        // A generator that was never asked does not come to its end.
        if (!isBegun) end(new Summary().finish(null, {}, 0, true))
        return rows.return()
      },
    }
  }
  return {
    columns: plan.columns,
    provenance: plan.provenance,
    summary,
    [Symbol.asyncIterator]: iterate,
    readable: () => Readable.from({ [Symbol.asyncIterator]: iterate }, { objectMode: true, highWaterMark: 1 }),
  }
}

async function* rowsThrough(
  plan: Plan,
  options: StreamOptions,
  left: AbortSignal,
  end: (summary: RunSummary) => void,
): AsyncGenerator<SlideBatch, void> {
  const listener = new Listener(options)
  try {
    yield* rowsHeard(plan, listener, options, left, end)
  } finally {
    listener.close()
  }
}

async function* rowsHeard(
  plan: Plan,
  { signal, tell }: Listener,
  { shard }: StreamOptions,
  left: AbortSignal,
  end: (summary: RunSummary) => void,
): AsyncGenerator<SlideBatch, void> {
  const began = performance.now()
  const sum = new Summary()
  const own = new AbortController()
  /** Those at work, in their order: the first is being read. */
  const atWork: SlideStream[] = []
  let crew: Crew | undefined
  let isWhole = false
  try {
    signal.throwIfAborted()
    crew = await hire(plan)
    const run: SlideRun = { plan, crew, tell, signal: AbortSignal.any([own.signal, left, signal]) }
    tell({
      type: 'run.start',
      output: '',
      lanes: crew.lanes,
      device: crew.device,
      precision: crew.precision,
      fingerprint: plan.provenance.fingerprint,
    })
    for (const message of [...plan.warnings, ...crew.warnings]) tell({ type: 'warning', code: 'RUN', message })
    for await (const ref of slidesOf(plan, { shard }, run.signal)) {
      run.signal.throwIfAborted()
      atWork.push(streamSlide(ref, run))
      if (atWork.length >= plan.runtime.slides) yield* first(atWork, sum)
    }
    while (atWork.length > 0) yield* first(atWork, sum)
    isWhole = true
  } catch (error) {
    // What was asked for while it stopped fails in many ways.
    if (signal.aborted) throw signal.reason
    // Who left while the next batch was waited for has that answered, too: there is none.
    if (!left.aborted) throw error
  } finally {
    own.abort()
    for (const { batches } of atWork) batches.destroy()
    const outcomes = await Promise.allSettled(atWork.map(({ outcome }) => outcome))
    await crew?.close()
    const interrupted: string[] = []
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') sum.add(outcome.value)
      else interrupted.push(atWork[i]!.slide)
    }
    for (const slide of interrupted) sum.interrupt(slide)
    const summary = sum.finish(crew?.device ?? null, crew?.usage.summary(crew.lanes) ?? {}, (performance.now() - began) / 1000, !isWhole)
    end(summary)
    for (const slide of interrupted) tell({ type: 'slide.interrupted', slide })
    tell({ type: 'run.end', summary })
  }
}

/** The rows of the first slide at work, and what became of it. */
async function* first(atWork: SlideStream[], sum: Summary): AsyncGenerator<SlideBatch, void> {
  const { slide, batches, outcome } = atWork[0]!
  for await (const batch of batches) yield { ...batch, slide }
  sum.add(await outcome)
  atWork.shift()
}
