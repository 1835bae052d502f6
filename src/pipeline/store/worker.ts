/** One process at work on an output: its counter there, its leases, and what it may believe of the others. */

import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { SinkError } from '../../core/errors.js'
import { ownBirth } from '../../flow/birth.js'
import { sinksFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'
import { tiastreamVersion } from '../plan/version.js'
import { type Held, type Lease, Leases } from './lease.js'
import type { Receipt } from './receipts.js'
import { type ResultStore, state } from './result-store.js'
import { stateOf } from './state.js'
import { type Clock, ownClock, type Times, usualTimes, Watch, type WorkerNote, workerName, workersOf } from './watch.js'

export interface JoinOptions {
  readonly times?: Times
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /** Told once when it has to be waited for: whether others live cannot be said at once. */
  readonly waits?: (message: string) => void
}

export interface Worker {
  /** A random name. */
  readonly id: string
  readonly watch: Watch
  /** Takes a slide, or says who has it: see `Leases.acquire`. */
  acquire(slide: string, again?: boolean): Promise<Lease | Held>
  /** Writes down the plan of the output. Throws OUTPUT_BUSY while others work on it by another plan. */
  claim(): Promise<void>
  /** Whether a receipt is of a worker beside this one, not of an earlier run; who must be looked at again to know. */
  beside(receipt: Receipt): Promise<boolean | Held>
  /** Its counter goes. */
  leave(): Promise<void>
}

/** What must be the same of those who work on an output together. */
const planKey = (plan: Plan): string =>
  createHash('sha256')
    .update(`${plan.provenance.fingerprint} ${sinksFingerprint(plan)} ${tiastreamVersion}`)
    .digest('hex')
    .slice(0, 16)

export const planName = `${state}/plan.json`

/** Begins to work on an output. Throws OUTPUT_BUSY when others do by another plan: see `claim`. */
export async function joinOutput(store: ResultStore, plan: Plan, options: JoinOptions = {}): Promise<Worker> {
  const { times = usualTimes, clock = ownClock } = options
  const id = randomBytes(6).toString('hex')
  const key = planKey(plan)
  const note: WorkerNote = {
    schema: 'tiastream-worker/1',
    worker: id,
    plan: key,
    tiastream: tiastreamVersion,
    host: hostname(),
    pid: process.pid,
    since: new Date().toISOString(),
    silentMs: times.silentMs,
    birth: await ownBirth(),
    beat: 0,
  }
  const watch = new Watch(store, clock, times)
  const leases = new Leases(store, id, watch)
  const beat = beater(store, note, leases)
  await beat().catch(async (error: unknown) => {
    await store.remove(workerName(id)).catch(() => undefined)
    throw error
  })
  const stop = clock.every(times.beatMs, beat)
  const leave = async () => {
    stop()
    await store.remove(workerName(id))
  }
  try {
    const present = new Set(await workersOf(store))
    const others = new Others(store, id, watch, options)
    await others.mustNotWork(await knownPlan(store), key)
    return {
      id,
      watch,
      acquire: (slide, again) => leases.acquire(slide, again),
      claim: () => claim(store, plan, others),
      beside: async ({ worker }) => {
        if (worker === undefined || worker === id) return false
        const there = (await store.read(workerName(worker))) !== null
        if (!there) return present.has(worker)
        const { life, note: other } = await watch.look(worker)
        return life === 'unknown' ? { worker, note: other } : life === 'living'
      },
      leave,
    }
  } catch (error) {
    await leave()
    throw error
  }
}

/** Raises the counter, then looks after the leases: who was stopped for long learns so before anything else. One at a time. */
function beater(store: ResultStore, note: WorkerNote, leases: Leases): () => Promise<void> {
  let beats = 0
  let beating = false
  return async () => {
    if (beating) return
    beating = true
    try {
      const text = `${JSON.stringify({ ...note, beat: beats })}\n`
      // The first one must be there; later a store that does not answer costs only that others take over.
      await (beats === 0 ? store.touch(workerName(note.worker), text) : store.touch(workerName(note.worker), text).catch(() => undefined))
      beats++
      await leases.lookAfter()
    } finally {
      beating = false
    }
  }
}

interface KnownPlan {
  readonly bytes: Buffer | null
  /** Of those who work by it. Null where it cannot be said. */
  readonly key: string | null
}

async function knownPlan(store: ResultStore): Promise<KnownPlan> {
  const bytes = await store.read(planName)
  try {
    const { worked } = JSON.parse(`${bytes}`) as { readonly worked?: unknown }
    return { bytes, key: typeof worked === 'string' ? worked : null }
  } catch {
    return { bytes, key: null }
  }
}

/**
 * Whoever writes another plan down looks first for those who work by the old one, and again after that: a worker makes its counter before it reads the
 * plan, so one of the two sees the other.
 */
async function claim(store: ResultStore, plan: Plan, others: Others): Promise<void> {
  const key = planKey(plan)
  const text = `${JSON.stringify({ ...(stateOf(plan) as object), worked: key }, null, 2)}\n`
  for (;;) {
    const known = await knownPlan(store)
    if (known.key === key && `${known.bytes}` === text) return
    await others.mustNotWork(known, key)
    if (!(await store.swap(planName, known.bytes, text))) continue
    try {
      await others.mustNotWork(known, key)
    } catch (error) {
      if (known.bytes) await store.swap(planName, Buffer.from(text), known.bytes)
      throw error
    }
    return
  }
}

class Others {
  #told = false

  constructor(
    private readonly store: ResultStore,
    private readonly id: string,
    private readonly watch: Watch,
    private readonly options: JoinOptions,
  ) {}

  /** Throws OUTPUT_BUSY while anybody works by the plan that is known, if that is another than `key`. */
  async mustNotWork(known: KnownPlan, key: string): Promise<void> {
    if (known.key === null || known.key === key) return
    for (;;) {
      let unknown: WorkerNote | null = null
      for (const worker of await workersOf(this.store)) {
        if (worker === this.id) continue
        const { life, runs, note } = await this.watch.look(worker)
        if (note?.plan !== known.key) continue
        // One that is stopped works by its plan as soon as it goes on.
        if (life === 'living' || runs) throw busy(this.store.place, note)
        if (life === 'unknown') unknown = note
      }
      if (unknown === null) return
      if (!this.#told) {
        this.#told = true
        this.options.waits?.(`${this.store.place} may be in use by ${whoIs(unknown)}, by another plan: waiting until that is known`)
      }
      await setTimeout(Math.min(500, unknown.silentMs / 4), undefined, this.options.signal ? { signal: this.options.signal } : {})
    }
  }
}

/** A worker, for people. */
const whoIs = ({ pid, host, since }: WorkerNote): string => `process ${pid} on ${host} since ${since}`

function busy(place: string, note: WorkerNote): SinkError {
  const version = note.tiastream === tiastreamVersion ? '' : ` of tiastream ${note.tiastream}`
  return new SinkError('OUTPUT_BUSY', `${place} is in use by ${whoIs(note)}, by another plan${version}`, {
    hint: 'wait for it to end, or give this run another output',
  })
}
