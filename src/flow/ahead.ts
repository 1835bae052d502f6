/** Work on items side by side, whose results come in the order of the items. */

/** At most `atOnce` are begun and not handed on. When one fails, so does the whole, and what is begun is left to end by itself. */
export async function* ahead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  const begun: Promise<R>[] = []
  for await (const item of items) {
    const result = work(item)
    // Whoever waits for it hears of its failure; until then nobody does.
    result.catch(() => undefined)
    begun.push(result)
    if (begun.length >= atOnce) yield await begun.shift()!
  }
  for (const result of begun) yield await result
}
