/**
 * What a table says of each patch: its class, an answer that is no class (features, values, or a probability below one half where the
 * model has one class), or no answer. The report and the viewer ask here, so that they count alike.
 */

import { isWithoutAnswer } from '../core/items.js'
import type { Table } from '../sinks/parquet/read.js'
import type { ColumnGroup } from '../sinks/parquet/read-columns.js'
import { classesOf, hasColumn, namesOf } from './tables.js'

/** Instead of the number of a class: the patch has no answer. */
export const noAnswer = -1
/** Instead of the number of a class: the patch has an answer that names none. */
export const noClass = -2

/** Of patches with an answer that names no class. */
export const noClassColor = '#0d9488'
/** Of patches without an answer. */
export const noAnswerColor = '#808080'

export interface Given {
  /** What has to be read for it. */
  readonly columns: readonly string[]
  /** The number of a class, noClass or noAnswer, of the i-th row of a group that was read. */
  at(values: ColumnGroup['values'], i: number): number
  /** What has to be read to say how sure an answer is. */
  readonly probabilities: readonly string[]
  /** How sure such a number is: the probability of the class; of what is none of the only class, what that one lacks; null where none is told. */
  sureness(values: ColumnGroup['values'], i: number, given: number): number | null
}

/** Rows that a user shaped may lack any of the columns. */
export function givenOf(table: Pick<Table, 'metadata' | 'columns'>): Given {
  const classes = classesOf(table)
  const has = (name: string) => hasColumn(table, name)
  const numbers = new Map<unknown, number>(classes.map(({ name }, i) => [name, i]))
  const { prediction, class: word } = namesOf(table)
  const [named, byName] = [has(prediction) || has(word), !has(prediction) && has(word)]
  const probability = classes.find(({ column }) => column !== null)?.column ?? null
  const classAt: Given['at'] = byName
    ? (values, i) => numbers.get(values[word]?.[i]) ?? noAnswer
    : (values, i) => {
        const said = values[prediction]?.[i]
        return typeof said === 'number' && classes[said] ? said : noAnswer
      }
  const isSilent: (values: ColumnGroup['values'], i: number) => boolean = has('status')
    ? (values, i) => isWithoutAnswer(values.status?.[i])
    : probability !== null
      ? (values, i) => typeof values[probability]?.[i] !== 'number'
      : () => named && classes.length > 0
  const only = classes.length === 1 ? probability : null
  return {
    probabilities: classes.flatMap(({ column }) => (column === null ? [] : [column])),
    sureness(values, i, given) {
      const column = given === noClass ? only : (classes[given]?.column ?? null)
      if (column === null) return null
      const told = values[column]?.[i]
      if (typeof told !== 'number' || !Number.isFinite(told)) return null
      return given === noClass ? 1 - told : told
    },
    columns: [prediction, word, 'status', ...(probability === null ? [] : [probability])].filter(has),
    at(values, i) {
      const number = classAt(values, i)
      if (number >= 0) return number
      return isSilent(values, i) ? noAnswer : noClass
    },
  }
}
