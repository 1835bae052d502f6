/** Names of runs, of their queues, and of the jobs in them. */

import path from 'node:path'
import { PipelineError } from '../core/errors.js'

/** The register: a job a run, which waits for its slides and then gathers. */
export const register = 'tiastream'

const pattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/** Throws USAGE. */
export function runName(written: string): string {
  if (pattern.test(written)) return written
  throw new PipelineError('USAGE', `'${written}' is no name of a run`, {
    hint: 'a letter first, then letters, digits, - and _, 64 at most',
  })
}

/** A run is called as its output folder is, unless it is given a name. */
export function nameFor(output: string): string {
  const plain = path.basename(output.replace(/[/\\]+$/, '')).replace(/[^A-Za-z0-9_-]+/g, '-')
  return (/^[A-Za-z]/.test(plain) ? plain : `run-${plain}`).slice(0, 64)
}

/** `cuda` of `cuda:1`, of `cuda:0+cuda:1` too: workers of one class are told apart by their queue, not cards of one machine. */
export const deviceClass = (device: string): string => device.split(/[+:]/)[0]!

/** `tiastream.run7.cuda`. */
export const queueName = (run: string, device: string): string => `${register}.${run}.${device}`

/** BullMQ keeps a job in Redis beside what it keeps of the whole queue: `bull:tiastream:pc` is a counter of its own. */
const ofBullMq: ReadonlySet<string> = new Set([
  ...[
    'active',
    'completed',
    'de',
    'delayed',
    'events',
    'failed',
    'id',
    'limiter',
    'marker',
    'meta',
    'paused',
    'pc',
    'prioritized',
    'repeat',
  ],
  ...['stalled', 'stalled-check', 'wait', 'waiting-children'],
])

/** The job of a run in the register is called as the run. */
export const runId = (run: string): string => (ofBullMq.has(run) ? `run/${run}` : run)

/** A job is one slide of one run. BullMQ takes no `:` in its id. */
export const jobId = (run: string, slide: string): string => `${run}/${slide.replaceAll('%', '%25').replaceAll(':', '%3A')}`

/** 1 (first) to 2,097,151: the larger the slide, the earlier; a difference of 0.003 % counts. */
export function priorityOf(bytes: number | null): number {
  const octaves = Math.log2(Math.max(1, bytes ?? 1))
  return Math.min(2 ** 21 - 1, Math.max(1, Math.floor((64 - octaves) * 32768)))
}
