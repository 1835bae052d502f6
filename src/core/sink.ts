/** A sink writes the rows of one slide into one `.partial` file. Publishing it (rename, receipt) is not its business. */

import type { Writable } from 'node:stream'
import type { Mask } from '../geometry/coverage.js'
import type { ModelCard } from './model.js'
import type { Options, OptionsSpec } from './options.js'
import type { Unread } from './overview.js'
import type { PatchGrid } from './roles.js'
import type { Column } from './row.js'
import type { Slide } from './slide.js'
import type { PlanContext } from './stage.js'

/** What made the rows: goes into the metadata of every output. */
export interface Provenance {
  readonly schemaVersion: string
  readonly tiastreamVersion: string
  /** sha256 (hex) of everything that can change a row. */
  readonly fingerprint: string
  /** The model whose classes speak for the patches, if any is asked. */
  readonly model?: ModelCard
  /** The models that are asked beside it. */
  readonly others?: readonly ModelCard[]
  /** Where the patches lie, if there is a grid. */
  readonly grid?: PatchGrid
  /** How JPEG was decoded, where it was not exactly. */
  readonly decode?: 'fast'
  /** By which device its models were computed, and in which numbers: known when it is done. */
  readonly computed?: { readonly device: string; readonly precision: string }
}

export interface SinkContext {
  /** Where to write: a path that ends in `.partial`. The folder exists. */
  readonly path: string
  /** In the order of the file: batches hold one column for each. */
  readonly columns: readonly Column[]
  /** The slide, for its size, resolution and pixels. */
  readonly slide: Slide
  readonly provenance: Provenance
  readonly signal: AbortSignal
  /** The tissue mask of the slide: there when the rows end, and mostly when they begin (not before those of a journal); undefined before, and where no stage makes one; null where this slide has none. */
  readonly mask?: () => Mask | null | undefined
  /** Is told what of the slide cannot be read for a picture, which is white there. Absent: it fails the slide. */
  readonly unread?: Unread
}

/** What the spec of a sink is asked about. */
export interface SinkPlan extends PlanContext {
  readonly columns: readonly Column[]
  /** Of a table that is read back; absent in a run, which writes the newest. */
  readonly schemaVersion?: string
}

/** The table that every pipeline gives: a row for each patch. */
export const patchTable = 'patches'

export interface SinkSpec<S extends OptionsSpec = OptionsSpec> {
  readonly name: string
  readonly summary: string
  /** Must include `file` (a template: `{slide}.csv`). By convention `model` names the one that is meant of several models. */
  readonly options: S
  /** Default for `file`. */
  readonly file: string
  /** The table whose rows it takes, by name; `patches` unless given, which every pipeline gives. */
  readonly table?: string
  /** With what a name of its files ends, the usual one first; without it, with anything. */
  readonly endings?: readonly string[] | ((options: Options<S>) => readonly string[])
  readonly problems?: (options: Options<S>, plan: SinkPlan) => readonly string[]
  /** Bytes held at once by one instance, whatever the number of rows. */
  readonly holds?: (options: Options<S>, plan: PlanContext) => number
  readonly examples: readonly string[]
  readonly load: () => Promise<{
    /**
     * Opens the sink. The Writable is in object mode and takes Batches with the columns of the context; its `final` flushes and fsyncs the file, its
     * `destroy` closes it and leaves the partial file behind. Throws SinkError.
     */
    readonly default: (options: Options<S>, context: SinkContext) => Promise<Writable>
  }>
  /** Reads back how many rows a finished file holds, where the format can say (`ROWS_LOST` when it differs). */
  readonly count?: () => Promise<{ readonly default: (path: string) => Promise<number> }>
}

export function defineSink<S extends OptionsSpec>(spec: SinkSpec<S>): SinkSpec<S> {
  return spec
}

/** A spec whose option types are known only to itself: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds specs of every option type
export type AnySinkSpec = SinkSpec<any>
