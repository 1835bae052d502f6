/** The brackets that stand open while a text is scanned, the outermost first; what is wrong with them goes to the slips. */

import type { Slip } from './yaml-slip.js'

interface Place {
  readonly row: number
  readonly column: number
}

interface Open {
  readonly bracket: string
  readonly at: Place
  /** A value in quotes or brackets has ended, and no comma followed; where that was. */
  ended: Place | undefined
  /** Inside a map: a key was read, and its value not yet ended. */
  inValue: boolean
}

const closing: Readonly<Record<string, string>> = { '[': ']', '{': '}' }

export class Brackets {
  #open: Open[] = []

  constructor(private readonly slips: Slip[]) {}

  get top(): Pick<Open, 'bracket' | 'inValue'> | undefined {
    return this.#open.at(-1)
  }

  open(bracket: string, at: Place): void {
    this.#open.push({ bracket, at, inValue: false, ended: undefined })
  }

  close(char: string, at: Place): void {
    const { bracket, at: opened } = this.#open.pop()!
    const wanted = closing[bracket]!
    if (wanted !== char) this.#slip('bracket', at, `the ${bracket} in line ${opened.row + 1} is closed by ${char}: write ${wanted}`)
    const outer = this.#open.at(-1)
    if (outer) outer.ended = { row: at.row, column: at.column + 1 }
  }

  /** What ended was no key. */
  valueEnded(at: Place): void {
    const top = this.#open.at(-1)
    if (top && (top.inValue || top.bracket === '[')) top.ended = at
  }

  /** `,` or `:`. What follows a colon is a value. */
  separated(by: string): void {
    const top = this.#open.at(-1)!
    top.inValue = by === ':'
    top.ended = undefined
  }

  /** Something begins: no value may stand before it without a comma between them. */
  mustBeApart(): void {
    const top = this.#open.at(-1)
    if (!top?.ended) return
    this.#slip('no-comma', top.ended, 'a comma is missing here: write , before what follows')
    top.inValue = false
    top.ended = undefined
  }

  /** The text ends, or goes on behind them. */
  unclosed(): void {
    const { bracket, at } = this.#open[0]!
    const missing = this.#open
      .map((open) => closing[open.bracket])
      .reverse()
      .join('')
    this.#slip('bracket', at, `this ${bracket} is not closed: write ${missing} where it ends`)
    this.forget()
  }

  /** Where it is not known any more how they stand. */
  forget(): void {
    this.#open = []
  }

  #slip(kind: Slip['kind'], { row, column }: Place, message: string): void {
    this.slips.push({ kind, line: row + 1, column: column + 1, message })
  }
}
