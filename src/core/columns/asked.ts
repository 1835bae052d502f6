/**
 * The models that are asked about every patch, in the order of their stages. One alone names its columns after its classes and values; of
 * several, each has its own name in front of its columns, so that they stand side by side.
 */

import type { ModelCard, ModelOutput } from '../model.js'
import type { Roles } from '../roles.js'
import type { Provenance } from '../sink.js'
import type { PlanContext } from '../stage.js'
import { plainName, sameName, standing } from './plain-name.js'

export interface Asked {
  /** The card, its outputs with what the names of their columns begin with. */
  readonly card: ModelCard
  /** What those begin with, `stain_`; empty for a model alone that was given no name. */
  readonly under: string
}

export function askedModels(plan: Pick<PlanContext, 'provided' | 'card'>): readonly Asked[] {
  const all = plan.provided('answers')
  return all.map(({ model, as, vectors }, i) => {
    const card = rounded(plan.card(model), vectors)
    if (as === undefined && all.length === 1) return { card, under: '' }
    const under = `${standing('model', as ?? card.name, i)}_`
    return { card: { ...card, outputs: card.outputs.map((output) => ({ ...output, under })) }, under }
  })
}

const rounded = (card: ModelCard, vectors: Roles['answers']['vectors']): ModelCard =>
  vectors === undefined
    ? card
    : { ...card, outputs: card.outputs.map((output) => (output.kind === 'features' ? { ...output, element: vectors } : output)) }

/** The card of the first model that is asked; undefined when none is. */
export const firstCard = (plan: PlanContext): ModelCard | undefined => askedModels(plan)[0]?.card

/** Of several models the one whose classes speak for the patch: the first that names some, else the first. */
const speaker = (cards: readonly ModelCard[]): ModelCard | undefined => cards.find(({ outputs }) => outputs.some(isOfClasses)) ?? cards[0]

export const isOfClasses = ({ kind }: Pick<ModelOutput, 'kind'>): boolean => kind === 'classes'

/** The output whose classes speak for a patch; undefined when no model names any. */
export const spokenClasses = (plan: PlanContext): ModelOutput | undefined =>
  speaker(askedModels(plan).map(({ card }) => card))?.outputs.find(isOfClasses)

/** What made rows says of its models: that which speaks, and the others. */
export function spoken(cards: readonly ModelCard[]): Pick<Provenance, 'model' | 'others'> {
  const model = speaker(cards)
  const others = cards.filter((card) => card !== model)
  return { ...(model ? { model } : {}), ...(others.length > 0 ? { others } : {}) }
}

/** The model that `name` means among several: its own name, or the one it was given; also where `model_` stands in front of that. */
function isCalled(under: string, name: string): boolean {
  const plain = plainName(name)
  return plain !== '' && [plain, standing('model', plain, 0)].some((called) => sameName(under) === sameName(`${called}_`))
}

/** The plan as a sink sees it that is to show one model of several; a sentence when there is none of that name. */
export function planFor<P extends PlanContext>(plan: P, name: string): P | string {
  const all = askedModels(plan)
  const at = all.findIndex(({ under }) => isCalled(under, name))
  if (at < 0) return `is '${name}', and ${saidOf(all.map(({ card }) => card))}`
  const meant: Roles['answers'] = { ...plan.provided('answers')[at]!, as: all[at]!.under.slice(0, -1) }
  const provided: PlanContext['provided'] = (role) => (role === 'answers' ? [meant as Roles[typeof role]] : plan.provided(role))
  return { ...plan, provided }
}

/** What is said of the models that made rows: by a run, or in the metadata of a table. */
interface Made<M> {
  readonly model?: M
  readonly others?: readonly M[]
}
type Recorded = { readonly name: string; readonly outputs: readonly Pick<ModelOutput, 'under'>[] }

/** The same, for who is to show one model of several; a sentence when there is none of that name. */
export function provenanceFor<M extends Recorded, P extends Made<M>>(made: P & Made<M>, name: string): P | string {
  const all = modelsOf<M>(made)
  const meant = all.find((model) => isCalled(underOf(model), name))
  if (!meant) return `is '${name}', and ${saidOf(all)}`
  const { others: _, ...rest } = made
  return { ...rest, model: meant } as unknown as P
}

/** All models that were asked. */
export const modelsOf = <M>({ model, others = [] }: Made<M>): readonly M[] => (model ? [model, ...others] : others)

const underOf = ({ outputs }: Recorded): string => outputs[0]?.under ?? ''

function saidOf(all: readonly Recorded[]): string {
  const [only] = all
  if (!only) return 'no model is asked'
  if (underOf(only) === '') return `only ${only.name} is asked: leave model out`
  return `the models that are asked are ${all.map((model) => underOf(model).slice(0, -1)).join(', ')}`
}

/** Two stages that cannot stand side by side, by their places among those that ask: the later one asks the same model, or has the same name. */
export function twiceAsked(
  asked: readonly Asked[],
): { readonly at: number; readonly before: number; readonly same: 'model' | 'name' } | undefined {
  for (const [at, { card, under }] of asked.entries()) {
    const earlier = asked.slice(0, at)
    const model = earlier.findIndex((other) => other.card.folder === card.folder)
    if (model >= 0) return { at, before: model, same: 'model' }
    const name = earlier.findIndex((other) => sameName(other.under) === sameName(under))
    if (name >= 0) return { at, before: name, same: 'name' }
  }
  return undefined
}
