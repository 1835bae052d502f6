/**
 * Fills boxes of a level with its tiles: each tile is brought once for all boxes that need it. Where all of them can be held at once, box after box
 * is painted with them, in memory that stays in the processor's cache. Else tiles of a grid are pasted as they come. Placed ones, which lie over
 * each other, are pasted in the order of painting: some are brought, held and pasted, then the next ones.
 */

import { SlideError } from '../core/errors.js'
import type { Level } from '../core/slide.js'
import type { LevelBox } from './level-box.js'
import { blank, overhangs, paste } from './paste.js'
import type { Tile } from './store.js'
import { keyOf, type Need, type TileKey, type TileLoader } from './tile-loader.js'
import { type Tilings, visiblePart } from './tiling.js'

/** One box on its way: level pixels go to `pixels`. */
export interface Job {
  readonly box: LevelBox
  readonly pixels: Uint8Array
  error: SlideError | null
}

/** All tiles that some boxes need. */
export interface HeldTiles {
  readonly count: number
  /** Whether the pixels of a box are those of one tile, whole rows of it. */
  isOne(box: LevelBox): boolean
  /** Fills the level pixels of one of the boxes; answers what went wrong with the first of its tiles of which something did. */
  paint(box: LevelBox, pixels: Uint8Array): SlideError | null
}

/** A tile, and who needs it. */
interface Wanted {
  readonly level: number
  readonly index: number
  readonly jobs: Job[]
}

export class TilePainter {
  readonly #levels: readonly Level[]
  readonly #tilings: Tilings
  readonly #loader: TileLoader
  readonly #heldBytes: number

  /** `heldBytes`: of tiles that are held until they can be pasted; of placed ones one is held in any case. */
  constructor(levels: readonly Level[], tilings: Tilings, loader: TileLoader, heldBytes: number) {
    this.#levels = levels
    this.#tilings = tilings
    this.#loader = loader
    this.#heldBytes = heldBytes
  }

  /** The tiles of some boxes, until the next call; null where they are too many to be held. Their levels are prepared. */
  async hold(boxes: readonly LevelBox[], signal?: AbortSignal): Promise<HeldTiles | null> {
    const wanted = new Map<number, TileKey>()
    let bytes = 0
    for (const { level, ...box } of boxes) {
      const tiling = this.#tilings.of(level)
      for (const index of tiling.tilesIn(box)) {
        const key = keyOf({ level, index })
        if (wanted.has(key)) continue
        wanted.set(key, { level, index })
        const { width, height } = tiling.placeOf(index)
        bytes += width * height * 3
        if (bytes > this.#heldBytes) return null
      }
    }
    const tiles = new Map<number, Tile | null | SlideError>()
    const needs = [...wanted].map(([key, tile]): Need => ({ ...tile, use: (got) => tiles.set(key, got) }))
    await this.#loader.load(needs, signal, 'held')
    return { count: wanted.size, isOne: (box) => this.#isOne(box), paint: (box, pixels) => this.#paint(box, pixels, tiles) }
  }

  #isOne(box: LevelBox): boolean {
    const tiling = this.#tilings.of(box.level)
    const [tile, another] = tiling.tilesIn(box)
    return tile !== undefined && another === undefined && tiling.placeOf(tile).width === box.width
  }

  #paint(box: LevelBox, pixels: Uint8Array, tiles: ReadonlyMap<number, Tile | null | SlideError>): SlideError | null {
    this.#ground(box, pixels)
    for (const index of this.#tilings.of(box.level).tilesIn(box)) {
      const tile = tiles.get(keyOf({ level: box.level, index }))!
      if (tile instanceof SlideError) return tile
      this.#paste(tile, index, box, pixels)
    }
    return null
  }

  /** White where tiles may leave some of the box free. */
  #ground(box: LevelBox, pixels: Uint8Array): void {
    if (this.#tilings.of(box.level).overlaps || overhangs(box, this.#levels[box.level]!)) pixels.fill(255, 0, box.width * box.height * 3)
  }

  /** Null: a blank tile, which is white in a grid, and covers nothing of others that it lies over. */
  #paste(tile: Tile | null, index: number, box: LevelBox, pixels: Uint8Array): void {
    const tiling = this.#tilings.of(box.level)
    const at = tiling.placeOf(index)
    if (tile !== null) paste(tile.data, tile.width, at, box, pixels, tiling.overlaps ? visiblePart(at, this.#levels[box.level]!) : at)
    else if (!tiling.overlaps) blank(at, box, pixels)
  }

  /** Fills every job's pixels: white outside of the level, on blank tiles and where no tile lies. Its levels are prepared. Answers how many tiles it took. */
  async fill(jobs: readonly Job[], signal?: AbortSignal): Promise<number> {
    const wanted = new Map<string, Wanted>()
    for (const job of jobs) this.#want(job, wanted)
    const all = [...wanted.values()]
    const inGrid = all.filter(({ level }) => !this.#tilings.of(level).overlaps)
    if (inGrid.length > 0)
      await this.#loader.load(
        inGrid.map((want) => ({ ...want, use: (tile) => this.#pasteFor(want, tile) })),
        signal,
      )
    if (inGrid.length < all.length)
      await this.#fillInOrder(
        all.filter(({ level }) => this.#tilings.of(level).overlaps),
        signal,
      )
    return all.length
  }

  #want(job: Job, wanted: Map<string, Wanted>): void {
    const { box, pixels } = job
    this.#ground(box, pixels)
    for (const index of this.#tilings.of(box.level).tilesIn(box)) {
      const key = `${box.level} ${index}`
      const want = wanted.get(key)
      if (want === undefined) wanted.set(key, { level: box.level, index, jobs: [job] })
      else want.jobs.push(job)
    }
  }

  #pasteFor({ index, jobs }: Wanted, tile: Tile | null | SlideError): void {
    for (const job of jobs) {
      if (tile instanceof SlideError) job.error ??= tile
      else this.#paste(tile, index, job.box, job.pixels)
    }
  }

  async #fillInOrder(all: Wanted[], signal?: AbortSignal): Promise<void> {
    all.sort((a, b) => a.level - b.level || a.index - b.index)
    for (let from = 0; from < all.length; ) {
      const end = this.#endOfHeld(all, from)
      const some = all.slice(from, end)
      const tiles: (Tile | null | SlideError)[] = []
      const hold = (i: number) => (tile: Tile | null | SlideError) => {
        tiles[i] = tile
      }
      const needs = some.map(({ level, index }, i): Need => ({ level, index, use: hold(i) }))
      await this.#loader.load(needs, signal, 'held')
      for (const [i, want] of some.entries()) this.#pasteFor(want, tiles[i]!)
      from = end
    }
  }

  /** As many tiles from one on as may be held. */
  #endOfHeld(all: readonly Wanted[], from: number): number {
    let bytes = 0
    for (let i = from; i < all.length; i++) {
      const { level, index } = all[i]!
      const { width, height } = this.#tilings.of(level).placeOf(index)
      bytes += width * height * 3
      if (bytes > this.#heldBytes && i > from) return i
    }
    return all.length
  }
}
