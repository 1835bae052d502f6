/**
 * One slide after another, or several at once, through one crew: the threads are started and the model is opened once, and stay warm until it is closed.
 * A run has one; so has a worker that gets its slides from a queue.
 */

import type { SlideRef } from '../../core/slide.js'
import type { Plan } from '../plan/plan-type.js'
import type { Receipt } from '../store/receipts.js'
import type { ResultStore } from '../store/result-store.js'
import { storeOf } from '../store/store-of.js'
import { type Crew, hire } from './crew.js'
import { Relief } from './relief.js'
import type { TellRun } from './run-events.js'
import { runSlide } from './slide-run.js'
import { type DeviceUse, Usage, type Waits } from './usage.js'

export interface SlideAsked {
  /** Gives up this slide; the threads stay as they are. */
  readonly signal?: AbortSignal
  /** Does it again when it is done. */
  readonly redo?: boolean
}

export interface Runner {
  readonly plan: Plan
  readonly store: ResultStore
  /** The provider in use; null when the pipeline has no model. */
  readonly device: string | null
  /** In which numbers the model computes; null when there is none. */
  readonly precision: string | null
  readonly lanes: number
  /** Of the threads: a device that is not there, a model that answers oddly. */
  readonly warnings: readonly string[]
  /** How busy its devices were by now, and where blocks waited. */
  usage(): { readonly devices: readonly DeviceUse[]; readonly waits: Waits }
  /** Its receipt, when it was done or failed; null when it was done before. Throws what ends the whole run, and what the signal says. */
  runSlide(ref: SlideRef, asked?: SlideAsked): Promise<Receipt | null>
  /** Ends the threads. */
  close(): Promise<void>
}

export interface RunnerOptions {
  /** Where results go; the output of the plan unless given. It is ready to be written to (`prepare`). */
  readonly store?: ResultStore
  readonly onEvent?: TellRun
  /** Everything ends: what is at work is given up, and nobody waits for threads to put things away. */
  readonly signal?: AbortSignal
}

/** Throws ModelError when no device of the list can be had. */
export async function openRunner(plan: Plan, options: RunnerOptions = {}): Promise<Runner> {
  const { store = storeOf(plan.output) } = options
  return runnerOf(plan, await hire(plan, store, { usage: usageTold(options) }), { ...options, store })
}

const usageTold = ({ onEvent }: RunnerOptions) => new Usage((message) => onEvent?.({ type: 'warning', code: 'DEVICE', message }))

/** The same with threads that are there already. */
export function runnerOf(
  plan: Plan,
  crew: Crew,
  { store = storeOf(plan.output), onEvent: tell = () => undefined, signal }: RunnerOptions = {},
): Runner {
  const leaving = signal ?? new AbortController().signal
  const relief = new Relief(plan, store, crew, (message) => tell({ type: 'warning', code: 'DEVICE', message }))
  return {
    plan,
    store,
    get device() {
      return relief.current.device
    },
    get precision() {
      return relief.current.precision
    },
    lanes: crew.lanes,
    warnings: crew.warnings,
    usage: () => crew.usage.summary(crew.lanes),
    runSlide: (ref, { signal: own, redo = false } = {}) => {
      const signal = own ? AbortSignal.any([leaving, own]) : leaving
      return relief.work(ref.id, (at) => runSlide(ref, { store, plan, crew: at, tell, signal, leaving }, redo))
    },
    close: () => relief.close(),
  }
}
