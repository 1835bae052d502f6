/**
 * What is computed from a few whole numbers, remembered: a run resamples a hundred thousand patches of the same few sizes. What is over the
 * bound is simply computed again.
 */
export function kept<A extends readonly number[], T>(make: (...of: A) => T, most = 64): (...of: A) => T {
  const made = new Map<string, T>()
  return (...of) => {
    const key = of.join(' ')
    let one = made.get(key)
    if (one === undefined) {
      if (made.size >= most) made.clear()
      one = make(...of)
      made.set(key, one)
    }
    return one
  }
}
