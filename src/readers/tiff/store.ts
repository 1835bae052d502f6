/** The levels of a TIFF as a tile store. */

import { holdsPicture } from '../../codecs/jpeg-header.js'
import { CodecError, type Shrink, shrunk } from '../../codecs/types.js'
import { Bug } from '../../core/errors.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { ByteSource, Extent } from '../byte-source.js'
import type { Opening } from '../format.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { levelOf, type Tile, type TileStore } from '../store.js'
import { refuseUnsupported } from './first-tile.js'
import type { Page } from './page.js'
import { tags } from './tags.js'
import { type Alpha, canShrink, tileDecoder } from './tile-decoder.js'
import { extentsOf, readTileTable, type TileTable, tileBytes } from './tile-table.js'

/** An empty tile compresses well, but no tile of this size does so a thousandfold by honest means. */
const SMALL_TILE = 16 * 2 ** 20

/** A page, and where its tiles lie, once that was read. */
export class Placed {
  readonly page: Page
  readonly #source: ByteSource
  readonly #limits: Limits
  #table: TileTable | undefined
  #reading: Promise<TileTable> | undefined

  constructor(page: Page, source: ByteSource, limits: Limits) {
    refuseForgedTables(page, source.uri)
    this.page = page
    this.#source = source
    this.#limits = limits
  }

  /** Throws SlideError; after an abort the next one to ask reads it. */
  async read(odd: string[], signal?: AbortSignal): Promise<TileTable> {
    this.#reading ??= readTileTable(this.page, { source: this.#source, limits: this.#limits, warnings: odd, signal })
    try {
      this.#table = await this.#reading
      return this.#table
    } catch (error) {
      this.#reading = undefined
      throw error
    }
  }

  /** Not one of its tiles has bytes. */
  isEmpty(): boolean {
    return this.#table?.counts.every((count) => count === 0) ?? false
  }

  /** The tile that lies last in the file; undefined where none has bytes. */
  last(): number | undefined {
    let last: number | undefined
    const { offsets, counts, tiles } = this.#table!
    for (let i = 0; i < tiles; i++) if (counts[i]! > 0 && (last === undefined || offsets[i]! > offsets[last]!)) last = i
    return last
  }

  extents(index: number): Extent[] | null {
    if (this.#table === undefined) throw new Bug('a level of a TIFF was used before it was prepared')
    return extentsOf(this.page, this.#table, index)
  }
}

interface Looking {
  readonly again?: boolean | undefined
  readonly levelOf?: (i: number) => number
}

/**
 * All levels. Their tables are read at once, each looked at, and what is odd about them goes to `warnings`; of a slide that was opened
 * before, elsewhere, each waits until its level is used. `levelOf`: of the i-th page, for warnings.
 */
export async function placedIn(
  pages: readonly Page[],
  { source, limits, warnings, signal }: Opening,
  { again = false, levelOf: levelAt = (i) => i }: Looking = {},
): Promise<readonly Placed[]> {
  const placed = pages.map((page) => new Placed(page, source, limits))
  if (again) return placed
  const looks = await Promise.allSettled(
    placed.map(async (one) => {
      const odd: string[] = []
      await refuseUnsupported(one.page, await one.read(odd, signal), source, signal)
      return odd
    }),
  )
  for (const [i, look] of looks.entries()) {
    if (look.status === 'rejected') throw look.reason
    for (const fact of look.value) warnings.push(`level ${levelAt(i)} ${fact}`)
  }
  return placed
}

/** The tiles of one page, by their numbers in it. */
export interface PageTiles {
  prepare(signal?: AbortSignal): Promise<void>
  extents(index: number): readonly Extent[] | null
  decode(index: number, bytes: readonly Uint8Array[], memory: (bytes: number) => Uint8Array, shrink?: Shrink): Tile | Promise<Tile>
}

interface How {
  readonly speed: DecodeSpeed
  readonly alpha: Alpha
}

export async function pageTiles(placed: Placed, { speed, alpha }: How, limits: Limits): Promise<PageTiles> {
  const { page } = placed
  const decode = await tileDecoder(page, speed, alpha)
  const { tile, width, height } = page
  const columns = Math.ceil(width / tile.width)
  return {
    prepare: async (signal) => void (await placed.read([], signal)),
    extents: (index) => placed.extents(index),
    decode: (index, bytes, memory, shrink = 1) => {
      refuseBomb(bytes[0]!.length, tileBytes(page), limits)
      const validColumns = Math.min(tile.width, width - (index % columns) * tile.width)
      const validRows = Math.min(tile.height, height - Math.floor(index / columns) * tile.height)
      return decode(bytes, shrunk(validColumns, shrink), shrunk(validRows, shrink), memory, shrink)
    },
  }
}

export async function tiffStore(placed: readonly Placed[], how: How, limits: Limits): Promise<TileStore> {
  const base = placed[0]!.page
  const levels = placed.map(({ page: { width, height, tile, tiled, factor } }) =>
    factor === undefined ? levelOf(width, height, tile, base, tiled) : { width, height, tile, downsample: { x: factor, y: factor } },
  )
  const pages: PageTiles[] = []
  for (const one of placed) pages.push(await pageTiles(one, how, limits))
  return {
    levels,
    prepare: (level, signal) => pages[level]!.prepare(signal),
    extents: (level, index) => pages[level]!.extents(index),
    decode: (level, index, bytes, memory, shrink) => pages[level]!.decode(index, bytes, memory, shrink),
    shrinks: (level) => canShrink(placed[level]!.page),
  }
}

/** Throws a CodecError where so few bytes cannot become so many. */
export function refuseBomb(packed: number, unpacked: number, { expansion }: Limits): void {
  if (unpacked > SMALL_TILE && unpacked > packed * expansion)
    throw new CodecError(`${packed} bytes are to become ${unpacked}: more than ${expansion} times as many`)
}

/** Tables with a frame of their own would be decoded in its size instead of the tile's. */
function refuseForgedTables(page: Page, uri: string): void {
  const tables = page.directory.bytes(tags.JPEGTables)
  if (tables !== undefined && holdsPicture(tables)) throw malformed(uri, 'has JPEG tables that hold a picture')
}
