/** What rows answer, for outputs that speak of classes: the classes of the model, and in which columns their numbers are. */

import { askedModels, spokenClasses } from '../../core/columns/asked.js'
import { classColumns, outputNames } from '../../core/columns/output-columns.js'
import { SinkError } from '../../core/errors.js'
import type { ModelCard, ModelClass } from '../../core/model.js'
import type { Column } from '../../core/row.js'
import type { SinkContext, SinkPlan } from '../../core/sink.js'
import type { NamedReaders } from './named-readers.js'

export interface Answers {
  readonly classes: readonly ModelClass[]
  /** The columns of the probabilities, in the order of the classes; empty when the rows have none. */
  readonly probabilities: readonly string[]
  /** Of a batch: the index of the class of a row; null when the patch has no answer. */
  readonly predictionsIn: (read: NamedReaders) => (i: number) => number | null
}

/** Throws `CLASSES_MISSING` when the model has no classes or the rows no answers. */
export function answersOf({ path, columns, provenance }: Pick<SinkContext, 'path' | 'columns' | 'provenance'>): Answers {
  const output = provenance.model?.outputs.find(({ kind }) => kind === 'classes')
  if (!output) throw missing(path, 'the model of these rows names no classes')
  const { classes } = output
  const names = classColumns(output, provenance.schemaVersion)
  const has = new Set(columns.map(({ name }) => name))
  const probabilities = names.probabilities.every((name) => has.has(name)) ? names.probabilities : []
  if (has.has(names.prediction)) {
    return {
      classes,
      probabilities,
      predictionsIn: (read) => {
        const prediction = read(names.prediction)
        return (i) => indexIn(classes, prediction(i))
      },
    }
  }
  if (has.has(names.class)) {
    const indices = new Map(classes.map(({ name }, i) => [name, i]))
    return {
      classes,
      probabilities,
      predictionsIn: (read) => {
        const word = read(names.class)
        return (i) => indices.get(word(i) as string) ?? null
      },
    }
  }
  if (probabilities.length > 1) {
    return {
      classes,
      probabilities,
      predictionsIn: (read) => {
        const numbers = numbersIn(read, probabilities)
        return (i) => largest(numbers(i))
      },
    }
  }
  throw missing(path, `the rows have neither '${names.prediction}' nor '${names.class}' nor the probabilities of all classes`)
}

/**
 * Of a batch: the index of the class with the greatest probability, as TIAToolbox says it beside its probabilities; null when the patch has no
 * answer. Of a single class that is 0 whatever its probability, of which a row here says no class below one half.
 */
export function greatestIn({ classes, probabilities, predictionsIn }: Answers, read: NamedReaders): (i: number) => number | null {
  const predictionAt = predictionsIn(read)
  if (classes.length !== 1 || probabilities.length !== 1) return predictionAt
  const numbersAt = numbersIn(read, probabilities)
  return (i) => predictionAt(i) ?? (numbersAt(i) === null ? null : 0)
}

/** What wsinfer, TIAToolbox and readers of theirs call it: the class as it is written, in formats where names take anything. */
export const foreignProbability = (name: string): string => `prob_${name}`

const missing = (path: string, fact: string) =>
  new SinkError('CLASSES_MISSING', `${path} cannot be written: ${fact}`, {
    hint: 'this output needs a model with an output of kind classes, and its columns',
  })

const indexIn = (classes: readonly ModelClass[], value: unknown) =>
  typeof value === 'number' && value >= 0 && value < classes.length ? value : null

/** Of a batch: the numbers of a row in some columns; null when one of them has none. */
export function numbersIn(read: NamedReaders, names: readonly string[]): (row: number) => number[] | null {
  const readers = names.map((name) => read(name))
  return (row) => {
    const numbers: number[] = new Array(names.length)
    for (let i = 0; i < names.length; i++) {
      const value = readers[i]!(row)
      if (typeof value !== 'number' || !Number.isFinite(value)) return null
      numbers[i] = value
    }
    return numbers
  }
}

function largest(numbers: readonly number[] | null): number | null {
  if (!numbers) return null
  let best = 0
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! > numbers[best]!) best = i
  return best
}

/** The vector of the first model that gives one, if the rows have it. */
export function vectorOf(
  columns: readonly Column[],
  models: readonly ModelCard[],
): { readonly column: Column; readonly model?: ModelCard } | undefined {
  for (const model of models) {
    const names = outputNames(model.outputs).map(({ vector }) => vector)
    const column = columns.find(({ name, type }) => type === 'vector' && names.includes(name))
    if (column) return { column, model }
  }
  // One that the user's own function made; beside several models it may be anything.
  const column = models.length > 1 ? undefined : columns.find(({ type }) => type === 'vector')
  return column && { column, ...(models[0] ? { model: models[0] } : {}) }
}

/** Whether the rows of a plan have the vector of a model. */
export const hasVector = (plan: SinkPlan): boolean =>
  vectorOf(
    plan.columns,
    askedModels(plan).map(({ card }) => card),
  ) !== undefined

/** Whether the rows of a plan speak of the classes of a model. */
export function namesClasses(plan: SinkPlan): boolean {
  const output = spokenClasses(plan)
  if (!output) return false
  const { prediction, class: word, probabilities } = classColumns(output, plan.schemaVersion)
  const known = new Set([prediction, word, ...probabilities])
  return plan.columns.some(({ name }) => known.has(name))
}

/** For `check`: whether answers can be there at all, without a slide. */
export function answerProblems(plan: SinkPlan): string[] {
  return namesClasses(plan) ? [] : ['needs the classes of a model, but the rows have none']
}
