/** One output's numbers for one patch, written into its row under the names of its columns. */

import type { BatchOutput } from '../../core/items.js'
import type { ModelOutput } from '../../core/model.js'
import type { OutputNames } from '../../core/output-columns.js'
import type { Row } from '../../core/row.js'

/** Writes into `row` what `answer` says of patch `i`; nulls when it says nothing (a patch without pixels). */
export type AnswerWriter = (row: Row, answer: BatchOutput | undefined, i: number) => void

export function answerWriter(output: ModelOutput, names: OutputNames): AnswerWriter {
  if (output.kind === 'features') {
    // A copy, so that a row does not keep its batch alive.
    return (row, answer, i) => {
      row[names.vector] = answer && has(answer, i) ? answer.data.slice(i * answer.width, (i + 1) * answer.width) : null
    }
  }
  if (output.kind === 'values') return (row, answer, i) => numbers(row, names.numbers, answer, i)
  return (row, answer, i) => {
    const best = answer && has(answer, i) ? mostProbable(answer, i) : null
    row[names.prediction] = best
    row[names.class] = best === null ? null : output.classes[best]!.name
    numbers(row, names.numbers, answer, i)
  }
}

function numbers(row: Row, names: readonly string[], answer: BatchOutput | undefined, i: number): void {
  const known = answer !== undefined && has(answer, i)
  for (let k = 0; k < names.length; k++) row[names[k]!] = known ? answer.data[i * answer.width + k]! : null
}

/** Answers are finite, or not a number for all of a patch that was not asked about. */
const has = ({ data, width }: BatchOutput, i: number) => !Number.isNaN(data[i * width]!)

/** The first of the greatest. Of a single class: it, or nothing when the other side is more probable. */
function mostProbable({ data, width }: BatchOutput, i: number): number | null {
  const start = i * width
  if (width === 1) return data[start]! >= 0.5 ? 0 : null
  let best = 0
  for (let k = 1; k < width; k++) if (data[start + k]! > data[start + best]!) best = k
  return best
}
