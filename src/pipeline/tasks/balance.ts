/** Things of known weight into packs of about equal weight. */

export interface Pack<T> {
  readonly items: readonly T[]
  readonly weight: number
}

/**
 * Longest processing time first: the heaviest that is left goes to the lightest pack. The heaviest pack is then at most 4/3 of the best there is (Graham,
 * 1969), and with many things a pack hardly above the mean. What weighs the same keeps its order, so the same things give the same packs.
 */
export function balanced<T>(items: readonly T[], count: number, weightOf: (item: T) => number): readonly Pack<T>[] {
  const packs = Array.from({ length: count }, (_, index) => ({ index, items: [] as T[], weight: 0 }))
  // A heap, the lightest on top; of equals that with the smaller number.
  const heap = [...packs]
  const isLighter = (a: (typeof packs)[number], b: (typeof packs)[number]) =>
    a.weight < b.weight || (a.weight === b.weight && a.index < b.index)
  const sink = (at: number) => {
    for (let i = at; ; ) {
      let lightest = i
      for (const below of [2 * i + 1, 2 * i + 2]) if (below < count && isLighter(heap[below]!, heap[lightest]!)) lightest = below
      if (lightest === i) return
      ;[heap[i], heap[lightest]] = [heap[lightest]!, heap[i]!]
      i = lightest
    }
  }
  const weighed = items.map((item) => ({ item, weight: weightOf(item) })).sort((a, b) => b.weight - a.weight)
  for (const { item, weight } of weighed) {
    const [top] = heap
    top!.items.push(item)
    top!.weight += weight
    sink(0)
  }
  return packs.map(({ items, weight }) => ({ items, weight }))
}
