/** Whether rows are what a case expects. Rows pass by one at a time: counts and sums are kept, never the rows. */

import type { Row, Value } from '../core/row.js'
import type { Expectation } from './case-form.js'

type Range = NonNullable<Expectation['rows']>

export function outside(what: string, found: number, range: Range | undefined): string[] {
  if (!range) return []
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range
  if (found >= min && found <= max) return []
  const wish =
    min === max
      ? `${min}`
      : [range.min === undefined ? '' : `at least ${min}`, range.max === undefined ? '' : `at most ${max}`].filter(Boolean).join(', ')
  return [`${what} is ${found}, expected ${wish}`]
}

/** Watches one column. */
class ColumnWatch {
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #sum = 0
  #numbers = 0
  #nulls = 0
  #seen = 0
  #strange: string | undefined
  readonly #counts = new Map<string, number>()

  constructor(
    private readonly name: string,
    private readonly wish: NonNullable<Expectation['values']>[string],
  ) {
    for (const value of Object.keys(wish.counts ?? {})) this.#counts.set(value, 0)
  }

  see(value: Value | undefined): void {
    if (value === undefined) return
    this.#seen++
    if (value === null) {
      this.#nulls++
      return
    }
    if (typeof value === 'number') {
      this.#numbers++
      this.#sum += value
      this.#min = Math.min(this.#min, value)
      this.#max = Math.max(this.#max, value)
    }
    const text = String(value)
    if (this.wish.among && !this.wish.among.includes(text)) this.#strange ??= text
    const count = this.#counts.get(text)
    if (count !== undefined) this.#counts.set(text, count + 1)
  }

  differences(rows: number): string[] {
    const { name, wish } = this
    if (rows > 0 && this.#seen === 0) return [`there is no column ${name}`]
    const asked = wish.min ?? wish.max ?? wish.mean
    if (asked && this.#numbers === 0) return [`${name} has no numbers`]
    return [
      ...outside(`the smallest ${name}`, this.#min, wish.min),
      ...outside(`the largest ${name}`, this.#max, wish.max),
      ...outside(`the mean of ${name}`, this.#sum / this.#numbers, wish.mean),
      ...outside(`the number of empty ${name}`, this.#nulls, wish.nulls),
      ...(this.#strange === undefined ? [] : [`${name} is '${this.#strange}' once, expected only ${wish.among?.join(', ')}`]),
      ...[...this.#counts].flatMap(([value, count]) => outside(`the number of rows with ${name} ${value}`, count, wish.counts?.[value])),
    ]
  }
}

export class RowWatch {
  rows = 0
  readonly #columns: ReadonlyMap<string, ColumnWatch>

  constructor(private readonly expect: Expectation) {
    this.#columns = new Map(Object.entries(expect.values ?? {}).map(([name, wish]) => [name, new ColumnWatch(name, wish)]))
  }

  see(row: Row): void {
    this.rows++
    for (const [name, watch] of this.#columns) watch.see(row[name])
  }

  differences(): string[] {
    return [
      ...outside('the number of rows', this.rows, this.expect.rows),
      ...[...this.#columns.values()].flatMap((watch) => watch.differences(this.rows)),
    ]
  }
}
