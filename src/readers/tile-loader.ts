/**
 * Brings tiles: out of the cache, or as few byte ranges as possible, each decoded once. Ranges are in flight while the tiles of others are decoded:
 * one, or of a source that is far away many, and those of the tiles that will be needed next. Holds the cache (bounded in bytes) and the ranges in
 * flight (two of at most 1 MiB; from far away 8 MiB, and 16 MiB read ahead).
 */

import { CodecError } from '../codecs/types.js'
import { SlideError } from '../core/errors.js'
import type { ReadCounts } from '../core/slide.js'
import { forMany } from '../flow/for-many.js'
import { Lru } from '../flow/lru.js'
import { type ByteSource, coalesce, type Extent, fromDisk } from './byte-source.js'
import { RangeWindow } from './range-window.js'
import { type Apart, isComplete, type Piece, ReadAhead } from './read-ahead.js'
import { SourceFailed } from './source-failed.js'
import type { Tile, TileStore } from './store.js'
import { tileMemory } from './tile-memory.js'
import type { Tilings } from './tiling.js'
import { TouchedTiles } from './touched-tiles.js'

/** A tile that is needed; `use` gets it once: decoded, null when it is blank, or the error. */
export interface Need {
  readonly level: number
  readonly index: number
  readonly use: (tile: Tile | null | SlideError) => void
}

/** Who a tile is. */
export type TileKey = Pick<Need, 'level' | 'index'>

/** One piece of a needed tile's bytes. */
interface Part extends Extent {
  readonly need: Need
  readonly place: number
  readonly parts: Uint8Array[]
  readonly of: number
}

/** A needed tile whose bytes are there, or on their way. */
interface Ahead {
  readonly need: Need
  readonly extents: readonly Extent[]
  readonly bytes: Promise<readonly Uint8Array[] | null>
}

/** More levels than any slide has; a key is index × this + level. */
export const MOST_LEVELS = 1024

export class TileLoader {
  readonly #store: TileStore
  readonly #tilings: Tilings
  readonly #source: ByteSource | null
  readonly #uri: string
  readonly #cache: Lru<number, Tile>
  /** Buffers of evicted tiles that somebody still looks at. */
  #held: Uint8Array[] | undefined
  readonly #touched: TouchedTiles
  readonly #ahead: ReadAhead | undefined
  /** Being brought. */
  #loading: ReadonlySet<number> = new Set()
  readonly counts: { -readonly [K in keyof ReadCounts]: ReadCounts[K] }

  constructor(store: TileStore, tilings: Tilings, source: ByteSource | null, uri: string, cacheBytes: number) {
    this.#store = store
    this.#tilings = tilings
    this.#source = source
    this.#uri = uri
    this.#cache = new Lru(cacheBytes, (tile) => {
      if (tile.kept) return
      if (this.#held === undefined) tileMemory.give(tile.data)
      else this.#held.push(tile.data)
    })
    this.#touched = new TouchedTiles(store, tilings)
    this.counts = { tilesTouched: 0, tilesDecoded: 0, bytesRead: 0, pixelsDecoded: 0, fetchMs: 0, decodeMs: 0, resampleMs: 0 }
    if (source?.reading?.ahead || store.far) {
      this.#ahead = new ReadAhead(source, (bytes) => {
        this.counts.bytesRead += bytes
      })
    }
  }

  /** Tiles that reach below this baseline row are kept in preference. */
  keepBelow(y: number): void {
    this.#cache.keepAbove(y)
  }

  /** One bit a tile, level by level; a copy. */
  touched(): readonly Uint8Array[] {
    return this.#touched.bits()
  }

  close(): void {
    this.#ahead?.close()
    this.#letGo()
    this.#cache.clear()
  }

  /**
   * Hands every needed tile to its `use`, in any order. Throws when the source fails or on abort; a tile's own error goes to `use`. `held`: the
   * tiles are looked at until the next call; else in `use` alone.
   */
  async load(needs: readonly Need[], signal?: AbortSignal, held?: 'held'): Promise<void> {
    this.#letGo()
    if (held) this.#held = []
    const parts: Part[] = []
    const direct: Need[] = []
    const ahead: Ahead[] = []
    const missing: Need[] = []
    for (const need of needs) {
      if (this.#touched.isFirst(need)) this.counts.tilesTouched++
      const tile = this.#cache.get(keyOf(need))
      if (tile === undefined) missing.push(need)
      else need.use(tile)
    }
    if (this.#ahead !== undefined) this.#loading = new Set(missing.map(keyOf))
    for (const need of missing) {
      const extents = this.#store.extents(need.level, need.index)
      if (extents === null) need.use(null)
      else {
        const bytes = this.#ahead?.take(keyOf(need))
        if (bytes !== undefined) ahead.push({ need, extents, bytes })
        else if (extents.length === 0) direct.push(need)
        else parts.push(...partsOf(need, extents))
      }
    }
    const first = this.#fetch(parts, signal)
    await this.#decodeDirect(direct, signal)
    const late = await this.#decodeAhead(ahead, signal)
    await first?.decode()
    await this.#decodeDirect(
      late.flatMap(({ need, extents }) => (extents.length === 0 ? [need] : [])),
      signal,
    )
    await this.#fetch(
      late.flatMap(({ need, extents }) => partsOf(need, extents)),
      signal,
    )?.decode()
  }

  /** Tells which tiles will be needed next: of a source far away their bytes are fetched meanwhile. Their levels are prepared. */
  ahead(tiles: readonly TileKey[]): void {
    const isHere = (key: number) => this.#cache.has(key) || this.#loading.has(key) || this.#ahead!.has(key)
    const wanted = tiles
      .filter((tile) => !isHere(keyOf(tile)))
      .map((tile) => ({ key: keyOf(tile), ...tile, extents: this.#store.extents(tile.level, tile.index) ?? undefined }))
    const pieces = wanted.flatMap(({ key, extents = [] }): Piece[] =>
      extents.map(({ offset, length }, place) => ({ offset, length, key, place, of: extents.length })),
    )
    this.#ahead?.begin(
      pieces,
      this.#apart(
        wanted.filter(({ extents }) => extents?.length === 0),
        isHere,
      ),
    )
  }

  /** Half as many at once as are needed at once: those that are needed come beside them. */
  #apart(tiles: readonly (TileKey & { readonly key: number })[], isHere: (key: number) => boolean): Apart | undefined {
    const atOnce = tiles[0] === undefined ? 0 : Math.floor(this.#atOnce(tiles[0].level) / 2)
    if (atOnce === 0 || this.#store.fetch === undefined) return undefined
    return { tiles: tiles.map(({ key, level, index }) => ({ key, fetch: () => this.#store.fetch!(level, index) })), atOnce, isHere }
  }

  #atOnce(level: number): number {
    return this.#store.atOnce?.(level) ?? 1
  }

  /** Tiles without extents, as many side by side as the store says. */
  async #decodeDirect(needs: readonly Need[], signal?: AbortSignal): Promise<void> {
    for (let at = 0; at < needs.length; ) {
      signal?.throwIfAborted()
      const some = needs.slice(at, at + this.#atOnce(needs[at]!.level))
      const { decodeMs: before } = this.counts
      const began = performance.now()
      // All are waited for: none may come when its place is somebody else's.
      const done = await Promise.allSettled(some.map((need) => this.#decodeFetched(need)))
      const spent = performance.now() - began
      if (this.#store.far) this.counts.fetchMs += Math.max(0, spent - (this.counts.decodeMs - before))
      else this.counts.decodeMs = before + spent
      for (const one of done) if (one.status === 'rejected') throw one.reason
      at += some.length
    }
  }

  async #decodeFetched(need: Need): Promise<void> {
    let parts: readonly Uint8Array[] | undefined
    try {
      parts = await this.#store.fetch?.(need.level, need.index)
    } catch (error) {
      this.#failed(need, error, performance.now())
      return
    }
    await this.#decode(need, parts ?? [])
  }

  /** Those whose bytes did not come are answered. */
  async #decodeAhead(tiles: readonly Ahead[], signal?: AbortSignal): Promise<readonly Ahead[]> {
    const late: Ahead[] = []
    for (const tile of tiles) {
      const began = performance.now()
      const parts = await tile.bytes
      this.counts.fetchMs += performance.now() - began
      signal?.throwIfAborted()
      if (parts === null) late.push(tile)
      else await this.#decode(tile.need, parts)
    }
    return late
  }

  /** Begins to fetch; `decode` decodes what comes, and throws what went wrong. */
  #fetch(parts: readonly Part[], signal?: AbortSignal): { readonly decode: () => Promise<void> } | undefined {
    const source = this.#source
    if (parts.length === 0 || source === null) return undefined
    const ranges = coalesce(parts, source.reading ?? fromDisk)
    const window = new RangeWindow(source, ranges, source.reading ? forMany(signal) : signal)
    return {
      decode: async () => {
        for (const { offset, parts } of ranges) {
          const began = performance.now()
          const bytes = await window.next()
          this.counts.fetchMs += performance.now() - began
          this.counts.bytesRead += bytes.length
          for (const part of parts) {
            const from = part.offset - offset
            part.parts[part.place] = bytes.subarray(from, from + part.length)
            if (part.of > 1 && !isComplete(part.parts, part.of)) continue
            const pending = this.#decode(part.need, part.parts)
            if (pending !== undefined) {
              await pending
              signal?.throwIfAborted()
            }
          }
        }
      },
    }
  }

  /** Decodes now, or (an asynchronous codec) answers a promise. */
  #decode(need: Need, parts: readonly Uint8Array[]): Promise<void> | undefined {
    const began = performance.now()
    const taken: Uint8Array[] = []
    const memory = (bytes: number) => {
      const buffer = tileMemory.take(bytes)
      taken.push(buffer)
      return buffer
    }
    const failed = (error: unknown) => {
      for (const buffer of taken) tileMemory.give(buffer)
      this.#failed(need, error, began)
    }
    try {
      const tile = this.#store.decode(need.level, need.index, parts, memory)
      if (tile instanceof Promise) return tile.then((decoded) => this.#done(need, decoded, began), failed)
      this.#done(need, tile, began)
    } catch (error) {
      failed(error)
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
    if (error instanceof SourceFailed) throw error.error
    if (error instanceof SlideError) need.use(error)
    else if (error instanceof CodecError) {
      const name = this.#store.nameOf?.(need.level, need.index) ?? this.#tilings.of(need.level).nameOf(need.index)
      need.use(new SlideError('TILE_UNDECODABLE', `${this.#uri}: ${name} cannot be decoded: ${error.message}`, { cause: error }))
    } else throw error
  }

  /** Nobody looks any more at tiles that were held. */
  #letGo(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const buffer of held) tileMemory.give(buffer)
  }
}

/** The number of a tile among those of all levels. */
export const keyOf = ({ level, index }: TileKey): number => index * MOST_LEVELS + level

function partsOf(need: Need, extents: readonly Extent[]): Part[] {
  const parts: Uint8Array[] = []
  return extents.map(({ offset, length }, place) => ({ offset, length, need, place, parts, of: extents.length }))
}
