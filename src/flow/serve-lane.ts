/** The other end of `Lanes`: inside a worker thread, answers one job after another. */

import { parentPort } from 'node:worker_threads'
import type { Answer, Job } from './lanes.js'

/**
 * Answers every job with what `work` gives. Jobs run strictly in turn. `record` makes an error fit to cross the thread.
 */
export function serveLane(work: (body: unknown) => Promise<Job>, record: (error: unknown) => unknown): void {
  const port = parentPort
  if (port === null) throw new Error('serveLane runs inside a worker thread only')
  let turn: Promise<void> = Promise.resolve()
  port.on('message', ({ id, body }: { id: number; body: unknown }) => {
    turn = turn.then(async () => {
      let answer: Answer
      let transfer: readonly ArrayBuffer[] = []
      try {
        const done = await work(body)
        answer = { id, value: done.body }
        transfer = done.transfer ?? []
      } catch (error) {
        answer = { id, error: record(error) }
      }
      port.postMessage(answer, [...transfer])
    })
  })
}
