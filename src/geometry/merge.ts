/**
 * Merging overlapping patches into one picture, as a stream: patches arrive in raster order, so every canvas row above the
 * current one's top is final and is handed on. Held are the patches that reach below it and one row, whatever the canvas.
 *
 * Equal rows come as one: between two edges of patches nothing changes, so a row is computed once and given `rows` times.
 */

import type { Region, Size } from './region.js'

/** A rectangle of whole canvas pixels, the right and bottom edges outside. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** `exact`: no patch vanishes. `tiatoolbox`: as its `merge_predictions` rounds, adds up and divides, thin edge patches vanishing. */
export type MergeMode = 'exact' | 'tiatoolbox'

/** Equal rows of the canvas. The arrays are the merge's own and change with the next run. */
export interface MergedRun {
  readonly top: number
  readonly rows: number
  /** How many patches cover each pixel. */
  readonly covers: Uint32Array
  /** `width × classes` means over the patches that cover the pixel; 0 where none does. */
  readonly means: Float64Array
}

interface Placed {
  readonly box: Box
  readonly values: ArrayLike<number>
}

/** Patches came out of raster order, so rows already handed on would have to change. */
export class OutOfOrder extends Error {
  override readonly name = 'OutOfOrder'
}

export class Merge {
  readonly #canvas: Size
  readonly #classes: number
  readonly #mode: MergeMode
  readonly #covers: Uint32Array
  readonly #means: Float64Array
  #active: Placed[] = []
  #top = 0

  constructor(canvas: Size, classes: number, mode: MergeMode = 'exact') {
    this.#canvas = canvas
    this.#classes = classes
    this.#mode = mode
    this.#covers = new Uint32Array(canvas.width)
    this.#means = new Float64Array(canvas.width * classes)
  }

  /** Patches held now: those that reach below the rows handed on. */
  get held(): number {
    return this.#active.length
  }

  /** Takes a patch, after handing on the rows above it. A patch that covers no pixel is dropped. */
  *add(box: Box, values: ArrayLike<number>): Generator<MergedRun> {
    const { width, height } = this.#canvas
    const clipped = {
      left: Math.max(0, box.left),
      top: Math.max(0, box.top),
      right: Math.min(width, box.right),
      bottom: Math.min(height, box.bottom),
    }
    if (clipped.left >= clipped.right || clipped.top >= clipped.bottom) return
    if (clipped.top < this.#top) throw new OutOfOrder(`a patch begins at row ${clipped.top}, but rows up to ${this.#top} are done`)
    yield* this.#until(clipped.top)
    this.#active.push({ box: clipped, values })
  }

  /** Hands on all rows that are left. */
  *end(): Generator<MergedRun> {
    yield* this.#until(this.#canvas.height)
  }

  *#until(bottom: number): Generator<MergedRun> {
    while (this.#top < bottom) {
      let next = bottom
      for (const { box } of this.#active) if (box.bottom < next) next = box.bottom
      this.#row()
      yield { top: this.#top, rows: next - this.#top, covers: this.#covers, means: this.#means }
      this.#top = next
      this.#active = this.#active.filter(({ box }) => box.bottom > next)
    }
  }

  #row(): void {
    const [covers, means, classes] = [this.#covers, this.#means, this.#classes]
    const theirs = this.#mode === 'tiatoolbox'
    covers.fill(0)
    means.fill(0)
    for (const { box, values } of this.#active) {
      for (let x = box.left; x < box.right; x++) {
        covers[x]!++
        for (let c = 0, i = x * classes; c < classes; c++, i++) {
          const sum = means[i]! + values[c]!
          // TIAToolbox adds up in single precision, and divides in double: a near-tie falls to the class that it falls to there.
          means[i] = theirs ? Math.fround(sum) : sum
        }
      }
    }
    // Its guard against division by zero makes every mean a hair smaller.
    const guard = theirs ? 1e-8 : 0
    if (guard === 0 && covers.every((n) => n < 2)) return
    for (let x = 0; x < covers.length; x++) {
      if (covers[x] === 0) continue
      for (let c = 0, i = x * classes; c < classes; c++, i++) means[i] = means[i]! / (covers[x]! + guard)
    }
  }
}

/** Numbers of a byte, of which 0 is background. */
export const mostClasses = 255

/**
 * Number of the class with the highest mean, plus one; 0 where no patch is. Ties go to the lowest class. A single class is
 * there (1) where its mean is at least one half.
 */
export function labelsOf<T extends Uint8Array | Uint16Array>({ covers, means }: MergedRun, out: T): T {
  const classes = means.length / covers.length
  for (let x = 0; x < covers.length; x++) {
    let best = 0
    const at = x * classes
    for (let c = 1; c < classes; c++) if (means[at + c]! > means[at + best]!) best = c
    const there = covers[x]! > 0 && (classes > 1 || means[at]! >= 0.5)
    out[x] = there ? best + 1 : 0
  }
  return out
}

/** Rounding errors of a scale are far below this; a patch edge this close to a pixel's edge lies on it. */
const hair = 1e-6

/** The canvas pixels a baseline region touches: floor of the start, ceiling of the end, so that no patch vanishes. */
export function boxOf(region: Region, scale: { readonly x: number; readonly y: number }): Box {
  return {
    left: Math.floor(region.x * scale.x + hair),
    top: Math.floor(region.y * scale.y + hair),
    right: Math.ceil((region.x + region.width) * scale.x - hair),
    bottom: Math.ceil((region.y + region.height) * scale.y - hair),
  }
}

/**
 * TIAToolbox's box: bounds at the resolution of the patches, the canvas's size ÷ the slide's at that resolution as the
 * factors, x multiplied with the factor of the height and y with that of the width, and both ends rounded up.
 */
export function boxAsTiatoolbox(bounds: readonly [number, number, number, number], canvas: Size, source: Size): Box {
  const [fx, fy] = [canvas.height / source.height, canvas.width / source.width]
  return {
    left: Math.ceil(bounds[0] * fx),
    top: Math.ceil(bounds[1] * fy),
    right: Math.ceil(bounds[2] * fx),
    bottom: Math.ceil(bounds[3] * fy),
  }
}
