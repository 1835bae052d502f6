/**
 * The patches of one slide, held ready to be drawn and found: 36 bytes each, in typed arrays, and an index by position (a
 * lattice of cells, each with the patches that touch it).
 */

import { nameIn } from '../../core/columns/old-names.js'
import { PipelineError } from '../../core/errors.js'
import type { Region } from '../../geometry/region.js'
import type { Table } from '../../sinks/parquet/read.js'
import { readColumns } from '../../sinks/parquet/read-columns.js'
import { ClassTally, type Legend } from '../class-tally.js'
import { givenOf, noAnswer } from '../given.js'
import type { ResultClass } from '../tables.js'

/** More patches than this are not held: about 144 MB. */
const mostPatches = 4_000_000
/** Cells of the lattice, at most: a cell is then some patches, never the slide. */
const mostCells = 2 ** 20

/** What is shown: classes by number, and from which probability on. */
export interface Choice {
  readonly isShown: (prediction: number) => boolean
  readonly min: number
  /** The probability of one class by patch, NaN where there is none: it is shown instead of the classes. */
  readonly heat?: Float32Array
}

export class Marks {
  readonly count: number
  readonly legend: Legend
  /** x, y, width, height of patch i at 4 × i, in baseline pixels. */
  readonly #boxes: Float64Array
  /** A class, or noAnswer, or noClass. */
  readonly #predictions: Int32Array
  readonly #confidences: Float32Array
  readonly #lattice: Lattice

  private constructor(
    readonly tally: ClassTally,
    boxes: Float64Array,
    predictions: Int32Array,
    confidences: Float32Array,
  ) {
    this.legend = tally.legend
    this.count = predictions.length
    this.#boxes = boxes
    this.#predictions = predictions
    this.#confidences = confidences
    this.#lattice = latticeOf(boxes)
  }

  /** Reads a table once. Throws TABLE_TOO_LARGE, and NO_PLACES for a table without coordinates. */
  static async read(table: Table, signal?: AbortSignal): Promise<Marks> {
    if (table.count > mostPatches) {
      throw new PipelineError(
        'TABLE_TOO_LARGE',
        `${table.path} has ${table.count} patches, more than the ${mostPatches} that can be shown`,
        {
          hint: 'make an overlay: tiastream overlay',
        },
      )
    }
    const places = ['base_x', 'base_y', 'base_w', 'base_h'].map((name) => nameIn(table.columns, name))
    if (!table.columns.some(({ name }) => name === places[0])) {
      throw new PipelineError('NO_PLACES', `${table.path} says of no patch where it lies`, { hint: 'only slides and tiles can be viewed' })
    }
    const [tally, given] = [new ClassTally(table), givenOf(table)]
    const { classes } = tally
    const boxes = new Float64Array(table.count * 4)
    const predictions = new Int32Array(table.count)
    const confidences = new Float32Array(table.count)
    for await (const { first, count, values } of readColumns(table.path, [...places, ...given.columns, ...given.probabilities])) {
      signal?.throwIfAborted()
      for (let k = 0, i = first; k < count; k++, i++) {
        for (let p = 0; p < 4; p++) boxes[i * 4 + p] = number(values[places[p]!]?.[k])
        const prediction = given.at(values, k)
        predictions[i] = prediction
        tally.add(prediction, { x: boxes[i * 4]!, y: boxes[i * 4 + 1]!, width: boxes[i * 4 + 2]!, height: boxes[i * 4 + 3]! })
        // Without an answer there is no probability; without probabilities every answer counts in full.
        confidences[i] = prediction === noAnswer ? 0 : (given.sureness(values, k, prediction) ?? (classes[prediction]?.column ? 0 : 1))
      }
    }
    return new Marks(tally, boxes, predictions, confidences)
  }

  get classes(): readonly ResultClass[] {
    return this.tally.classes
  }

  boxOf(i: number): Region {
    return { x: this.#boxes[i * 4]!, y: this.#boxes[i * 4 + 1]!, width: this.#boxes[i * 4 + 2]!, height: this.#boxes[i * 4 + 3]! }
  }

  predictionOf(i: number): number {
    return this.#predictions[i]!
  }

  /** Patches that may touch the region, each once. */
  *near(region: Region): Generator<number> {
    yield* this.#lattice.near(region)
  }

  isShown(i: number, { isShown, min, heat }: Choice): boolean {
    // Not a number is never at least the minimum.
    return heat ? heat[i]! >= min : isShown(this.#predictions[i]!) && this.#confidences[i]! >= min
  }

  /** Where shown patches overlap, the one with most of it is seen: of the chosen class, or of its own. */
  strengthOf(i: number, { heat }: Choice): number {
    return heat ? heat[i]! : this.#confidences[i]!
  }

  /** Number of the row whose patch is seen at a point: the surest of those that are shown, else the surest of all; null where none is. */
  at(x: number, y: number, choice: Choice): number | null {
    let best: number | null = null
    let bestRank = -1
    for (const i of this.#lattice.near({ x, y, width: 0, height: 0 })) {
      const box = this.boxOf(i)
      if (x < box.x || y < box.y || x >= box.x + box.width || y >= box.y + box.height) continue
      const rank = this.isShown(i, choice) ? 2 + this.strengthOf(i, choice) : this.#confidences[i]!
      if (rank > bestRank) {
        best = i
        bestRank = rank
      }
    }
    return best
  }
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

interface Lattice {
  near(region: Region): Iterable<number>
}

/** Patches sorted by the cell of their top left corner; a query looks further up and left by the size of the largest patch. */
function latticeOf(boxes: Float64Array): Lattice {
  const n = boxes.length / 4
  let [left, top, right, bottom, widest, tallest] = [Infinity, Infinity, -Infinity, -Infinity, 1, 1]
  for (let i = 0; i < boxes.length; i += 4) {
    left = Math.min(left, boxes[i]!)
    top = Math.min(top, boxes[i + 1]!)
    right = Math.max(right, boxes[i]!)
    bottom = Math.max(bottom, boxes[i + 1]!)
    widest = Math.max(widest, boxes[i + 2]!)
    tallest = Math.max(tallest, boxes[i + 3]!)
  }
  if (n === 0) return { near: () => [] }
  let size = Math.max(widest, tallest)
  while ((Math.floor((right - left) / size) + 1) * (Math.floor((bottom - top) / size) + 1) > mostCells) size *= 2
  const columns = Math.floor((right - left) / size) + 1
  const rows = Math.floor((bottom - top) / size) + 1
  const cellOf = (i: number) => Math.floor((boxes[i * 4 + 1]! - top) / size) * columns + Math.floor((boxes[i * 4]! - left) / size)
  const starts = new Uint32Array(columns * rows + 1)
  for (let i = 0; i < n; i++) starts[cellOf(i) + 1]!++
  for (let c = 1; c < starts.length; c++) starts[c]! += starts[c - 1]!
  const items = new Uint32Array(n)
  const next = starts.slice()
  for (let i = 0; i < n; i++) items[next[cellOf(i)]!++] = i
  const clamp = (v: number, most: number) => Math.min(Math.max(Math.floor(v), 0), most - 1)
  return {
    *near({ x, y, width, height }) {
      const [first, last] = [clamp((x - widest - left) / size, columns), clamp((x + width - left) / size, columns)]
      const end = clamp((y + height - top) / size, rows)
      for (let row = clamp((y - tallest - top) / size, rows); row <= end; row++) {
        for (let k = starts[row * columns + first]!; k < starts[row * columns + last + 1]!; k++) yield items[k]!
      }
    },
  }
}
