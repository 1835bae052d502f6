/** An environment: everything that a pipeline can name and what it is read with, in one frozen value. Check, plan, run, lanes, schema and docs are given the same. */

import { isObject, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { AnySinkSpec } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStage, AnyStageSpec } from '../../core/stage.js'
import type { Reader } from '../../readers/format.js'

/** What a stage is told besides its options, when it begins. */
export interface StagePlace {
  /** Those that it adds to the rows. */
  readonly columns: readonly Column[]
}

/** Loads what a stage does. */
export type StageWork = () => Promise<{ readonly default: (options: never, place: StagePlace) => AnyStage }>

/** A plugin that was let in. */
export interface KnownPlugin {
  readonly name: string
  readonly version: string
  /** The address of its module: threads load it from there, and its content counts. */
  readonly module: string
}

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
  readonly plugins: readonly KnownPlugin[]
}

/** Frozen, and its parts with it; what they hold stays as it is. */
export function environmentOf({ sources, stages, work, sinks, readers, plugins }: Environment): Environment {
  const frozen = <T extends object>(part: T): T => Object.freeze({ ...part })
  return Object.freeze({
    sources: frozen(sources),
    stages: frozen(stages),
    work: frozen(work),
    sinks: frozen(sinks),
    readers: Object.freeze([...readers]),
    plugins: Object.freeze([...plugins]),
  })
}

/** Throws PipelineError OPTION_INVALID. */
export function mustBeEnvironment(who: string, given: unknown): void {
  if (given === undefined || (isObject(given) && 'work' in given && 'plugins' in given)) return
  throw new PipelineError('OPTION_INVALID', `${who} takes an environment, and is given ${shown(given)}`, {
    hint: 'withPlugins(defaultEnvironment, plugin) makes one',
  })
}

/** What stands at the start of a line of a pipeline, beside the sources. */
export const sections = ['about', 'output', 'vars', 'plugins', 'stages', 'sinks', 'runtime']

/** The stage that turns a set into patches: put in by the plan, never written. */
export const setStage = 'images'

/** The stages a person can write. */
export const writableStages = ({ stages }: Pick<Environment, 'stages'>): Readonly<Record<string, AnyStageSpec>> =>
  Object.fromEntries(Object.entries(stages).filter(([name]) => name !== setStage))
