/** Colours over a row of the slide: which colour each pixel gets, and the mixing. */

import type { ModelClass } from '../../core/model.js'
import { labelsOf, type MergedRun } from '../../geometry/merge.js'
import { mix, type Rgb, rgbOf, viridisTable } from '../picture/colors.js'

export interface Paint {
  /** Looks at a run of equal rows. */
  prepare(run: MergedRun): void
  /** Index into `table` of each pixel of the run, plus one; 0 where the slide stays as it is. */
  readonly picks: Uint16Array
  readonly table: readonly Rgb[]
}

/** The most probable class in its colour, or with `shown` the probability of that class; below `min` nothing. */
export function paintOf(classes: readonly ModelClass[], shown: number | undefined, min: number): Paint {
  let picks = new Uint16Array(0)
  let labels = new Uint16Array(0)
  const table = shown === undefined ? classes.map(({ color }) => rgbOf(color)) : viridisTable
  return {
    table,
    get picks() {
      return picks
    },
    prepare(run) {
      const { covers, means } = run
      if (picks.length !== covers.length) {
        picks = new Uint16Array(covers.length)
        labels = new Uint16Array(covers.length)
      }
      if (shown === undefined) labelsOf(run, labels)
      for (let x = 0; x < covers.length; x++) {
        const label = labels[x]!
        const probability =
          shown !== undefined ? means[x * classes.length + shown]! : label > 0 ? means[x * classes.length + label - 1]! : 0
        const drawn = covers[x]! > 0 && probability >= min
        picks[x] = !drawn ? 0 : shown === undefined ? label : 1 + Math.round(255 * Math.min(1, Math.max(0, probability)))
      }
    },
  }
}

/** Adds the pixels of a run to those of each colour of the table. */
export function tally({ picks }: Paint, rows: number, pixels: Float64Array): void {
  for (const pick of picks) if (pick > 0) pixels[pick - 1]! += rows
}

/** round(alpha × colour + (1 − alpha) × slide); a pixel without a colour stays as it is. */
export function blendRow(slide: Uint8Array, { picks, table }: Paint, alpha: number, out: Uint8Array): void {
  for (let x = 0, i = 0; x < picks.length; x++, i += 3) {
    const pick = picks[x]!
    if (pick === 0) {
      out[i] = slide[i]!
      out[i + 1] = slide[i + 1]!
      out[i + 2] = slide[i + 2]!
      continue
    }
    const color = table[pick - 1]!
    for (let c = 0; c < 3; c++) out[i + c] = mix(color[c]!, slide[i + c]!, alpha)
  }
}
