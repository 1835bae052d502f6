/** What a model says of the patches of a batch, as the columns that its output becomes. */

import { type ColumnData, type DataOf, hasValue, validOf } from '../../core/batch.js'
import { categoryOf } from '../../core/batches/rows-of.js'
import { answerKey, type OutputNames, outputNames } from '../../core/columns/output-columns.js'
import { ModelError } from '../../core/errors.js'
import type { BatchOutput } from '../../core/items.js'
import type { ModelOutput } from '../../core/model.js'
import { toHalf } from '../../geometry/half.js'

/** The column of so many patches from their answers; nulls where there is none. */
export type AnswerColumn = (answer: BatchOutput | undefined, length: number) => ColumnData

/** For each column that an output becomes: whose output it is, and how it is made. */
export function answerColumns(
  outputs: readonly ModelOutput[],
): ReadonlyMap<string, { readonly output: string; readonly make: AnswerColumn }> {
  const names = outputNames(outputs)
  return new Map(
    outputs.flatMap((output, i) =>
      [...columnsOf(output, names[i]!)].map(([name, make]) => [name, { output: answerKey(output), make }] as const),
    ),
  )
}

function* columnsOf(output: ModelOutput, names: OutputNames): Generator<readonly [string, AnswerColumn]> {
  if (output.kind === 'features') yield [names.vector, (answer, length) => kept(vectors(answer, length, output.width), output)]
  if (output.kind === 'classes') {
    yield [names.prediction, predictions]
    const words = output.classes.map(({ name }) => name)
    yield [names.class, (answer, length) => classes(answer, length, words)]
  }
  for (const [k, name] of names.numbers.entries()) yield [name, (answer, length) => numbers(answer, length, k)]
}

/** Answers are finite, or not a number for all of a patch that was not asked about. */
const has = ({ data, width }: BatchOutput, i: number): boolean => !Number.isNaN(data[i * width]!)

const validIn = (answer: BatchOutput | undefined, length: number): Uint8Array | null =>
  validOf(length, (i) => answer !== undefined && has(answer, i))

function numbers(answer: BatchOutput | undefined, length: number, k: number): ColumnData {
  const column = { type: 'float32', valid: validIn(answer, length), values: new Float32Array(length) } as const
  for (let i = 0; i < length; i++) if (hasValue(column, i)) column.values[i] = answer!.data[i * answer!.width + k]!
  return column
}

function predictions(answer: BatchOutput | undefined, length: number): ColumnData {
  const best = Array.from({ length }, (_, i) => mostProbable(answer, i))
  return { type: 'int32', valid: validOf(length, (i) => best[i] !== null), values: Int32Array.from(best, (one) => one ?? 0) }
}

function classes(answer: BatchOutput | undefined, length: number, words: readonly string[]): ColumnData {
  const best = Array.from({ length }, (_, i) => mostProbable(answer, i))
  return { valid: validOf(length, (i) => best[i] !== null), ...categoryOf(best.map((one) => (one === null ? null : words[one]!))) }
}

/** The first of the greatest. Of a single class: it, or nothing when the other side is more probable. */
function mostProbable(answer: BatchOutput | undefined, i: number): number | null {
  if (answer === undefined || !has(answer, i)) return null
  const { data, width } = answer
  const start = i * width
  if (width === 1) return data[start]! >= 0.5 ? 0 : null
  let best = 0
  for (let k = 1; k < width; k++) if (data[start + k]! > data[start + best]!) best = k
  return best
}

/** As the plan wants them: rounded to float16, ties to even, or as they are. Throws ModelError VECTOR_TOO_LARGE. */
function kept(column: DataOf<'vector'>, { name, element }: ModelOutput): DataOf<'vector'> {
  if (element === undefined) return column
  const halves = new Uint16Array(column.values.length)
  for (let i = 0; i < halves.length; i++) {
    const value = column.values[i]!
    halves[i] = toHalf(value)
    if ((halves[i]! & 0x7fff) === infinite && Number.isFinite(value))
      throw new ModelError('VECTOR_TOO_LARGE', `output '${name}' holds ${value}, and float16 goes to 65504`, {
        hint: 'leave vectors: float16 out',
      })
  }
  return { ...column, values: halves }
}
const infinite = 0x7c00

/** The model's own numbers where all patches have an answer: they are moved on, not copied. */
function vectors(answer: BatchOutput | undefined, length: number, size: number): DataOf<'vector'> {
  const valid = validIn(answer, length)
  if (answer && valid === null) return { type: 'vector', valid, size, values: answer.data }
  const column = { type: 'vector', valid, size, values: new Float32Array(length * size) } as const
  for (let i = 0; i < length; i++) {
    if (hasValue(column, i)) column.values.set(answer!.data.subarray(i * size, (i + 1) * size), i * size)
  }
  return column
}
