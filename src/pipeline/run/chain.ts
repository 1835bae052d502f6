/** Chains planned stages into one stream: used by the main thread and by the lanes alike. */

import type { Item, Items } from '../../core/items.js'
import type { Stage, StageContext } from '../../core/stage.js'
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
      return (input, ctx) => stage(input, { ...ctx, ...columns })
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
  let stream = input
  for (const stage of stages) stream = stage(stream, ctx)
  return stream as AsyncIterable<Items[To]>
}
