/**
 * How the one JPEG of a level can be cut: by its restart intervals, from each of which a decoder can begin.
 *
 *     header                          DRI: an interval is r MCUs (of 8 × 8, 16 × 8, 8 × 16 or 16 × 16 pixels)
 *     interval 0   FF D0   interval 1   FF D1   …   FF D7   interval 8   FF D0   …   FF D9
 */

import { type JpegHeader, readJpegHeader } from '../../codecs/jpeg-header.js'
import type { Size } from '../../geometry/region.js'
import type { ByteSource, Extent } from '../byte-source.js'
import { malformed } from '../malformed.js'

/** Restart intervals in a grid, numbered row by row. */
export interface Intervals extends Size {
  /** Intervals side by side. */
  readonly columns: number
  readonly rows: number
}

export interface Layout {
  /** The pixels of the level: what its directory says, or of a small JPEG itself. */
  readonly size: Size
  /** Up to the first compressed byte. */
  readonly header: Uint8Array
  /** Where its start of frame lies. */
  readonly frame: number
  /** Height of a row of MCUs. */
  readonly mcuHeight: number
  /** Null: the JPEG can be decoded as a whole only. */
  readonly intervals: Intervals | null
}

/** A header is some hundred bytes; a profile or a comment may be in it. */
const FIRST_READ = 16 * 1024
const LONGEST_HEADER = 1024 * 1024

/** No JPEG decoder takes a longer side: a level that has one says 0, or nonsense, in its header. */
export const LONGEST_SIDE = 65_500

export async function readLayout(source: ByteSource, strip: Extent, said: Size, signal?: AbortSignal): Promise<Layout> {
  const { uri } = source
  for (let length = FIRST_READ; ; length *= 4) {
    const head = await source.read(strip.offset, Math.min(length, strip.length), signal)
    const marks = marksOf(head)
    if (marks !== null) return layoutOf(head, marks, said, uri)
    if (head.length === strip.length || length >= LONGEST_HEADER)
      throw malformed(uri, `has JPEG data at byte ${strip.offset} without a header`)
  }
}

interface Marks {
  readonly length: number
  readonly frame: number
  /** MCUs of an interval; 0: there are no intervals. */
  readonly restart: number
  readonly components: number
}

/** What the segments up to the start of the scan say; null where it does not come. */
function marksOf(bytes: Uint8Array): Marks | null {
  let [frame, restart] = [-1, 0]
  for (let at = 2; at + 5 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (marker === 0xda) return frame < 0 ? null : { length: at + 2 + length, frame, restart, components: bytes[at + 4]! }
    if (marker >= 0xc0 && marker <= 0xc2 && frame < 0) frame = at
    if (marker === 0xdd) restart = (bytes[at + 4]! << 8) | bytes[at + 5]!
    at += 2 + length
  }
  return null
}

function layoutOf(head: Uint8Array, marks: Marks, said: Size, uri: string): Layout {
  const jpeg = readJpegHeader(head)
  const header = head.slice(0, marks.length)
  if (header.length < marks.length) throw malformed(uri, 'has JPEG data that ends within its header')
  const mcu = mcuOf(jpeg, uri)
  const at = { header, frame: marks.frame, mcuHeight: mcu.height }
  const large = said.width > LONGEST_SIDE || said.height > LONGEST_SIDE
  const silent = large || jpeg.width === 0 || jpeg.height === 0
  const intervals = jpeg.progressive || marks.components !== jpeg.components ? null : gridOf(said, mcu, marks.restart)
  if (intervals === null) return { ...at, size: silent ? said : { width: jpeg.width, height: jpeg.height }, intervals }
  if (!silent && !(across(jpeg, mcu) === across(said, mcu) && down(jpeg, mcu) === down(said, mcu))) {
    throw malformed(uri, `has a level of ${said.width} x ${said.height} pixels whose JPEG says ${jpeg.width} x ${jpeg.height}`)
  }
  return { ...at, size: said, intervals }
}

function mcuOf({ components, sampling }: JpegHeader, uri: string): Size {
  const factors = sampling.map((both) => [both >> 4, both & 15] as const)
  if (factors.length === 0 || factors.some(([h, v]) => h < 1 || h > 4 || v < 1 || v > 4))
    throw malformed(uri, 'has JPEG data with impossible sampling factors')
  // Of a single component the factors mean nothing.
  if (components === 1) return { width: 8, height: 8 }
  return { width: 8 * Math.max(...factors.map(([h]) => h)), height: 8 * Math.max(...factors.map(([, v]) => v)) }
}

const across = ({ width }: Size, mcu: Size) => Math.ceil(width / mcu.width)
const down = ({ height }: Size, mcu: Size) => Math.ceil(height / mcu.height)

/** Intervals that are a part of a row of MCUs, or whole rows; null of any others, and of such as no decoder takes. */
function gridOf(size: Size, mcu: Size, restart: number): Intervals | null {
  if (restart === 0) return null
  const row = across(size, mcu)
  const many = row % restart === 0 ? 1 : restart / row
  if (!Number.isInteger(many)) return null
  const side = Math.min(restart, row)
  const interval = { width: side * mcu.width, height: many * mcu.height }
  if (interval.width > LONGEST_SIDE || interval.height > LONGEST_SIDE) return null
  return { ...interval, columns: row / side, rows: Math.ceil(down(size, mcu) / many) }
}
