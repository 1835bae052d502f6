/** The slides of a run, side by side through its crew. */

import { setTimeout } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { SlideRef } from '../../core/slide.js'
import type { Plan } from '../plan/plan-type.js'
import type { TellRun } from './run-events.js'
import { firstPause, nextPause, type Runner } from './runner.js'
import { type Part, slidesOf } from './slides-of.js'
import type { Summary } from './summary.js'

interface Asked extends Part {
  readonly stop: Stop
  readonly redo?: boolean | undefined
}

/** Ends the run: from within, or because the signal that it listens to has come. */
export interface Stop {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

export function stopOn(outside: AbortSignal | undefined): Stop {
  const own = new AbortController()
  return { signal: outside ? AbortSignal.any([outside, own.signal]) : own.signal, abort: (reason) => own.abort(reason) }
}

/**
 * Runs all slides that no other worker has, then waits for those: until they are done, or to be taken over. What ended the run early, when something
 * other than the signal did.
 */
export async function runSlides(plan: Plan, runner: Runner, { stop, ...options }: Asked, tell: TellRun, sum: Summary) {
  const { signal } = stop
  const queue = new PQueue({ concurrency: plan.runtime.slides })
  let failure: { error: unknown } | undefined
  const end = (error: unknown) => {
    if (!signal.aborted) failure = { error }
    stop.abort(error)
  }
  /** Others had them when they were come by: as many at a time as others work on. */
  let elsewhere = new Map<string, SlideRef>()
  const told = new Set<string>()
  const run = async (ref: SlideRef) => {
    if (signal.aborted) return
    try {
      const outcome = await runner.trySlide(ref, { redo: options.redo === true, together: true })
      if (outcome === null || !('held' in outcome)) {
        told.delete(ref.id)
        sum.add(outcome)
        return
      }
      elsewhere.set(ref.id, ref)
      if (told.has(ref.id)) return
      told.add(ref.id)
      const { worker, note } = outcome.held
      tell({ type: 'slide.elsewhere', slide: ref.id, worker, host: note?.host ?? null })
    } catch (error) {
      end(error)
      sum.interrupt(ref.id)
      tell({ type: 'slide.interrupted', slide: ref.id })
    }
  }
  try {
    for await (const ref of slidesOf(plan, options, signal)) {
      // One slide waits ready while the others run: the list of a cohort is never held here.
      await queue.onSizeLessThan(1)
      if (signal.aborted) break
      void queue.add(() => run(ref))
    }
    await queue.onIdle()
    for (let pause = firstPause; elsewhere.size > 0 && !signal.aborted; pause = nextPause(pause)) {
      await setTimeout(pause, undefined, { signal }).catch(() => undefined)
      const waiting = elsewhere
      elsewhere = new Map()
      for (const ref of waiting.values()) void queue.add(() => run(ref))
      await queue.onIdle()
      if (elsewhere.size < waiting.size) pause = firstPause
    }
  } catch (error) {
    end(error)
  }
  await queue.onIdle()
  return failure
}
