/**
 * Where the restart intervals of a level lie: as its table says, where that is right, else by a search for the markers. Nothing is believed
 * without the markers themselves, which carry the number of their interval modulo 8.
 */

import { CodecError } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import { type ByteSource, coalesce, type Extent } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { readForTile } from '../source-failed.js'
import type { Directory } from '../tiff/directory.js'
import { type Entry, readNumbers } from '../tiff/entries.js'
import { tags } from '../tiff/tags.js'
import { MarkerSearch, type Scan } from './search.js'
import { Starts } from './starts.js'

export class IntervalPlaces {
  readonly #scan: Scan
  readonly #load: (signal?: AbortSignal) => Promise<Starts | null>
  readonly #search: MarkerSearch
  /** Undefined: not loaded yet; null: there is none to be believed. */
  #table: Starts | null | undefined

  /** `load` gives the table, or null; it is asked once it is needed. */
  constructor(scan: Scan, load: (signal?: AbortSignal) => Promise<Starts | null>) {
    this.#scan = scan
    this.#load = load
    this.#search = new MarkerSearch(scan)
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    if (this.#table !== undefined) return
    const table = await this.#load(signal)
    this.#table ??= table
  }

  /** Where intervals lie, with the markers on both sides; empty when there is no table. */
  extents(intervals: readonly number[]): Extent[] {
    const table = this.#table
    return table ? intervals.map((i) => this.#extentIn(table, i)) : []
  }

  /** From now on the markers are searched for. */
  distrust(): void {
    this.#table = null
  }

  /** True when the bytes begin and end with the markers of this interval. */
  isWhole(interval: number, bytes: Uint8Array): boolean {
    const first = interval === 0 || isRestart(bytes, 0, interval - 1)
    return first && (interval === this.#scan.total - 1 || isRestart(bytes, bytes.length - 2, interval))
  }

  /** The bytes of intervals, found by their markers. Throws a CodecError where these do not follow one another. */
  async find(intervals: readonly number[]): Promise<Uint8Array[]> {
    const { source, total } = this.#scan
    const extents: (Extent & { readonly place: number })[] = []
    for (const [place, interval] of intervals.entries()) {
      const starts = await this.#search.until(Math.min(interval + 1, total - 1))
      if (starts === null) throw new CodecError(`restart interval ${interval} is not found: the markers before it are damaged`)
      extents.push({ ...this.#extentIn(starts, interval), place })
    }
    const found: Uint8Array[] = []
    for (const { offset, length, parts } of coalesce(extents)) {
      const bytes = await readForTile(source, offset, length)
      for (const part of parts) found[part.place] = bytes.subarray(part.offset - offset, part.offset - offset + part.length)
    }
    return found
  }

  #extentIn(starts: Starts, interval: number): Extent {
    const { strip, total, header, longest } = this.#scan
    const from = interval === 0 ? header : starts.at(interval) - 2
    // Whatever stands behind the last one does not belong to it.
    const to = interval === total - 1 ? Math.min(strip.length, from + longest) : starts.at(interval + 1)
    return { offset: strip.offset + from, length: to - from }
  }
}

const isRestart = (bytes: Uint8Array, at: number, number: number) => bytes[at] === 0xff && bytes[at + 1] === 0xd0 + (number & 7)

/** An interval has a marker and a byte at least: what claims more of them than fit is not looked for. */
const SHORTEST = 3

/** The places of a level's intervals: its table is read when it is needed. What is seen without reading it is warned of. */
export function placesOf(scan: Scan, directory: Directory, limits: Limits, warn: (fact: string) => void): IntervalPlaces {
  const { source, strip, total } = scan
  if (total > limits.tiles) {
    throw new SlideError('SLIDE_TOO_LARGE', `${source.uri} says it has ${total} restart intervals in one level, more than ${limits.tiles}`)
  }
  if ((total - 1) * SHORTEST > strip.length)
    throw malformed(source.uri, `has ${strip.length} bytes for a level of ${total} restart intervals`)
  const count = directory.count(tags.RestartStarts)
  const isFit = count >= total && count <= limits.tiles
  if (!isFit) {
    const has = count === 0 ? 'no restart table' : `a restart table of ${count} entries for ${total} intervals`
    warn(`it has ${has}: the restart markers are searched for`)
  }
  return new IntervalPlaces(scan, async (signal) => (isFit ? tableOf(scan, directory, signal) : null))
}

/** The table as it is written; null when it cannot be right. It is read in pieces: a slide may have millions of intervals. */
async function tableOf(
  { source, strip, header, total, longest }: Scan,
  directory: Directory,
  signal?: AbortSignal,
): Promise<Starts | null> {
  const lower = directory.place(tags.RestartStarts)!
  const upper = directory.place(tags.RestartStartsUpper)
  const halves = upper !== undefined && upper.count >= total ? upper : undefined
  // One that lies outside of the file, or whose type does not exist.
  if ([lower, halves].some((entry) => entry?.lost !== undefined)) return null
  const starts = new Starts(total)
  // The first is where the header ends, whatever the table says.
  starts.push(header)
  for (let first = 1, last = header; first < total; first += PIECE) {
    const count = Math.min(PIECE, total - first)
    const low = await piece(source, lower, first, count, signal)
    const high = halves && (await piece(source, halves, first, count, signal))
    for (let i = 0; i < count; i++) {
      const start = low[i]! + (high?.[i] ?? 0) * 2 ** 32
      if (!(start >= last + SHORTEST && start <= last + longest && start < strip.length)) return null
      starts.push(start)
      last = start
    }
  }
  return starts
}

/** Entries of a table read at once. */
const PIECE = 2 ** 18

function piece(source: ByteSource, entry: Entry, first: number, count: number, signal?: AbortSignal): Promise<Float64Array> {
  const each = entry.bytes / entry.count
  return readNumbers(source, true, { ...entry, offset: entry.offset + first * each, bytes: count * each, count }, signal)
}
