/** What rows answer, for outputs that speak of classes: the classes of the model, and in which columns their numbers are. */

import { askedModels, isOfClasses, spokenClasses } from '../../core/columns/asked.js'
import { type ClassColumns, classColumns, outputNames } from '../../core/columns/output-columns.js'
import { SinkError } from '../../core/errors.js'
import type { ModelCard, ModelClass, ModelOutput } from '../../core/model.js'
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
export function answersOf(context: Rows): Answers {
  const answers = answersIn(context)
  if (answers) return answers
  const output = classesIn(context)
  throw new SinkError(
    'CLASSES_MISSING',
    `${context.path} cannot be written: ${output ? noneOf(output, context.provenance) : 'the model of these rows names no classes'}`,
    {
      hint: 'this output needs a model with an output of kind classes, and its columns',
    },
  )
}

/** For outputs that can do without: null when the model has no classes, or a `rows` stage has let their columns go. */
export function answersIn({ columns, provenance }: Omit<Rows, 'path'>): Answers | null {
  const output = classesIn({ provenance })
  if (!output) return null
  const { classes } = output
  const names = classColumns(output, provenance.schemaVersion)
  const { by, probabilities } = saidBy(names, columns)
  if (by === null) return null
  return {
    classes,
    probabilities,
    predictionsIn: (read) => {
      if (by === 'class') {
        const [word, indices] = [read(names.class), new Map(classes.map(({ name }, i) => [name, i]))]
        return (i) => indices.get(word(i) as string) ?? null
      }
      if (by === 'prediction') {
        const prediction = read(names.prediction)
        return (i) => indexIn(classes, prediction(i))
      }
      const numbers = numbersIn(read, probabilities)
      return (i) => likeliest(numbers(i))
    },
  }
}

type Rows = Pick<SinkContext, 'path' | 'columns' | 'provenance'>

const classesIn = ({ provenance }: Pick<Rows, 'provenance'>) => provenance.model?.outputs.find(isOfClasses)

/** Which columns say the class of a row, and the probabilities, if all are there. */
function saidBy(names: ClassColumns, columns: readonly Column[]) {
  const has = new Set(columns.map(({ name }) => name))
  const probabilities = names.probabilities.every((name) => has.has(name)) ? names.probabilities : []
  const word = (['prediction', 'class'] as const).find((one) => has.has(names[one]))
  return { by: word ?? (probabilities.length > 0 ? ('probabilities' as const) : null), probabilities }
}

function noneOf(output: ModelOutput, { schemaVersion }: { readonly schemaVersion?: string }): string {
  const names = classColumns(output, schemaVersion)
  return `the rows have neither '${names.prediction}' nor '${names.class}' nor the probabilities of all classes`
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

/** As `merge` says it: of a single class none below one half. */
function likeliest(numbers: readonly number[] | null): number | null {
  if (!numbers) return null
  if (numbers.length === 1) return numbers[0]! >= 0.5 ? 0 : null
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

/** For `check`: whether answers can be there at all, without a slide. */
export function answerProblems(plan: SinkPlan): string[] {
  const output = spokenClasses(plan)
  if (!output) return ['needs the classes of a model, but the rows have none: an infer: stage with a model of classes is missing']
  return saidBy(classColumns(output, plan.schemaVersion), plan.columns).by
    ? []
    : [`needs the classes of a model, but ${noneOf(output, plan)}`]
}

/** The same, for an output that is made of the probabilities. */
export function probabilityProblems(plan: SinkPlan): string[] {
  const output = spokenClasses(plan)
  if (!output) return answerProblems(plan)
  const has = new Set(plan.columns.map(({ name }) => name))
  const lost = classColumns(output, plan.schemaVersion).probabilities.find((name) => !has.has(name))
  return lost === undefined ? [] : [`needs the probabilities of all classes, but the rows have no column '${lost}'`]
}
