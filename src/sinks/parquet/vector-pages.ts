/**
 * Pages of a column of vectors, which are all equally long: as lists (name → list → element, the three levels of the Parquet format) or as one
 * binary each. The numbers stay where they are: pages point to the memory of the batches that came.
 *
 * Of a list every number has two levels. Repetition: 0 where a row begins, 1 within it. Definition, from the bottom up: (0 where the row
 * is null,) 0 or 1 where the list is empty, which it never is, and one more where there is a number.
 */

import { type DataOf, hasValue } from '../../core/batch.js'
import type { Column } from '../../core/row.js'
import type { Page, Pages } from './chunk.js'
import { Runs } from './runs.js'
import { plain } from './values.js'

export type Embeddings = 'list' | 'binary'

export interface VectorPiece {
  readonly length: number
  readonly data: DataOf<'vector'>
}

/** Bytes of the numbers of a page. */
const pageBytes = 2 ** 20

export function vectorPages(pieces: readonly VectorPiece[], { nullable, size = 0, element }: Column, embeddings: Embeddings): Pages {
  const every = Math.max(1, Math.floor(pageBytes / (size * (element === 'float16' ? 2 : 4))))
  const nulls = nullable === true ? 1 : 0
  const shape: Shape = embeddings === 'list' ? { listed: true, numbers: size, top: nulls + 1 } : { listed: false, numbers: 1, top: nulls }
  const pages: Page[] = []
  let page = new VectorPage(shape, every)
  for (const { data, length } of pieces) {
    for (let row = 0; row < length; ) {
      row += page.add(data, row, length)
      if (page.rows < every) continue
      pages.push(page.finished())
      page = new VectorPage(shape, every)
    }
  }
  if (page.rows > 0) pages.push(page.finished())
  return { pages, dictionary: null }
}

interface Shape {
  readonly listed: boolean
  /** Values of a row in the eyes of Parquet. */
  readonly numbers: number
  /** Definition level of a value. */
  readonly top: number
}

class VectorPage {
  rows = 0
  #nulls = 0
  readonly #body: Uint8Array[] = []
  readonly #repetition: Runs
  readonly #definition: Runs

  constructor(
    readonly shape: Shape,
    readonly most: number,
  ) {
    this.#repetition = new Runs(2 * most)
    this.#definition = new Runs(most)
  }

  /** Takes rows from `row` on, all with a vector or all without, and says how many. */
  add(data: DataOf<'vector'>, row: number, length: number): number {
    const there = hasValue(data, row)
    const end = Math.min(length, row + this.most - this.rows)
    let to = data.valid === null ? end : row + 1
    while (to < end && hasValue(data, to) === there) to++
    const count = to - row
    const { listed, numbers, top } = this.shape
    this.#definition.add(there ? top : 0, there ? count * numbers : count)
    for (let i = 0; listed && i < count; i++) {
      this.#repetition.add(0, 1)
      if (there) this.#repetition.add(1, numbers - 1)
    }
    if (there) this.#body.push(plain(data, row, to))
    else this.#nulls += count
    this.rows += count
    return count
  }

  finished(): Page {
    const { listed, numbers, top } = this.shape
    return {
      rows: this.rows,
      values: (this.rows - this.#nulls) * numbers + this.#nulls,
      nulls: this.#nulls,
      repetition: listed ? this.#repetition.written() : new Uint8Array(0),
      definition: top > 0 ? this.#definition.written() : new Uint8Array(0),
      body: this.#body,
      bounds: null,
    }
  }
}
