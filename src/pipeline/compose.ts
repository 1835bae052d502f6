/** Composing stages by hand, in TypeScript: the same stages as in YAML, in one thread, their kinds checked by the compiler. */

import { aFunction, anObject, aSignal, isObject, type Kind, mustBeOptions, shown } from '../core/argument.js'
import { askedModels, spoken, twiceAsked } from '../core/columns/asked.js'
import { PipelineError } from '../core/errors.js'
import type { Tell } from '../core/events.js'
import type { Item, Items } from '../core/items.js'
import type { Model } from '../core/model.js'
import { decodedFast, marksIn, providedBy, providedIn } from '../core/roles.js'
import type { Column } from '../core/row.js'
import type { Provenance } from '../core/sink.js'
import type { Slide } from '../core/slide.js'
import type { PlanContext, StageContext } from '../core/stage.js'
import { defaultEnvironment } from './environment/default.js'
import type { LaneEnvironment } from './environment/environment.js'
import { guardedWork } from './environment/guard/stage.js'
import type { AnyPluginStage } from './environment/plugin.js'
import { type LastOf, type Meets, parseOptions, type Step } from './parts.js'
import { canonical, sha256 } from './plan/fingerprint.js'
import type { PlannedStage } from './plan/plan-type.js'
import { schemaVersion, tiastreamVersion } from './plan/version.js'
import { chain, loadStages, streamOf } from './run/chain.js'

export interface ComposeContext {
  /** Open models by the name the steps use. */
  readonly models?: Readonly<Record<string, Model>> | undefined
  readonly signal?: AbortSignal | undefined
  readonly tell?: Tell | undefined
}

const contextKinds = { models: anObject, signal: aSignal, tell: aFunction } satisfies Record<keyof ComposeContext, Kind>

/** A stream of items; for rows, which come as batches, with the columns they have and what made them. */
export interface Composed<To extends Item> extends AsyncIterable<Items[To]> {
  readonly columns: readonly Column[]
  readonly provenance: Provenance
}

/**
 * Runs a slide through steps, in this thread. Nothing is read before the first item is asked for, and leaving the loop early closes
 * everything. Throws PipelineError when an option is wrong, and what the stages throw while they run.
 *
 * @example
 * const table = compose(slide, [grid(), mask(), extract(), batch(), infer({ model: 'm' }), merge()], { models: { m } })
 * for await (const row of rowsIn(table.columns, table)) …
 */
export function compose<const S extends readonly Step[]>(
  slide: Slide,
  steps: S & (Meets<S> extends true ? unknown : 'a step does not take what the one before it gives'),
  context: ComposeContext = {},
): Composed<LastOf<S>> {
  mustBeOptions('compose', context, contextKinds)
  if (!isObject(slide) || !('info' in slide))
    throw new PipelineError('OPTION_INVALID', `compose takes an open slide, and is given ${shown(slide)}`, {
      hint: "write compose(await openSlide('a.svs'), steps)",
    })
  if (!Array.isArray(steps) || !steps.every((step) => isObject(step) && 'spec' in step))
    throw new PipelineError('OPTION_INVALID', 'compose takes a list of steps, and is given another', {
      hint: 'write [grid(), extract(), batch(), merge()]',
    })
  const models = context.models ?? {}
  const { planned, columns, asked } = planSteps(steps, slide, models)
  const [grid] = providedIn(planned, 'grid')
  const ctx: StageContext = {
    slide,
    model: (name) => models[name] ?? missing(name),
    signal: context.signal ?? new AbortController().signal,
    tell: context.tell ?? (() => undefined),
    marks: marksIn(planned),
  }
  return {
    columns,
    provenance: {
      schemaVersion,
      tiastreamVersion,
      fingerprint: sha256(canonical({ planned, models: Object.values(models).map(({ card }) => card.sha256) })),
      ...spoken(asked.map(({ card }) => card)),
      ...(grid ? { grid } : {}),
      ...decodedFast(planned),
    },
    async *[Symbol.asyncIterator]() {
      yield* chain<LastOf<S>>(await loadStages(planned, workOf(steps)), streamOf([slide]), ctx)
    },
  }
}

function planSteps(steps: readonly Step[], slide: Slide, models: Readonly<Record<string, Model>>) {
  const options = steps.map(({ spec, options }) => parseOptions(spec, options))
  const plan: PlanContext = {
    kind: slide.info.kind,
    card: (name) => (models[name] ?? missing(name)).card,
    provided: (role) =>
      providedIn(
        steps.map(({ spec }, i) => ({ provides: providedBy(spec, options[i]!) })),
        role,
      ),
  }
  for (const [i, { spec }] of steps.entries()) options[i] = spec.complete?.(options[i]!, plan) ?? options[i]!
  for (const [i, { spec }] of steps.entries()) {
    const [problem] = spec.problems?.(options[i]!, plan) ?? []
    if (problem !== undefined) throw new PipelineError('OPTION_INVALID', `${spec.name}: ${problem}`)
  }
  const asked = askedModels(plan)
  const twice = twiceAsked(asked)
  if (twice) {
    const { card, under } = asked[twice.at]!
    const what = twice.same === 'model' ? `the model ${card.name}` : `a model under the name ${under.slice(0, -1)}`
    throw new PipelineError('MODEL_TWICE', `two steps ask ${what}`, { hint: 'leave one out, or give it another name with as' })
  }
  const planned: PlannedStage[] = steps.map(({ spec }, i) => {
    const { name, from, to, placement } = spec
    return {
      name,
      from,
      to,
      placement,
      options: options[i]!,
      provides: providedBy(spec, options[i]!),
      columns: spec.columns?.(options[i]!, plan) ?? [],
    }
  })
  return { ...withColumns(planned, plan, steps), asked }
}

/** Of stages of one's own: what they bring, held to what a stage promises. */
const workOf = (steps: readonly Step[]): LaneEnvironment['work'] => ({
  ...defaultEnvironment.work,
  ...Object.fromEntries(steps.flatMap(({ spec }) => ('load' in spec ? [[spec.name, guardedWork(spec as AnyPluginStage)]] : []))),
})

/** Who the rows are and where first, then what the stages before add, then what those after shape. */
function withColumns(planned: readonly PlannedStage[], plan: PlanContext, steps: readonly Step[]) {
  const own = ({ spec }: Step, i: number) => spec.columns?.(planned[i]!.options, plan) ?? []
  const of = (part: (step: Step) => boolean) => steps.flatMap((step, i) => (part(step) ? own(step, i) : []))
  let columns: readonly Column[] = [...of(({ from, to }) => to === 'rows' && from !== 'rows'), ...of(({ to }) => to !== 'rows')]
  const stages = steps.map((step, i): PlannedStage => {
    if (step.to !== 'rows') return planned[i]!
    if (step.from !== 'rows') return { ...planned[i]!, gives: columns }
    const takes = columns
    columns = step.spec.shapes?.(planned[i]!.options, plan, takes) ?? [...takes, ...own(step, i)]
    return { ...planned[i]!, takes, gives: columns }
  })
  return { planned: stages, columns }
}

function missing(name: string): never {
  throw new PipelineError('MODEL_MISSING', `a step asks for the model '${name}', which compose was not given`, {
    hint: 'pass it open: { models: { name: await openModel(...) } }',
  })
}
