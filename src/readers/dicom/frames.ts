/**
 * Where the bytes of a file's frames lie. Native pixels lie one frame after the other. Others lie in items, one or more a frame:
 *
 *     FE FF 00 E0 length (4)   the basic offset table: of each frame (4), from the end of this item to the item where it begins; may be empty
 *     FE FF 00 E0 length (4)   bytes of a frame
 *     …
 *     FE FF DD E0 00 00 00 00
 *
 * An extended offset table (of 8 bytes each, with the lengths in a second one) lies before the pixels. Where there is no table, all items are
 * looked at: then each is a frame, or, where there are more, those up to the next that ends as a codestream does (FF D9).
 */

import { CodecError } from '../../codecs/types.js'
import { viewOf } from '../../core/bytes-of.js'
import { type ByteSource, type Extent, truncated } from '../byte-source.js'
import type { Opening } from '../format.js'
import type { Limits } from '../limits.js'
import { ITEM, malformed, SEQUENCE_END, tooLarge, UNDEFINED } from './elements.js'
import { type InstanceInFile, unsupported } from './instance.js'
import type { Place } from './place.js'

/** Where a frame lies in the source: its items, or its plain pixels. */
export type FrameExtent = (frame: number) => Extent

/** What is asked of an instance for that. */
type FrameHolder = Pick<InstanceInFile, 'place' | 'pixels' | 'syntax' | 'frame' | 'frames' | 'extended'>

export async function frameExtents(instance: FrameHolder, opening: Opening): Promise<FrameExtent> {
  const { source, limits, warnings, signal } = opening
  const { place, pixels, syntax, frames } = instance
  const { uri, base, size } = place
  if (!syntax.encapsulated) return native(instance)
  if (pixels.length !== UNDEFINED) throw malformed(uri, 'has compressed pixels that are not in items')
  // Before anything is made for so many.
  if (frames * 8 > size) throw truncated(uri, pixels.at, frames * 8, size)
  const items = new Items(source, place, limits, signal)
  const first = await items.at(pixels.at)
  if (first === null) throw malformed(uri, 'has pixels without an offset table, not even an empty one')
  if (first.length > limits.tagBytes) throw tooLarge(uri, `has an offset table of ${first.length} bytes, more than ${limits.tagBytes}`)
  const start = pixels.at + 8 + first.length
  const found = extendedTable(instance, start, limits) ?? (await basicTable(instance, items, first.length, opening))
  const table = found ?? (await walked(items, instance, start, warnings))
  let empty = 0
  for (let i = 0; i < frames; i++) {
    const [offset, length] = [table.offsets[i]!, table.lengths[i]!]
    if (length <= EMPTY) empty++
    if (length > limits.tileBytes) throw tooLarge(uri, `has a frame (${i + 1}) of ${length} bytes, more than ${limits.tileBytes}`)
    if (offset + length > place.size) throw truncated(uri, offset, length, place.size)
  }
  if (empty > 0) warnings.push(`${uri} has no bytes for ${empty} of its ${frames} frames: they count as left out, and are white`)
  return (frame) => ({ offset: base + table.offsets[frame]!, length: table.lengths[frame]! })
}

/** The head of an item alone: so converters write a tile that an Aperio slide leaves out. */
export const EMPTY = 8

interface Table {
  /** From the start of the file. */
  readonly offsets: Float64Array
  /** Of all items of a frame, with their heads. */
  readonly lengths: Float64Array
}

function native({ place, pixels, frame, frames, syntax }: FrameHolder): FrameExtent {
  const { uri, base, size } = place
  const length = frame.width * frame.height * (syntax.halved ? 2 : 3)
  const all = length * frames
  if (pixels.length === UNDEFINED) throw malformed(uri, 'has pixels in items, which its transfer syntax does not know')
  if (pixels.length < all) throw malformed(uri, `has ${pixels.length} bytes of pixels, its ${frames} frames need ${all}`)
  if (pixels.at + all > size) throw truncated(uri, pixels.at, all, size)
  return (index) => ({ offset: base + pixels.at + index * length, length })
}

function extendedTable({ place, extended, frames }: FrameHolder, start: number, limits: Limits): Table | null {
  if (extended === undefined) return null
  const [starts, sizes] = [extended.offsets, extended.lengths].map((bytes) => viewOf(bytes))
  if (starts!.byteLength !== 8 * frames || sizes!.byteLength !== 8 * frames)
    throw malformed(
      place.uri,
      `has an extended offset table of ${starts!.byteLength / 8} places and ${sizes!.byteLength / 8} sizes for ${frames} frames`,
    )
  const [offsets, lengths] = [new Float64Array(frames), new Float64Array(frames)]
  for (let i = 0; i < frames; i++) {
    const length = Number(sizes!.getBigUint64(8 * i, true))
    offsets[i] = start + Number(starts!.getBigUint64(8 * i, true))
    // An item has an even length.
    lengths[i] = 8 + length + (length % 2)
    // wsidicomizer counts the head of an item as part of its length.
    if (i > 0 && offsets[i]! > offsets[i - 1]!) lengths[i - 1] = Math.min(lengths[i - 1]!, offsets[i]! - offsets[i - 1]!)
    if (length > limits.tileBytes) throw tooLarge(place.uri, `has a frame (${i + 1}) of ${length} bytes, more than ${limits.tileBytes}`)
  }
  return { offsets, lengths }
}

async function basicTable(
  { place, pixels, frames }: FrameHolder,
  items: Items,
  bytes: number,
  { source, limits, warnings, signal }: Opening,
): Promise<Table | null> {
  if (bytes === 0) return null
  const odd = (fact: string) => {
    warnings.push(`the offset table of ${place.uri} ${fact}: it is not used`)
    return null
  }
  if (bytes !== 4 * frames) return odd(`has ${bytes / 4} places for ${frames} frames`)
  const table = await source.read(place.base + pixels.at + 8, bytes, signal)
  const view = new DataView(table.buffer, table.byteOffset, bytes)
  const start = pixels.at + 8 + bytes
  const offsets = Float64Array.from({ length: frames }, (_, i) => start + view.getUint32(4 * i, true))
  // Beyond 4 GiB, a table of 32 bits begins anew.
  if (offsets.some((offset, i) => i > 0 && offset <= offsets[i - 1]!))
    return (await inAnyOrder(items, offsets, start)) ?? odd('goes backwards')
  const lengths = offsets.map((offset, i) => offsets[i + 1]! - offset)
  const last = frames - 1
  let end = offsets[last]!
  for (let item = await items.at(end); item !== null; item = await items.at(end)) {
    end += 8 + item.length
    if (end - offsets[last]! > limits.tileBytes) break
  }
  lengths[last] = end - offsets[last]!
  return { offsets, lengths }
}

/** Of frames that were written in another order than they are numbered in: each begins with an item of its own. */
async function inAnyOrder(items: Items, offsets: Float64Array, start: number): Promise<Table | null> {
  const { found, end } = await items.all(start)
  const starts = new Set(found)
  const sorted = offsets.toSorted()
  if (!sorted.every((offset, i) => starts.has(offset) && offset !== sorted[i - 1])) return null
  const ends = new Map<number, number>()
  for (const [i, offset] of sorted.entries()) ends.set(offset, sorted[i + 1] ?? end)
  return { offsets, lengths: offsets.map((offset) => ends.get(offset)! - offset) }
}

async function walked(items: Items, { place, frames }: FrameHolder, start: number, warnings: string[]): Promise<Table> {
  const { found, end } = await items.all(start)
  if (found.length < frames) throw malformed(place.uri, `has ${found.length} items of pixels for ${frames} frames`)
  // The only frame has all items there are.
  const starts = found.length === frames ? found : frames === 1 ? found.slice(0, 1) : await firstOfFrames(items, found, end)
  if (starts.length !== frames)
    throw unsupported(
      place.uri,
      `has ${found.length} items of pixels for its ${frames} frames, and no offset table that says which are whose`,
      'write it with an offset table, for example with: gdcmconv in.dcm out.dcm',
    )
  if (frames > MANY)
    warnings.push(`${place.uri} has no offset table: all of its ${frames} frames are looked for when it is opened, by every thread`)
  const offsets = Float64Array.from(starts)
  return { offsets, lengths: offsets.map((offset, i) => (offsets[i + 1] ?? end) - offset) }
}

/** Of several items that are a frame the last one ends as codestreams do; none where the last of all does not. */
async function firstOfFrames(items: Items, found: readonly number[], end: number): Promise<readonly number[]> {
  const starts: number[] = []
  let isFirst = true
  for (const [i, at] of found.entries()) {
    if (isFirst) starts.push(at)
    isFirst = await items.endsImage(at, found[i + 1] ?? end)
  }
  return isFirst ? starts : []
}

/** So many frames without a table are worth a word. */
const MANY = 10_000

/** Read at once where the heads of items are looked for. */
const BLOCK = 256 * 1024
/** Of items as far apart as this only the heads are read. */
const APART = 64 * 1024
const HEAD = 4096

/** Where items begin, and where the last one ends. */
interface ItemPlaces {
  readonly found: readonly number[]
  readonly end: number
}

/** The heads of the items of a file, by their places. */
class Items {
  readonly #source: ByteSource
  readonly #place: Place
  readonly #most: number
  readonly #signal: AbortSignal | undefined
  #block: Uint8Array = new Uint8Array(0)
  #from = 0
  #last = 0
  #all: Promise<ItemPlaces> | undefined

  constructor(source: ByteSource, place: Place, limits: Limits, signal: AbortSignal | undefined) {
    this.#source = source
    this.#place = place
    this.#most = limits.tiles
    this.#signal = signal
  }

  /** From `start`, the first one behind the offset table. */
  all(start: number): Promise<ItemPlaces> {
    this.#all ??= this.#walk(start)
    return this.#all
  }

  async #walk(start: number): Promise<ItemPlaces> {
    const found: number[] = []
    let end = start
    for (let item = await this.at(end); item !== null; item = await this.at(end)) {
      found.push(end)
      end += 8 + item.length
      if (found.length > this.#most) break
    }
    return { found, end }
  }

  /** Null at the end of all items. Throws when there is something else, or the file ends. */
  async at(at: number): Promise<{ readonly length: number } | null> {
    const { uri, base, size } = this.#place
    if (at + 8 > size) throw truncated(uri, at, 8, size)
    if (at < this.#from || at + 8 > this.#from + this.#block.length) {
      this.#block = await this.#source.read(base + at, Math.min(at - this.#last > APART ? HEAD : BLOCK, size - at), this.#signal)
      this.#from = at
    }
    this.#last = at
    const item = headAt(this.#block, at - this.#from)
    if (item.tag === SEQUENCE_END) return null
    if (item.tag !== ITEM || item.length === UNDEFINED) throw malformed(uri, `has no item of pixels at byte ${at}, where one should begin`)
    return item
  }

  /** The item from `at` to `end` ends as a codestream does: FF D9, and a 0 where that makes its length even. The mark itself may be cut in two. */
  async endsImage(at: number, end: number): Promise<boolean> {
    const [a, b, c] = await this.#bytes(end - 3, 3)
    if ((b === 0xff && c === 0xd9) || (a === 0xff && b === 0xd9 && c === 0)) return true
    return end - at === 8 + 2 && b === 0xd9 && c === 0 && (await this.#bytes(at - 1, 1))[0] === 0xff
  }

  async #bytes(from: number, count: number): Promise<Uint8Array> {
    if (from < this.#from || from + count > this.#from + this.#block.length) {
      const { base, size } = this.#place
      this.#block = await this.#source.read(base + from, Math.min(BLOCK, size - from), this.#signal)
      this.#from = from
    }
    return this.#block.subarray(from - this.#from, from - this.#from + count)
  }
}

function headAt(bytes: Uint8Array, at: number): { readonly tag: number; readonly length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8)
  return { tag: view.getUint16(0, true) * 65_536 + view.getUint16(2, true), length: view.getUint32(4, true) }
}

/** The bytes of a frame out of its items, of which all or only the beginning is here. */
export function unpacked(items: Uint8Array, what: 'all' | 'beginning'): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at + 8 <= items.length; ) {
    const { tag, length } = headAt(items, at)
    if (tag === SEQUENCE_END) break
    if (tag !== ITEM) throw new CodecError(`byte ${at} of the frame is no item: its offset table is wrong`)
    if (at + 8 + length > items.length && what !== 'beginning')
      throw new CodecError(`the frame has an item of ${length} bytes, its place has ${items.length - at - 8}`)
    parts.push(items.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
