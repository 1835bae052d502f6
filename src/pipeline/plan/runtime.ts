/** `runtime:`, how many of what at once. Nothing here can change a row. */

import { above0, aCount, type Kind } from '../../core/argument.js'
import { bytes, whole } from '../../core/options.js'
import { usualMemory } from './machine-memory.js'
import type { Runtime } from './plan-type.js'
import { processors } from './processors.js'

const most = { slides: 64, lanes: 512, sessions: 16 }

export const runtimeOptions = {
  slides: whole(1, most.slides).default(2).describe('Slides side by side.'),
  lanes: whole(1, most.lanes)
    .optional()
    .describe(
      'Threads that read, and on a CPU infer; one for each processor that the machine, or the quota of its container, gives unless given.',
    ),
  sessions: whole(1, most.sessions)
    .optional()
    .describe(
      'Sessions of each GPU, each in a thread of its own: while one computes, the next is given its pictures. Of cuda and tensorrt two unless given; other devices take one.',
    ),
  memory: bytes()
    .optional()
    .describe(
      'What the run may hold: a plan that needs more is refused. Three quarters of the machine, or of what its container, job or service leaves, unless given.',
    ),
}

/** As a program gives it in the place of that: counts, and bytes. */
export const runtimeKinds = {
  slides: aCount(most.slides),
  lanes: aCount(most.lanes),
  sessions: aCount(most.sessions),
  memory: { is: above0.is, words: 'a number of bytes' },
} satisfies Record<keyof Runtime, Kind>

/** Fills in what depends on the machine. */
export function runtimeOf(options: Readonly<Record<string, unknown>>): Runtime {
  const { slides, lanes, sessions, memory } = options as Partial<Runtime>
  return {
    slides: slides ?? 2,
    lanes: lanes ?? processors().count,
    sessions: sessions ?? 2,
    memory: memory ?? usualMemory(),
  }
}
