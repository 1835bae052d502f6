/**
 * Leases: which attempt of which worker is at a slide. One small file a slide, made by who takes it, never changed, and replaced only when its
 * worker is dead. A lease saves work, it protects nothing: what a worker does that has lost one without knowing (it was stopped, and
 * goes on) is done twice and no more, since rows are the same and the receipt is written by one alone.
 */

import { namesIn, type ResultStore, state } from './result-store.js'
import type { Looked, Watch, WorkerNote } from './watch.js'

interface LeaseNote {
  readonly schema: 'tiastream-lease/1'
  readonly slide: string
  readonly worker: string
  readonly attempt: string
  /** A finished slide that is made again. */
  readonly again: boolean
}

/** Who has a slide. */
export interface Held {
  readonly worker: string
  /** Null where it has not said who it is. */
  readonly note: WorkerNote | null
}

export interface Lease {
  /** `<worker>-<n>`: part of the names of all that this attempt writes before its commit. */
  readonly attempt: string
  /** Aborted when another is found to have it. */
  readonly signal: AbortSignal
  /** Looks whether it is still ours. */
  held(): Promise<boolean>
  /** Gives it back, with what is left of the drafts of the attempt. */
  release(): Promise<void>
}

/** Another worker has taken the slide over. */
export class LeaseLost extends Error {
  constructor(readonly slide: string) {
    super(`another worker has taken ${slide} over`)
  }
}

const leasesIn = `${state}/leases`
export const leaseName = (slide: string): string => `${leasesIn}/${slide}.json`

export async function readLease(store: ResultStore, slide: string): Promise<LeaseNote | null> {
  return leaseIn(await store.read(leaseName(slide)))
}

/** Slides that are held, in no order. */
export const leasedSlides = (store: ResultStore): Promise<readonly string[]> => namesIn(store, leasesIn)

/** Anyone who may write into the output may have made a lease; folders and files of these names are thrown away. */
const isName = (value: unknown): boolean => typeof value === 'string' && /^\w[\w.-]{0,99}$/.test(value)

function leaseIn(bytes: Buffer | null): LeaseNote | null {
  try {
    const note = JSON.parse(`${bytes}`) as LeaseNote
    return note.schema === 'tiastream-lease/1' && isName(note.attempt) && isName(note.worker) ? note : null
  } catch {
    return null
  }
}

/** The leases of one worker. */
export class Leases {
  readonly #own = new Map<string, { readonly attempt: string; readonly lost: AbortController }>()
  #attempts = 0

  constructor(
    private readonly store: ResultStore,
    private readonly worker: string,
    private readonly watch: Watch,
  ) {}

  /** Takes a slide, or says who has it. One that a dead worker has is taken over. `again`: it is done, and made again. */
  async acquire(slide: string, again = false): Promise<Lease | Held> {
    const attempt = `${this.worker}-${++this.#attempts}`
    const mine: LeaseNote = { schema: 'tiastream-lease/1', slide, worker: this.worker, attempt, again }
    const text = `${JSON.stringify(mine)}\n`
    const name = leaseName(slide)
    for (;;) {
      if (await this.store.swap(name, null, text)) return this.#hold(slide, attempt)
      const bytes = await this.store.read(name)
      // Given back this very moment.
      if (bytes === null) continue
      const other = leaseIn(bytes)
      const { life, note } = await this.#lifeOf(slide, other)
      if (life !== 'dead') return { worker: other?.worker ?? '', note }
      if (!(await this.store.swap(name, bytes, text))) continue
      if (other) await this.store.discard(other.attempt).catch(() => undefined)
      return this.#hold(slide, attempt)
    }
  }

  /** Looks at all of them, and tells those who hold what is lost. A store that does not answer says nothing. */
  async lookAfter(): Promise<void> {
    for (const [slide, { attempt, lost }] of this.#own) {
      const note = await readLease(this.store, slide).catch(() => undefined)
      if (note !== undefined && note?.attempt !== attempt) lost.abort(new LeaseLost(slide))
    }
  }

  async #lifeOf(slide: string, lease: LeaseNote | null): Promise<Looked> {
    // What no worker has written is in nobody's name.
    if (lease === null) return { life: 'dead', runs: false, note: null }
    if (lease.worker !== this.worker) return this.watch.look(lease.worker)
    return { life: this.#own.has(slide) ? 'living' : 'dead', runs: true, note: null }
  }

  #hold(slide: string, attempt: string): Lease {
    const lost = new AbortController()
    this.#own.set(slide, { attempt, lost })
    const held = async () => !lost.signal.aborted && (await readLease(this.store, slide))?.attempt === attempt
    return {
      attempt,
      signal: lost.signal,
      held,
      release: async () => {
        // What others may believe of us no longer matters.
        if (this.#own.get(slide)?.attempt === attempt) this.#own.delete(slide)
        await this.store.discard(attempt)
        if (await held()) await this.store.remove(leaseName(slide))
      },
    }
  }
}
