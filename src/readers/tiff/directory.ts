/**
 * geotiff's doorway: the directories (pages) of a TIFF with their tags. geotiff parses; our check of the table goes first, and the long
 * tables of offsets are read by us, in one piece: geotiff 3.0 reads them as little-endian whatever the file is.
 */

import { GeoTIFF } from 'geotiff'
import { TiastreamError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { type Entry, malformed, readEntries, readHeader, readNumbers, type TiffHeader } from './entries.js'
import { type Tag, tags } from './tags.js'

export interface Directory {
  readonly offset: number
  /** The first value of a tag. */
  number(tag: Tag): number | undefined
  numbers(tag: Tag): readonly number[]
  text(tag: Tag): string | undefined
  bytes(tag: Tag): Uint8Array | undefined
  has(tag: number): boolean
  count(tag: Tag): number
  /** A long table of numbers, read now. */
  table(tag: Tag, signal?: AbortSignal): Promise<Float64Array | undefined>
}

export interface DirectoryTree {
  readonly page: Directory
  /** Its SubIFDs: in a pyramid, its smaller levels. */
  readonly subs: readonly Directory[]
}

/** All directories of a file, in order. */
export async function readDirectories(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<DirectoryTree[]> {
  const { uri } = source
  const header = readHeader(await source.read(0, Math.min(16, source.size), signal), uri)
  const trees: DirectoryTree[] = []
  const seen = new Set<number>()
  try {
    const { parser } = await GeoTIFF.fromSource(geotiffSource(source, limits, signal) as never)
    const parse = async (offset: number) => {
      if (seen.has(offset)) throw malformed(uri, `has directories that form a loop at byte ${offset}`)
      if (seen.size >= limits.directories) throw malformed(uri, `has more than ${limits.directories} directories`)
      seen.add(offset)
      const entries = await readEntries(source, header, offset, limits, signal)
      const parsed = await parser.parseFileDirectoryAt(offset)
      return { directory: await directoryOf(source, header, offset, entries, parsed, signal), next: parsed.nextIFDByteOffset }
    }
    for (let offset = header.first; offset !== 0; ) {
      const { directory, next } = await parse(offset)
      const subs: Directory[] = []
      for (const sub of directory.numbers(tags.SubIFDs)) subs.push((await parse(sub)).directory)
      trees.push({ page: directory, subs })
      offset = next
    }
  } catch (error) {
    if (error instanceof TiastreamError || signal?.aborted) throw error
    throw malformed(uri, `is a TIFF whose directories cannot be read: ${error instanceof Error ? error.message : error}`, error)
  }
  if (trees.length === 0) throw malformed(uri, 'is a TIFF without a directory')
  return trees
}

/** What geotiff reads from: it asks for a little more than there is near the end of a file, and gets what there is. */
function geotiffSource(source: ByteSource, limits: Limits, signal?: AbortSignal) {
  const fetch = async (slices: readonly { offset: number; length: number }[]) => {
    const parts: ArrayBuffer[] = []
    for (const { offset, length } of slices) {
      const available = Math.min(length, Math.max(0, source.size - offset), limits.tagBytes)
      const bytes = await source.read(offset, available, signal)
      const copy = new ArrayBuffer(bytes.length)
      new Uint8Array(copy).set(bytes)
      parts.push(copy)
    }
    return parts
  }
  return { fetch, fileSize: source.size, close: async () => {} }
}

interface Parsed {
  hasTag(tag: number): boolean
  loadValue(tag: number): Promise<unknown>
}

const tables: ReadonlySet<number> = new Set([tags.StripOffsets, tags.StripByteCounts, tags.TileOffsets, tags.TileByteCounts])

async function directoryOf(
  source: ByteSource,
  { littleEndian }: TiffHeader,
  offset: number,
  entries: ReadonlyMap<number, Entry>,
  parsed: Parsed,
  signal?: AbortSignal,
): Promise<Directory> {
  const values = new Map<number, unknown>()
  for (const tag of Object.values(tags)) {
    const entry = entries.get(tag)
    if (entry === undefined || tables.has(tag)) continue
    // geotiff defers arrays it does not find near the table, and reads them in the wrong byte order: SubIFDs are such an array.
    const isNumbers = entry.type === 3 || entry.type === 4 || entry.type === 13 || entry.type === 16 || entry.type === 18
    values.set(tag, isNumbers ? [...(await readNumbers(source, littleEndian, entry, signal))] : await parsed.loadValue(tag))
  }
  const numbers = (tag: Tag): readonly number[] => {
    const value = values.get(tag)
    if (typeof value === 'number') return [value]
    return typeof value === 'object' && value !== null ? Array.from(value as ArrayLike<number>, Number) : []
  }
  return {
    offset,
    number: (tag) => numbers(tag)[0],
    numbers,
    text: (tag) => {
      const value = values.get(tag)
      return typeof value === 'string' ? value.replace(/\0.*$/s, '') : undefined
    },
    bytes: (tag) => {
      const value = values.get(tag)
      return value instanceof Uint8Array ? value : undefined
    },
    has: (tag) => entries.has(tag),
    count: (tag) => entries.get(tag)?.count ?? 0,
    table: async (tag, signal) => {
      const entry = entries.get(tag)
      return entry && readNumbers(source, littleEndian, entry, signal)
    },
  }
}
