/** A source yields the slides of a run: refs, not opened. */

import type { Options, OptionsSpec } from './options.js'
import type { Column } from './row.js'
import type { SlideKind, SlideRef } from './slide.js'

export interface SourceSpec<S extends OptionsSpec = OptionsSpec> {
  /** `slides`, `tiles`, `patches`: the key in the YAML. */
  readonly name: string
  readonly kind: SlideKind
  readonly summary: string
  readonly options: S
  readonly examples: readonly string[]
  readonly load: () => Promise<{
    /** Columns that the refs carry into the rows (`label`, further columns of the list), before any slide is opened. */
    readonly columns: (options: Options<S>, folder: string) => Promise<readonly Column[]>
    /** Paths are relative to `folder`, that of the pipeline file. Yields in a stable order; throws PipelineError. */
    readonly default: (options: Options<S>, folder: string) => AsyncIterable<SlideRef>
  }>
}

export function defineSource<S extends OptionsSpec>(spec: SourceSpec<S>): SourceSpec<S> {
  return spec
}

/** A spec whose option types are known only to itself: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds specs of every option type
export type AnySourceSpec = SourceSpec<any>
