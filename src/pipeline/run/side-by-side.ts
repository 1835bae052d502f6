/** The slides of a run, side by side through its crew. */

import PQueue from 'p-queue'
import type { Plan } from '../plan/plan-type.js'
import type { TellRun } from './run-events.js'
import type { Runner } from './runner.js'
import { type Part, slidesOf } from './slides-of.js'
import type { Summary } from './summary.js'

interface Asked extends Part {
  readonly stop: Stop
  readonly redo?: boolean
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

/** Runs all slides; what ended the run early, when something other than the signal did. */
export async function runSlides(plan: Plan, runner: Runner, { stop, ...options }: Asked, tell: TellRun, sum: Summary) {
  const { signal } = stop
  const queue = new PQueue({ concurrency: plan.runtime.slides })
  let failure: { error: unknown } | undefined
  const end = (error: unknown) => {
    if (!signal.aborted) failure = { error }
    stop.abort(error)
  }
  try {
    for await (const ref of slidesOf(plan, options)) {
      // One slide waits ready while the others run: the list of a cohort is never held here.
      await queue.onSizeLessThan(1)
      if (signal.aborted) break
      void queue.add(async () => {
        if (signal.aborted) return
        try {
          sum.add(await runner.runSlide(ref, { redo: options.redo === true }))
        } catch (error) {
          end(error)
          sum.interrupt(ref.id)
          tell({ type: 'slide.interrupted', slide: ref.id })
        }
      })
    }
  } catch (error) {
    end(error)
  }
  await queue.onIdle()
  return failure
}
