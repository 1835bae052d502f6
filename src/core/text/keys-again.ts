/** Keys of a map that were there before, each with the first one, in one pass: a parser compares each with all before it, for an hour where there are a million. */
export function* keysAgain<K extends { readonly value: unknown }>(keys: Iterable<K>): Generator<{ readonly key: K; readonly first: K }> {
  const seen = new Map<unknown, K>()
  for (const key of keys) {
    const first = seen.get(key.value)
    if (first) yield { key, first }
    else seen.set(key.value, key)
  }
}
