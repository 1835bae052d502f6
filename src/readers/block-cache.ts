/**
 * What is read of a file far away while it is opened: dozens of small pieces that lie close together come in blocks of 64 KiB, of which at most
 * 64 are kept; longer reads are ranges of their own, which may begin before they are needed. All of it can be handed to other threads, which then open
 * the same file without a request. Which ranges are asked for follows from what is read, and from nothing that happens meanwhile.
 */

import type { Extent, Piece } from './byte-source.js'

export const BLOCK = 64 * 1024
const MOST_BLOCKS = 64
/** With the first piece that lies further on, the end comes, too: there writers leave directories, each of which leads to the next one. */
const END_BLOCKS = 8
/** A piece that lies further on comes with what follows it: behind a directory lie its tables and the first tiles of the next picture. */
const FORWARD = 4
/** Of longer reads so many bytes are kept, for others to be handed: tables, and descriptions as long as a book. */
const MOST_LONG = 16 * 2 ** 20
/** So many bytes are fetched before they are needed: nobody may ever ask for them. */
const MOST_SOON = 4 * 2 ** 20

interface Long extends Extent {
  readonly bytes: Promise<Uint8Array>
}

type Fetch = (offset: number, length: number, signal?: AbortSignal) => Promise<Uint8Array>

export class BlockCache {
  readonly #size: number
  readonly #fetch: Fetch
  /** The longest unused first. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>()
  readonly #long: Long[] = []
  #longBytes = 0
  #soonBytes = 0
  readonly #forward: number
  #hasEnd: boolean

  /** `first`: bytes from 0 on, one block or all there are; absent: the rest is known elsewhere, and little will be asked for. */
  constructor(size: number, fetch: Fetch, first?: Uint8Array) {
    this.#hasEnd = first === undefined
    this.#forward = first === undefined ? 1 : FORWARD
    this.#size = size
    this.#fetch = fetch
    if (first !== undefined) this.#blocks.set(0, Promise.resolve(first))
  }

  /** Of bytes inside of the file. */
  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0)
    if (length > BLOCK) return this.#readLong(offset, length, signal)
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    this.#bring(first, last, signal)
    return between(this.#blocks.get(first)!, this.#blocks.get(last)!, offset, length)
  }

  /** A long piece that will be read as a whole: it comes meanwhile. A short one comes with its block. */
  soon(offset: number, length: number, signal?: AbortSignal): void {
    if (length <= BLOCK || this.#soonBytes + length > MOST_SOON || this.#here(offset, length) !== undefined) return
    this.#soonBytes += length
    this.#fetchLong(offset, length, signal).catch(() => undefined)
  }

  /** What is here or on its way; undefined for what is not, which is then not fetched. At most a block is looked for. */
  kept(offset: number, length: number): Promise<Uint8Array> | undefined {
    const start = this.#blocks.get(Math.floor(offset / BLOCK))
    const next = this.#blocks.get(Math.floor((offset + length - 1) / BLOCK))
    return start && next && length <= BLOCK ? between(start, next, offset, length) : undefined
  }

  /** All that was read and kept. */
  async soFar(): Promise<readonly Piece[]> {
    const pieces = [...this.#blocks].map(([at, bytes]) => ({ offset: at * BLOCK, bytes }))
    const come = await Promise.allSettled([...pieces, ...this.#long].map(async ({ offset, bytes }) => ({ offset, bytes: await bytes })))
    return come.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  }

  async #readLong(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#here(offset, length) ?? this.#fetchLong(offset, length, signal)
  }

  /** A long piece that is here or on its way: as it was asked for, or in blocks. */
  #here(offset: number, length: number): Promise<Uint8Array> | undefined {
    const same = this.#long.find((one) => one.offset === offset && one.length === length)
    if (same !== undefined) return same.bytes
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    const blocks = Array.from({ length: last - first + 1 }, (_, i) => this.#blocks.get(first + i))
    if (!blocks.every((block) => block !== undefined)) return undefined
    return Promise.all(blocks).then((all) => Buffer.concat(all).subarray(offset % BLOCK, (offset % BLOCK) + length))
  }

  #fetchLong(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = this.#fetch(offset, length, signal)
    if (this.#longBytes + length > MOST_LONG) return bytes
    const long = { offset, length, bytes }
    this.#longBytes += length
    this.#long.push(long)
    // As a block: asked for again by the next reader.
    bytes.catch(() => {
      this.#longBytes -= length
      this.#long.splice(this.#long.indexOf(long), 1)
    })
    return bytes
  }

  /** A piece of at most a block lies in one or two; what is missing comes as one range, with the blocks that follow. */
  #bring(first: number, last: number, signal?: AbortSignal): void {
    const wanted = first === last ? [first] : [first, last]
    for (const at of wanted) {
      const known = this.#blocks.get(at)
      if (known === undefined) continue
      this.#blocks.delete(at)
      this.#blocks.set(at, known)
    }
    if (wanted.every((at) => this.#blocks.has(at))) return
    const end = this.#hasEnd ? [] : this.#endBlocks()
    this.#hasEnd = true
    const until = end[0] ?? Math.ceil(this.#size / BLOCK)
    const missing = wanted.filter((at) => at < until && !this.#blocks.has(at))
    for (let at = (missing.at(-1) ?? until) + 1; missing.length < this.#forward && at < until && !this.#blocks.has(at); at++)
      missing.push(at)
    // What is waited for comes first.
    for (const blocks of [missing, end]) if (blocks.length > 0) this.#fetchBlocks(blocks, signal)
    for (const [at] of this.#blocks) {
      if (this.#blocks.size <= MOST_BLOCKS) break
      this.#blocks.delete(at)
    }
  }

  #endBlocks(): readonly number[] {
    const count = Math.ceil(this.#size / BLOCK)
    let from = count
    while (from > 1 && count - from < END_BLOCKS && !this.#blocks.has(from - 1)) from--
    return Array.from({ length: count - from }, (_, i) => from + i)
  }

  /** Blocks that follow each other, as one range. */
  #fetchBlocks(missing: readonly number[], signal?: AbortSignal): void {
    const start = missing[0]! * BLOCK
    const range = this.#fetch(start, Math.min(missing.length * BLOCK, this.#size - start), signal)
    missing.forEach((at, i) => {
      const block = range.then((bytes) => bytes.subarray(i * BLOCK, (i + 1) * BLOCK))
      // One that failed is asked for again by the next reader.
      block.catch(() => this.#blocks.get(at) === block && this.#blocks.delete(at))
      this.#blocks.set(at, block)
    })
  }
}

/** Bytes that begin in the block `start`, and end there or in the next one. */
async function between(start: Promise<Uint8Array>, next: Promise<Uint8Array>, offset: number, length: number): Promise<Uint8Array> {
  const [one, other] = await Promise.all([start, next])
  const from = offset % BLOCK
  if (start === next) return one.slice(from, from + length)
  return Buffer.concat([one.subarray(from), other.subarray(0, length - (BLOCK - from))])
}

/** A copy of bytes that lie in pieces that are here, in one of them or in several that follow each other; undefined when some are not. */
export function bytesIn(pieces: readonly Piece[], { offset, length }: Extent): Uint8Array | undefined {
  const out = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const at = offset + done
    const piece = pieces.find((one) => one.offset <= at && at < one.offset + one.bytes.length)
    if (piece === undefined) return undefined
    const part = piece.bytes.subarray(at - piece.offset, at - piece.offset + length - done)
    out.set(part, done)
    done += part.length
  }
  return out
}
