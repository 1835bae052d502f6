/** The parts of a pipeline as values: a source, a stage or a sink with its options, made by functions, not yet running. */

import type { Writable } from 'node:stream'
import type * as z from 'zod'
import { aList, anObject, aSignal, type Kind, mustBeOptions } from '../core/argument.js'
import type { Batch } from '../core/batch.js'
import { batchProblem } from '../core/batches/batch-check.js'
import { PipelineError, SinkError } from '../core/errors.js'
import type { Item } from '../core/items.js'
import { type OptionsSpec, objectOf } from '../core/options.js'
import type { Column } from '../core/row.js'
import type { AnySinkSpec, Provenance, SinkSpec } from '../core/sink.js'
import type { Slide, SlideKind } from '../core/slide.js'
import { slideIn } from '../core/slide-in.js'
import type { AnySourceSpec, SourceSpec } from '../core/source.js'
import type { AnyStageSpec, StageSpec } from '../core/stage.js'
import { readOnce } from '../core/text/parsed.js'

/** Options as a person writes them: `'0.5 mpp'`, `'25 %'`, `224`. */
export type Written<S extends OptionsSpec> = { readonly [K in keyof S]?: z.input<S[K]> }

/** A stage with its options, not yet running. */
export interface Step<From extends Item = Item, To extends Item = Item> {
  readonly from: From
  readonly to: To
  readonly spec: AnyStageSpec
  readonly options: unknown
}

/** Makes the function that a person calls: `mask({ keep: '25 %' })`. */
export function stepOf<From extends Item, To extends Item, S extends OptionsSpec>(spec: StageSpec<From, To, S>) {
  return (options: Written<S> = {}): Step<From, To> => ({ from: spec.from, to: spec.to, spec, options })
}

/** True when every step takes what the one before gives. */
export type Meets<S extends readonly Step[]> = S extends readonly [Step<Item, infer Gives>, ...infer Rest extends readonly Step[]]
  ? Rest extends readonly [Step<infer Takes, Item>, ...(readonly Step[])]
    ? [Gives, Takes] extends [Takes, Gives]
      ? Meets<Rest>
      : false
    : true
  : true

export type LastOf<S extends readonly Step[]> = S extends readonly [...(readonly Step[]), Step<Item, infer To>] ? To : Item

/** The steps of a pipeline: the first takes what the source gives, each takes what the one before gives, and the last gives rows. */
export type Fits<From extends Item, S extends readonly Step[]> =
  Meets<S> extends true
    ? S extends readonly [Step<infer Takes, Item>, ...(readonly Step[])]
      ? [Takes, LastOf<S>] extends [From, 'rows']
        ? S
        : 'the first step does not take what the source gives, or the last one does not give rows'
      : S
    : 'a step does not take what the one before it gives'

/** A source with its options. `gives`: slides, or the patches of a set. */
export interface SourcePart<Gives extends Item = Item> {
  readonly gives: Gives
  readonly spec: AnySourceSpec
  readonly options: unknown
}

/** Makes the function that a person calls: `slides({ glob: './slides/*.svs' })`. */
export function sourceOf<S extends OptionsSpec, Kind extends SlideKind>(spec: SourceSpec<S> & { readonly kind: Kind }) {
  type Gives = Kind extends 'set' ? 'patch' : 'slide'
  const gives = (spec.kind === 'set' ? 'patch' : 'slide') as Gives
  return (options: Written<S> = {}): SourcePart<Gives> => ({ gives, spec, options })
}

/** A sink with its options: of a pipeline, or to be opened by hand. */
export interface SinkPart {
  readonly spec: AnySinkSpec
  readonly options: unknown
  /**
   * Opens it for one slide. The Writable takes batches (of rows: `batchesOf`) and writes straight to `file`, relative to the current folder and
   * with the id of the slide for `{slide}`: commit and resume belong to `runPipeline`. Throws PipelineError when an option is wrong, SinkError.
   */
  open(target: SinkTarget): Promise<Writable>
}

export interface SinkTarget {
  readonly slide: Slide
  readonly columns: readonly Column[]
  readonly provenance: Provenance
  readonly signal?: AbortSignal | undefined
}

const targetKinds = { slide: anObject, columns: aList, provenance: anObject, signal: aSignal } satisfies Record<keyof SinkTarget, Kind>

/** Makes the function that a person calls: `parquet({ file: 'a.parquet' })`, in a pipeline or with `.open(target)`. */
export function sinkOf<S extends OptionsSpec>(spec: SinkSpec<S>) {
  return (options: Written<S> = {}): SinkPart => ({
    spec,
    options,
    async open(target) {
      mustBeOptions(`${spec.name}.open`, target, targetKinds)
      const { slide, columns, provenance, signal = new AbortController().signal } = target
      if (!slide || !columns || !provenance)
        throw new PipelineError('OPTION_MISSING', `${spec.name}.open is not told ${slide ? 'what the rows are' : 'of which slide'}`, {
          hint: 'give { slide, columns, provenance }: the two last as compose, streamRows or readTable have them',
        })
      const parsed = parseOptions(spec, options)
      const template = typeof parsed.file === 'string' ? parsed.file : spec.file
      const { default: open } = await spec.load()
      return minding(
        spec.name,
        columns,
        await open(parsed as never, { path: slideIn(template, slide.info.id), columns, slide, provenance, signal }),
      )
    },
  })
}

/** A sink believes its batches: it would find no rows in a list of objects, and other columns in the batches of another table. */
function minding(name: string, columns: readonly Column[], sink: Writable): Writable {
  const write = sink._write.bind(sink)
  sink._write = (batch: Batch, encoding, done) => {
    const problem = batchProblem(columns, batch)
    if (problem === undefined) write(batch, encoding, done)
    else
      done(new SinkError('ROW_INVALID', `${name} is given a batch ${problem}`, { hint: 'rows become batches by batchesOf(columns, rows)' }))
  }
  return sink
}

/** The options with their defaults. Throws PipelineError OPTION_INVALID. */
export function parseOptions(spec: AnyStageSpec | AnySinkSpec, written: unknown): Record<string, unknown> {
  const parsed = readOnce(objectOf(spec.options), written)
  if (parsed.success) return parsed.data as Record<string, unknown>
  const [issue] = parsed.error.issues
  throw new PipelineError('OPTION_INVALID', `${[spec.name, ...issue!.path].join('.')}: ${issue!.message}`)
}
