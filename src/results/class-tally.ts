/** How many patches of a slide each class has, how much of the slide that is, and the legend that says so. */

import { nameIn } from '../core/columns/old-names.js'
import type { Region } from '../geometry/region.js'
import type { Table } from '../sinks/parquet/read.js'
import { areaText, shareText } from '../sinks/picture/amount-text.js'
import { ranked } from '../sinks/picture/ranked.js'
import { areaOf } from './area.js'
import { noAnswer, noAnswerColor, noClass, noClassColor } from './given.js'
import { classesOf, hasColumn, type ResultClass } from './tables.js'

/** Classes that a legend names, each in its line; of more, the last line sums up the rarest. */
export const mostLines = 40

export interface LegendLine {
  /** The number of a class, noClass, noAnswer, or `rest`. */
  readonly key: number | 'rest'
  readonly name: string
  /** Null for the line that stands for several classes. */
  readonly color: string | null
  readonly count: number
  /** Of all patches with an answer; null for those without one. */
  readonly share: string | null
  /** Null where nobody knows the size of a pixel. */
  readonly area: string | null
}

export interface Legend {
  readonly lines: readonly LegendLine[]
  /** Numbers of the classes that the line `rest` stands for. */
  readonly rest: readonly number[]
  /** Classes that no patch was given. */
  readonly absent: number
}

export class ClassTally {
  readonly classes: readonly ResultClass[]
  readonly #area: ((region: Region) => number) | null
  /** By class; then those of no class, and those without an answer. */
  readonly #counts: Float64Array
  readonly #mm2: Float64Array
  readonly #noClassName: string

  constructor(table: Pick<Table, 'metadata' | 'columns'>) {
    this.classes = classesOf(table)
    this.#area = hasPlaces(table) ? areaOf(table.metadata) : null
    this.#counts = new Float64Array(this.classes.length + 2)
    this.#mm2 = new Float64Array(this.classes.length + 2)
    const kinds = new Set(table.metadata.model?.outputs.map(({ kind }) => kind))
    this.#noClassName =
      ['features', 'values'].find((kind) => kinds.has(kind as 'features')) ?? (this.classes.length > 0 ? 'no class' : 'patches')
  }

  /** `given`: as the table says it. */
  add(given: number, region: Region | null): void {
    const place = this.#place(given)
    this.#counts[place]!++
    if (region && this.#area) this.#mm2[place]! += this.#area(region)
  }

  count(given: number): number {
    return this.#counts[this.#place(given)]!
  }

  /** Patches with an answer: shares are shares of these. */
  get answered(): number {
    return this.#counts.reduce((sum, n) => sum + n, 0) - this.count(noAnswer)
  }

  /** Patches with a class. */
  get predicted(): number {
    return this.answered - this.count(noClass)
  }

  get knowsArea(): boolean {
    return this.#area !== null
  }

  get legend(): Legend {
    const { shown, rest } = ranked([...this.classes.keys()], (i) => this.#counts[i]!, mostLines)
    const line = (key: LegendLine['key'], name: string, color: string | null, places: readonly number[]): LegendLine => {
      const sum = (amounts: Float64Array) => places.reduce((total, i) => total + amounts[i]!, 0)
      const count = sum(this.#counts)
      return {
        ...{ key, name, color, count },
        share: key === noAnswer ? null : shareText(count / this.answered),
        area: this.#area ? areaText(sum(this.#mm2)) : null,
      }
    }
    const others = [
      line(noClass, this.#noClassName, noClassColor, [this.#place(noClass)]),
      line(noAnswer, 'no answer', noAnswerColor, [this.#place(noAnswer)]),
    ]
    return {
      lines: [
        ...shown.map((i) => line(i, this.classes[i]!.name, this.classes[i]!.color, [i])),
        ...(rest.length > 0 ? [line('rest', `and ${rest.length} others`, null, rest)] : []),
        ...others.filter(({ count }) => count > 0),
      ],
      rest,
      absent: this.classes.length - shown.length - rest.length,
    }
  }

  #place(given: number): number {
    return given >= 0 ? given : this.classes.length + (given === noClass ? 0 : 1)
  }
}

/** Whether the rows say where their patches lie on a slide. */
export const hasPlaces = (table: Pick<Table, 'metadata' | 'columns'>): boolean =>
  table.metadata.slide.kind !== 'set' &&
  ['base_x', 'base_y', 'base_w', 'base_h'].every((name) => hasColumn(table, nameIn(table.columns, name)))
