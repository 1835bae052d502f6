/**
 * Brings tiles: out of the cache, or as few byte ranges as possible, each decoded once. The next range is fetched while the tiles of
 * this one are decoded. Holds the cache (bounded in bytes), two ranges of at most 1 MiB (or one tile), and a few buffers to be used again.
 */

import { CodecError } from '../codecs/types.js'
import { SlideError } from '../core/errors.js'
import type { ReadCounts } from '../core/slide.js'
import { Lru } from '../flow/lru.js'
import { type ByteSource, coalesce, type Extent } from './byte-source.js'
import type { Tile, TileStore } from './store.js'
import type { Tilings } from './tiling.js'

/** A tile that is needed; `use` gets it once: decoded, null when it is blank, or the error. */
export interface Need {
  readonly level: number
  readonly index: number
  readonly use: (tile: Tile | null | SlideError) => void
}

/** One piece of a needed tile's bytes. */
interface Part extends Extent {
  readonly need: Need
  readonly place: number
  readonly parts: Uint8Array[]
  readonly of: number
}

/** Buffers of evicted tiles kept for the next decodes: enough for a tile of each colour plane and a change of size. */
const SPARE_BUFFERS = 4

/** More levels than any slide has; a key is index × this + level. */
export const MOST_LEVELS = 1024

export class TileLoader {
  readonly #store: TileStore
  readonly #tilings: Tilings
  readonly #source: ByteSource | null
  readonly #uri: string
  readonly #cache: Lru<number, Tile>
  readonly #spare: Uint8Array[] = []
  /** Buffers of evicted tiles that somebody still looks at. */
  #held: Uint8Array[] | undefined
  /** One bit a tile, of the levels that were used: has it been needed before? */
  readonly #touched: Uint8Array[]
  readonly counts: { -readonly [K in keyof ReadCounts]: ReadCounts[K] }

  constructor(store: TileStore, tilings: Tilings, source: ByteSource | null, uri: string, cacheBytes: number) {
    this.#store = store
    this.#tilings = tilings
    this.#source = source
    this.#uri = uri
    this.#cache = new Lru(cacheBytes, (tile) => {
      const buffers = this.#held ?? this.#spare
      if (!tile.kept && buffers.length < SPARE_BUFFERS) buffers.push(tile.data)
    })
    this.#touched = store.levels.map(() => new Uint8Array(0))
    this.counts = { tilesTouched: 0, tilesDecoded: 0, bytesRead: 0, pixelsDecoded: 0, fetchMs: 0, decodeMs: 0, resampleMs: 0 }
  }

  /** Tiles that reach below this baseline row are kept in preference. */
  keepBelow(y: number): void {
    this.#cache.keepAbove(y)
  }

  /** One bit a tile, level by level; a copy. */
  touched(): readonly Uint8Array[] {
    return this.#touched.map((bits) => bits.slice())
  }

  close(): void {
    this.#cache.clear()
    this.#spare.length = 0
  }

  /**
   * Hands every needed tile to its `use`, in any order. Throws when the source fails or on abort; a tile's own error goes to `use`. `held`: the
   * tiles are looked at until the next call; else in `use` alone.
   */
  async load(needs: readonly Need[], signal?: AbortSignal, held?: 'held'): Promise<void> {
    this.#spare.push(...(this.#held ?? []).slice(0, SPARE_BUFFERS - this.#spare.length))
    this.#held = held && []
    const parts: Part[] = []
    const direct: Need[] = []
    const missing: Need[] = []
    for (const need of needs) {
      this.#touch(need)
      const tile = this.#cache.get(keyOf(need))
      if (tile === undefined) missing.push(need)
      else need.use(tile)
    }
    for (const need of missing) {
      const extents = this.#store.extents(need.level, need.index)
      if (extents === null) need.use(null)
      else if (extents.length === 0) direct.push(need)
      else {
        const collected: Uint8Array[] = []
        extents.forEach(({ offset, length }, place) => {
          parts.push({ offset, length, need, place, parts: collected, of: extents.length })
        })
      }
    }
    for (const need of direct) {
      signal?.throwIfAborted()
      await this.#decode(need, [])
    }
    await this.#fetch(parts, signal)
  }

  async #fetch(parts: readonly Part[], signal?: AbortSignal): Promise<void> {
    const source = this.#source
    if (parts.length === 0 || source === null) return
    const ranges = coalesce(parts)
    const begin = (i: number): Promise<Uint8Array> | null => {
      const range = ranges[i]
      if (range === undefined) return null
      const bytes = source.read(range.offset, range.length, signal)
      // Should this one fail while an earlier one is still being decoded, it is reported when its turn comes.
      bytes.catch(() => {})
      return bytes
    }
    let next = begin(0)
    for (let i = 0; i < ranges.length; i++) {
      const began = performance.now()
      const bytes = (await next)!
      this.counts.fetchMs += performance.now() - began
      this.counts.bytesRead += bytes.length
      next = begin(i + 1)
      const { offset, parts } = ranges[i]!
      for (const part of parts) {
        const from = part.offset - offset
        part.parts[part.place] = bytes.subarray(from, from + part.length)
        if (part.of > 1 && !complete(part)) continue
        const pending = this.#decode(part.need, part.parts)
        if (pending !== undefined) {
          await pending
          signal?.throwIfAborted()
        }
      }
    }
  }

  /** Decodes now, or (an asynchronous codec) answers a promise. */
  #decode(need: Need, parts: readonly Uint8Array[]): Promise<void> | undefined {
    const began = performance.now()
    try {
      const tile = this.#store.decode(need.level, need.index, parts, this.#memory)
      if (tile instanceof Promise) {
        return tile.then(
          (decoded) => this.#done(need, decoded, began),
          (error: unknown) => this.#failed(need, error, began),
        )
      }
      this.#done(need, tile, began)
    } catch (error) {
      this.#failed(need, error, began)
    }
    return undefined
  }

  #done(need: Need, tile: Tile, began: number): void {
    this.counts.decodeMs += performance.now() - began
    this.counts.tilesDecoded++
    this.counts.pixelsDecoded += tile.width * tile.height
    need.use(tile)
    const { y, height } = this.#tilings.of(need.level).placeOf(need.index)
    const bottom = (y + height) * this.#store.levels[need.level]!.downsample.y
    this.#cache.set(keyOf(need), tile, tile.kept ? 0 : tile.data.length, bottom)
  }

  #failed(need: Need, error: unknown, began: number): void {
    this.counts.decodeMs += performance.now() - began
    this.counts.tilesDecoded++
    if (error instanceof SlideError) need.use(error)
    else if (error instanceof CodecError) {
      const name = this.#store.nameOf?.(need.level, need.index) ?? this.#tilings.of(need.level).nameOf(need.index)
      need.use(new SlideError('TILE_UNDECODABLE', `${this.#uri}: ${name} cannot be decoded: ${error.message}`, { cause: error }))
    } else throw error
  }

  #memory = (bytes: number): Uint8Array => {
    const at = this.#spare.findIndex((buffer) => buffer.length === bytes)
    return at < 0 ? new Uint8Array(bytes) : this.#spare.splice(at, 1)[0]!
  }

  #touch({ level, index }: Need): void {
    if (this.#touched[level]!.length === 0) this.#touched[level] = new Uint8Array(Math.ceil(this.#tilings.of(level).count / 8))
    const bits = this.#touched[level]!
    const bit = 1 << (index & 7)
    if ((bits[index >> 3]! & bit) !== 0) return
    bits[index >> 3]! |= bit
    this.counts.tilesTouched++
  }
}

const keyOf = ({ level, index }: Need): number => index * MOST_LEVELS + level

function complete({ parts, of }: Part): boolean {
  for (let i = 0; i < of; i++) if (parts[i] === undefined) return false
  return true
}
