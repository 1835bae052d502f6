/** How many sessions a card has, and which cards the plan is made for. */

import { kindOf, placeName, placesOf, runsInLanes } from '../../core/devices.js'
import { providedIn } from '../../core/roles.js'
import type { PlannedStage, Runtime } from './plan-type.js'

/** Devices that several sessions of a process may use at once. WebGPU fails with two, DirectML and Core ML were never tried. */
const several: readonly string[] = ['cuda', 'tensorrt']

export const isNvidia = (entry: string): boolean => several.includes(kindOf(entry))

interface Asked {
  readonly runtime: Pick<Runtime, 'sessions'>
  readonly stages: readonly PlannedStage[]
}

/** Of each card, where models are on these entries: all of them are asked in one thread, and so have as many sessions as the one that takes fewest. */
export function sessionsOn(entries: readonly string[], { runtime, stages }: Asked): number {
  const byApi = providedIn(stages, 'answers').every(({ settings }) => settings?.byApi === true)
  return entries.every((entry) => byApi || isNvidia(entry)) ? runtime.sessions : 1
}

export interface Cards {
  /** `cuda:0`, `cuda:1`. */
  readonly names: readonly string[]
  /** Of each. */
  readonly sessions: number
}

/** For which the plan is made: those that models name first. Null where all models run in the lanes. */
export function cardsOf(asked: Asked): Cards | null {
  const entries = providedIn(asked.stages, 'answers').flatMap(({ devices: [first = 'cpu'] }) => (runsInLanes(first) ? [] : [first]))
  if (entries.length === 0) return null
  const names = [...new Set(entries.flatMap((entry) => placesOf(entry).map(placeName)))]
  return { names, sessions: sessionsOn(entries, asked) }
}
