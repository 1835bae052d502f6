/**
 * One level while it is being written: a band of rows, one tile high. A full band is cut into tiles, written, halved and
 * handed down to the next level. So a picture of any height needs one band a level, under twice the band of the largest.
 */

import { bytesOf } from '../../core/bytes-of.js'
import { everyTurn } from '../../flow/turn.js'
import type { Size } from '../../geometry/region.js'
import { encodeTile } from './encode.js'
import type { TiffFile } from './file.js'
import { channelsOf, type Place, type TiffPicture, tileOf, tilesOf } from './picture.js'
import { halve, type Pixels } from './reduce.js'

/** Tiles compressed at once: as many as the thread pool of Node has threads. */
const together = 4

export class Band {
  /** Where the tiles lie, in raster order. */
  readonly places: Place[]
  readonly #picture: TiffPicture
  readonly #level: Size
  readonly #channels: number
  readonly #float: boolean
  readonly #tile: Size
  readonly #pixels: Pixels
  readonly #next: Band | undefined
  readonly #file: TiffFile
  /** Places of tiles of one colour: written once, pointed to often. */
  readonly #plain: Map<string, Place>
  readonly #turn = everyTurn()
  #rows = 0
  #written = 0

  constructor(file: TiffFile, picture: TiffPicture, levels: readonly Size[], plain = new Map<string, Place>()) {
    this.#file = file
    this.#picture = picture
    this.#level = levels[0]!
    this.#channels = channelsOf(picture.samples)
    this.#float = picture.samples.kind === 'floats'
    this.#tile = tileOf(picture)
    this.#plain = plain
    this.#pixels = this.#empty(this.#tile.height * this.#level.width * this.#channels)
    const { columns, rows } = tilesOf(this.#level, this.#tile)
    this.places = Array<Place>(columns * rows).fill({ offset: 0, bytes: 0 })
    if (levels.length > 1) this.#next = new Band(file, picture, levels.slice(1), plain)
  }

  /** This level and all smaller ones. */
  get all(): readonly Band[] {
    return [this, ...(this.#next?.all ?? [])]
  }

  get missing(): number {
    return this.#level.height - this.#written - this.#rows
  }

  /** Takes rows of `width × channels` values; one row may stand for `repeat` equal ones. */
  async take(rows: Pixels, repeat: number): Promise<void> {
    const run = this.#level.width * this.#channels
    const given = repeat > 1 ? repeat : rows.length / run
    for (let i = 0; i < given; i++) {
      const from = repeat > 1 ? 0 : i * run
      this.#pixels.set(rows.subarray(from, from + run), this.#rows * run)
      this.#rows++
      // Tiles of one colour are written once: then there is nothing to wait for.
      await this.#turn(run)
      if (this.#rows === this.#tile.height || this.missing === 0) await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    const { columns } = tilesOf(this.#level, this.#tile)
    const first = (this.#written / this.#tile.height) * columns
    for (let start = 0; start < columns; start += together) {
      const jobs = Array.from({ length: Math.min(together, columns - start) }, (_, i) => start + i)
      const tiles = await Promise.all(jobs.map((column) => this.#encoded(column)))
      for (const [i, column] of jobs.entries()) this.places[first + column] = await this.#place(tiles[i]!)
    }
    await this.#handDown()
    this.#written += this.#rows
    this.#rows = 0
  }

  async #handDown(): Promise<void> {
    if (!this.#next) return
    const half = this.#empty(Math.ceil(this.#rows / 2) * Math.ceil(this.#level.width / 2) * this.#channels)
    halve(this.#pixels, this.#level.width, this.#rows, this.#channels, this.#picture.samples.kind, half)
    await this.#next.take(half, 1)
  }

  #empty(length: number): Pixels {
    return this.#float ? new Float32Array(length) : new Uint8Array(length)
  }

  async #place(tile: EncodedTile): Promise<Place> {
    if (tile.plain === null) return this.#file.append(await tile.bytes())
    const known = this.#plain.get(tile.plain)
    if (known) return known
    const place = await this.#file.append(await tile.bytes())
    this.#plain.set(tile.plain, place)
    return place
  }

  async #encoded(column: number): Promise<EncodedTile> {
    const pixels = this.#cut(column)
    const bytes = bytesOf(pixels)
    const { compression = 'deflate', quality = 85 } = this.#picture
    const encode = () => encodeTile(bytes, this.#tile, compression, quality)
    const plain = plainColor(pixels, this.#channels)
    if (plain !== null) return { plain, bytes: encode }
    const done = await encode()
    return { plain, bytes: async () => done }
  }

  /** A tile's pixels; beyond the edge of the picture the last column and row go on, which compresses well in every codec. */
  #cut(column: number): Pixels {
    const channels = this.#channels
    const { width, height } = this.#tile
    const stride = this.#level.width * channels
    const from = column * width * channels
    const inside = Math.min(width * channels, stride - from)
    const out = this.#empty(width * height * channels)
    for (let y = 0; y < height; y++) {
      const line = Math.min(y, this.#rows - 1) * stride + from
      const at = y * width * channels
      out.set(this.#pixels.subarray(line, line + inside), at)
      for (let i = inside; i < width * channels; i++) out[at + i] = out[at + i - channels]!
    }
    return out
  }
}

interface EncodedTile {
  /** Its one colour, or null. */
  readonly plain: string | null
  readonly bytes: () => Promise<Uint8Array>
}

function plainColor(pixels: Pixels, channels: number): string | null {
  for (let i = channels; i < pixels.length; i++) if (pixels[i] !== pixels[i - channels]) return null
  return Array.from(pixels.subarray(0, channels)).join()
}
