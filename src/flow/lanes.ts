/**
 * A fixed number of worker threads, each with its own queue. Jobs of one lane run one after another, in order.
 * A lane that dies is started again, told its setup once more, and its jobs are sent again; the one it was at work on
 * once only: a job that kills its lane twice fails with `LaneDied`. That is that job's fault, and of no other.
 */

import { Worker } from 'node:worker_threads'
import { endWithProcess, forget } from './end-with-process.js'
import { LaneDied } from './lane-died.js'
import { leaveThread } from './left-threads.js'
import { threadFlags } from './thread-flags.js'

/** A message to a lane, and the buffers that move with it. */
export interface Job {
  readonly body: unknown
  readonly transfer?: readonly ArrayBuffer[]
}

/** What a lane answers. */
export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: unknown }

export interface LanesOptions {
  readonly count: number
  /** The module that calls `serveLane`. */
  readonly script: URL
  readonly workerData: unknown
  /** Turns what crossed the thread as an error back into an Error. */
  readonly revive?: (error: unknown) => Error
}

interface Pending {
  readonly id: number
  readonly job: Job
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly signal: AbortSignal | undefined
  /** Of which setup this is a part. */
  readonly setup: string | undefined
  attempts: number
}

/** Jobs that a thread holds at once: one at work and the next one ready. */
export const heldAtOnce = 2

/** A thread that ends this often before it has answered to all its setups is not started again. */
const hopeless = 3
/** Nor one that ends this often in a row without an answer to any job: something else than a job ends it. */
const mostDeaths = 12

/**
 * A thread that does not end by itself this long after it was asked is left to itself, and holds up the event loop no more.
 * It is stuck in a read that never answers, or in a long batch: short enough that SIGTERM is obeyed within five seconds.
 */
const patience = 3000

/**
 * What is new and what has just survived in the heap of a thread, in MiB. Threads hold little in objects (pixels and columns lie outside of their heaps), and
 * Node's 48 would be taken by the code that they load at their start, and stay.
 */
const youngMiB = 6

/** Given to each thread: the caller's data, and a flag that goes up when the lanes close. */
export interface ThreadData {
  readonly data: unknown
  readonly closing: SharedArrayBuffer
  /** The word of `closing` in which this thread says whether it is at work. */
  readonly word: number
}

/** The last message of a thread's life. */
const quit = { quit: true } as const

interface Lane {
  worker: Worker
  /** Resolves when the thread has ended. */
  ended: Promise<void>
  /** Ends in a row without an answer between. */
  deaths: number
  /** Ends in a row before the thread was ready. */
  stillborn: number
  /** What the thread has yet to say before it is ready: that it runs, and that each setup is done again. */
  unready: number
  /** Sent to the thread, in order; at most `heldAtOnce`. */
  readonly sent: Pending[]
  /** Waiting for a place; as many as the callers let wait. */
  readonly waiting: Pending[]
}

const isHopeless = ({ stillborn, deaths }: Lane): boolean => stillborn >= hopeless || deaths >= mostDeaths

export class Lanes {
  private readonly lanes: Lane[] = []
  private readonly setups = new Map<string, unknown>()
  /** Whether they are closing; behind it, of each thread, whether it is at work. */
  private readonly closing: SharedArrayBuffer
  private next = 1
  private closed = false

  constructor(private readonly options: LanesOptions) {
    this.closing = new SharedArrayBuffer(4 * (1 + options.count))
    endWithProcess(this)
    try {
      for (let index = 0; index < options.count; index++)
        this.lanes.push({ ...this.start(index), deaths: 0, stillborn: 0, unready: 1, sent: [], waiting: [] })
    } catch (error) {
      // The system lets no more threads begin: those that have begun would keep the process alive.
      void this.close()
      throw error
    }
  }

  get count(): number {
    return this.lanes.length
  }

  /** Sends a job to one lane; its answer, in turn. A job still waiting when the signal aborts is never sent. */
  call<T>(lane: number, job: Job, signal?: AbortSignal): Promise<T> {
    return this.send<T>(lane, job, signal, undefined)
  }

  private send<T>(lane: number, job: Job, signal: AbortSignal | undefined, setup: string | undefined): Promise<T> {
    if (this.closed) return Promise.reject(new Error('the lanes are closed'))
    if (isHopeless(this.lanes[lane]!)) return Promise.reject(new LaneDied(lane, 'it could not be started again', 'hopeless'))
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void
      this.lanes[lane]!.waiting.push({ id: this.next++, job, resolve: settle, reject, signal, setup, attempts: 0 })
      this.feed(lane)
    })
  }

  /**
   * Sends a job to every lane and remembers it under a key: a lane that is started again is told it first. One that ends its lane is sent
   * once more, as every job; then it is forgotten, so that it ends no further thread.
   */
  setup<T>(key: string, body: unknown): Promise<T[]> {
    this.setups.set(key, body)
    return Promise.all(this.lanes.map((_, lane) => this.send<T>(lane, { body }, undefined, key)))
  }

  /** Ends what `setup` began, in every lane. */
  teardown<T>(key: string, body: unknown): Promise<T[]> {
    this.setups.delete(key)
    return Promise.all(this.lanes.map((_, lane) => this.call<T>(lane, { body })))
  }

  /**
   * Ends the threads: each leaves its job at the next chance, closes what it opened and ends by itself. None is ended by force: while
   * native code works for it that can take the whole process down.
   */
  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.stop()
    const gone = new Error('the lanes are closed')
    for (const lane of this.lanes) {
      for (const pending of [...lane.sent.splice(0), ...lane.waiting.splice(0)]) pending.reject(gone)
    }
    await Promise.all(this.lanes.map(({ worker, ended }) => this.end(worker, ended)))
    forget(this)
  }

  /** No further job is begun, and a long one may as well stop. */
  stop(): void {
    Atomics.store(new Int32Array(this.closing), 0, 1)
  }

  /** Holds this thread until no job is at work, or so many milliseconds. */
  waitForWork(longest: number): void {
    const words = new Int32Array(this.closing)
    const until = performance.now() + longest
    for (let word = 1; word < words.length; word++) Atomics.wait(words, word, 1, Math.max(0, until - performance.now()))
  }

  private async end(worker: Worker, ended: Promise<void>): Promise<void> {
    worker.postMessage(quit)
    let timer: NodeJS.Timeout | undefined
    const stuck = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        worker.unref()
        leaveThread(ended)
        resolve()
      }, patience)
    })
    await Promise.race([ended, stuck])
    clearTimeout(timer)
  }

  private feed(index: number): void {
    const lane = this.lanes[index]!
    // Nothing before it is ready: so what ends a thread is known to be a job, or not.
    if (lane.unready > 0) return
    // After a death one job at a time, until one is answered: the answer of the job before may have died with the thread, and only so
    // is the next one to blame known.
    const width = lane.deaths > 0 ? 1 : heldAtOnce
    while (lane.sent.length < width && lane.waiting.length > 0) {
      const pending = lane.waiting.shift()!
      if (pending.signal?.aborted) {
        pending.reject(pending.signal.reason as Error)
        continue
      }
      const { id, job, setup } = pending
      try {
        lane.worker.postMessage({ id, body: job.body }, [...(job.transfer ?? [])])
        lane.sent.push(pending)
      } catch (error) {
        // What no thread can be sent (a function, a proxy) is that job's fault: nobody would ever answer it.
        if (setup !== undefined) this.setups.delete(setup)
        pending.reject(new TypeError(`a job cannot be sent to a thread: ${(error as Error).message}`))
      }
    }
  }

  private start(index: number): Pick<Lane, 'worker' | 'ended'> {
    const threadData: ThreadData = { data: this.options.workerData, closing: this.closing, word: 1 + index }
    const worker = new Worker(this.options.script, {
      ...threadFlags(),
      workerData: threadData,
      resourceLimits: { maxYoungGenerationSizeMb: youngMiB },
    })
    let failure: unknown = 'its thread ended'
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('message', (answer: Answer) => this.settle(index, answer))
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', () => {
        Atomics.store(new Int32Array(this.closing), threadData.word, 0)
        resolve()
        if (!this.closed) this.restart(index, failure)
      })
    })
    return { worker, ended }
  }

  private settle(index: number, answer: Answer): void {
    const lane = this.lanes[index]!
    if (answer.id === 0) {
      if (--lane.unready > 0) return
      lane.stillborn = 0
      this.feed(index)
      return
    }
    const at = lane.sent.findIndex((pending) => pending.id === answer.id)
    if (at < 0) return
    const [pending] = lane.sent.splice(at, 1)
    lane.deaths = 0
    this.feed(index)
    if ('error' in answer) pending!.reject(this.options.revive?.(answer.error) ?? (answer.error as Error))
    else pending!.resolve(answer.value)
  }

  private restart(index: number, failure: unknown): void {
    const lane = this.lanes[index]!
    const lost = lane.sent.splice(0)
    lane.deaths++
    if (lane.unready > 0) lane.stillborn++
    // Jobs run in turn, so the first was at work.
    else if (lost[0]) lost[0].attempts++
    if (isHopeless(lane)) {
      for (const pending of [...lost, ...lane.waiting.splice(0)]) pending.reject(new LaneDied(index, failure, 'hopeless'))
      return
    }
    // A job whose buffers moved to the dead thread cannot be sent again.
    const again = lost.filter((pending) => {
      const may = pending.attempts < 2 && pending.job.transfer === undefined
      if (!may && pending.setup !== undefined) this.setups.delete(pending.setup)
      if (!may) pending.reject(new LaneDied(index, failure, pending.attempts > 0 ? 'at work' : 'beside'))
      return may
    })
    // What is still to be done for the first time is not done twice.
    const undone = new Set([...again, ...lane.waiting].map(({ setup }) => setup))
    const bodies = [...this.setups].flatMap(([key, body]) => (undone.has(key) ? [] : [body]))
    try {
      Object.assign(lane, this.start(index), { unready: 1 + bodies.length })
    } catch (error) {
      lane.stillborn = hopeless
      for (const pending of [...again, ...lane.waiting.splice(0)]) pending.reject(new LaneDied(index, error, 'hopeless'))
      return
    }
    for (const body of bodies) lane.worker.postMessage({ id: 0, body })
    lane.waiting.unshift(...again)
  }
}
