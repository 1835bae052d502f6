/**
 * What is read of a file far away while it is opened: dozens of small pieces that lie close together come in blocks of 64 KiB, of which at most
 * 64 are kept; longer reads go straight through. All of it can be handed to other threads, which then open the same file without a request.
 */

import type { Extent, Piece } from './byte-source.js'

export const BLOCK = 64 * 1024
const MOST_BLOCKS = 64
/** With the first piece that lies further on, the end comes, too: there writers leave directories, each of which leads to the next one. */
const END_BLOCKS = 4
/** Of longer reads so many bytes are kept, for others to be handed: tables, and descriptions as long as a book. */
const MOST_LONG = 16 * 2 ** 20

type Fetch = (offset: number, length: number, signal?: AbortSignal) => Promise<Uint8Array>

export class BlockCache {
  readonly #size: number
  readonly #fetch: Fetch
  /** The longest unused first. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>()
  readonly #long: Piece[] = []
  #longBytes = 0
  #hasEnd: boolean

  /** `first`: bytes from 0 on, one block or all there are; absent: the rest is known elsewhere, and little will be asked for. */
  constructor(size: number, fetch: Fetch, first?: Uint8Array) {
    this.#hasEnd = first === undefined
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

  /** What is here or on its way; undefined for what is not, which is then not fetched. At most a block is looked for. */
  kept(offset: number, length: number): Promise<Uint8Array> | undefined {
    const start = this.#blocks.get(Math.floor(offset / BLOCK))
    const next = this.#blocks.get(Math.floor((offset + length - 1) / BLOCK))
    return start && next && length <= BLOCK ? between(start, next, offset, length) : undefined
  }

  /** All that was read and kept. */
  async soFar(): Promise<readonly Piece[]> {
    const blocks = await Promise.allSettled(this.#blocks.values())
    const short = [...this.#blocks.keys()].flatMap((at, i): Piece[] => {
      const block = blocks[i]!
      return block.status === 'fulfilled' ? [{ offset: at * BLOCK, bytes: block.value }] : []
    })
    return [...short, ...this.#long]
  }

  async #readLong(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = await this.#fetch(offset, length, signal)
    if (this.#longBytes + length <= MOST_LONG) {
      this.#longBytes += length
      this.#long.push({ offset, bytes })
    }
    return bytes
  }

  /** A piece of at most a block lies in one or two; two that are missing come as one range. */
  #bring(first: number, last: number, signal?: AbortSignal): void {
    const wanted = first === last ? [first] : [first, last]
    for (const at of wanted) {
      const known = this.#blocks.get(at)
      if (known === undefined) continue
      this.#blocks.delete(at)
      this.#blocks.set(at, known)
    }
    const isMissing = (at: number) => !this.#blocks.has(at)
    if (!wanted.some(isMissing)) return
    // First: it may hold what is wanted.
    if (!this.#hasEnd) this.#bringEnd(signal)
    const missing = wanted.filter(isMissing)
    if (missing.length > 0) this.#fetchBlocks(missing, signal)
    for (const [at] of this.#blocks) {
      if (this.#blocks.size <= MOST_BLOCKS) break
      this.#blocks.delete(at)
    }
  }

  #bringEnd(signal?: AbortSignal): void {
    this.#hasEnd = true
    const count = Math.ceil(this.#size / BLOCK)
    let from = count
    while (from > 1 && count - from < END_BLOCKS && !this.#blocks.has(from - 1)) from--
    if (from < count)
      this.#fetchBlocks(
        Array.from({ length: count - from }, (_, i) => from + i),
        signal,
      )
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
