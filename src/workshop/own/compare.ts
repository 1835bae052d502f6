/** Two models beside each other: do they say the same of the same pictures, and which is faster by how much. */

import type { Model } from '../../core/model.js'
import { ask, batchOf } from './ask.js'

export interface Agreement {
  readonly pictures: number
  /** Pictures for which the first output of classes has the same most probable class; null when the model has no classes. */
  readonly same: number | null
  /** Over the numbers of that output, or of all when it has none. */
  readonly mean: number
  /** The root of the mean of the squares: what is far off counts more. */
  readonly rms: number
  readonly most: number
  /** What `mean` and `most` are of: probabilities, or numbers as large as `typical` (their root mean square). */
  readonly of: 'probabilities' | 'numbers'
  readonly typical: number
}

/** What the parent says of some pictures, to be compared with several. */
export type Answers = Readonly<Record<string, Float32Array>>

export const answersOf = (model: Model, pictures: readonly Uint8Array[]): Promise<Answers> => ask(model, pictures)

export function agreementOf({ card }: Model, wanted: Answers, given: Answers, pictures: number): Agreement {
  const classes = card.outputs.find(({ kind }) => kind === 'classes')
  let [sum, most, count, squares, errors] = [0, 0, 0, 0, 0]
  for (const { name } of classes ? [classes] : card.outputs) {
    const [want, said] = [wanted[name]!, given[name]!]
    for (let i = 0; i < want.length; i++) {
      const off = Math.abs(want[i]! - said[i]!)
      sum += off
      errors += off * off
      squares += want[i]! ** 2
      if (!(off <= most)) most = off
    }
    count += want.length
  }
  const same = classes ? sameRows(wanted[classes.name]!, given[classes.name]!, classes.width) : null
  const typical = Math.sqrt(squares / count)
  return { pictures, same, mean: sum / count, rms: Math.sqrt(errors / count), most, of: classes ? 'probabilities' : 'numbers', typical }
}

function sameRows(want: Float32Array, said: Float32Array, width: number): number {
  let same = 0
  for (let from = 0; from < want.length; from += width) {
    if (bestOf(want.subarray(from, from + width)) === bestOf(said.subarray(from, from + width))) same++
  }
  return same
}

/** Index of the greatest; for a single class whether it is likely. */
function bestOf(row: Float32Array): number {
  if (row.length === 1) return row[0]! >= 0.5 ? 1 : 0
  return row.indexOf(row.reduce((a, b) => Math.max(a, b)))
}

export interface Speed {
  /** How many times as fast the second one is: `first` ÷ `second`. */
  readonly ratio: number
  /** Milliseconds a picture in the median round of each. */
  readonly first: number
  readonly second: number
  readonly rounds: number
}

const rounds = 9
/** Pictures in a batch at most, and milliseconds that a batch may take: of those that take long, fewer say as much. */
const [most, longest] = [8, 400]

/** Alternating rounds of one batch each, so that what else the machine does hits both alike. */
export async function speedOf(first: Model, second: Model, picture: Uint8Array): Promise<Speed> {
  let size = 1
  const time = async (model: Model) => {
    const batch = batchOf(model.card, Array(size).fill(picture))
    const start = performance.now()
    await model.predict(batch)
    return (performance.now() - start) / size
  }
  size = Math.min(most, Math.max(1, Math.floor(longest / (await time(first)))))
  // The first call of each for a size plans its memory.
  await time(first)
  await time(second)
  const times: (readonly [number, number])[] = []
  for (let round = 0; round < rounds; round++) times.push(round % 2 === 0 ? [await time(first), await time(second)] : await backwards())
  async function backwards(): Promise<readonly [number, number]> {
    const later = await time(second)
    return [await time(first), later]
  }
  const median = (of: readonly number[]) => of.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!
  const [one, other] = [median(times.map(([a]) => a)), median(times.map(([, b]) => b))]
  return { ratio: one / other, first: one, second: other, rounds }
}
