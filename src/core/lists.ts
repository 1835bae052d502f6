/**
 * Stages that hand on lists. Whatever goes through an async generator alone costs the main thread half a microsecond, and a grid has as many patches
 * as a slide of tiles has pixels; a list of them costs that once.
 */

import type { Item, Items } from './items.js'
import type { ListStage, Stage } from './stage.js'

/** A stage that works on lists: it can be asked for items, too. Lists may be of any length, and none need be handed on. */
export function inLists<From extends Item, To extends Item>(lists: ListStage<From, To>): Stage<From, To> {
  return Object.assign((input: AsyncIterable<Items[From]>, ctx: Parameters<typeof lists>[1]) => itemsIn(lists(alone(input), ctx)), {
    lists,
  })
}

export async function* itemsIn<T>(lists: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const list of lists) yield* list
}

/** A list for each. */
export async function* alone<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  for await (const item of items) yield [item]
}
