/** Small objects removed, the rest dilated by an ellipse: bitmaps of zeros and ones, one byte a pixel, as OpenCV does it. */

import type { Bitmap } from './coverage.js'
import type { Size } from './region.js'
import { roundHalfEven } from './round.js'

/** A structuring element: row i is set from `from[i]` up to, but not including, `to[i]`; anchored at half its size. */
export interface Kernel extends Size {
  readonly from: readonly number[]
  readonly to: readonly number[]
}

/** Steps that a run costs, about. */
const workOfRun = 20

/** OpenCV's MORPH_ELLIPSE. */
export function ellipse({ width, height }: Size): Kernel {
  const r = Math.floor(height / 2)
  const c = Math.floor(width / 2)
  const from: number[] = []
  const to: number[] = []
  for (let i = 0; i < height; i++) {
    const dy = i - r
    const dx = r === 0 ? c : roundHalfEven(c * Math.sqrt((r * r - dy * dy) / (r * r)))
    from.push(Math.max(c - dx, 0))
    to.push(Math.min(c + dx + 1, width))
  }
  return { width, height, from, to }
}

/** How many pixels of the kernel are set. */
export function onesOf({ from, to }: Kernel): number {
  return from.reduce((sum, f, i) => sum + to[i]! - f, 0)
}

/** TIAToolbox's kernel for a pixel size: 32 ÷ mpp, at least one pixel. */
export function kernelFor(mpp: { readonly x: number; readonly y: number }): Kernel {
  return ellipse({ width: roundHalfEven(Math.max(32 / mpp.x, 1)), height: roundHalfEven(Math.max(32 / mpp.y, 1)) })
}

/** Sets every pixel whose neighbourhood holds a set one. One running count a kernel row, so the kernel's width costs nothing. Pauses after each row. */
export function* dilate({ width, height, data }: Bitmap, kernel: Kernel): Generator<number, Uint8Array> {
  const out = new Uint8Array(data.length)
  const before = new Int32Array(width + 1)
  const anchorX = Math.floor(kernel.width / 2)
  const anchorY = Math.floor(kernel.height / 2)
  for (let s = 0; s < height; s++) {
    for (let x = 0; x < width; x++) before[x + 1] = before[x]! + (data[s * width + x] ? 1 : 0)
    yield before[width] === 0 ? width : width * kernel.height
    if (before[width] === 0) continue
    for (let i = 0; i < kernel.height; i++) {
      const y = s - i + anchorY
      if (y < 0 || y >= height) continue
      for (let x = 0; x < width; x++) {
        const left = Math.max(x + kernel.from[i]! - anchorX, 0)
        const right = Math.min(x + kernel.to[i]! - anchorX, width)
        if (right > left && before[right]! > before[left]!) out[y * width + x] = 1
      }
    }
  }
  return out
}

/** Clears every 8-connected group of set pixels that is smaller than `least`. Works on runs: memory follows the tissue's outline. Pauses on its way. */
export function* withoutSmall({ width, height, data }: Bitmap, least: number): Generator<number, Uint8Array> {
  const { row, from, to } = yield* runsOf(width, height, data)
  const parent = row.map((_, i) => i)
  const root = (i: number): number => {
    let r = i
    while (parent[r] !== r) r = parent[r] = parent[parent[r]!]!
    return r
  }
  // Two runs of neighbouring rows touch when they overlap or meet at a corner; both lists are walked side by side.
  for (let a = 0, b = 0; b < row.length; b++) {
    yield workOfRun
    while (a < b && (row[a]! < row[b]! - 1 || (row[a] === row[b]! - 1 && to[a]! < from[b]!))) a++
    for (let k = a; k < b && row[k] === row[b]! - 1 && from[k]! <= to[b]!; k++) {
      if (to[k]! >= from[b]!) parent[root(k)] = root(b)
    }
  }
  const sizes = new Map<number, number>()
  for (let i = 0; i < row.length; i++) {
    yield workOfRun
    sizes.set(root(i), (sizes.get(root(i)) ?? 0) + to[i]! - from[i]!)
  }
  const out = new Uint8Array(data.length)
  for (let i = 0; i < row.length; i++) {
    yield workOfRun
    if (sizes.get(root(i))! >= least) out.fill(1, row[i]! * width + from[i]!, row[i]! * width + to[i]!)
  }
  return out
}

interface Runs {
  readonly row: number[]
  readonly from: number[]
  readonly to: number[]
}

function* runsOf(width: number, height: number, data: Uint8Array): Generator<number, Runs> {
  const runs: Runs = { row: [], from: [], to: [] }
  for (let y = 0; y < height; y++) {
    yield width
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue
      const from = x
      while (x < width && data[y * width + x]) x++
      runs.row.push(y)
      runs.from.push(from)
      runs.to.push(x)
    }
  }
  return runs
}
