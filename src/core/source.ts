/** A source yields the slides of a run: refs, not opened. */

import type { Options, OptionsSpec } from './options.js'
import type { Column } from './row.js'
import type { SlideKind, SlideRef } from './slide.js'

/** What the values of a further column of a list are. */
export const valueTypes = ['text', 'integer', 'number', 'boolean'] as const
export type ValueType = (typeof valueTypes)[number]
export type ValueTypes = Readonly<Record<string, ValueType>>

export interface SourceSpec<S extends OptionsSpec = OptionsSpec> {
  /** `slides`, `tiles`, `patches`: the key in the YAML. */
  readonly name: string
  readonly kind: SlideKind
  readonly summary: string
  readonly options: S
  readonly examples: readonly string[]
  /** Bytes of the pixels that the program gave, for the memory sum. */
  readonly holds?: number
  readonly load: () => Promise<{
    /**
     * Columns that the refs carry into the rows (`label`, further columns of the list), before any slide is opened. `known`: the types
     * of an earlier run into the same output. Once `signal` is aborted nobody waits for the answer: what asks a server or a database passes it on.
     */
    readonly columns: (options: Options<S>, folder: string, known?: ValueTypes, signal?: AbortSignal) => Promise<readonly Column[]>
    /** Paths are relative to `folder`, that of the pipeline file. Yields in a stable order; throws PipelineError. */
    readonly default: (options: Options<S>, folder: string, known?: ValueTypes, signal?: AbortSignal) => AsyncIterable<SlideRef>
    /** What a person should know of the choice: files that a pattern leaves out. One sentence each. */
    readonly warnings?: (options: Options<S>, folder: string, signal?: AbortSignal) => Promise<readonly string[]>
  }>
}

export function defineSource<S extends OptionsSpec, Kind extends SlideKind>(
  spec: SourceSpec<S> & { readonly kind: Kind },
): SourceSpec<S> & { readonly kind: Kind } {
  return spec
}

/** A spec whose option types are known only to itself: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds specs of every option type
export type AnySourceSpec = SourceSpec<any>
