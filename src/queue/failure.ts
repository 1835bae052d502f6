/** What may pass when a slide is tried again, and what is the slide's own. */

import type { ErrorRecord } from '../core/errors.js'

/**
 * Of the network, of a disk, of a machine that is full: another try, on another machine, may go well. Everything else that fails a slide follows from its
 * content, and would fail it again.
 */
const passing: ReadonlySet<string> = new Set([
  'LANE_DIED',
  'OUTPUT_BROKEN',
  'OUTPUT_BUSY',
  'OUTPUT_DENIED',
  'OUTPUT_FAILED',
  'OUTPUT_MISSING',
  'SLIDE_CHANGED',
  'SLIDE_NO_MEMORY',
  'SLIDE_UNREACHABLE',
  'SLIDE_UNREADABLE',
  'TOO_MANY_FILES',
  'TOO_MANY_THREADS',
])

export const mayPass = ({ code }: Pick<ErrorRecord, 'code'>): boolean => passing.has(code)

/** What a queue's dashboard shows of a slide that failed, and what is read back from it. */
export const reasonOf = ({ code, message }: Pick<ErrorRecord, 'code' | 'message'>): string => `${code}: ${message}`

export function recordIn(reason: string): Pick<ErrorRecord, 'code' | 'message'> | null {
  const [, code, message] = /^([A-Z][A-Z0-9_]+): (.*)$/s.exec(reason) ?? []
  return code === undefined ? null : { code, message: message ?? '' }
}

/** What BullMQ says of a job whose workers were lost one after another. */
export const isLost = (reason: string): boolean => /stalled more than allowable limit|started more than allowable limit/.test(reason)
