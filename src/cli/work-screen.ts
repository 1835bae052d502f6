/** What a worker shows: a line a slide and one for what happens to it, or one JSON line an event. */

import type { TellWorker, WorkerEvent } from '../queue/worker-events.js'
import { durationText } from './run-pace.js'
import { lineOf } from './run-screen.js'
import { aside } from './say.js'

export function workScreen(log: 'human' | 'json'): TellWorker {
  const last = new Map<string, number>()
  return (event) => {
    if (event.type === 'slide.progress') {
      if (log === 'human' || performance.now() - (last.get(event.slide) ?? Number.NEGATIVE_INFINITY) < 1000) return
      last.set(event.slide, performance.now())
    } else if ('slide' in event && event.slide !== undefined) last.delete(event.slide)
    const line = log === 'json' ? JSON.stringify({ time: new Date().toISOString(), ...event }) : workerLine(event)
    if (line !== null) aside(`${line}\n`)
  }
}

export function workerLine(event: WorkerEvent): string | null {
  switch (event.type) {
    case 'work.start':
      return `${event.run}: ${event.worker} works on it with ${event.lanes === 1 ? '1 lane' : `${event.lanes} lanes`}${event.device === null ? '' : ` on ${event.device}`} → ${event.output}`
    case 'work.refused':
      return `${event.run}: left to others: ${event.error.message} [${event.error.code}]${event.error.hint === undefined ? '' : `\n  ${event.error.hint}`}`
    case 'work.paused':
      return `paused: ${event.message}`
    case 'work.resumed':
      return event.why === 'disk'
        ? `goes on: there is room again after ${durationText(event.seconds * 1000)}`
        : `the queue answers again after ${durationText(event.seconds * 1000)}`
    case 'work.end':
      return `ended: ${event.done} done, ${event.failed} failed by this worker`
    case 'queue.seen':
      return null
    case 'slide.handedBack':
      return `${event.slide}: given back to the queue: ${event.why}`
    case 'slide.skipped':
      return `${event.slide}: done before`
    case 'run.gathered':
      return `${event.run}: all slides are through: ${event.done} done, ${event.failed} failed`
    default:
      return lineOf(event)
  }
}
