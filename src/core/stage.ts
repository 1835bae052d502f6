/** The stage contract: an async generator, and apart from it a spec that says everything about it. */

import type { Mask } from '../geometry/coverage.js'
import type { Tell } from './events.js'
import type { Item, Items } from './items.js'
import type { Model, ModelCard } from './model.js'
import type { Options, OptionsSpec } from './options.js'
import type { Provides, Role, Roles } from './roles.js'
import type { Column } from './row.js'
import type { Slide, SlideKind, SlideRef } from './slide.js'

export interface Stage<From extends Item = Item, To extends Item = Item> {
  (input: AsyncIterable<Items[From]>, ctx: StageContext): AsyncIterable<Items[To]>
  /** The same on lists, of a built-in stage with so many items that the way from stage to stage would cost more than they do. */
  readonly lists?: ListStage<From, To>
  /** Says to the slide what the stage will read of these items, which come next. */
  readonly ahead?: (items: readonly Items[From][], slide: Slide) => void
}

export type ListStage<From extends Item = Item, To extends Item = Item> = (
  input: AsyncIterable<readonly Items[From][]>,
  ctx: StageContext,
) => AsyncIterable<readonly Items[To][]>

export interface StageContext {
  /** The door to pixels. */
  readonly slide: Slide
  /** The door to answers, already open: by the folder or name the pipeline uses. */
  readonly model: (name: string) => Model
  readonly signal: AbortSignal
  readonly tell: Tell
  /** Folder of the pipeline file, absolute: where relative paths start. Absent where there is no pipeline file. */
  readonly folder?: string
  /** For a stage that takes rows: their columns. */
  readonly takes?: readonly Column[]
  /** For a stage that gives rows: the columns that they must have. */
  readonly gives?: readonly Column[]
  /** Makes the tissue mask of the slide, as the options of the stage ask, in a thread beside this one; absent where there is none. */
  readonly maskApart?: (options: object) => Promise<Mask | null>
  /** Whether patches that cannot be read become rows that say so: then nothing else that cannot be read fails the slide. */
  readonly marks?: boolean
  /** Memory for pixels that is used again; absent where pixels may be read for as long as somebody has them. */
  readonly pixelMemory?: PixelMemory
  /** Where a stage shows the tissue mask it made, for a sink that saves it; null: the slide has none. */
  readonly showMask?: (mask: Mask | null) => void
}

/** Memory that the stage which reads pixels takes; the one after which nobody reads them gives it back. */
export interface PixelMemory {
  /** So many bytes or some more; what stands in them means nothing. */
  take(bytes: number): ArrayBuffer
  /** Pixels that nobody reads any more: what was taken is used again when all of it came back. Those that lie elsewhere stay. */
  giveBack(pixels: Uint8Array): void
}

/** What is known before a run, from which a spec says its columns and memory. */
export interface PlanContext {
  /** What the source yields: slides, tiles or a set of patches. */
  readonly kind: SlideKind
  /** The card of a model by the name the pipeline uses. */
  readonly card: (name: string) => ModelCard
  /** What the stages provide in a role, in their order, as far as their options are filled in by now. */
  readonly provided: <R extends Role>(role: R) => readonly Roles[R][]
}

/**
 * Where a stage may run. `pixels` stages run in lanes; `model` stages, and what makes rows of their answers, in lanes on a CPU and in a session
 * thread on a GPU; `address` and `rows` stages on the main thread.
 */
export type StagePlacement = 'address' | 'pixels' | 'model' | 'rows'

export interface StageSpec<From extends Item = Item, To extends Item = Item, S extends OptionsSpec = OptionsSpec> {
  readonly name: string
  readonly from: From
  readonly to: To
  readonly placement: StagePlacement
  /** One sentence. */
  readonly summary: string
  readonly options: S
  /** Options of which exactly one is given. */
  readonly alternatives?: readonly string[]
  /** What this stage is to the others. */
  readonly provides?: Provides<Options<S>>
  /** Fills options that follow from the rest of the pipeline (a patch size from the model's card). Pure. */
  readonly complete?: (options: Options<S>, plan: PlanContext) => Options<S>
  /** Problems that only the filled-in options show: one sentence each. */
  readonly problems?: (options: Options<S>, plan: PlanContext) => readonly string[]
  /** Columns this stage adds to the rows. */
  readonly columns?: (options: Options<S>, plan: PlanContext) => readonly Column[]
  /** Instead of `columns`, for a stage that shapes rows: all columns after it, given those before it. */
  readonly shapes?: (options: Options<S>, plan: PlanContext, before: readonly Column[]) => readonly Column[]
  /** Columns before it that its options name: one that is not there is a problem. */
  readonly wants?: (options: Options<S>) => readonly string[]
  /** Files besides the slide that its rows follow from, absolute: their content is part of who the slide is. Null: it needs one, and is told of none. */
  readonly files?: (options: Options<S>, ref: SlideRef, folder: string) => readonly string[] | null
  /** Those files are the same for all slides, and shall be. */
  readonly oneForAll?: true
  /** Bytes held at once by one instance, for the memory sum. */
  readonly holds?: (options: Options<S>, plan: PlanContext) => number
  /** The same of one session on a card: of the machine's memory, and of the card's. */
  readonly holdsOnCard?: (options: Options<S>, plan: PlanContext) => { readonly host: number; readonly card: number }
  /** YAML of the stage as one would write it; a test parses each. */
  readonly examples: readonly string[]
}

/** Loads the work of the stage that a spec describes. */
export type WorkOf<Spec> =
  Spec extends StageSpec<infer From, infer To, infer S>
    ? () => Promise<{ readonly default: (options: Options<S>) => Stage<From, To> }>
    : never

export function defineStage<From extends Item, To extends Item, S extends OptionsSpec>(
  spec: StageSpec<From, To, S>,
): StageSpec<From, To, S> {
  return spec
}

/** A stage whose kinds are known only to its spec. */
// biome-ignore lint/suspicious/noExplicitAny: an environment holds stages of every kind
export type AnyStage = Stage<any, any>

/** A spec whose option types are known only to itself: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds specs of every option type
export type AnyStageSpec = StageSpec<any, any, any>
