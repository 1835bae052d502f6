/** The plan: a checked pipeline as a frozen value. What will happen, before it happens. */

import type { Item } from '../../core/items.js'
import type { ModelCard } from '../../core/model.js'
import type { Provided } from '../../core/roles.js'
import type { Column } from '../../core/row.js'
import type { Provenance } from '../../core/sink.js'
import type { SlideKind } from '../../core/slide.js'
import type { ValueTypes } from '../../core/source.js'
import type { StagePlacement } from '../../core/stage.js'
import type { Environment, KnownPlugin } from '../environment/environment.js'

export interface PlannedStage {
  readonly name: string
  readonly from: Item
  readonly to: Item
  readonly placement: StagePlacement
  /** Filled in: defaults, and what follows from the rest of the pipeline. */
  readonly options: Readonly<Record<string, unknown>>
  /** Columns of the rows that it takes, and of those that it gives; absent where it does not take or give rows. */
  readonly takes?: readonly Column[]
  readonly gives?: readonly Column[]
  /** What it is to the others: follows from its options. */
  readonly provides: Provided
  /** Those that it adds to the rows. */
  readonly columns: readonly Column[]
}

export interface PlannedSink {
  readonly name: string
  /** Template, relative to the output folder: `rows/{slide}.parquet`. */
  readonly file: string
  readonly options: Readonly<Record<string, unknown>>
}

export interface PlannedPlugin extends KnownPlugin {
  /** sha256 (hex) of the module and all it imports. */
  readonly sha256: string
}

/**
 * Consecutive stages that run in one place. `main`: the main thread. `lane`: whole inside a worker thread; addresses go in,
 * numbers come out. `device`: the session thread of a GPU; batches go in by transfer.
 */
export interface Segment {
  readonly where: 'main' | 'lane' | 'device'
  readonly stages: readonly PlannedStage[]
}

export interface Runtime {
  /** Slides side by side. */
  readonly slides: number
  /** Worker threads that read (and, on a CPU, infer). */
  readonly lanes: number
  /** Sessions of each card that takes several. */
  readonly sessions: number
  /** Bytes the plan may hold. */
  readonly memory: number
}

export interface MemoryItem {
  readonly what: string
  readonly bytes: number
  /** What of it one lane more would add; absent: nothing. */
  readonly lane?: number
}

export interface Plan {
  /** What its names stand for, and what its slides are read with. */
  readonly environment: Environment
  /** Absolute path of the pipeline file; absent for one that was given as an object. */
  readonly file?: string
  /** Absolute path of its folder: relative paths start there. */
  readonly folder: string
  /** Absolute path of the output folder; empty where there are no sinks: the rows are streamed. */
  readonly output: string
  /** Slides (tiles, sets) that check found, and the pictures of sets. A run looks again: a cohort may grow in between. */
  readonly found: { readonly slides: number; readonly pictures: number }
  readonly source: {
    readonly name: string
    readonly kind: SlideKind
    readonly options: Readonly<Record<string, unknown>>
    /** Of the columns it carries. */
    readonly types: ValueTypes
  }
  readonly stages: readonly PlannedStage[]
  readonly segments: readonly Segment[]
  readonly sinks: readonly PlannedSink[]
  /** Code of others that it runs, by its content with all it imports. */
  readonly plugins: readonly PlannedPlugin[]
  readonly columns: readonly Column[]
  /** Columns of the rows as `merge` gives them, before a `rows` stage shapes them: what the journal holds. */
  readonly mergedColumns: readonly Column[]
  /** Cards by the name the pipeline uses. */
  readonly cards: Readonly<Record<string, ModelCard>>
  /** Kinds of device in order of preference, as the stage that asks a model says (`cuda` of `cuda:1`); of several models all that any of them names. */
  readonly devices: readonly string[]
  readonly runtime: Runtime
  readonly memory: readonly MemoryItem[]
  /** What each card holds, of its own memory: an estimate, and no limit. Absent where models run in the lanes. */
  readonly cardMemory?: readonly MemoryItem[]
  /** The same as `memory` for when no device before the CPU works here, where the CPU is asked after others. */
  readonly memoryInLanes?: readonly MemoryItem[]
  readonly provenance: Provenance
  readonly warnings: readonly string[]
}
