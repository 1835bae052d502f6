/** In which order legends name classes, and how many. */

export interface Ranks<T> {
  readonly shown: readonly T[]
  /** Those that the legend sums up in one line: none, or at least two. */
  readonly rest: readonly T[]
}

/** What is there, the most first (of equals as they come), in at most so many lines. */
export function ranked<T>(all: readonly T[], amount: (one: T) => number, lines: number): Ranks<T> {
  const present = all.filter((one) => amount(one) > 0).toSorted((a, b) => amount(b) - amount(a))
  const shown = present.length > lines ? lines - 1 : present.length
  return { shown: present.slice(0, shown), rest: present.slice(shown) }
}
