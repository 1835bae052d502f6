/**
 * What tiles that will be needed soon are decoded from, fetched while others are at work. Holds that of the last two calls, each of about 8 MiB at
 * most; what was not asked for by then is let go. A range that cannot be had is forgotten: who needs it asks for it again, and is told why.
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

/** Tiles that lie at no ranges: each is fetched by itself. */
export interface Apart {
  readonly tiles: readonly { readonly key: number; readonly fetch: () => Promise<readonly Uint8Array[]> }[]
  /** So many are on their way at once. */
  readonly atOnce: number
  /** Whether a tile has come by another way meanwhile, or is about to. */
  readonly isHere: (key: number) => boolean
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
  readonly #source: ByteSource | null
  readonly #read: (bytes: number) => void
  readonly #coming = new Map<number, Coming>()
  readonly #closed = new AbortController()
  #calls = 0

  /** `source`: where ranges lie. `read` is told of every range that came. */
  constructor(source: ByteSource | null, read: (bytes: number) => void) {
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

  /** Begins to fetch tiles, all pieces of each one behind the other; what is beyond 8 MiB is left out. */
  begin(pieces: readonly Piece[], apart?: Apart): void {
    this.#calls++
    for (const [key, { call }] of this.#coming) if (call < this.#calls - 1) this.#coming.delete(key)
    if (apart !== undefined) void this.#fetchApart(apart)
    const wanted = affordable(pieces)
    if (wanted.length === 0 || this.#source === null) return
    for (const { key } of wanted) if (!this.#coming.has(key)) this.#coming.set(key, comingIn(this.#calls))
    void this.#fetch(this.#source, wanted, new Map(wanted.map(({ key }) => [key, this.#coming.get(key)!])))
  }

  close(): void {
    this.#closed.abort(new Error('the slide has been closed'))
    this.#coming.clear()
  }

  /** Ends early where two calls later others are wanted. */
  async #fetchApart({ tiles, atOnce, isHere }: Apart): Promise<void> {
    const call = this.#calls
    let held = 0
    const fetchOne = async ({ key, fetch }: Apart['tiles'][number]) => {
      const coming = comingIn(call)
      this.#coming.set(key, coming)
      try {
        const parts = await fetch()
        held += parts.reduce((sum, { length }) => sum + length, 0)
        coming.come(parts)
      } catch {
        coming.come(null)
      }
    }
    for (let at = 0; at < tiles.length && held < MOST_BYTES; at += atOnce) {
      if (this.#closed.signal.aborted || call < this.#calls - 1) return
      const some = tiles.slice(at, at + atOnce)
      await Promise.all(some.filter(({ key }) => !isHere(key)).map(fetchOne))
    }
  }

  async #fetch(source: ByteSource, pieces: readonly Piece[], coming: ReadonlyMap<number, Coming>): Promise<void> {
    try {
      const ranges = coalesce(pieces, source.reading ?? fromDisk)
      const window = new RangeWindow(source, ranges, this.#closed.signal)
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
