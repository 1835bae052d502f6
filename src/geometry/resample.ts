/**
 * A picture in another size, as OpenCV makes it from 8-bit pixels: `area` (INTER_AREA), `cubic` (INTER_CUBIC, A = -0.75, no
 * antialiasing) and `nearest` (INTER_NEAREST). Sources and outputs are rows of interleaved bytes without padding.
 */

import { shrinkExactly } from './area-fast.js'
import { AreaStream } from './area-stream.js'
import { areaTaps, cubicTaps, nearestIndex } from './axis.js'
import { cubicExactly } from './cubic-fast.js'
import { filterTaps } from './enlarge.js'
import { kept } from './kept.js'
import type { Size } from './region.js'

export type ResampleKind = 'area' | 'cubic' | 'nearest'

export function resize(src: Uint8Array, srcSize: Size, out: Uint8Array, outSize: Size, kind: ResampleKind, channels = 3): void {
  const { width, height } = srcSize
  const bytes = width * height * channels
  const outBytes = outSize.width * outSize.height * channels
  if (src.length < bytes || out.length < outBytes || width < 1 || height < 1) {
    throw new RangeError(
      `buffers do not fit: ${src.length} bytes for ${width} x ${height}, ${out.length} for ${outSize.width} x ${outSize.height}`,
    )
  }
  if (outSize.width === width && outSize.height === height) out.set(src.length === bytes ? src : src.subarray(0, bytes))
  else if (kind === 'nearest') nearest(src, srcSize, out, outSize, channels)
  else if (kind === 'cubic') cubic(src, srcSize, out, outSize, channels)
  else if (outSize.width > width || outSize.height > height) {
    filterTaps(src, width, areaTaps(width, outSize.width), areaTaps(height, outSize.height), out, channels)
  } else shrink(src, srcSize, out, outSize, channels)
}

function cubic(src: Uint8Array, size: Size, out: Uint8Array, outSize: Size, channels: number): void {
  if (channels === 3 && cubicExactly(src, size, out, outSize)) return
  filterTaps(src, size.width, cubicTaps(size.width, outSize.width), cubicTaps(size.height, outSize.height), out, channels)
}

function shrink(src: Uint8Array, { width, height }: Size, out: Uint8Array, outSize: Size, channels: number): void {
  if (channels === 3 && shrinkExactly(src, { width, height }, out, outSize)) return
  if (channels === 3 && width === 2 * outSize.width && height === 2 * outSize.height) halve(src, width, out, outSize)
  else if (channels === 3 && width === 4 * outSize.width && height === 4 * outSize.height) quarter(src, width, out, outSize)
  else {
    const stream = streamFor(width, height, outSize.width, outSize.height, channels)
    stream.restart()
    stream.push(src, height, out)
  }
}

/** For their scratch rows: resampling is synchronous, so one stream of each size is enough for a thread. */
const streamFor = kept(
  (width: number, height: number, outWidth: number, outHeight: number, channels: number) =>
    new AreaStream({ width, height }, { width: outWidth, height: outHeight }, channels),
  16,
)

function halve(src: Uint8Array, width: number, out: Uint8Array, outSize: Size): void {
  const stride = width * 3
  let o = 0
  for (let y = 0; y < outSize.height; y++) {
    let a = 2 * y * stride
    let b = a + stride
    for (let x = 0; x < outSize.width; x++, a += 6, b += 6, o += 3) {
      out[o] = (src[a]! + src[a + 3]! + src[b]! + src[b + 3]! + 2) >> 2
      out[o + 1] = (src[a + 1]! + src[a + 4]! + src[b + 1]! + src[b + 4]! + 2) >> 2
      out[o + 2] = (src[a + 2]! + src[a + 5]! + src[b + 2]! + src[b + 5]! + 2) >> 2
    }
  }
}

/** Means of 4 × 4, ties to even: (sum + 7 + the lowest bit kept) ÷ 16. */
function quarter(src: Uint8Array, width: number, out: Uint8Array, outSize: Size): void {
  const stride = width * 3
  let o = 0
  for (let y = 0; y < outSize.height; y++) {
    let a = 4 * y * stride
    for (let x = 0; x < outSize.width; x++, a += 12) {
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let s = a + c, row = 0; row < 4; row++, s += stride) sum += src[s]! + src[s + 3]! + src[s + 6]! + src[s + 9]!
        out[o++] = (sum + 7 + ((sum >> 4) & 1)) >> 4
      }
    }
  }
}

function nearest(src: Uint8Array, { width, height }: Size, out: Uint8Array, outSize: Size, channels: number): void {
  const columns = nearestIndex(width, outSize.width)
  const rows = nearestIndex(height, outSize.height)
  let o = 0
  for (const row of rows) {
    for (const column of columns) {
      const s = (row * width + column) * channels
      for (let c = 0; c < channels; c++) out[o++] = src[s + c]!
    }
  }
}
