/** What all slides of a run share. */

import type { Plan } from '../plan/plan-type.js'
import type { Crew } from './crew.js'
import type { TellRun } from './run-events.js'

export interface SlideRun {
  readonly plan: Plan
  readonly crew: Crew
  readonly tell: TellRun
  /** Of the whole run. */
  readonly signal: AbortSignal
}
