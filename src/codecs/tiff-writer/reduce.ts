/** Halving of pictures for the next pyramid level: the mean of 2 × 2 for colours and numbers, the most frequent for labels. */

import type { Samples } from './picture.js'

export type Pixels = Uint8Array | Float32Array

/**
 * Halves `rows` rows of `width` pixels of `channels` values each. A missing right column or bottom row is taken
 * as a copy of the last one.
 */
export function halve(from: Pixels, width: number, rows: number, channels: number, kind: Samples['kind'], to: Pixels): void {
  const stride = width * channels
  const outWidth = Math.ceil(width / 2)
  const float = kind === 'floats'
  const labels = kind === 'palette'
  let out = 0
  for (let y = 0; y < rows; y += 2) {
    const top = y * stride
    const bottom = y + 1 < rows ? top + stride : top
    for (let x = 0; x < outWidth; x++) {
      const left = 2 * x * channels
      const right = 2 * x + 1 < width ? left + channels : left
      for (let s = 0; s < channels; s++) {
        const a = from[top + left + s]!
        const b = from[top + right + s]!
        const c = from[bottom + left + s]!
        const d = from[bottom + right + s]!
        to[out++] = labels ? mode(a, b, c, d) : float ? (a + b + c + d) / 4 : (a + b + c + d + 2) >> 2
      }
    }
  }
}

/** The most frequent of four labels; a tie goes to the lowest label that is not background (0), so thin tissue stays visible. */
export function mode(a: number, b: number, c: number, d: number): number {
  if (a === b && c === d) return a === c ? a : lower(a, c)
  if (a === c && b === d) return lower(a, b)
  if (a === d && b === c) return lower(a, b)
  if (a === b || a === c || a === d) return a
  if (b === c || b === d) return b
  if (c === d) return c
  return lower(lower(a, b), lower(c, d))
}

const lower = (a: number, b: number): number => (a === 0 ? b : b === 0 ? a : Math.min(a, b))
