/** Everything a pipeline can name, in one value: check, plan, schema and docs read the same. */

import type { AnySinkSpec } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { sinks } from '../../sinks/registry.js'
import { sources } from '../../sources/registry.js'
import { stages } from '../../stages/registry.js'

export interface Registries {
  readonly sources: Readonly<Record<string, AnySourceSpec>>
  readonly stages: Readonly<Record<string, AnyStageSpec>>
  readonly sinks: Readonly<Record<string, AnySinkSpec>>
}

export const registries: Registries = { sources, stages, sinks }

/** The stage that turns a set into patches: put in by the plan, never written. */
export const setStage = 'images'

/** The stages a person can write. */
export const writableStages = (of: Registries): Readonly<Record<string, AnyStageSpec>> =>
  Object.fromEntries(Object.entries(of.stages).filter(([name]) => name !== setStage))
