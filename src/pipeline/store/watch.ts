/**
 * Who still works on an output. Each worker has a file there with a counter that it raises; whoever waits for one looks at it again and again,
 * and believes only what changes before its own eyes: no clock is ever compared with another's.
 */

import { type Birth, fateOf } from '../../flow/birth.js'
import { namesIn, type ResultStore, state } from './result-store.js'

/** Time as a waiter has it: a test has its own. */
export interface Clock {
  /** Milliseconds, never backwards. */
  now(): number
  /** Does `work` every so often until the function that is given back is called. */
  every(ms: number, work: () => Promise<void>): () => void
}

export const ownClock: Clock = {
  now: () => performance.now(),
  every: (ms, work) => {
    const timer = setInterval(() => void work(), ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/** How a worker is heard of. */
export interface Times {
  /** It raises its counter this often … */
  readonly beatMs: number
  /** … and counts as dead when nobody has seen it change for so long. */
  readonly silentMs: number
}

export const usualTimes: Times = { beatMs: 10_000, silentMs: 60_000 }

/** What a worker says of itself. */
export interface WorkerNote {
  readonly schema: 'tiastream-worker/1'
  readonly worker: string
  /** Of the plan: those of one may work together. */
  readonly plan: string
  readonly tiastream: string
  readonly host: string
  readonly pid: number
  /** By its own clock: for people alone. */
  readonly since: string
  readonly silentMs: number
  readonly birth: Birth | null
  readonly beat: number
}

const workersIn = `${state}/workers`
export const workerName = (worker: string): string => `${workersIn}/${worker}.json`

export const workersOf = (store: ResultStore): Promise<readonly string[]> => namesIn(store, workersIn)

/** `unknown`: not looked at for long enough. */
export type Life = 'living' | 'dead' | 'unknown'

export interface Looked {
  readonly life: Life
  /** Its process certainly runs, at work or stopped. */
  readonly runs: boolean
  /** Null where there is no file, or it is half written. */
  readonly note: WorkerNote | null
}

interface Seen {
  readonly text: string
  readonly since: number
  /** It has changed before our eyes. */
  readonly changed: boolean
  readonly note: WorkerNote | null
}

export class Watch {
  readonly #seen = new Map<string, Seen>()

  constructor(
    private readonly store: ResultStore,
    private readonly clock: Clock,
    private readonly times: Times,
  ) {}

  /** Whether a worker lives. Ask again to know better: without its file it is as good as silent. */
  async look(worker: string): Promise<Looked> {
    // If this process is stopped in the middle, what it read is as old as its beginning.
    const began = this.clock.now()
    const text = `${(await this.store.read(workerName(worker))) ?? ''}`
    const before = this.#seen.get(worker)
    const note = noteIn(text) ?? before?.note ?? null
    if (before?.text !== text) this.#seen.set(worker, { text, since: this.clock.now(), changed: before !== undefined, note })
    const fate = note?.birth ? await fateOf(note.birth) : 'unknown'
    const runs = fate === 'running'
    if (fate === 'ended') return { life: 'dead', runs, note }
    if (before === undefined) return { life: 'unknown', runs, note }
    if (before.text !== text) return { life: 'living', runs, note }
    if (began - before.since >= (note?.silentMs ?? this.times.silentMs)) return { life: 'dead', runs, note }
    return { life: before.changed ? 'living' : 'unknown', runs, note }
  }
}

/** No worker may ask for more: whoever it keeps waiting would wait for ever. */
export const longestSilence = 3_600_000

function noteIn(text: string): WorkerNote | null {
  try {
    const note = JSON.parse(text) as WorkerNote
    const isOne = note.schema === 'tiastream-worker/1' && typeof note.worker === 'string' && typeof note.plan === 'string'
    return isOne && note.silentMs > 0 && note.silentMs <= longestSilence ? note : null
  } catch {
    return null
  }
}
