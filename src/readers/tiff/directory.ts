/**
 * The directories (pages) of a TIFF with their tags. What a page needs (its size, its tiles, how they are packed) must be right; what is
 * odd beside it (a tag nobody knows, a link that leads nowhere) is passed over with a warning, as other readers do.
 */

import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import type { Opening } from '../format.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { type Entry, numbersOf, readBytes, readEntries, readHeader, readNumbers, realNumber, type TiffHeader } from './entries.js'
import { needless, type Tag, tables, tags } from './tags.js'

export interface Directory {
  readonly offset: number
  /** The first byte of the file that no offset of it can name: classic TIFF counts in 32 bits. */
  readonly reach: number
  /** The first value of a tag, a whole number that is not negative. */
  number(tag: Tag): number | undefined
  numbers(tag: Tag): readonly number[]
  /** The first value of a tag of any type: a fraction as its quotient. Undefined, too, where it is not finite. */
  real(tag: Tag): number | undefined
  /** Text of a tag of any type of bytes, up to its first zero. */
  text(tag: Tag): string | undefined
  bytes(tag: Tag): Uint8Array | undefined
  has(tag: number): boolean
  count(tag: Tag): number
  /** Where a long table of numbers lies, to be read in pieces. */
  place(tag: Tag): Entry | undefined
  /** A long table of numbers, read now. */
  table(tag: Tag, signal?: AbortSignal): Promise<Float64Array | undefined>
}

export interface DirectoryTree {
  readonly page: Directory
  /** Its SubIFDs: in a pyramid, its smaller levels. */
  readonly subs: readonly Directory[]
}

/** All directories of a file, in order. One that cannot be read ends the chain with a warning, unless it is the first. `given`: where it is known already. */
export async function readDirectories(opening: Opening, given?: TiffHeader): Promise<DirectoryTree[]> {
  const { source, limits, warnings, signal } = opening
  const { uri } = source
  const header = given ?? readHeader(await source.read(0, Math.min(16, source.size), signal), uri)
  const trees: DirectoryTree[] = []
  const seen = new Set<number>()
  const parse = async (offset: number, name: string) => {
    if (seen.has(offset)) throw malformed(uri, `has directories that form a loop at byte ${offset}`)
    if (seen.size >= limits.directories) throw tooMany(uri, limits)
    seen.add(offset)
    const { entries, next, odd } = await readEntries(opening, header, offset)
    for (const tag of [tags.TileOffsets, tags.TileByteCounts]) comeSoon(source, entries.get(tag), signal)
    if (odd.length > 0) warnings.push(`${name}: ${odd.slice(0, MOST_ODD).join('; ')}${odd.length > MOST_ODD ? ' …' : ''}`)
    return { directory: await directoryOf(opening, header, offset, entries), next }
  }
  const orWarn = async (offset: number, name: string) => {
    try {
      return await parse(offset, name)
    } catch (error) {
      if (!(error instanceof SlideError) || !passable.has(error.code)) throw error
      warnings.push(`${name} is left out: ${error.message}`)
      return null
    }
  }
  for (let offset = header.first; offset !== 0; ) {
    const name = `page ${trees.length + 1}`
    const parsed = trees.length === 0 ? await parse(offset, name) : await orWarn(offset, name)
    if (parsed === null) break
    const subs: Directory[] = []
    if (parsed.directory.count(tags.SubIFDs) > limits.directories) throw tooMany(uri, limits)
    for (const [k, sub] of parsed.directory.numbers(tags.SubIFDs).entries()) {
      // 0 is "none": some writers keep the tag for slides without smaller levels.
      const found = sub === 0 ? null : await orWarn(sub, `sub-page ${k + 1} of ${name}`)
      if (found !== null) subs.push(found.directory)
    }
    trees.push({ page: parsed.directory, subs })
    offset = parsed.next
  }
  if (trees.length === 0) throw malformed(uri, 'is a TIFF without a directory')
  return trees
}

/** From afar the tables of a level come while the directories behind it are looked for: each of those is a wait of its own. */
function comeSoon(source: ByteSource, entry: Entry | undefined, signal?: AbortSignal): void {
  if (entry !== undefined && entry.value === undefined && entry.lost === undefined) source.soon?.(entry.offset, entry.bytes, signal)
}

const tooMany = (uri: string, { directories }: Limits) =>
  new SlideError('SLIDE_TOO_LARGE', `${uri} has more than ${directories} directories`)

/** Of one directory, so many oddities are told. */
const MOST_ODD = 3

/** What a directory may be for the pages before it to be read all the same: nonsense, or beyond the end. */
const passable: ReadonlySet<string> = new Set(['SLIDE_MALFORMED', 'SLIDE_TRUNCATED'])

async function directoryOf(
  { source, signal }: Opening,
  { littleEndian, big, ndpi = false }: TiffHeader,
  offset: number,
  entries: ReadonlyMap<number, Entry>,
): Promise<Directory> {
  const values = new Map<number, { readonly entry: Entry; readonly bytes: Uint8Array }>()
  for (const tag of Object.values(tags)) {
    const entry = entries.get(tag)
    if (entry === undefined || tables.has(tag)) continue
    if (entry.lost !== undefined && needless.has(tag)) continue
    values.set(tag, { entry, bytes: await readBytes(source, entry, signal) })
  }
  const numbers = (tag: Tag): readonly number[] => {
    const value = values.get(tag)
    return value === undefined ? [] : [...numbersOf(value.bytes, littleEndian, value.entry)]
  }
  return {
    offset,
    reach: big || ndpi ? Number.POSITIVE_INFINITY : 2 ** 32,
    number: (tag) => {
      const value = numbers(tag)[0]
      if (value !== undefined && !(value >= 0)) throw malformed(source.uri, `has tag ${tag} that is no whole number, or negative`)
      return value
    },
    numbers,
    real: (tag) => {
      const value = values.get(tag)
      const number = value === undefined ? Number.NaN : realNumber(value.bytes, littleEndian, value.entry)
      return Number.isFinite(number) ? number : undefined
    },
    text: (tag) => {
      const value = values.get(tag)
      return value !== undefined && ofBytes.has(value.entry.type) ? new TextDecoder().decode(value.bytes).replace(/\0.*$/s, '') : undefined
    },
    bytes: (tag) => {
      const value = values.get(tag)
      return value !== undefined && ofBytes.has(value.entry.type) ? value.bytes : undefined
    },
    has: (tag) => entries.has(tag),
    count: (tag) => entries.get(tag)?.count ?? 0,
    place: (tag) => entries.get(tag),
    table: async (tag, signal) => {
      const entry = entries.get(tag)
      return entry && readNumbers(source, littleEndian, entry, signal)
    },
  }
}

/** BYTE, ASCII, SBYTE and UNDEFINED: writers use each for text and for tables. */
const ofBytes: ReadonlySet<number> = new Set([1, 2, 6, 7])
