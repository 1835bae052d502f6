/**
 * The table of a TIFF directory, checked before anything is made of it: a header's claim must not make us allocate.
 *
 *     classic   count (2)   { tag (2) type (2) count (4) value or offset (4) } …   next (4)
 *     BigTIFF   count (8)   { tag (2) type (2) count (8) value or offset (8) } …   next (8)
 */

import { SlideError } from '../../core/errors.js'
import { type ByteSource, truncated } from '../byte-source.js'
import type { Limits } from '../limits.js'

export interface TiffHeader {
  readonly littleEndian: boolean
  readonly big: boolean
  readonly first: number
}

export interface Entry {
  readonly type: number
  readonly count: number
  /** Where the value lies, inside the table or beyond it. */
  readonly offset: number
  readonly bytes: number
}

/** Bytes of each field type: byte, ascii, short, long, rational, … ifd (13), long8, slong8, ifd8 (18). */
const sizes: Record<number, number> = {
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
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

/** The entries of the directory at `offset`, by tag: every value lies in the file and is no larger than allowed. */
export async function readEntries(
  source: ByteSource,
  { littleEndian, big }: TiffHeader,
  offset: number,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Map<number, Entry>> {
  const { uri } = source
  const countSize = big ? 8 : 2
  const entrySize = big ? 20 : 12
  const head = viewOf(await source.read(offset, countSize, signal))
  const count = big ? Number(head.getBigUint64(0, littleEndian)) : head.getUint16(0, littleEndian)
  if (count < 1) throw malformed(uri, `has an empty directory at byte ${offset}`)
  if (count > limits.entries) throw malformed(uri, `has a directory of ${count} tags at byte ${offset}, more than ${limits.entries}`)
  const table = viewOf(await source.read(offset + countSize, count * entrySize + (big ? 8 : 4), signal))
  const entries = new Map<number, Entry>()
  for (let i = 0; i < count; i++) {
    const at = i * entrySize
    const tag = table.getUint16(at, littleEndian)
    const type = table.getUint16(at + 2, littleEndian)
    const values = big ? Number(table.getBigUint64(at + 4, littleEndian)) : table.getUint32(at + 4, littleEndian)
    const size = sizes[type]
    if (size === undefined) throw malformed(uri, `has tag ${tag} of unknown type ${type}`)
    const bytes = size * values
    if (bytes > limits.tagBytes) {
      throw new SlideError(
        'SLIDE_TOO_LARGE',
        `${uri} says tag ${tag} has ${values} values (${bytes} bytes), more than ${limits.tagBytes} bytes`,
      )
    }
    const field = at + (big ? 12 : 8)
    const inside = bytes <= (big ? 8 : 4)
    const where = big ? Number(table.getBigUint64(field, littleEndian)) : table.getUint32(field, littleEndian)
    const entry = { type, count: values, bytes, offset: inside ? offset + countSize + field : where }
    if (!inside && entry.offset + bytes > source.size) throw truncated(uri, entry.offset, bytes, source.size)
    if (entries.has(tag)) throw malformed(uri, `has tag ${tag} twice in one directory`)
    entries.set(tag, entry)
  }
  return entries
}

/** A long table of whole numbers (tile offsets, byte counts), in one read. */
export async function readNumbers(source: ByteSource, littleEndian: boolean, entry: Entry, signal?: AbortSignal): Promise<Float64Array> {
  const view = viewOf(await source.read(entry.offset, entry.bytes, signal))
  const out = new Float64Array(entry.count)
  for (let i = 0; i < entry.count; i++) out[i] = readNumber(view, entry.type, i, littleEndian)
  return out
}

function readNumber(view: DataView, type: number, i: number, littleEndian: boolean): number {
  if (type === 3) return view.getUint16(i * 2, littleEndian)
  if (type === 4 || type === 13) return view.getUint32(i * 4, littleEndian)
  if (type === 16 || type === 18) return Number(view.getBigUint64(i * 8, littleEndian))
  return type === 1 || type === 7 ? view.getUint8(i) : Number.NaN
}

export function malformed(uri: string, fact: string, cause?: unknown): SlideError {
  return new SlideError('SLIDE_MALFORMED', `${uri} ${fact}`, cause === undefined ? {} : { cause })
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
