/**
 * TIFF masks: the largest page (of a pyramid, its largest level), tile row by tile row, every sample as it is in the file. Other pages of
 * the same size are further channels.
 */

import { SlideError } from '../../core/errors.js'
import { fitsProportions } from '../../geometry/proportions.js'
import type { Size } from '../../geometry/region.js'
import type { Scale } from '../../geometry/resolution.js'
import { FINEST } from '../scale.js'
import { readDirectories } from '../tiff/directory.js'
import { readHeader } from '../tiff/entries.js'
import { compressionOf, doubtful, isDoubtful, obstacle, orientationOf, type Page, pageOf } from '../tiff/page.js'
import { byTags, resolutionOf } from '../tiff/resolution-tags.js'
import { photometrics, refusedCompressions, tags } from '../tiff/tags.js'
import { tileDecoder } from '../tiff/tile-decoder.js'
import { extentsOf, readTileTable, type TileTable } from '../tiff/tile-table.js'
import { isMask } from '../tiff/vendor.js'
import { refuseNumbers } from './chosen.js'
import { Faint } from './faint.js'
import { checkSize, type MaskFile, type MaskPicture, mostPixels, ofAnotherSize } from './mask-picture.js'
import { openPicture } from './picture.js'
import { type PageOfSamples, samplesOf } from './tiff-samples.js'

/** Rows of a page: bits 0 and 1 say what their reader says. */
type Strips = (signal?: AbortSignal) => AsyncGenerator<Uint8Array | number>

/** Compressions that libvips reads and we do not: those of fax machines, in which masks of one bit are. */
const left = [2, 3, 4, 6]

export async function openTiff(file: MaskFile): Promise<MaskPicture> {
  const { source, signal } = file
  // A strip may be the whole mask: what of it is read at once is bounded where it is read.
  const limits = { ...file.limits, tilePixels: mostPixels }
  const { littleEndian } = readHeader(await source.read(0, Math.min(16, source.size), signal), source.uri)
  const warnings: string[] = []
  const trees = await readDirectories({ source, limits, warnings, signal })
  const all = trees.flatMap(({ page, subs }, i) => [{ page, place: i }, ...subs.map((sub) => ({ page: sub, place: -1 }))])
  const pages = all.flatMap(({ page, place }) => {
    try {
      return [{ page: pageOf(page, source.uri, limits), place }]
    } catch (error) {
      if (!(error instanceof SlideError) || all.length === 1) throw error
      warnings.push(`a page is left out: ${error.message}`)
      return []
    }
  })
  const largest = pages.reduce((a, b) => (b.page.width * b.page.height > a.page.width * a.page.height ? b : a))
  const { width, height } = largest.page
  checkSize({ width, height })
  const pixel = pixelOf(largest.page)
  const shown = isLeftOver({ width, height }, pixel, file.slide) ? undefined : ofAnotherSize({ width, height }, pixel, file.slide)
  if (shown !== undefined)
    warnings.push(
      `by the size of a pixel that it says (${byTags}) it shows ${shown}: it is stretched over the slide, whether or not they are right`,
    )
  const same = pages.filter(({ page, place }) => page.width === width && page.height === height && (place >= 0 || page === largest.page))
  // GDAL says with a page of its own which pixels are any.
  const masks = same.filter(({ page }) => isMask(page))
  const pictures = masks.length === same.length ? same : same.filter(({ page }) => !isMask(page))
  if (pictures.length > 1) {
    const which = file.numbers === undefined ? 'a pixel is tissue where any of them is not 0' : 'the classes are those of the first'
    warnings.push(`${pictures.length} of its pages are ${width} x ${height}: ${which}`)
  }
  const twins = file.numbers === undefined ? pictures : pictures.slice(0, 1)
  const code = largest.page.directory.number(tags.Compression) ?? 1
  if (left.includes(code) && largest.place >= 0 && twins.length === 1) return openPicture(file, largest.place)
  const united = async (of: typeof pages): Promise<Strips | undefined> => {
    const strips: Strips[] = []
    for (const { page } of of) strips.push(await stripsOf(page, { ...file, limits }, littleEndian, warnings))
    return strips.length < 2 ? strips[0] : (signal) => joined(strips, width, 'any', signal)
  }
  const [any, valid] = [(await united(twins))!, pictures === same ? undefined : await united(masks)]
  const rows: Strips = valid === undefined ? any : (signal) => joined([any, valid], width, 'all', signal)
  return { width, height, warnings, rows }
}

/** µm: nobody draws tissue in coarser pixels. */
const COARSEST_MASK = 128

/** Undefined where it can be no mask's: that is the resolution of a print, or none. */
function pixelOf(page: Page): Scale | undefined {
  const pixel = resolutionOf(page, [])
  return pixel !== undefined && [pixel.x, pixel.y].every((one) => one > FINEST && one < COARSEST_MASK && !isPrint(25_400 / one))
    ? pixel
    : undefined
}

/** libvips keeps the resolution of a picture that it shrinks: a mask of the slide's proportions with the slide's own pixels is the slide's, made smaller. */
function isLeftOver({ width, height }: Size, pixel: Scale | undefined, { mpp, ...slide }: MaskFile['slide']): boolean {
  return pixel !== undefined && mpp !== undefined && Math.abs(pixel.x / mpp.x - 1) < 0.02 && fitsProportions({ width, height }, slide)
}

/** Pixels to the inch, in whole dozens or hundreds. */
const isPrint = (perInch: number): boolean =>
  [12, 50].some((step) => Math.abs(perInch / step - Math.round(perInch / step)) < 1e-3) && perInch < 2500

async function stripsOf(page: Page, file: MaskFile, littleEndian: boolean, warnings: string[]): Promise<Strips> {
  refuse(page)
  const compression = compressionOf(page)
  const odd: string[] = []
  const table = await readTileTable(page, { ...file, warnings: odd })
  for (const fact of odd) warnings.push(`it ${fact}`)
  const { source, numbers } = file
  if (compression === 'jpeg' || compression === 'jpeg2000' || compression === 'webp') {
    refuseNumbers(numbers, `compressed as ${compression}`)
    return colourStrips(page, file, table, warnings)
  }
  return samplesOf({ page, table, source, littleEndian, numbers } satisfies PageOfSamples, warnings)
}

function refuse(page: Page): void {
  const { directory, photometric } = page
  const code = directory.number(tags.Compression) ?? 1
  if (compressionOf(page) === undefined)
    throw new RangeError(`it has compression ${code} (${refusedCompressions[code] ?? 'unknown'}), which is not read`)
  if (isDoubtful(page)) throw new RangeError(`it has ${doubtful}`)
  const orientation = orientationOf(page)
  if (orientation > 1) throw new RangeError(`it has orientation ${orientation}: only upright masks are read`)
  if (![0, 1, 2, 3, 4, 6].includes(photometric))
    throw new RangeError(`it has ${photometrics[photometric] ?? `photometric ${photometric}`} colours, of which none is nothing`)
}

/** Compressions of pictures: as colours, by the decoders of slides. */
async function colourStrips(page: Page, { source }: MaskFile, table: TileTable, warnings: string[]): Promise<Strips> {
  const reason = obstacle(page, true)
  if (reason !== null) throw new RangeError(`it has ${reason}`)
  const decode = await tileDecoder(page, 'exact')
  const { width, height, tile } = page
  const columns = Math.ceil(width / tile.width)
  return async function* (signal) {
    const faint = new Faint()
    for (let top = 0, first = 0; top < height; top += tile.height, first += columns) {
      const rows = Math.min(tile.height, height - top)
      const out = new Uint8Array(rows * width)
      for (let column = 0; column < columns; column++) {
        const extents = extentsOf(page, table, first + column)
        if (extents === null) continue
        const parts: Uint8Array[] = []
        for (const { offset, length } of extents) parts.push(await source.read(offset, length, signal))
        const x = column * tile.width
        const across = Math.min(tile.width, width - x)
        const { data, width: run } = await decode(parts, across, rows, (bytes) => new Uint8Array(bytes))
        for (let y = 0; y < rows; y++) faint.take(data.subarray(y * run * 3, (y * run + across) * 3), 3, out.subarray(y * width + x))
      }
      yield out
    }
    if (compressionOf(page) !== 'jpeg2000') faint.warn(warnings)
  }
}

/** Set where any of the pages is, or all of them are. */
async function* joined(pages: readonly Strips[], width: number, where: 'any' | 'all', signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const readers = pages.map((rows) => new RowReader(rows(signal), width))
  for (;;) {
    const out = await readers[0]!.some()
    if (out === null) return
    for (const reader of readers.slice(1)) {
      const also = await reader.take(out.length)
      if (where === 'any') for (let i = 0; i < out.length; i++) out[i]! |= also[i]!
      else for (let i = 0; i < out.length; i++) out[i]! &= also[i]!
    }
    yield out
  }
}

/** Hands on as many rows as are asked for, however many come at once. */
class RowReader {
  #held: Uint8Array = new Uint8Array(0)
  constructor(
    private readonly rows: AsyncGenerator<Uint8Array | number>,
    private readonly width: number,
  ) {}

  async some(): Promise<Uint8Array | null> {
    const { value, done } = await this.rows.next()
    if (done) return null
    return typeof value === 'number' ? new Uint8Array(value * this.width) : value
  }

  async take(bytes: number): Promise<Uint8Array> {
    const parts = [this.#held]
    let have = this.#held.length
    while (have < bytes) {
      const more = await this.some()
      if (more === null) throw new RangeError('its pages end at different rows')
      parts.push(more)
      have += more.length
    }
    const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    this.#held = all.subarray(bytes)
    return all.subarray(0, bytes)
  }
}
