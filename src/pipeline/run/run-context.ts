/** What all slides of a run share. */

import type { Plan } from '../plan/plan-type.js'
import type { Crew } from './crew.js'
import type { TellRun } from './run-events.js'

export interface SlideRun {
  readonly plan: Plan
  readonly crew: Crew
  readonly tell: TellRun
  /** Of the whole run, or of this slide alone. */
  readonly signal: AbortSignal
  /** Where `signal` is of one slide: that of all. Until it comes the threads stay, and a slide that is given up is closed in them. */
  readonly leaving?: AbortSignal
}
