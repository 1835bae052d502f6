/** Scores from a confusion matrix, as scikit-learn computes them: what cannot be divided is 0. Pure. */

/** Row: the true class. Column: the predicted one. */
export type Matrix = readonly (readonly number[])[]

export interface Scores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

export interface ClassScores extends Scores {
  /** Patches that truly are of the class, and patches that were said to be. */
  readonly support: number
  readonly predicted: number
}

export const emptyMatrix = (classes: number): number[][] => Array.from({ length: classes }, () => new Array<number>(classes).fill(0))

export function accuracyOf(counts: Matrix): number {
  const right = counts.reduce((sum, row, i) => sum + row[i]!, 0)
  return over(right, totalOf(counts))
}

export function classScores(counts: Matrix): readonly ClassScores[] {
  return counts.map((row, i) => {
    const hit = row[i]!
    const support = sum(row)
    const predicted = counts.reduce((total, other) => total + other[i]!, 0)
    return { support, predicted, precision: over(hit, predicted), recall: over(hit, support), f1: over(2 * hit, support + predicted) }
  })
}

/** The plain mean over the classes that occur, truly or as an answer: scikit-learn's `macro` when it is given no list of labels. */
export function macroOf(scores: readonly ClassScores[]): Scores {
  const seen = scores.filter(({ support, predicted }) => support + predicted > 0)
  return mean(seen, () => 1)
}

/** The mean with each class counted as often as it truly occurs. */
export function weightedOf(scores: readonly ClassScores[]): Scores {
  return mean(scores, ({ support }) => support)
}

/** Each row divided by its sum: scikit-learn's `normalize="true"`. An empty row is 0. */
export function byRow(counts: Matrix): readonly (readonly number[])[] {
  return counts.map((row) => {
    const total = sum(row)
    return row.map((n) => over(n, total))
  })
}

export const totalOf = (counts: Matrix): number => counts.reduce((total, row) => total + sum(row), 0)

function mean(scores: readonly ClassScores[], weight: (score: ClassScores) => number): Scores {
  const total = scores.reduce((all, score) => all + weight(score), 0)
  const of = (pick: (score: ClassScores) => number) =>
    over(
      scores.reduce((all, score) => all + pick(score) * weight(score), 0),
      total,
    )
  return { precision: of(({ precision }) => precision), recall: of(({ recall }) => recall), f1: of(({ f1 }) => f1) }
}

const sum = (row: readonly number[]) => row.reduce((total, n) => total + n, 0)
const over = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
