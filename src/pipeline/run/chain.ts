/** Chains planned stages into one stream: used by the main thread and by the lanes alike. */

import type { Item, Items } from '../../core/items.js'
import { alone, itemsIn } from '../../core/lists.js'
import type { ListStage, Stage, StageContext } from '../../core/stage.js'
import type { LaneEnvironment } from '../environment/environment.js'
import type { PlannedStage } from '../plan/plan-type.js'

/** Loads the code of the stages, once. Each will know the columns of the rows that it takes and gives. */
export async function loadStages(
  planned: readonly Pick<PlannedStage, 'name' | 'options' | 'takes' | 'gives' | 'columns'>[],
  work: LaneEnvironment['work'],
): Promise<Stage[]> {
  return Promise.all(
    planned.map(async ({ name, options, takes, gives, columns: adds }): Promise<Stage> => {
      const { default: make } = await work[name]!()
      const stage: Stage = make(options as never, { columns: adds })
      const columns = { ...(takes ? { takes } : {}), ...(gives ? { gives } : {}) }
      const told: Stage = (input, ctx) => stage(input, { ...ctx, ...columns })
      const { lists, ahead } = stage
      return Object.assign(told, {
        ...(lists && { lists: ((input, ctx) => lists(input, { ...ctx, ...columns })) satisfies ListStage }),
        ...(ahead && { ahead }),
      })
    }),
  )
}

/** What a chain begins with: the items that are there already. */
export async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

/** Runs the input through the stages, one after another. An empty chain hands the input on. */
export function chain<To extends Item>(
  stages: readonly Stage[],
  input: AsyncIterable<Items[Item]>,
  ctx: StageContext,
): AsyncIterable<Items[To]> {
  const end = linked(stages, input, ctx)
  return (end.items ?? itemsIn(end.lists)) as AsyncIterable<Items[To]>
}

/** The same, for whoever takes what comes in lists. */
export function chainOfLists<To extends Item>(
  stages: readonly Stage[],
  input: AsyncIterable<Items[Item]>,
  ctx: StageContext,
): AsyncIterable<readonly Items[To][]> {
  const end = linked(stages, input, ctx)
  return (end.items ? alone(end.items) : end.lists) as AsyncIterable<readonly Items[To][]>
}

/** What comes of a stage: items, or lists of them. */
type Flow =
  | { readonly items: AsyncIterable<Items[Item]>; readonly lists?: never }
  | { readonly lists: AsyncIterable<readonly Items[Item][]>; readonly items?: never }

function linked(stages: readonly Stage[], input: AsyncIterable<Items[Item]>, ctx: StageContext): Flow {
  let flow: Flow = { items: input }
  for (const stage of stages) {
    if (stage.lists) flow = { lists: stage.lists(flow.lists ?? alone(flow.items), ctx) }
    else flow = { items: stage(flow.items ?? itemsIn(flow.lists), ctx) }
  }
  return flow
}
