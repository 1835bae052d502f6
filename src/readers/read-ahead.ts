/**
 * Compressed bytes of tiles that will be needed soon, fetched while others are at work. Holds those of the last two calls, each of at most 8 MiB;
 * what was not asked for by then is let go. A range that cannot be had is none: who needs it asks for it again, and is told why.
 */

import { type ByteSource, coalesce, type Extent, fromDisk } from './byte-source.js'
import { RangeWindow } from './range-window.js'

/** One piece of the bytes of a tile. */
export interface Piece extends Extent {
  readonly key: number
  readonly place: number
  /** So many pieces the tile has. */
  readonly of: number
}

const MOST_BYTES = 8 * 2 ** 20

interface Coming {
  readonly call: number
  /** All pieces in their order; null when they did not come. */
  readonly bytes: Promise<readonly Uint8Array[] | null>
  readonly come: (bytes: readonly Uint8Array[] | null) => void
  readonly parts: Uint8Array[]
}

export class ReadAhead {
  readonly #source: ByteSource
  readonly #read: (bytes: number) => void
  readonly #coming = new Map<number, Coming>()
  readonly #closed = new AbortController()
  #calls = 0

  /** `read` is told of every range that came. */
  constructor(source: ByteSource, read: (bytes: number) => void) {
    this.#source = source
    this.#read = read
  }

  has(key: number): boolean {
    return this.#coming.has(key)
  }

  /** The bytes of a tile, handed out once; undefined when they were not fetched. */
  take(key: number): Promise<readonly Uint8Array[] | null> | undefined {
    const coming = this.#coming.get(key)
    this.#coming.delete(key)
    return coming?.bytes
  }

  /** Begins to fetch the tiles, all pieces of each one behind the other; those beyond 8 MiB are left out. */
  begin(pieces: readonly Piece[]): void {
    this.#calls++
    for (const [key, { call }] of this.#coming) if (call < this.#calls - 1) this.#coming.delete(key)
    const wanted = affordable(pieces)
    if (wanted.length === 0) return
    for (const { key } of wanted) if (!this.#coming.has(key)) this.#coming.set(key, comingIn(this.#calls))
    void this.#fetch(wanted, new Map(wanted.map(({ key }) => [key, this.#coming.get(key)!])))
  }

  close(): void {
    this.#closed.abort(new Error(`${this.#source.uri} has been closed`))
    this.#coming.clear()
  }

  async #fetch(pieces: readonly Piece[], coming: ReadonlyMap<number, Coming>): Promise<void> {
    try {
      const ranges = coalesce(pieces, this.#source.reading ?? fromDisk)
      const window = new RangeWindow(this.#source, ranges, this.#closed.signal)
      for (const { offset, parts } of ranges) {
        const bytes = await window.next()
        this.#read(bytes.length)
        for (const piece of parts) {
          const tile = coming.get(piece.key)!
          tile.parts[piece.place] = bytes.subarray(piece.offset - offset, piece.offset - offset + piece.length)
          if (isComplete(tile.parts, piece.of)) tile.come(tile.parts)
        }
      }
    } catch {
      for (const tile of coming.values()) tile.come(null)
    }
  }
}

/** The first tiles whose bytes may be held together. */
function affordable(pieces: readonly Piece[]): readonly Piece[] {
  let bytes = 0
  for (const [i, { length, key }] of pieces.entries()) {
    bytes += length
    if (bytes > MOST_BYTES) return pieces.slice(0, i).filter((piece) => piece.key !== key)
  }
  return pieces
}

function comingIn(call: number): Coming {
  let come: Coming['come'] = () => undefined
  const bytes = new Promise<readonly Uint8Array[] | null>((resolve) => {
    come = resolve
  })
  return { call, bytes, come, parts: [] }
}

/** Of a tile in many pieces, too, the last one to come is seldom one before. */
export function isComplete(parts: readonly Uint8Array[], of: number): boolean {
  for (let i = of - 1; i >= 0; i--) if (parts[i] === undefined) return false
  return true
}
