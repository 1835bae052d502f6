/**
 * Area under the ROC curve of each class against all others: the share of (of the class, not of it) pairs that the score puts in
 * the right order, ties counted half. Exact while the scores fit in memory; above that from a histogram of 65,536 equal steps, in
 * which only scores less than 1/65536 apart count as ties. Either way the memory is bounded.
 */

/** Scores kept in all, 4 bytes each: 64 MiB. */
const mostScores = 2 ** 24
const steps = 2 ** 16

export type RankMethod = 'exact' | 'histogram'

export class Ranking {
  readonly #classes: number
  readonly #most: number
  /** Row by row, `classes` scores each, and the true class of each row. */
  #scores = new Float32Array(0)
  #truth = new Int32Array(0)
  #rows = 0
  /** Per class: how many of the class, and of the others, fall into each step. */
  #histograms: { of: Float64Array; others: Float64Array }[] | null = null

  constructor(classes: number, most = mostScores) {
    this.#classes = classes
    this.#most = most
  }

  get method(): RankMethod {
    return this.#histograms ? 'histogram' : 'exact'
  }

  add(truth: number, scores: ArrayLike<number>): void {
    if (!this.#histograms && (this.#rows + 1) * this.#classes > this.#most) this.#fold()
    if (this.#histograms) {
      this.#count(truth, scores, 0)
      return
    }
    if (this.#rows === this.#truth.length) this.#grow()
    for (let c = 0; c < this.#classes; c++) this.#scores[this.#rows * this.#classes + c] = scores[c]!
    this.#truth[this.#rows++] = truth
  }

  /** One number per class; null where a class has no patch, or nothing but patches. */
  areas(): readonly (number | null)[] {
    return Array.from({ length: this.#classes }, (_, c) => (this.#histograms ? areaOfCounts(this.#histograms[c]!) : this.#exact(c)))
  }

  #exact(c: number): number | null {
    const of = new Float32Array(this.#rows)
    const others = new Float32Array(this.#rows)
    let [n, m] = [0, 0]
    for (let i = 0; i < this.#rows; i++) {
      const score = this.#scores[i * this.#classes + c]!
      if (this.#truth[i] === c) of[n++] = score
      else others[m++] = score
    }
    return areaOf(of.subarray(0, n).sort(), others.subarray(0, m).sort())
  }

  #grow(): void {
    const rows = Math.min(Math.max(1024, this.#rows * 2), Math.floor(this.#most / this.#classes))
    const scores = new Float32Array(rows * this.#classes)
    const truth = new Int32Array(rows)
    scores.set(this.#scores)
    truth.set(this.#truth)
    this.#scores = scores
    this.#truth = truth
  }

  #fold(): void {
    this.#histograms = Array.from({ length: this.#classes }, () => ({ of: new Float64Array(steps), others: new Float64Array(steps) }))
    for (let i = 0; i < this.#rows; i++) this.#count(this.#truth[i]!, this.#scores, i * this.#classes)
    this.#scores = new Float32Array(0)
    this.#truth = new Int32Array(0)
  }

  #count(truth: number, scores: ArrayLike<number>, at: number): void {
    for (let c = 0; c < this.#classes; c++) {
      const step = Math.min(steps - 1, Math.max(0, Math.floor(scores[at + c]! * steps)))
      const { of, others } = this.#histograms![c]!
      if (c === truth) of[step]!++
      else others[step]!++
    }
  }
}

/** Both sorted, ascending. Counts, for each score of the class, the others below it, and half of those that equal it. */
export function areaOf(of: ArrayLike<number>, others: ArrayLike<number>): number | null {
  if (of.length === 0 || others.length === 0) return null
  let [below, upTo, won] = [0, 0, 0]
  for (let i = 0; i < of.length; i++) {
    const score = of[i]!
    while (below < others.length && others[below]! < score) below++
    if (upTo < below) upTo = below
    while (upTo < others.length && others[upTo]! === score) upTo++
    won += below + (upTo - below) / 2
  }
  return won / of.length / others.length
}

function areaOfCounts({ of, others }: { of: Float64Array; others: Float64Array }): number | null {
  let [below, won, positives] = [0, 0, 0]
  for (let i = 0; i < of.length; i++) {
    won += of[i]! * (below + others[i]! / 2)
    below += others[i]!
    positives += of[i]!
  }
  return positives === 0 || below === 0 ? null : won / positives / below
}
