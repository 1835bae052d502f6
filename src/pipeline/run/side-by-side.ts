/** The slides of a run, side by side through its crew. */

import PQueue from 'p-queue'
import type { Plan } from '../plan/plan-type.js'
import type { Crew } from './crew.js'
import type { TellRun } from './run-events.js'
import { runSlide } from './slide-run.js'
import { type Part, slidesOf } from './slides-of.js'
import type { Summary } from './summary.js'

interface Asked extends Part {
  readonly signal?: AbortSignal
  readonly redo?: boolean
}

/** Runs all slides; what ended the run early, when something other than the signal did. */
export async function runSlides(plan: Plan, crew: Crew, options: Asked, tell: TellRun, sum: Summary) {
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
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
          sum.add(await runSlide(ref, { plan, crew, tell, signal }, options.redo === true))
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
