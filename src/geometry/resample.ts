/**
 * A picture in another size, as OpenCV makes it from 8-bit pixels: `area` (INTER_AREA) and `cubic` (INTER_CUBIC, A = -0.75, no
 * antialiasing). Sources and outputs are rows of interleaved bytes without padding.
 */

import { shrinkExactly } from './area-fast.js'
import { AreaStream } from './area-stream.js'
import { shrinkWithTies } from './area-ties.js'
import { areaTaps, cubicTaps, type Taps } from './axis.js'
import { cubicExactly } from './cubic-fast.js'
import { filterTaps } from './enlarge.js'
import { kept } from './kept.js'
import type { Region, Size } from './region.js'

export type ResampleKind = 'area' | 'cubic'

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
  else if (kind === 'cubic' && channels === 3 && cubicExactly(src, srcSize, out, outSize)) return
  else if (isFiltered(srcSize, outSize, kind)) resizeRows(src, srcSize, out, outSize, kind, { from: 0, to: outSize.height }, channels)
  else shrink(src, srcSize, out, outSize, channels)
}

/** Cubic, of a part of an RGB picture whose edges need not lie between pixels. */
export function resizePart(src: Uint8Array, { width, height }: Size, out: Uint8Array, outSize: Size, part: Region): void {
  if (cubicExactly(src, { width, height }, out, outSize, part)) return
  const across = cubicTaps(width, outSize.width, part.x, part.width)
  filterTaps(src, width, across, cubicTaps(height, outSize.height, part.y, part.height), out, 3)
}

/** Rows of the picture that `resize` makes, where it is cubic or larger than its source. */
export function resizeRows(
  src: Uint8Array,
  { width, height }: Size,
  out: Uint8Array,
  outSize: Size,
  kind: ResampleKind,
  { from, to }: Rows,
  channels = 3,
): void {
  const tapsOf = kind === 'cubic' ? cubicTaps : areaTaps
  const rows = tapsOf(height, outSize.height)
  const { taps } = rows
  const some: Taps = { taps, index: rows.index.subarray(from * taps, to * taps), weights: rows.weights.subarray(from * taps, to * taps) }
  filterTaps(src, width, tapsOf(width, outSize.width), some, out, channels)
}

/** From one row to before another. */
export interface Rows {
  readonly from: number
  readonly to: number
}

/** Bytes that are resized in one go: some milliseconds of work. */
export const pieceBytes = 8 * 2 ** 20

/** The bytes of `resize`, in pieces: yields after each how many bytes were looked at, or made. */
export function* resizing(
  src: Uint8Array,
  srcSize: Size,
  out: Uint8Array,
  outSize: Size,
  kind: ResampleKind,
  channels = 3,
  piece = pieceBytes,
): Generator<number, void> {
  const [run, outRun] = [srcSize.width * channels, outSize.width * channels]
  const bytes = Math.max(run * srcSize.height, outRun * outSize.height)
  if (bytes <= piece || (outSize.width === srcSize.width && outSize.height === srcSize.height)) {
    resize(src, srcSize, out, outSize, kind, channels)
    yield bytes
  } else if (isFiltered(srcSize, outSize, kind)) {
    const count = Math.max(1, Math.floor(piece / outRun))
    for (let from = 0; from < outSize.height; from += count) {
      const to = Math.min(from + count, outSize.height)
      resizeRows(src, srcSize, out.subarray(from * outRun, to * outRun), outSize, kind, { from, to }, channels)
      yield (to - from) * outRun
    }
  } else {
    const stream = new AreaStream(srcSize, outSize, channels)
    const count = Math.max(1, Math.floor(piece / run))
    for (let from = 0; from < srcSize.height; from += count) {
      const some = Math.min(count, srcSize.height - from)
      stream.push(src.subarray(from * run, (from + some) * run), some, out)
      yield some * run
    }
  }
}

const isFiltered = (from: Size, to: Size, kind: ResampleKind): boolean =>
  kind === 'cubic' || to.width > from.width || to.height > from.height

function shrink(src: Uint8Array, { width, height }: Size, out: Uint8Array, outSize: Size, channels: number): void {
  if (channels === 3 && (shrinkExactly(src, { width, height }, out, outSize) || shrinkWithTies(src, { width, height }, out, outSize)))
    return
  const stream = streamFor(width, height, outSize.width, outSize.height, channels)
  stream.restart()
  stream.push(src, height, out)
}

/** For their scratch rows: resampling is synchronous, so one stream of each size is enough for a thread. */
const streamFor = kept(
  (width: number, height: number, outWidth: number, outHeight: number, channels: number) =>
    new AreaStream({ width, height }, { width: outWidth, height: outHeight }, channels),
  16,
)
