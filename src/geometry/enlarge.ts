/**
 * Separable filters with a fixed number of taps, in OpenCV's fixed-point arithmetic: cubic, and the two-tap filter it uses
 * for `area` where an axis grows. Rows narrowed along x are kept in a ring, one slot a tap.
 */

import type { Taps } from './axis.js'

/** Grows with the widest row asked for and is then reused: resampling is synchronous, so one is enough for a thread. */
let ring = new Int32Array(0)
let ringRows: number[] = []

export function filterTaps(src: Uint8Array, width: number, columns: Taps, rows: Taps, out: Uint8Array, channels: number): void {
  const { taps } = columns
  const outWidth = columns.index.length / taps
  const outHeight = rows.index.length / taps
  const rowLength = outWidth * channels
  if (ring.length < rowLength * taps) ring = new Int32Array(rowLength * taps)
  ringRows = new Array<number>(taps).fill(-1)
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length)
  const slots = new Int32Array(taps)
  for (let d = 0; d < outHeight; d++) {
    for (let k = 0; k < taps; k++) {
      const y = rows.index[taps * d + k]!
      const slot = y % taps
      if (ringRows[slot] !== y) {
        if (taps === 4) across4(src, y * width * channels, columns, slot * rowLength, channels)
        else across2(src, y * width * channels, columns, slot * rowLength, channels)
        ringRows[slot] = y
      }
      slots[k] = slot * rowLength
    }
    const to = d * rowLength
    if (taps === 4) down4(slots, rows.weights, 4 * d, clamped, to, rowLength)
    else down2(slots, rows.weights, 2 * d, out, to, rowLength)
  }
}

function across4(src: Uint8Array, at: number, { index, weights }: Taps, to: number, channels: number): void {
  let o = to
  for (let i = 0; i < index.length; i += 4) {
    const s0 = at + index[i]! * channels
    const s1 = at + index[i + 1]! * channels
    const s2 = at + index[i + 2]! * channels
    const s3 = at + index[i + 3]! * channels
    const w0 = weights[i]!
    const w1 = weights[i + 1]!
    const w2 = weights[i + 2]!
    const w3 = weights[i + 3]!
    for (let c = 0; c < channels; c++) {
      ring[o++] = src[s0 + c]! * w0 + src[s1 + c]! * w1 + src[s2 + c]! * w2 + src[s3 + c]! * w3
    }
  }
}

function across2(src: Uint8Array, at: number, { index, weights }: Taps, to: number, channels: number): void {
  let o = to
  for (let i = 0; i < index.length; i += 2) {
    const s0 = at + index[i]! * channels
    const s1 = at + index[i + 1]! * channels
    for (let c = 0; c < channels; c++) ring[o++] = src[s0 + c]! * weights[i]! + src[s1 + c]! * weights[i + 1]!
  }
}

function down4(slots: Int32Array, weights: Int32Array, at: number, out: Uint8ClampedArray, to: number, length: number): void {
  const scale = 1 / (2048 * 2048)
  const w0 = weights[at]! * scale
  const w1 = weights[at + 1]! * scale
  const w2 = weights[at + 2]! * scale
  const w3 = weights[at + 3]! * scale
  const s0 = slots[0]!
  const s1 = slots[1]!
  const s2 = slots[2]!
  const s3 = slots[3]!
  for (let i = 0; i < length; i++) out[to + i] = ring[s0 + i]! * w0 + ring[s1 + i]! * w1 + ring[s2 + i]! * w2 + ring[s3 + i]! * w3
}

/** The two shifts before the sum are OpenCV's; they lose a little, and so must we to agree with it. */
function down2(slots: Int32Array, weights: Int32Array, at: number, out: Uint8Array, to: number, length: number): void {
  const w0 = weights[at]!
  const w1 = weights[at + 1]!
  const s0 = slots[0]!
  const s1 = slots[1]!
  for (let i = 0; i < length; i++) {
    out[to + i] = (((w0 * (ring[s0 + i]! >> 4)) >> 16) + ((w1 * (ring[s1 + i]! >> 4)) >> 16) + 2) >> 2
  }
}
