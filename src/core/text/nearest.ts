/** "Did you mean": the known name that lies nearest to what was written. */

/** The nearest of `known` within a third of its length in edits, or null. A letter is not meant by another, with which it has nothing in common. */
export function nearest(written: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const name of known) {
    const edits = distance(written.toLowerCase(), name.toLowerCase())
    const isAlike = edits <= Math.max(1, Math.floor(name.length / 3)) && edits < Math.max(written.length, name.length, 1)
    if (edits < least && isAlike) {
      best = name
      least = edits
    }
  }
  return best
}

/** Letters to add, drop, change, or swap with their neighbour; three rows at a time. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, change, swap))
    }
    before = above
    above = row
  }
  return above[b.length]!
}
