/**
 * Where the restart intervals of a level lie: as its table says, where that is right, else by a search for the markers. Nothing is believed
 * without the markers themselves, which carry the number of their interval modulo 8.
 */

import { CodecError } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import { type ByteSource, coalesce, type Extent } from '../byte-source.js'
import type { Limits } from '../limits.js'
import type { Directory } from '../tiff/directory.js'
import { malformed } from '../tiff/entries.js'
import { tags } from '../tiff/tags.js'
import { MarkerSearch, type Scan } from './search.js'
import { Starts } from './starts.js'

export class IntervalPlaces {
  readonly #scan: Scan
  readonly #table: Starts | null
  readonly #search: MarkerSearch

  constructor(scan: Scan, table: Starts | null) {
    this.#scan = scan
    this.#table = table
    this.#search = new MarkerSearch(scan)
  }

  /** Where intervals lie, with the markers on both sides; empty when there is no table. */
  extents(intervals: readonly number[]): Extent[] {
    return this.#table === null ? [] : intervals.map((i) => this.#extentIn(this.#table!, i))
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
      const bytes = await source.read(offset, length)
      for (const part of parts) found[part.place] = bytes.subarray(part.offset - offset, part.offset - offset + part.length)
    }
    return found
  }

  #extentIn(starts: Starts, interval: number): Extent {
    const { strip, total, header, longest } = this.#scan
    const from = interval === 0 ? header : starts.at(interval) - 2
    // Whatever stands behind the last one is none of it.
    const to = interval === total - 1 ? Math.min(strip.length, from + longest) : starts.at(interval + 1)
    return { offset: strip.offset + from, length: to - from }
  }
}

const isRestart = (bytes: Uint8Array, at: number, number: number) => bytes[at] === 0xff && bytes[at + 1] === 0xd0 + (number & 7)

/** An interval has a marker and a byte at least: what claims more of them than fit is not looked for. */
const SHORTEST = 3

/** The places of a level's intervals. A table that is not right at the places looked at is left aside with a warning. */
export async function placesOf(
  scan: Scan,
  directory: Directory,
  limits: Limits,
  warn: (fact: string) => void,
  signal?: AbortSignal,
): Promise<IntervalPlaces> {
  const { source, strip, total } = scan
  if (total > limits.tiles) {
    throw new SlideError('SLIDE_TOO_LARGE', `${source.uri} says it has ${total} restart intervals in one level, more than ${limits.tiles}`)
  }
  if ((total - 1) * SHORTEST > strip.length)
    throw malformed(source.uri, `has ${strip.length} bytes for a level of ${total} restart intervals`)
  const table = await tableOf(scan, directory, limits, signal)
  if (typeof table !== 'string') {
    const places = new IntervalPlaces(scan, table)
    for (const i of new Set([0, 1, total >> 1, total - 1])) {
      if (i >= total) continue
      const [extent] = places.extents([i])
      if (!places.isWhole(i, await endsOf(extent!, source, signal))) {
        warn(`its restart table is wrong (interval ${i}): the markers are searched for`)
        return new IntervalPlaces(scan, null)
      }
    }
    return places
  }
  warn(`${table}: the restart markers are searched for`)
  return new IntervalPlaces(scan, null)
}

/** The first and the last two bytes. */
async function endsOf({ offset, length }: Extent, source: ByteSource, signal?: AbortSignal): Promise<Uint8Array> {
  return Buffer.concat([await source.read(offset, 2, signal), await source.read(offset + length - 2, 2, signal)])
}

/** The table, or what is wrong with it, in words. */
async function tableOf(
  { strip, header, total, longest }: Scan,
  directory: Directory,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Starts | string> {
  const count = directory.count(tags.RestartStarts)
  if (count === 0) return 'it has no restart table'
  if (count < total || count > limits.tiles) return `its restart table has ${count} entries for ${total} intervals`
  try {
    const lower = (await directory.table(tags.RestartStarts, signal))!
    const halves = directory.count(tags.RestartStartsUpper) >= total ? await directory.table(tags.RestartStartsUpper, signal) : undefined
    const starts = new Starts(total)
    // The first is where the header ends, whatever the table says.
    starts.push(header)
    for (let i = 1, last = header; i < total; i++) {
      const start = lower[i]! + (halves?.[i] ?? 0) * 2 ** 32
      if (!(start >= last + SHORTEST && start <= last + longest && start < strip.length))
        return `its restart table is wrong (interval ${i} at byte ${start})`
      starts.push(start)
      last = start
    }
    return starts
  } catch (error) {
    if (!(error instanceof SlideError)) throw error
    return `its restart table cannot be read (${error.message})`
  }
}
