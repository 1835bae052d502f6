/** One slide as the viewer shows it: its pixels, its patches, and the tiles of both, the last ones kept. */

import { PipelineError } from '../../core/errors.js'
import type { Row } from '../../core/row.js'
import type { Slide } from '../../core/slide.js'
import { Lru } from '../../flow/lru.js'
import { inTurns } from '../../flow/turn.js'
import type { SlidePlace } from '../../pipeline/store/slide-place.js'
import type { TableMetadata } from '../../sinks/common/metadata.js'
import { readRow } from '../../sinks/parquet/read-row.js'
import { jpegOf, pngOf } from '../pictures.js'
import { pixelsOf } from '../pixels.js'
import { type TableOfSlide, tableOf } from '../tables.js'
import { Heats } from './heats.js'
import { type Choice, Marks } from './marks.js'
import { paint } from './paint.js'
import { type Pyramid, pyramidOf, tileOf } from './pyramid.js'

/** Ready tiles kept of a slide. */
const tileCacheBytes = 48 * 1024 ** 2
/** Longest side of the picture of one patch. */
const patchSide = 256

export interface Address {
  readonly level: number
  readonly column: number
  readonly row: number
}

/** A choice as it is asked for: `heat` is the number of the class whose probability is shown. */
export interface AskedChoice extends Omit<Choice, 'heat'> {
  readonly heat: number | null
  /** The same for the same choice. */
  readonly key: string
}

export class ShownSlide {
  readonly #tiles = new Lru<string, Buffer>(tileCacheBytes)
  readonly #heats: Heats
  private constructor(
    readonly metadata: TableMetadata,
    readonly marks: Marks,
    readonly pyramid: Pyramid,
    private readonly table: string,
    /** Open, or why it cannot be had. */
    readonly pixels: Slide | string,
    /** Where it lies. */
    readonly uri: string,
  ) {
    this.#heats = new Heats(table, marks.count)
  }

  static async open(slide: TableOfSlide, place: SlidePlace): Promise<ShownSlide> {
    const table = await tableOf(slide)
    const { kind, width, height } = table.metadata.slide
    if (kind === 'set' || width < 1 || height < 1) {
      throw new PipelineError('NO_PLACES', `${slide.id} is a set of patches, which lie nowhere`, { hint: 'tiastream report shows sets' })
    }
    const marks = await Marks.read(table)
    const pixels = await pixelsOf(table, place)
    const tile = typeof pixels === 'string' ? undefined : pixels.info.levels[0]?.tile
    return new ShownSlide(table.metadata, marks, pyramidOf({ width, height }, tile), slide.table, pixels, place.uri)
  }

  /** JPEG of the slide; null where there is no such tile. */
  async slideTile(at: Address, signal: AbortSignal): Promise<Buffer | null> {
    const { pixels } = this
    const place = tileOf(this.pyramid, at.level, at.column, at.row)
    if (!place || typeof pixels === 'string') return null
    return this.#kept(`s ${at.level} ${at.column} ${at.row}`, async () =>
      jpegOf(await read(pixels, place.region, place.size, signal), { quality: 86 }),
    )
  }

  /** Null for the heat map of a class that there is not, or that has no probabilities. */
  async choice({ isShown, min, heat }: AskedChoice): Promise<Choice | null> {
    if (heat === null) return { isShown, min }
    const column = this.marks.classes[heat]?.column ?? null
    return column === null ? null : { isShown, min, heat: await this.#heats.of(column) }
  }

  /** PNG of the predictions; null where there is no such tile, or nothing to choose so. */
  async predictionTile(at: Address, asked: AskedChoice, signal: AbortSignal): Promise<Buffer | null> {
    const place = tileOf(this.pyramid, at.level, at.column, at.row)
    const choice = place && (await this.choice(asked))
    if (!place || !choice) return null
    return this.#kept(`p ${at.level} ${at.column} ${at.row} ${asked.key}`, async () => {
      const painted = await inTurns(paint(this.marks, place.region, place.size, choice), signal)
      return painted ? pngOf(painted) : emptyTile()
    })
  }

  /** JPEG of one patch; null for no such patch, or without pixels. */
  async patchPicture(number: number, signal: AbortSignal): Promise<Buffer | null> {
    if (number >= this.marks.count || typeof this.pixels === 'string') return null
    const region = this.marks.boxOf(number)
    const factor = Math.min(1, patchSide / Math.max(region.width, region.height))
    const size = { width: Math.max(1, Math.round(region.width * factor)), height: Math.max(1, Math.round(region.height * factor)) }
    return jpegOf(await read(this.pixels, region, size, signal), { quality: 88 })
  }

  /** The row of a patch, every column by its name; a vector is said to be one. */
  async row(number: number): Promise<Record<string, unknown> | null> {
    const row = await readRow(this.table, number)
    return row && plain(row)
  }

  async close(): Promise<void> {
    this.#tiles.clear()
    if (typeof this.pixels !== 'string') await this.pixels.close()
  }

  async #kept(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#tiles.get(key)
    if (known) return known
    const made = await make()
    this.#tiles.set(key, made, made.length + 200)
    return made
  }
}

async function read(
  slide: Slide,
  region: { x: number; y: number; width: number; height: number },
  size: { width: number; height: number },
  signal: AbortSignal,
) {
  const data = new Uint8Array(size.width * size.height * 3)
  const [error] = await slide.read([{ region, ...size }], [data], { signal })
  if (error) throw error
  return { ...size, data }
}

let empty: Promise<Buffer> | undefined

/** One transparent pixel: the viewer stretches it. */
function emptyTile(): Promise<Buffer> {
  empty ??= pngOf({ width: 1, height: 1, data: new Uint8Array(4) })
  return empty
}

function plain(row: Row): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Float32Array ? `${value.length} numbers` : value]),
  )
}
