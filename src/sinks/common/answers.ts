/** What rows answer, for outputs that speak of classes: the classes of the model, and in which columns their numbers are. */

import { SinkError } from '../../core/errors.js'
import type { ModelClass } from '../../core/model.js'
import { classColumns, isProbability } from '../../core/output-columns.js'
import type { Column, Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'

export interface Answers {
  readonly classes: readonly ModelClass[]
  /** The columns of the probabilities, in the order of the classes; empty when the rows have none. */
  readonly probabilities: readonly string[]
  /** Index of the class of a row; null when the patch has no answer. */
  readonly prediction: (row: Row) => number | null
}

/** Throws `CLASSES_MISSING` when the model has no classes or the rows no answers. */
export function answersOf({ path, columns, provenance }: Pick<SinkContext, 'path' | 'columns' | 'provenance'>): Answers {
  const output = provenance.model?.outputs.find(({ kind }) => kind === 'classes')
  if (!output) throw missing(path, 'the model of these rows names no classes')
  const { classes } = output
  const names = classColumns(output, provenance.schemaVersion)
  const has = new Set(columns.map(({ name }) => name))
  const probabilities = names.probabilities.every((name) => has.has(name)) ? names.probabilities : []
  if (has.has(names.prediction)) return { classes, probabilities, prediction: (row) => indexIn(classes, row[names.prediction]) }
  if (has.has(names.class)) {
    const indices = new Map(classes.map(({ name }, i) => [name, i]))
    return { classes, probabilities, prediction: (row) => indices.get(row[names.class] as string) ?? null }
  }
  if (probabilities.length > 1) return { classes, probabilities, prediction: (row) => largest(numbersOf(row, probabilities)) }
  throw missing(path, `the rows have neither '${names.prediction}' nor '${names.class}' nor the probabilities of all classes`)
}

/** What wsinfer, TIAToolbox and readers of theirs call it: the class as it is written, in formats where names take anything. */
export const foreignProbability = (name: string): string => `prob_${name}`

const missing = (path: string, fact: string) =>
  new SinkError('CLASSES_MISSING', `${path} cannot be written: ${fact}`, {
    hint: 'this output needs a model with an output of kind classes, and its columns',
  })

const indexIn = (classes: readonly ModelClass[], value: unknown) =>
  typeof value === 'number' && value >= 0 && value < classes.length ? value : null

/** The numbers of some columns; null when one of them has none. */
export function numbersOf(row: Row, names: readonly string[]): number[] | null {
  const numbers: number[] = new Array(names.length)
  for (let i = 0; i < names.length; i++) {
    const value = row[names[i]!]
    if (typeof value !== 'number' || !Number.isFinite(value)) return null
    numbers[i] = value
  }
  return numbers
}

function largest(numbers: readonly number[] | null): number | null {
  if (!numbers) return null
  let best = 0
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! > numbers[best]!) best = i
  return best
}

/** `#e41a1c` as [228, 26, 28]. */
export function rgbOf(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** The first vector column, if the rows have one. */
export const vectorColumn = (columns: readonly Column[]): Column | undefined => columns.find(({ type }) => type === 'vector')

/** Whether rows with these columns speak of classes. */
export const namesClasses = (columns: readonly Column[]): boolean =>
  columns.some((column) => column.name === 'prediction' || column.name === 'class' || isProbability(column))

/** For `check`: whether answers can be there at all, without a slide. */
export function answerProblems(columns: readonly Column[]): string[] {
  return namesClasses(columns) ? [] : ['needs the classes of a model, but the rows have none']
}
