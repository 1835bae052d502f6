/** Which parts of a slide sub-blocks show, cell by cell: whether a level has all that full resolution has. */

import type { Region } from '../../geometry/region.js'
import type { SubBlock } from './directory.js'

/** Along a side: a megabyte in all. What is smaller than a cell may be missed. */
const MOST = 1024

export class Cells {
  readonly #whole: Region
  readonly #columns: number
  readonly #rows: number
  readonly #cells: Uint8Array

  constructor(whole: Region) {
    this.#whole = whole
    this.#columns = Math.min(MOST, whole.width)
    this.#rows = Math.min(MOST, whole.height)
    this.#cells = new Uint8Array(this.#columns * this.#rows)
  }

  add(blocks: readonly SubBlock[]): void {
    for (const block of blocks) this.#fill(block)
  }

  /** All cells that were added are shown by these blocks, too, but for a pixel or two at their edges: sizes of smaller pictures are rounded. */
  areIn(blocks: readonly SubBlock[]): boolean {
    const others = new Cells(this.#whole)
    for (const block of blocks) others.#fill(block, 2 * block.factor)
    return this.#cells.every((cell, i) => cell <= others.#cells[i]!)
  }

  /** Cells whose middle lies in the block, or no more than `around` pixels beside it. */
  #fill({ x, y, width, height, factor }: SubBlock, around = 0): void {
    const { x: left, y: top, width: across, height: down } = this.#whole
    const along = (from: number, size: number, whole: number, cells: number): readonly [number, number] => {
      const cell = whole / cells
      const first = Math.ceil((from - around) / cell - 0.5)
      const end = Math.ceil((from + size * factor + around) / cell - 0.5)
      return [Math.max(0, first), Math.min(cells, end)]
    }
    const [firstColumn, endColumn] = along(x - left, width, across, this.#columns)
    const [firstRow, endRow] = along(y - top, height, down, this.#rows)
    if (endColumn <= firstColumn) return
    for (let row = firstRow; row < endRow; row++) this.#cells.fill(1, row * this.#columns + firstColumn, row * this.#columns + endColumn)
  }
}
