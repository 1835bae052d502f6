/** An environment: everything that a pipeline can name and what it is read with, in one frozen value. Check, plan, run, lanes, schema and docs are given the same. */

import type { AnySinkSpec } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStage, AnyStageSpec } from '../../core/stage.js'
import type { Reader } from '../../readers/format.js'

/** Loads what a stage does. */
export type StageWork = () => Promise<{ readonly default: (options: never) => AnyStage }>

/** What a lane needs of an environment: what is done, without the descriptions of it. */
export interface LaneEnvironment {
  readonly work: Readonly<Record<string, StageWork>>
  /** The first that knows a file reads it. */
  readonly readers: readonly Reader[]
}

export interface Environment extends LaneEnvironment {
  readonly sources: Readonly<Record<string, AnySourceSpec>>
  readonly stages: Readonly<Record<string, AnyStageSpec>>
  readonly sinks: Readonly<Record<string, AnySinkSpec>>
}

/** Frozen, and its parts with it; what they hold stays as it is. */
export function environmentOf({ sources, stages, work, sinks, readers }: Environment): Environment {
  const frozen = <T extends object>(part: T): T => Object.freeze({ ...part })
  return Object.freeze({
    sources: frozen(sources),
    stages: frozen(stages),
    work: frozen(work),
    sinks: frozen(sinks),
    readers: Object.freeze([...readers]),
  })
}

/** The stage that turns a set into patches: put in by the plan, never written. */
export const setStage = 'images'

/** The stages a person can write. */
export const writableStages = ({ stages }: Pick<Environment, 'stages'>): Readonly<Record<string, AnyStageSpec>> =>
  Object.fromEntries(Object.entries(stages).filter(([name]) => name !== setStage))
