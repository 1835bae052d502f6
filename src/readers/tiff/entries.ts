/**
 * The table of a TIFF directory, checked before anything is made of it: a header's claim must not make us allocate.
 *
 *     classic   count (2)   { tag (2) type (2) count (4) value or offset (4) } …   next (4)
 *     BigTIFF   count (8)   { tag (2) type (2) count (8) value or offset (8) } …   next (8)
 *     NDPI      count (2)   { tag (2) type (2) count (4) value or offset (4) } …   next (8)   { upper half of the value or offset (4) } …
 */

import { bytesOf, viewOf } from '../../core/bytes-of.js'
import { SlideError } from '../../core/errors.js'
import { type ByteSource, truncated } from '../byte-source.js'
import type { Opening } from '../format.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { known, long } from './tags.js'

export interface TiffHeader {
  readonly littleEndian: boolean
  readonly big: boolean
  readonly first: number
  /** Hamamatsu's own: classic TIFF in which every offset has 64 bits. */
  readonly ndpi?: boolean
}

export interface Entry {
  readonly tag: number
  readonly type: number
  readonly count: number
  /** Where the value lies, inside the table or beyond it. */
  readonly offset: number
  readonly bytes: number
  /** The value itself, where it lies inside the table. */
  readonly value?: Uint8Array
  /** The upper 32 bits of the only value, a whole number (NDPI). */
  readonly upper?: number
  /** Why the value cannot be read: it is an error for whom it matters. */
  readonly lost?: SlideError
}

export interface Table {
  readonly entries: ReadonlyMap<number, Entry>
  /** Where the next directory begins; 0: this one is the last. */
  readonly next: number
  /** What is odd about this one, and was passed over. */
  readonly odd: readonly string[]
}

const ASCII = 2

/** Bytes of each field type: byte, ascii, short, long, rational, … ifd (13), long8, slong8, ifd8 (18). */
const sizes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
}

export function readHeader(bytes: Uint8Array, uri: string): TiffHeader {
  const view = viewOf(bytes)
  const littleEndian = bytes[0] === 0x49
  if (bytes.length < 8) throw truncated(uri, 0, 8, bytes.length)
  const big = view.getUint16(2, littleEndian) === 43
  if (!big) return { littleEndian, big, first: view.getUint32(4, littleEndian) }
  if (bytes.length < 16) throw truncated(uri, 0, 16, bytes.length)
  if (view.getUint16(4, littleEndian) !== 8) {
    throw malformed(uri, `says its offsets have ${view.getUint16(4, littleEndian)} bytes; BigTIFF knows only 8`)
  }
  return { littleEndian, big, first: Number(view.getBigUint64(8, littleEndian)) }
}

/**
 * The entries of the directory at `offset`, by tag. An entry whose value nobody can read (of an unknown type, beyond the end of the file,
 * too long) is `lost`: TIFF 6.0 tells readers to skip the types they do not know, and a private tag is no reason to refuse a slide.
 */
export async function readEntries(
  { source, limits, signal }: Omit<Opening, 'warnings'>,
  { littleEndian, big, ndpi = false }: TiffHeader,
  offset: number,
): Promise<Table> {
  const { uri, size } = source
  const countSize = big ? 8 : 2
  const entrySize = big ? 20 : 12
  const head = viewOf(await source.read(offset, countSize, signal))
  const count = big ? Number(head.getBigUint64(0, littleEndian)) : head.getUint16(0, littleEndian)
  if (count < 1) throw malformed(uri, `has an empty directory at byte ${offset}`)
  if (count > limits.entries) throw malformed(uri, `has a directory of ${count} tags at byte ${offset}, more than ${limits.entries}`)
  const start = offset + countSize
  const uppers = count * entrySize + 8
  const link = ndpi ? 8 + count * 4 : big ? 8 : 4
  // A file may end with its last entry: then no directory follows. (Not so an NDPI, whose upper halves follow.)
  const complete = ndpi || start + count * entrySize + link <= size
  const table = viewOf(await source.read(start, count * entrySize + (complete ? link : 0), signal))
  const entries = new Map<number, Entry>()
  const odd: string[] = []
  for (let i = 0; i < count; i++) {
    const at = i * entrySize
    const tag = table.getUint16(at, littleEndian)
    // Of two, the first counts, as for libtiff.
    if (entries.has(tag)) {
      odd.push(`tag ${tag} is there twice: the first counts`)
      continue
    }
    const type = table.getUint16(at + 2, littleEndian)
    const values = big ? Number(table.getBigUint64(at + 4, littleEndian)) : table.getUint32(at + 4, littleEndian)
    const field = at + (big ? 12 : 8)
    const bytes = (sizes[type] ?? 0) * values
    // NDPI keeps no text inside, however short.
    const inside = bytes <= (big ? 8 : 4) && !(ndpi && type === ASCII)
    const upper = ndpi ? table.getUint32(uppers + i * 4, true) : 0
    const where = big ? Number(table.getBigUint64(field, littleEndian)) : table.getUint32(field, littleEndian) + upper * 2 ** 32
    const long = inside && values === 1 && upper !== 0
    const place = inside ? { offset: start + field, value: bytesOf(table).subarray(field, field + bytes) } : { offset: where }
    const entry: Entry = { tag, type, count: values, bytes, ...place, ...(long ? { upper } : {}) }
    const lost = lossOf(entry, source, limits)
    entries.set(tag, lost === null ? entry : { ...entry, lost })
    if (lost !== null) odd.push(`tag ${tag} cannot be read (${lost.message.replace(`${uri} `, 'it ')})`)
  }
  const next = complete
    ? big || ndpi
      ? Number(table.getBigUint64(count * entrySize, littleEndian))
      : table.getUint32(count * entrySize, littleEndian)
    : 0
  return { entries, next, odd }
}

function lossOf({ tag, type, count, bytes, offset }: Entry, { uri, size }: ByteSource, limits: Limits): SlideError | null {
  if (sizes[type] === undefined) return malformed(uri, `has tag ${tag} of unknown type ${type}`)
  // What nobody here reads may be of any size.
  const most = long.has(tag) ? limits.tagBytes : known.has(tag) ? SHORT : Number.POSITIVE_INFINITY
  if (bytes > most) {
    return new SlideError('SLIDE_TOO_LARGE', `${uri} says tag ${tag} has ${count} values (${bytes} bytes), more than ${most} bytes`)
  }
  return offset + bytes > size ? truncated(uri, offset, bytes, size) : null
}

/** Bytes of any value but the long ones: they are all read at once, and may all lie at the same place of a hostile file. */
const SHORT = 2 ** 20

/** A long table of whole numbers (tile offsets, byte counts), in one read; NaN where the type has no whole numbers. */
export async function readNumbers(source: ByteSource, littleEndian: boolean, entry: Entry, signal?: AbortSignal): Promise<Float64Array> {
  return numbersOf(await readBytes(source, entry, signal), littleEndian, entry)
}

export async function readBytes(source: ByteSource, { offset, bytes, value, lost }: Entry, signal?: AbortSignal): Promise<Uint8Array> {
  if (lost !== undefined) throw lost
  return value ?? source.read(offset, bytes, signal)
}

export function numbersOf(bytes: Uint8Array, littleEndian: boolean, { type, count, upper }: Entry): Float64Array {
  const view = viewOf(bytes)
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) out[i] = wholeNumber(view, type, i, littleEndian)
  // Of two halves only the upper one has a sign.
  if (upper !== undefined && type === 4) out[0]! += upper * 2 ** 32
  if (upper !== undefined && type === 9) out[0] = view.getUint32(0, littleEndian) + (upper | 0) * 2 ** 32
  return out
}

function wholeNumber(view: DataView, type: number, i: number, littleEndian: boolean): number {
  switch (type) {
    case 1:
    case 7:
      return view.getUint8(i)
    case 3:
      return view.getUint16(i * 2, littleEndian)
    case 4:
    case 13:
      return view.getUint32(i * 4, littleEndian)
    case 6:
      return view.getInt8(i)
    case 8:
      return view.getInt16(i * 2, littleEndian)
    case 9:
      return view.getInt32(i * 4, littleEndian)
    case 16:
    case 18:
      return Number(view.getBigUint64(i * 8, littleEndian))
    case 17:
      return Number(view.getBigInt64(i * 8, littleEndian))
    default:
      return Number.NaN
  }
}

/** The first value of an entry of any type: a fraction as its quotient. */
export function realNumber(bytes: Uint8Array, littleEndian: boolean, { type, count }: Entry): number {
  if (count < 1) return Number.NaN
  const view = viewOf(bytes)
  if (type === 5) return view.getUint32(0, littleEndian) / view.getUint32(4, littleEndian)
  if (type === 10) return view.getInt32(0, littleEndian) / view.getInt32(4, littleEndian)
  if (type === 11) return view.getFloat32(0, littleEndian)
  if (type === 12) return view.getFloat64(0, littleEndian)
  return wholeNumber(view, type, 0, littleEndian)
}
