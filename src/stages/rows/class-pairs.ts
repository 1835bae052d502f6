/**
 * A row says its class twice, by number and by name, and who reads a table goes by either. A function that changes one of them alone makes a
 * table of two minds: what a class is called is learnt here from the rows that the models gave.
 */

import type { Column, Row } from '../../core/row.js'

interface Pair {
  readonly number: string
  readonly word: string
  /** Names by number, as the rows had them. */
  readonly names: Map<unknown, unknown>
  readonly numbers: Map<unknown, unknown>
}

export class ClassPairs {
  readonly #pairs: readonly Pair[]

  /** Of columns that are there before and after. */
  constructor(takes: readonly Column[], gives: readonly Column[]) {
    const after = new Set(gives.map(({ name }) => name))
    const types = new Map(takes.filter(({ name }) => after.has(name)).map(({ name, type }) => [name, type]))
    this.#pairs = [...types].flatMap(([number, type]): Pair[] => {
      const word = number.replace(/(^|_)prediction$/, '$1class')
      if (word === number || type !== 'int32' || types.get(word) !== 'category') return []
      return [{ number, word, names: new Map(), numbers: new Map() }]
    })
  }

  /** The same rows. */
  async *learn(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
    for await (const row of rows) {
      for (const { number, word, names, numbers } of this.#pairs) {
        names.set(row[number], row[word])
        numbers.set(row[word], row[number])
      }
      yield row
    }
  }

  /** What is wrong with a row, or null. */
  apart(row: Row): string | null {
    for (const { number, word, names, numbers } of this.#pairs) {
      const [said, called] = [row[number] ?? null, row[word] ?? null]
      const isApart = (names.has(said) && names.get(said) !== called) || (numbers.has(called) && numbers.get(called) !== said)
      if (!isApart) continue
      return `have ${word} ${shown(called)} beside ${number} ${shown(said)}, which is no pair of the model's: change both: evaluate and report go by the number, cohort.parquet by the name, map and overlay by the probabilities where they are there`
    }
    return null
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value))
