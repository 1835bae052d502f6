/**
 * A zip archive as the files of a slide (an OME-Zarr in one file, `.ozx`). Its entries are stored as they are, so that each can be read where it lies; what is
 * compressed is refused. The archive is untrusted: its list is bounded, and no entry lies outside of it.
 *
 *     PK 3 4   …  length of the name (2 at 26), of more (2 at 28), name, more, bytes      each entry
 *     PK 1 2   flags (2 at 8) method (2 at 10) crc (4 at 16) sizes (4, 4 at 20) lengths of name, more, comment (2, 2, 2 at 28) place (4 at 42) name (at 46)
 *     PK 6 6   entries (8 at 32) length (8 at 40) and place (8 at 48) of the list         where the numbers below are too small
 *     PK 6 7   place of that (8 at 8)
 *     PK 5 6   entries (2 at 10) length (4 at 12) and place (4 at 16) of the list, length of the comment (2 at 20)
 */

import { crc32 } from 'node:zlib'
import { viewOf } from '../../core/bytes-of.js'
import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import type { SlideFiles } from './of-slide.js'

/** As many chunks as a level may have tiles, and some. */
const MOST_ENTRIES = 2 ** 20
const END = 22
const LONGEST_COMMENT = 65_535
const LOCATOR = 20
const HEAD = 46
const LOCAL = 30
/** What stands behind the name of an entry is longer where it lies than in the list, at times. */
const USUAL_MORE = 64

interface Entry {
  /** Of its own head. */
  readonly at: number
  readonly size: number
  readonly crc: number
  readonly method: number
}

/** How an OME-Zarr is packed. */
export const packed = 'zip -0 -r slide.ozx . in its folder'

/** The files in an archive; closes nothing. `signal`: of reading its list. Throws SlideError. */
export async function filesInZip(source: ByteSource, { tagBytes }: Limits, signal?: AbortSignal): Promise<SlideFiles> {
  const { uri } = source
  const entries = await entriesOf(source, tagBytes, signal)
  const prefix = `${uri}/`
  const starts = new Map<string, number>()

  const entryAt = (file: string): { readonly name: string; readonly entry: Entry } => {
    const name = file.slice(prefix.length)
    const entry = entries.get(name)
    if (entry === undefined) throw new SlideError('SLIDE_MISSING', `${uri} holds no ${name}`)
    if (entry.method !== 0)
      throw new SlideError(
        'SLIDE_UNSUPPORTED',
        `${uri} holds ${name} compressed (method ${entry.method}), where an OME-Zarr in a zip is stored as it is`,
        { hint: `pack it without compression: ${packed}` },
      )
    return { name, entry }
  }
  /** Where the bytes of an entry begin; `head`: the bytes from its own head on. */
  const startOf = (name: string, { at, size }: Entry, head: Uint8Array): number => {
    const view = viewOf(head)
    const length = view.getUint16(26, true)
    const start = at + LOCAL + length + view.getUint16(28, true)
    if (view.getUint32(0, true) !== 0x04034b50 || length !== Buffer.byteLength(name) || start + size > source.size)
      throw malformed(uri, `has no entry ${name} where its list says`)
    starts.set(name, start)
    return start
  }
  const read = async (file: string, most: number): Promise<Uint8Array> => {
    const { name, entry } = entryAt(file)
    const { at, size, crc } = entry
    if (size > most) throw new SlideError('SLIDE_TOO_LARGE', `${file} has ${size} bytes, more than ${most}`)
    const near = Math.min(LOCAL + Buffer.byteLength(name) + USUAL_MORE + size, source.size - at)
    const bytes = await source.read(at, near)
    const from = startOf(name, entry, bytes) - at
    const own = from + size <= near ? bytes.subarray(from, from + size) : await source.read(at + from, size)
    if (crc32(own) !== crc) throw malformed(uri, `has an entry ${name} whose checksum is another`)
    return own
  }
  return {
    open: async (file) => {
      throw new SlideError('SLIDE_MISSING', `${file} lies in an archive`)
    },
    read,
    async readPart(file, from, length) {
      const { name, entry } = entryAt(file)
      const start = starts.get(name) ?? startOf(name, entry, await source.read(entry.at, LOCAL))
      const first = from < 0 ? Math.max(0, entry.size + from) : from
      const end = from < 0 ? entry.size : first + length
      if (end > entry.size)
        throw new SlideError('SLIDE_TRUNCATED', `${file} has ${entry.size} bytes, but bytes ${first} to ${end} are needed`)
      return source.read(start + first, end - first)
    },
    list: async () => null,
    sibling: (path) => prefix + path,
    inside: (path) => prefix + path,
  }
}

async function entriesOf(source: ByteSource, most: number, signal?: AbortSignal): Promise<ReadonlyMap<string, Entry>> {
  const { uri, size } = source
  const { count, at, length } = await listOf(source, signal)
  if (count > MOST_ENTRIES || length > most)
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it holds ${count} files, in a list of ${length} bytes`, {
      hint: 'write larger chunks, or shards',
    })
  if (at + length > size || count * HEAD > length) throw malformed(uri, `has a list of ${count} files at byte ${at} that cannot be`)
  const bytes = Buffer.from(await source.read(at, length, signal))
  const entries = new Map<string, Entry>()
  for (let i = 0, place = 0; i < count; i++) {
    if (place + HEAD > length || bytes.readUInt32LE(place) !== 0x02014b50)
      throw malformed(uri, `has a list of files that ends with the ${i}th`)
    const [nameLength, more, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(place + field)) as [number, number, number]
    const end = place + HEAD + nameLength
    if (end + more + comment > length) throw malformed(uri, `has a list of files that ends with the ${i}th`)
    const name = bytes.toString('utf8', place + HEAD, end)
    const entry = entryOf(bytes, place, bytes.subarray(end, end + more))
    if ((bytes.readUInt16LE(place + 8) & 1) !== 0) throw malformed(uri, `has an entry ${name} that is encrypted`)
    if (entry.at + LOCAL + entry.size > at || !Number.isSafeInteger(entry.at + entry.size))
      throw malformed(uri, `has an entry ${name} that lies outside of it`)
    // zarr-python writes what it changes a second time; of two the last one counts, as in Python's zipfile.
    entries.set(name, entry)
    place = end + more + comment
  }
  return entries
}

/** Sizes and places beyond 4 GiB stand in a field behind the name, in this order, each only where it is needed. */
function entryOf(bytes: Buffer, place: number, more: Buffer): Entry {
  const [packed, size, at] = [20, 24, 42].map((field) => bytes.readUInt32LE(place + field)) as [number, number, number]
  let wide: number[] = []
  for (let i = 0; i + 4 <= more.length; i += 4 + more.readUInt16LE(i + 2)) {
    if (more.readUInt16LE(i) !== 1) continue
    const field = more.subarray(i + 4, i + 4 + more.readUInt16LE(i + 2))
    wide = Array.from({ length: Math.floor(field.length / 8) }, (_, n) => Number(field.readBigUInt64LE(8 * n)))
  }
  const full = (number: number) => (number === 0xffff_ffff ? (wide.shift() ?? Number.NaN) : number)
  const [realSize, realPacked, realAt] = [full(size), full(packed), full(at)]
  const method = bytes.readUInt16LE(place + 10)
  // What is stored is as long as it is.
  return { at: realAt, size: method === 0 ? Math.max(realSize, realPacked) : realPacked, crc: bytes.readUInt32LE(place + 16), method }
}

async function listOf(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<{ readonly count: number; readonly at: number; readonly length: number }> {
  const { uri, size } = source
  const from = Math.max(0, size - END - LONGEST_COMMENT - LOCATOR)
  const tail = Buffer.from(await source.read(from, size - from, signal))
  let end = tail.length - END
  while (end >= 0 && !(tail.readUInt32LE(end) === 0x06054b50 && end + END + tail.readUInt16LE(end + 20) === tail.length)) end--
  if (end < 0)
    throw new SlideError('SLIDE_TRUNCATED', `${uri} has no list of files at its end`, { hint: 'the archive is incomplete: copy it again' })
  const said = { count: tail.readUInt16LE(end + 10), length: tail.readUInt32LE(end + 12), at: tail.readUInt32LE(end + 16) }
  if (said.count !== 0xffff && said.length !== 0xffff_ffff && said.at !== 0xffff_ffff) return said
  if (end < LOCATOR || tail.readUInt32LE(end - LOCATOR) !== 0x07064b50) return said
  const at = Number(tail.readBigUInt64LE(end - LOCATOR + 8))
  if (!Number.isSafeInteger(at) || at + 56 > size) throw malformed(uri, `has a list of files at byte ${at} that cannot be`)
  const wide = Buffer.from(await source.read(at, 56, signal))
  if (wide.readUInt32LE(0) !== 0x06064b50) throw malformed(uri, 'does not say where its list of files is')
  const [count, length, place] = [32, 40, 48].map((field) => Number(wide.readBigUInt64LE(field))) as [number, number, number]
  return { count, length, at: place }
}

function malformed(uri: string, fact: string): SlideError {
  return new SlideError('SLIDE_MALFORMED', `${uri} ${fact}`, { hint: 'pack or copy it again: the archive is damaged' })
}
