/** The other end of `Lanes`: inside a worker thread, answers one job after another. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Job, ThreadData } from './lanes.js'

export interface LaneService {
  /** Answers one job. Jobs run strictly in turn. */
  readonly work: (body: unknown) => Promise<Job>
  /** Told of a job that waits for those before it. */
  readonly next?: (body: unknown) => void
  /** Makes an error fit to cross the thread. */
  readonly record: (error: unknown) => unknown
  /** Closes what the lane opened, before its thread ends. */
  readonly finish?: () => Promise<void>
}

const thread = workerData as ThreadData | null

/** What the caller of `Lanes` gave to each thread. */
export const laneData = (): unknown => thread?.data

/** Whether this is a thread of `Lanes`, not the main one or a thread of the program. */
export const isLane = (): boolean => (thread as Partial<ThreadData> | null)?.closing instanceof SharedArrayBuffer

/** True when the lanes are closing: a long job may as well stop. Seen also while this thread never comes to its event loop. */
export function isClosing(): boolean {
  return thread !== null && Atomics.load(new Int32Array(thread.closing), 0) === 1
}

/** Says whether a job is at work here: whoever ends the process waits for it. */
function sayAtWork(is: 0 | 1): void {
  if (thread === null) return
  const words = new Int32Array(thread.closing)
  Atomics.store(words, thread.word, is)
  Atomics.notify(words, thread.word)
}

export function serveLane({ work, next, record, finish }: LaneService): void {
  const port = parentPort
  if (port === null) throw new Error('serveLane runs inside a worker thread only')
  // The first word: the code of this thread has loaded.
  port.postMessage({ id: 0, value: null } satisfies Answer)
  let turn: Promise<void> = Promise.resolve()
  let jobs = 0
  port.on('message', (message: { id: number; body: unknown } | { quit: true }) => {
    if (jobs > 0 && next !== undefined && 'body' in message) next(message.body)
    jobs++
    turn = turn.then(async () => {
      if ('quit' in message) {
        await finish?.()
        // The thread ends by itself now. `close` would say the same, but Deno's port has none.
        port.unref()
        return
      }
      sayAtWork(1)
      // Asked after it is said: who closes looks the other way round.
      if (isClosing()) {
        sayAtWork(0)
        return
      }
      let answer: Answer
      let transfer: readonly ArrayBuffer[] = []
      try {
        const done = await work(message.body)
        answer = { id: message.id, value: done.body }
        transfer = done.transfer ?? []
      } catch (error) {
        answer = { id: message.id, error: record(error) }
      }
      sayAtWork(0)
      jobs--
      port.postMessage(answer, [...transfer])
    })
  })
}
