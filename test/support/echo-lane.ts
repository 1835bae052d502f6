/** A lane for the tests of `Lanes`: says what it was told, and dies, fails or waits when asked. */

import { setImmediate } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { serveLane } from '../../src/flow/serve-lane.js'

let told = 'nothing'
const seen: number[] = []
/** Jobs that were told of while another was at work. */
const waited: number[] = []

serveLane({
  work: async (body) => {
    const job = body as {
      say?: number
      tell?: string
      die?: boolean
      dieOnce?: SharedArrayBuffer
      dieLater?: SharedArrayBuffer
      fail?: string
      wait?: number
      /** Not answered before the number in `gate` is this one. */
      until?: number
      gate?: SharedArrayBuffer
      bytes?: Uint8Array
      /** Holds its thread so long, then counts in `gate`. */
      hold?: number
    }
    if (job.hold !== undefined) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, job.hold)
      Atomics.add(new Int32Array(job.gate!), 0, 1)
      return { body: null }
    }
    if (job.die) process.exit(3)
    if (job.dieOnce && Atomics.add(new Int32Array(job.dieOnce), 0, 1) === 0) process.exit(3)
    if (job.dieLater && Atomics.add(new Int32Array(job.dieLater), 0, 1) > 0) process.exit(3)
    if (job.fail) throw new Error(job.fail)
    if (job.wait) await new Promise((resolve) => setTimeout(resolve, job.wait))
    if (job.gate) while (Atomics.load(new Int32Array(job.gate), 0) < job.until!) await setImmediate()
    // What was sent before the gate opened is here after a turn of the event loop.
    if (job.gate) await setImmediate()
    if (job.tell) told = job.tell
    if (job.say !== undefined) seen.push(job.say)
    if (job.bytes) return { body: job.bytes, transfer: [job.bytes.buffer as ArrayBuffer] }
    return { body: { threadId, told, seen: [...seen], waited: [...waited] } }
  },
  next: (body) => waited.push((body as { say: number }).say),
  record: (error) => ({ message: (error as Error).message }),
})
