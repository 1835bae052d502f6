/**
 * One slide after another, or several at once, through one crew: the threads are started and the model is opened once, and stay warm until it is closed.
 * A run has one; so has a worker that gets its slides from a queue.
 */

import { setTimeout } from 'node:timers/promises'
import type { SlideRef } from '../../core/slide.js'
import type { Plan } from '../plan/plan-type.js'
import type { Receipt } from '../store/receipts.js'
import type { ResultStore } from '../store/result-store.js'
import { storeOf } from '../store/store-of.js'
import { sweep } from '../store/sweep.js'
import { type Times, usualTimes } from '../store/watch.js'
import { joinOutput, type Worker } from '../store/worker.js'
import { type Crew, hire } from './crew.js'
import { Relief } from './relief.js'
import type { TellRun } from './run-events.js'
import { type HowToRun, runSlide, type SlideOutcome } from './slide-run.js'
import { type DeviceUse, Usage, type Waits } from './usage.js'

export interface SlideAsked {
  /** Gives up this slide; the threads stay as they are. */
  readonly signal?: AbortSignal
  /** Does it again when it is done. */
  readonly redo?: boolean
  /** Leaves what a worker beside this one has made, or failed at, since this one began: its outcome is this one's. */
  readonly together?: boolean
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
  /**
   * Its receipt, when it was done or failed; null when it was done before. While another worker is at it, it waits: until that one is done, or dead.
   * Throws what ends the whole run, and what the signal says.
   */
  runSlide(ref: SlideRef, asked?: SlideAsked): Promise<Receipt | null>
  /** The same without waiting: says who is at it. */
  trySlide(ref: SlideRef, asked?: SlideAsked): Promise<SlideOutcome>
  /** Ends the threads, and leaves the output where it was joined by this runner. */
  close(): Promise<void>
}

export interface RunnerOptions {
  /** Where results go; the output of the plan unless given. */
  readonly store?: ResultStore
  /** This process at that output; without one it joins. */
  readonly worker?: Worker
  /** How often others on the output hear of it then, and after how long a silence they take its slides over; 10 s and a minute unless given. */
  readonly times?: Times
  readonly onEvent?: TellRun
  /** Everything ends: what is at work is given up, and nobody waits for threads to put things away. */
  readonly signal?: AbortSignal
}

/** Throws ModelError when no device of the list can be had, OUTPUT_BUSY when others work on the output by another plan. */
export async function openRunner(plan: Plan, options: RunnerOptions = {}): Promise<Runner> {
  const { store = await storeOf(plan.output) } = options
  const crew = await hire(plan, store, { usage: usageTold(options) })
  try {
    return await runnerOf(plan, crew, { ...options, store })
  } catch (error) {
    await crew.close()
    throw error
  }
}

const usageTold = ({ onEvent }: RunnerOptions) => new Usage((message) => onEvent?.({ type: 'warning', code: 'DEVICE', message }))

/** The same with threads that are there already. */
export async function runnerOf(plan: Plan, crew: Crew, options: RunnerOptions = {}): Promise<Runner> {
  const { store = await storeOf(plan.output), onEvent: tell = () => undefined, signal } = options
  const leaving = signal ?? new AbortController().signal
  const relief = new Relief(plan, store, crew, (message) => tell({ type: 'warning', code: 'DEVICE', message }))
  const worker = options.worker ?? (await joined(store, plan, tell, leaving, options.times))
  const trySlide = (ref: SlideRef, { signal: own, redo = false, together = false }: SlideAsked = {}) => {
    const run = { store, worker, plan, tell, signal: own ? AbortSignal.any([leaving, own]) : leaving, leaving }
    return relief.work(ref.id, (at) => runSlide(ref, { ...run, crew: at }, { redo, together } satisfies HowToRun))
  }
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
    trySlide,
    runSlide: async (ref, asked = {}) => {
      const until = asked.signal ? AbortSignal.any([leaving, asked.signal]) : leaving
      for (let pause = firstPause; ; pause = nextPause(pause)) {
        const outcome = await trySlide(ref, asked)
        if (outcome === null || !('held' in outcome)) return outcome
        await setTimeout(pause, undefined, { signal: until })
      }
    },
    close: async () => {
      await relief.close()
      if (options.worker) return
      // What stays is removed by the next run.
      await sweep(store, worker, false).catch(() => undefined)
      await worker.leave().catch(() => undefined)
    },
  }
}

async function joined(store: ResultStore, plan: Plan, tell: TellRun, signal: AbortSignal, times: Times = usualTimes): Promise<Worker> {
  await store.prepare()
  const worker = await joinOutput(store, plan, { times, signal, waits: (message) => tell({ type: 'warning', code: 'RUN', message }) })
  try {
    await worker.claim()
    return worker
  } catch (error) {
    await worker.leave()
    throw error
  }
}

/** Milliseconds before one looks again for somebody else's slide: at first soon, since it may be a small one. Apart from each other, since many wait for the last ones. */
export const firstPause = 250
export const nextPause = (pause: number): number => Math.min(10_000, pause * (1.3 + 0.4 * Math.random()))
