/** Predictions against labels, over all tables of an output folder, in one pass. */

import { PipelineError } from '../../core/errors.js'
import type { Value } from '../../core/row.js'
import { nearest } from '../../core/text/nearest.js'
import type { Table } from '../../sinks/parquet/read.js'
import { readColumns } from '../../sinks/parquet/read-columns.js'
import { type Given, givenOf, noClass, noClassColor } from '../given.js'
import type { Results } from '../open.js'
import { classesOf, hasColumn, namesOf, type ResultClass, tableOf, withTables } from '../tables.js'
import {
  accuracyOf,
  byRow,
  type ClassScores,
  classScores,
  emptyMatrix,
  type Matrix,
  macroOf,
  type Scores,
  totalOf,
  weightedOf,
} from './confusion.js'
import { Ranking, type RankMethod } from './ranking.js'

export interface EvaluatedClass extends ClassScores {
  readonly name: string
  readonly color: string
  /** Area under the ROC curve against all other classes; null without the probabilities of every patch, or where it is not defined. */
  readonly rocAuc: number | null
}

export interface Evaluation {
  readonly schema: 'tiastream-evaluation/1'
  /** Patches with a label and a prediction: what the scores are about. */
  readonly patches: number
  readonly leftOut: { readonly unlabelled: number; readonly unpredicted: number }
  readonly accuracy: number
  /** In the order of the model; of one with a single class a second one, what is none of it: a probability below one half. */
  readonly classes: readonly EvaluatedClass[]
  /** Over the classes that occur. */
  readonly macro: Scores
  readonly weighted: Scores
  /** Mean over the classes that have one; null without the probabilities of every patch. */
  readonly rocAuc: { readonly macro: number | null; readonly method: RankMethod } | null
  /** Row: the true class. Column: the predicted one. `share`: of the row. */
  readonly confusion: { readonly counts: Matrix; readonly share: Matrix }
  readonly fingerprint: string
}

export interface EvaluateOptions {
  /** Class names for labels that are called otherwise: `TUM` → `tumour`; an empty one for what is no label: `NA`. */
  readonly rename?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Throws PipelineError: LABEL_MISSING, LABEL_UNKNOWN, NO_CLASSES, TABLES_DIFFER and what reading a table throws. */
export async function evaluate(results: Results, options: EvaluateOptions = {}): Promise<Evaluation> {
  let scoring: Scoring | undefined
  for (const slide of withTables(results)) {
    options.signal?.throwIfAborted()
    const table = await tableOf(slide)
    scoring ??= new Scoring(table, options.rename ?? {})
    await scoring.take(table, options.signal)
  }
  return scoring!.finish()
}

class Scoring {
  /** Those of the model. */
  readonly #classes: readonly ResultClass[]
  /** Of a model of one class: it says no, too, and the first label that is not its class is what that is called. */
  readonly #isOne: boolean
  #other: string | null = null
  readonly #numbers: ReadonlyMap<string, number>
  readonly #rename: Readonly<Record<string, string>>
  readonly #counts: number[][]
  #ranking: Ranking | null
  readonly #probabilities: Float64Array
  readonly #first: Table
  readonly #leftOut = { unlabelled: 0, unpredicted: 0 }

  constructor(table: Table, rename: Readonly<Record<string, string>>) {
    this.#first = table
    this.#classes = classesOf(table)
    const { prediction, class: word } = namesOf(table)
    if (this.#classes.length === 0 || !(hasColumn(table, prediction) || hasColumn(table, word))) {
      throw new PipelineError('NO_CLASSES', `${table.path} predicts no classes`, {
        hint: 'evaluate needs a model whose output is of kind classes',
      })
    }
    this.#isOne = this.#classes.length === 1
    this.#numbers = new Map(this.#classes.map(({ name }, i) => [name, i]))
    this.#rename = rename
    for (const [label, name] of Object.entries(rename))
      if (name !== '' && !this.#isOne && !this.#numbers.has(name)) throw this.#unknown(name, `--rename ${label}=${name}`)
    this.#counts = emptyMatrix(this.#isOne ? 2 : this.#classes.length)
    this.#ranking = this.#classes.every(({ column }) => column !== null) ? new Ranking(this.#classes.length) : null
    this.#probabilities = new Float64Array(this.#classes.length)
  }

  async take(table: Table, signal?: AbortSignal): Promise<void> {
    if (!hasColumn(table, 'label')) {
      throw new PipelineError('LABEL_MISSING', `${table.path} has no column 'label'`, {
        hint: 'labels come from the source: patches: { label: parent }, or a column label in the list of slides or patches',
      })
    }
    const names = (classes: readonly ResultClass[]) => JSON.stringify(classes.map(({ name, column }) => [name, column !== null]))
    const classes = classesOf(table)
    if (names(classes) !== names(this.#classes)) {
      throw new PipelineError('TABLES_DIFFER', `${table.path} has other classes than ${this.#first.path}`, {
        hint: 'evaluate the results of one model at a time',
      })
    }
    // Its own names: an earlier version called the columns of the same classes otherwise.
    const columns = this.#ranking ? classes.map(({ column }) => column!) : []
    const { prediction, class: word } = namesOf(table)
    // Rows that a user shaped may have the name of the class alone.
    const byName = !hasColumn(table, prediction)
    const answerIn = (value: Value | undefined) => (byName ? this.#numberOf(value, table) : value)
    const given: Given | null = this.#isOne ? givenOf(table) : null
    const asked = new Set(['label', byName ? word : prediction, ...columns, ...(given?.columns ?? [])])
    for await (const { count, values } of readColumns(table.path, [...asked])) {
      signal?.throwIfAborted()
      for (let i = 0; i < count; i++) {
        const said = answerIn(values[byName ? word : prediction]?.[i])
        const isNone = given !== null && typeof said !== 'number' && given.at(values, i) === noClass
        const truth = this.#add(values.label?.[i], said, isNone, table)
        if (truth === null || !this.#ranking) continue
        for (let c = 0; c < columns.length; c++) {
          const probability = values[columns[c]!]![i]
          this.#probabilities[c] = typeof probability === 'number' ? probability : Number.NaN
        }
        // scikit-learn refuses what is no number; as 0 it would be the least of all.
        if (this.#probabilities.some(Number.isNaN)) this.#ranking = null
        else this.#ranking.add(truth, this.#probabilities)
      }
    }
  }

  /** Counts a patch; its true class, or null when it is left out. */
  #add(label: Value | undefined, prediction: Value | undefined, isNone: boolean, table: Table): number | null {
    if (label === null || label === undefined || label === '') {
      this.#leftOut.unlabelled++
      return null
    }
    const written = String(label)
    const name = Object.hasOwn(this.#rename, written) ? this.#rename[written]! : written
    if (name === '') {
      this.#leftOut.unlabelled++
      return null
    }
    const truth = this.#truthOf(name, table)
    if (typeof prediction !== 'number' && !isNone) {
      this.#leftOut.unpredicted++
      return null
    }
    const answer = typeof prediction === 'number' ? prediction : this.#classes.length
    const line = this.#counts[truth]!
    if (line[answer] === undefined || (!isNone && answer >= this.#classes.length))
      throw new PipelineError('TABLE_UNREADABLE', `${table.path} predicts class ${answer}, but there are ${this.#classes.length}`)
    line[answer]++
    return truth
  }

  #truthOf(name: string, table: Table): number {
    const number = this.#numbers.get(name)
    if (number !== undefined) return number
    if (this.#isOne) this.#other ??= name
    if (this.#other !== name) throw this.#unknown(name, table.path)
    return 1
  }

  #numberOf(name: Value | undefined, table: Table): number | null {
    if (name === null || name === undefined) return null
    const number = this.#numbers.get(String(name))
    if (number !== undefined) return number
    throw new PipelineError('TABLE_UNREADABLE', `${table.path} predicts the class '${name}', which its model does not have`)
  }

  #unknown(name: string, where: string): PipelineError {
    const known = this.#classes.map((one) => one.name)
    const like = name.length > 64 ? null : nearest(name, known)
    const shown = known.length > 40 ? `${known.slice(0, 40).join(', ')}, … (${known.length})` : known.join(', ')
    return new PipelineError(
      'LABEL_UNKNOWN',
      `${where}: label '${name}' is no class of the model${like === null ? '' : `, did you mean '${like}'?`}`,
      {
        hint: this.#isOne
          ? `its class is ${shown}, beside which one label may say what is none of it; say which one is meant with --rename '${name}=…', or with '${name}=' that it is none`
          : `the classes are: ${shown}; say which one is meant with --rename '${name}=${like ?? '…'}', or with '${name}=' that it is none`,
      },
    )
  }

  finish(): Evaluation {
    const scores = classScores(this.#counts)
    // Where no label is the class, the others are of another kind (a diagnosis), or its name written otherwise.
    if (this.#other !== null && scores[0]!.support === 0) throw this.#unknown(this.#other, this.#first.path)
    const own = this.#ranking?.areas() ?? []
    // Of two classes one is ranked as the other is.
    const areas = this.#isOne ? [...own, ...own] : own
    const known = areas.filter((area) => area !== null)
    return {
      schema: 'tiastream-evaluation/1',
      patches: totalOf(this.#counts),
      leftOut: this.#leftOut,
      accuracy: accuracyOf(this.#counts),
      classes: this.#named().map(({ name, color }, i) => ({ name, color, ...scores[i]!, rocAuc: areas[i] ?? null })),
      macro: macroOf(scores),
      weighted: weightedOf(scores),
      rocAuc: this.#ranking && {
        macro: known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length,
        method: this.#ranking.method,
      },
      confusion: { counts: this.#counts, share: byRow(this.#counts) },
      fingerprint: this.#first.metadata.fingerprint,
    }
  }

  #named(): readonly Pick<ResultClass, 'name' | 'color'>[] {
    return this.#isOne ? [...this.#classes, { name: this.#other ?? `not ${this.#classes[0]!.name}`, color: noClassColor }] : this.#classes
  }
}
