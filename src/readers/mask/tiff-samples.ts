/** The samples of a TIFF page as they are in the file: 1 to 64 bits, whole numbers or floats, side by side or in planes, or of a palette. */

import { reversedBits } from '../../codecs/bit-order.js'
import { loadUnpack } from '../../codecs/load.js'
import type { Unpack } from '../../codecs/types.js'
import { type Channels, type SampleKind, sampleOf, setPixels, unpackBits, unsetSamples } from '../../geometry/samples.js'
import type { ByteSource, Extent } from '../byte-source.js'
import { compressionOf, isReversed, type Page, usesPredictor } from '../tiff/page.js'
import { tags } from '../tiff/tags.js'
import { extentsOf, type TileTable } from '../tiff/tile-table.js'
import { channelsFor, chosenOf, type IsTissue, isZeroTissue, type Numbers, tissueIn } from './chosen.js'
import { Labels } from './labels.js'
import { rowsAtOnce } from './mask-picture.js'
import { type Palette, paletteSet } from './palette.js'
import { undoPredictor } from './predictors.js'
import { Shares } from './shares.js'

/** Bytes of one unpacked tile or strip. */
const mostTileBytes = 2 ** 28

export interface PageOfSamples {
  readonly page: Page
  readonly table: TileTable
  readonly source: ByteSource
  readonly littleEndian: boolean
  readonly numbers?: Numbers | undefined
}

interface Layout {
  readonly bits: number
  readonly kind: SampleKind
  readonly channels: Channels
  readonly isTissue: IsTissue
  /** Samples side by side in one piece of data: all of them, or one of a plane. */
  readonly together: number
  readonly rowBytes: number
  readonly predictor: number
  /** 0 is white: of the first sample, which is grey. What lies beside it (alpha) is no colour. */
  readonly inverted: boolean
  /** A sample that is no value, as its bytes (of less than one, its number), inverted as that one is. */
  readonly nothing?: Uint8Array
}

type Rows = AsyncGenerator<Uint8Array | number>

export async function samplesOf(of: PageOfSamples, warnings: string[]): Promise<(signal?: AbortSignal) => Rows> {
  const { page } = of
  const layout = layoutOf(page, of.littleEndian, of.numbers)
  const compression = compressionOf(page)!
  const unpack = await loadUnpack(compression as Parameters<typeof loadUnpack>[0])
  const wholeStrips = page.tiled || compression !== 'none'
  if (wholeStrips && layout.rowBytes * page.tile.height > mostTileBytes) {
    throw new RangeError(
      `a ${page.tiled ? 'tile' : 'strip'} of ${page.tile.width} x ${page.tile.height} pixels is too large: save it in tiles`,
    )
  }
  if (isTruth(page)) warnings.push('it is an array of booleans, whose 0 tifffile calls white: what is True was taken for tissue')
  if (layout.inverted && /^ImageJ=/.test(page.description)) {
    warnings.push('ImageJ shows its 0 as white: white was taken for tissue')
  }
  const data = wholeStrips ? unpacked(of, layout, unpack) : plain(of, layout)
  if (page.photometric !== 3) return (signal) => rowsOf(of, layout, data, warnings, signal)
  const palette = paletteOf(page, layout.nothing?.[0])
  return async function* (signal) {
    const labels = new Labels()
    for await (const rows of rowsOf(of, layout, data, null, signal)) labels.take(typeof rows === 'number' ? new Uint8Array(1) : rows)
    const set = of.numbers === undefined ? paletteSet(palette, labels.used, warnings) : chosenOf(of.numbers)
    if (of.numbers === undefined) labels.warn(warnings, set)
    for await (const rows of rowsOf(of, layout, data, null, signal)) {
      yield typeof rows === 'number' ? new Uint8Array(rows * page.width).fill(set[0]!) : rows.map((number) => set[number]!)
    }
  }
}

/** tifffile writes `bool` arrays so, and reads them as they were; whoever else looks at such a file sees it inverted. */
const isTruth = ({ photometric, directory }: Page): boolean =>
  photometric === 0 && (directory.number(tags.BitsPerSample) ?? 1) === 1 && /^tifffile/.test(directory.text(tags.Software) ?? '')

function layoutOf(page: Page, littleEndian: boolean, numbers: Numbers | undefined): Layout {
  const { directory, samples, photometric, planar, tile } = page
  const all = directory.numbers(tags.BitsPerSample)
  const bits = all[0] ?? 1
  if (all.some((b) => b !== bits)) throw new RangeError(`its samples have ${all.join(', ')} bits`)
  if (![1, 2, 4, 8, 16, 32, 64].includes(bits)) throw new RangeError(`its samples have ${bits} bits`)
  const formats = directory.numbers(tags.SampleFormat)
  const float = formats[0] === 3
  if (formats.some((f) => f > 4 || (f === 3) !== float)) throw new RangeError('its samples are no plain numbers')
  if (float && bits < 16) throw new RangeError(`its samples are floats of ${bits} bits`)
  const inverted = photometric === 0 && !isTruth(page)
  if (inverted && (float || formats[0] === 2)) throw new RangeError('its samples have a sign, and 0 is white: no number is black')
  if (photometric === 3 && (bits > 8 || samples > 1)) throw new RangeError(`it has a palette and ${samples} samples of ${bits} bits`)
  if (photometric === 6) throw new RangeError('it has YCbCr colours without a picture compression')
  const predictor = usesPredictor(page) ? (directory.number(tags.Predictor) ?? 1) : 1
  if (predictor > 3 || (predictor === 2 && bits < 8) || (predictor === 3 && !float))
    throw new RangeError(`its samples have predictor ${predictor}`)
  const together = planar ? 1 : samples
  const kind = { bytes: Math.max(1, bits / 8), float, littleEndian }
  const said = sampleOf(directory.text(tags.GdalNoData), kind, formats[0] === 2)
  const nothing = inverted ? said?.map((byte) => byte ^ (bits < 8 ? (1 << bits) - 1 : 255)) : said
  return {
    bits,
    kind,
    ...(nothing === undefined ? {} : { nothing }),
    channels: channelsFor(channelsOf(page), numbers),
    isTissue: tissueIn(kind, formats[0] === 2, numbers),
    together,
    rowBytes: Math.ceil((tile.width * together * bits) / 8),
    predictor,
    inverted,
  }
}

/** A fourth sample beside colours is alpha, or (where the file does not say) nothing; beside grey only what is called alpha is. */
function channelsOf({ directory, samples, photometric }: Page): Channels {
  const extra = directory.numbers(tags.ExtraSamples)
  const colours = photometric === 2 ? 3 : 1
  const place = extra.findIndex((e) => e === 1 || e === 2)
  const alpha = place >= 0 ? samples - extra.length + place : undefined
  if (alpha !== undefined) return { count: samples, values: Math.min(alpha, samples), alpha }
  if (photometric === 2 && samples === 4) return { count: 4, values: 3, ...(extra.length === 0 ? { alpha: 3 } : {}) }
  return { count: samples, values: Math.max(samples, Math.min(colours, samples)) }
}

/** What GDAL calls no data is as if it could be seen through. */
function paletteOf({ directory }: Page, nothing: number | undefined): Palette {
  const map = directory.numbers(tags.ColorMap)
  const count = Math.floor(map.length / 3)
  const isBlack = (i: number) => (map[i]! | map[count + i]! | map[2 * count + i]!) === 0
  const numbers = Array.from({ length: count }, (_, i) => i)
  return {
    coloured: numbers.map((i) => (i === nothing || isBlack(i) ? 0 : 1)),
    transparent: numbers.map((i) => (i === nothing ? 1 : 0)),
  }
}

/** Rows of one tile (and of one plane), at least `rows`; null where the file leaves them out. */
type Data = (column: number, top: number, rows: number, plane: number, signal?: AbortSignal) => Promise<Uint8Array | null>

function unpacked(of: PageOfSamples, { rowBytes, together, kind, predictor }: Layout, unpack: Unpack): Data {
  const { page, table, littleEndian } = of
  const columns = Math.ceil(page.width / page.tile.width)
  return async (column, top, rows, plane, signal) => {
    const extent = extentsOf(page, table, Math.floor(top / page.tile.height) * columns + column)?.[plane]
    if (extent === undefined) return null
    const data = await unpack(await packed(of, extent, signal), rowBytes * page.tile.height)
    if (data.length < rowBytes * rows) throw new RangeError(`a tile unpacks to ${data.length} bytes, ${rowBytes * rows} are needed`)
    if (predictor > 1)
      undoPredictor(data, {
        rows: Math.floor(data.length / rowBytes),
        perRow: page.tile.width,
        together,
        kind,
        littleEndian,
        float: predictor === 3,
      })
    return data
  }
}

/** Strips without compression are read piece by piece: one may be the whole picture. */
function plain(of: PageOfSamples, { rowBytes }: Layout): Data {
  const { page, table } = of
  return async (_, top, rows, plane, signal) => {
    const strip = Math.floor(top / page.tile.height)
    const at = plane * table.tiles + strip
    if (table.counts[at] === 0 && table.offsets[at] === 0) return null
    return packed(of, { offset: table.offsets[at]! + (top % page.tile.height) * rowBytes, length: rows * rowBytes }, signal)
  }
}

async function packed({ page, source }: PageOfSamples, { offset, length }: Extent, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, signal)
  return isReversed(page) ? reversedBits(bytes) : bytes
}

/** Without `warnings`: the numbers themselves, of a palette. */
async function* rowsOf(of: PageOfSamples, layout: Layout, data: Data, warnings: string[] | null, signal?: AbortSignal): Rows {
  const { page } = of
  const { width, height, tile } = page
  const { together, rowBytes, bits } = layout
  const wholeTiles = page.tiled || compressionOf(page) !== 'none'
  const piece = wholeTiles ? tile.height : Math.min(tile.height, rowsAtOnce(rowBytes))
  const planes = page.planar ? page.samples : 1
  const run = tile.width * together
  const values = new Uint8Array(run)
  const row = new Uint8Array(tile.width * layout.channels.count)
  const [shares, labels] = [new Shares(), new Labels()]
  // What the file leaves out is 0, or no data.
  const zeroIsTissue = warnings !== null && isZeroTissue(of.numbers) && layout.nothing === undefined
  const areLabels = of.numbers === undefined && layout.channels.count === 1 && layout.kind.bytes === 1
  for (let top = 0; top < height; ) {
    const rows = Math.min(piece, tile.height - (top % tile.height), height - top)
    let out: Uint8Array | undefined
    for (let x = 0, column = 0; x < width; x += tile.width, column++) {
      const parts: Uint8Array[] = []
      for (let plane = 0; plane < planes; plane++) {
        const part = await data(column, top, rows, plane, signal)
        if (part !== null) parts.push(part)
      }
      const across = Math.min(tile.width, width - x)
      if (parts.length < planes && !zeroIsTissue) continue
      out ??= new Uint8Array(rows * width)
      if (parts.length < planes) {
        for (let y = 0; y < rows; y++) out.fill(1, y * width + x, y * width + x + across)
        continue
      }
      for (let y = 0; y < rows; y++) {
        const to = out.subarray(y * width + x, y * width + x + across)
        parts.forEach((part, plane) => {
          const line = part.subarray(y * rowBytes, (y + 1) * rowBytes)
          const isInverted = layout.inverted && plane === 0
          const samples = isInverted && bits >= 8 ? inverted(line, layout.kind.bytes, together) : line
          if (bits < 8) unpackBits(samples, bits, run, 1, values)
          if (warnings === null) to.set((bits < 8 ? values : samples).subarray(0, across))
          else {
            if (isInverted && bits < 8) for (let i = 0; i < run; i += together) values[i] = values[i]! ^ ((1 << bits) - 1)
            if (bits < 8 && layout.nothing !== undefined) {
              const [number] = layout.nothing
              for (let i = 0; i < run; i++) if (values[i] === number) values[i] = 0
            }
            if (areLabels) labels.take((bits < 8 ? values : samples).subarray(0, across))
            layout.isTissue(bits < 8 ? values : samples, across * together, values)
            if (of.numbers === undefined) shares.take(samples, across * together, layout.kind)
            if (bits >= 8 && layout.nothing !== undefined) unsetSamples(samples, across * together, layout.nothing, values)
            if (planes === 1) row.set(values.subarray(0, across * together))
            else for (let i = 0; i < across; i++) row[i * planes + plane] = values[i]!
          }
        })
        if (warnings !== null) setPixels(row, across, layout.channels, to)
      }
    }
    yield out ?? rows
    top += rows
  }
  if (warnings === null) return
  shares.warn(warnings)
  if (layout.nothing !== undefined) labels.used[layout.nothing[0]!] = 0
  labels.warn(warnings)
}

/** The first of the samples that lie side by side. */
function inverted(line: Uint8Array, bytes: number, together: number): Uint8Array {
  const out = line.slice()
  for (let pixel = 0; pixel < out.length; pixel += bytes * together) for (let i = 0; i < bytes; i++) out[pixel + i]! ^= 255
  return out
}
