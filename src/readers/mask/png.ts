/**
 * PNG masks of any size, row by row, every sample as it is in the file.
 *
 *     signature (8)   chunks: length (4) type (4) data crc (4)   IHDR: width (4) height (4) depth colour 0 0 interlaced
 *     IDAT: one zlib stream; a row is its filter (1) and its samples, 1 to 16 bits each, the first highest
 */

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflate } from 'node:zlib'
import { viewOf } from '../../core/bytes-of.js'
import { type Channels, setPixels, unpackBits } from '../../geometry/samples.js'
import { channelsFor, chosenOf, type Numbers, tissueIn } from './chosen.js'
import { orientationIn } from './exif.js'
import { Labels } from './labels.js'
import { checkSize, type MaskFile, type MaskPicture, rowsAtOnce } from './mask-picture.js'
import { type Palette, paletteSet } from './palette.js'

const channelsOf: Readonly<Record<number, Channels>> = {
  0: { count: 1, values: 1 },
  2: { count: 3, values: 3 },
  3: { count: 1, values: 1 },
  4: { count: 2, values: 1, alpha: 1 },
  6: { count: 4, values: 3, alpha: 3 },
}
/** Largest chunk besides the pixels that is looked at: a palette has 768 bytes. */
const mostChunk = 4096
const mostExif = 2 ** 20
/** Interlaced pictures are put together whole. */
const mostInterlaced = 2 ** 28
const pieceBytes = 2 ** 20

interface Png {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly interlaced: boolean
  readonly channels: Channels
  readonly palette?: Palette
  /** Samples of the one transparent colour. */
  readonly clear?: Uint8Array
  readonly data: number
}

export async function openPng(file: MaskFile): Promise<MaskPicture> {
  const png = await headOf(file)
  checkSize(png)
  if (png.interlaced && png.width * png.height > mostInterlaced) throw new RangeError('an interlaced picture of this size is not read')
  await checkPixels(file, png.data)
  const warnings: string[] = []
  const { numbers: chosen } = file
  return {
    width: png.width,
    height: png.height,
    warnings,
    async *rows(signal) {
      const { palette } = png
      const labels = new Labels()
      if (palette === undefined) {
        const pixels = pixelsOf(png, chosen, labels)
        yield* png.interlaced ? whole(file, png, pixels, signal) : inRows(file, png, pixels, signal)
        labels.warn(warnings)
        return
      }
      const numbers = numbersOf(png)
      const read = () => (png.interlaced ? whole(file, png, numbers, signal) : inRows(file, png, numbers, signal))
      if (chosen === undefined) for await (const rows of read()) labels.take(rows)
      const set = chosen === undefined ? paletteSet(palette, labels.used, warnings) : chosenOf(chosen)
      labels.warn(warnings, set)
      for await (const rows of read()) yield rows.map((number) => set[number]!)
    },
  }
}

async function headOf({ source, signal }: MaskFile): Promise<Png> {
  let head: Omit<Png, 'data'> | undefined
  let colours: Uint8Array | undefined
  let clear: Uint8Array | undefined
  for (let at = 8; ; ) {
    const { length, type } = await chunkAt(source, at, signal)
    if (type === 'IDAT') {
      if (head === undefined) throw new RangeError('it is a PNG without a header')
      const palette = head.palette && colours ? paletteOf(colours, clear) : undefined
      if (head.palette && palette === undefined) throw new RangeError('it is a PNG without its palette')
      const { palette: _, ...rest } = head
      return { ...rest, ...(palette ? { palette } : clear ? { clear } : {}), data: at }
    }
    if (type === 'IEND') throw new RangeError('it is a PNG without pixels')
    if (type === 'acTL') throw new RangeError('it is animated: save the frame that is meant as PNG')
    if (type === 'eXIf' && length <= mostExif) {
      const orientation = orientationIn(await source.read(at + 8, length, signal))
      if (orientation > 1) throw new RangeError(`it is stored turned (orientation ${orientation}): only upright masks are read`)
    }
    if (length <= mostChunk && ['IHDR', 'PLTE', 'tRNS'].includes(type)) {
      const bytes = await source.read(at + 4, length + 8, signal)
      if (crc32(bytes.subarray(0, length + 4)) !== new DataView(bytes.buffer, bytes.byteOffset).getUint32(length + 4)) {
        throw new RangeError(`its ${type} is damaged`)
      }
      const data = bytes.subarray(4, length + 4)
      if (type === 'IHDR') head = headerOf(data)
      else if (type === 'PLTE') colours = data
      else clear = data
    }
    at += length + 12
  }
}

async function chunkAt(source: MaskFile['source'], at: number, signal?: AbortSignal): Promise<{ length: number; type: string }> {
  if (at + 8 > source.size) throw new RangeError('the PNG is cut off')
  const bytes = await source.read(at, 8, signal)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  return { length, type: String.fromCharCode(...bytes.subarray(4, 8)) }
}

function headerOf(data: Uint8Array): Omit<Png, 'data'> {
  if (data.length < 13) throw new RangeError('its IHDR is damaged')
  const view = viewOf(data)
  const [width, height, depth, colour] = [view.getUint32(0), view.getUint32(4), data[8]!, data[9]!]
  const channels = channelsOf[colour]
  const depths = colour === 0 ? [1, 2, 4, 8, 16] : colour === 3 ? [1, 2, 4, 8] : [8, 16]
  if (width < 1 || height < 1 || channels === undefined || !depths.includes(depth)) throw new RangeError('its IHDR is damaged')
  const none: Palette = { coloured: [], transparent: [] }
  return { width, height, depth, channels, interlaced: data[12] === 1, ...(colour === 3 ? { palette: none } : {}) }
}

function paletteOf(colours: Uint8Array, alpha: Uint8Array | undefined): Palette {
  const transparent = Array.from({ length: Math.floor(colours.length / 3) }, (_, i) => (alpha?.[i] === 0 ? 1 : 0))
  const black = (i: number) => colours[3 * i] === 0 && colours[3 * i + 1] === 0 && colours[3 * i + 2] === 0
  return { coloured: transparent.map((clear, i) => (clear === 1 || black(i) ? 0 : 1)), transparent }
}

/** One row of samples to one byte a pixel. */
type Convert = (samples: Uint8Array, width: number, out: Uint8Array) => void

function numbersOf({ depth }: Png): Convert {
  return (samples, width, out) => (depth === 8 ? out.set(samples.subarray(0, width)) : unpackBits(samples, depth, width, 1, out))
}

function pixelsOf({ depth, channels, clear, width: most }: Png, chosen: Numbers | undefined, labels: Labels): Convert {
  const set = new Uint8Array(most * channels.count)
  const bytes = Math.max(1, depth / 8)
  const isTissue = tissueIn({ bytes, float: false, littleEndian: false }, false, chosen)
  const seen = channelsFor(channels, chosen)
  const small = new Uint8Array(depth < 8 ? most : 0)
  return (samples, width, out) => {
    if (depth < 8) unpackBits(samples, depth, width, 1, small)
    const values = depth < 8 ? small : samples
    if (chosen === undefined && channels.count === 1 && bytes === 1) labels.take(values.subarray(0, width))
    isTissue(values, width * channels.count, set)
    setPixels(set, width, seen, out)
    if (clear !== undefined) hide(values, width, channels.count, bytes, clear, out)
  }
}

/** The transparent colour: each sample as two bytes, however many bits it has in the pixels. */
function hide(values: Uint8Array, width: number, channels: number, bytes: number, clear: Uint8Array, out: Uint8Array): void {
  if (clear.length < channels * 2) return
  for (let x = 0; x < width; x++) {
    let same = true
    for (let c = 0; c < channels && same; c++) {
      const at = (x * channels + c) * bytes
      const value = bytes === 1 ? values[at]! : values[at]! * 256 + values[at + 1]!
      same = value === clear[2 * c]! * 256 + clear[2 * c + 1]!
    }
    if (same) out[x] = 0
  }
}

async function* inRows(file: MaskFile, png: Png, convert: Convert, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const { width, height } = png
  const lines = linesOf(file, png, [png], signal)
  const most = rowsAtOnce(width)
  let out = new Uint8Array(0)
  let filled = 0
  let done = 0
  for await (const line of lines) {
    if (filled === 0) out = new Uint8Array(Math.min(most, height - done) * width)
    convert(line, width, out.subarray(filled * width, (filled + 1) * width))
    filled++
    if (filled * width < out.length) continue
    done += filled
    filled = 0
    yield out
  }
}

/** Adam7: seven pictures of every so many pixels. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

async function* whole(file: MaskFile, png: Png, convert: Convert, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const { width, height } = png
  const out = new Uint8Array(width * height)
  const row = new Uint8Array(width)
  const parts = passes
    .map(([x, y, across, down]) => ({ x, y, across, down, width: Math.ceil((width - x) / across), height: Math.ceil((height - y) / down) }))
    .filter((part) => part.width > 0 && part.height > 0)
  let [pass, y] = [0, 0]
  for await (const line of linesOf(file, png, parts, signal)) {
    const part = parts[pass]!
    convert(line, part.width, row)
    const to = (part.y + y * part.down) * width + part.x
    for (let x = 0; x < part.width; x++) out[to + x * part.across] = row[x]!
    if (++y === part.height) [pass, y] = [pass + 1, 0]
  }
  yield out
}

/** The rows of samples of one picture after the other, filters undone. A row is valid until the next. */
async function* linesOf(
  file: MaskFile,
  { depth, channels, data }: Png,
  pictures: readonly { readonly width: number; readonly height: number }[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const inflate = createInflate({ chunkSize: 2 ** 18 })
  const feeding = pipeline(Readable.from(piecesOf(file, data, signal)), inflate)
  feeding.catch(() => undefined)
  const bits = depth * channels.count
  const left = Math.max(1, bits >> 3)
  const lengths = pictures.map(({ width }) => Math.ceil((width * bits) / 8))
  let [picture, y, filled] = [0, 0, 0]
  let line = new Uint8Array(lengths[0]! + 1)
  let above = new Uint8Array(lengths[0]! + 1)
  for await (const chunk of inflate as AsyncIterable<Uint8Array>) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + line.length - filled)
      line.set(some, filled)
      filled += some.length
      at += some.length
      if (filled < line.length) break
      unfilter(line, above, left)
      yield line.subarray(1)
      ;[line, above, filled] = [above, line, 0]
      if (++y < pictures[picture]!.height) continue
      picture++
      y = 0
      // What follows the last row is nobody's: the stream is left, which ends the reading.
      if (picture === pictures.length) return
      line = new Uint8Array(lengths[picture]! + 1)
      above = new Uint8Array(lengths[picture]! + 1)
    }
  }
  await feeding
  throw new RangeError('its pixels end too early')
}

/** The bytes of all IDAT chunks, in pieces. */
async function* piecesOf({ source }: MaskFile, first: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = first; at + 8 <= source.size; ) {
    const { length, type } = await chunkAt(source, at, signal)
    if (type !== 'IDAT') return
    for (let done = 0; done < length; done += pieceBytes)
      yield await source.read(at + 8 + done, Math.min(pieceBytes, length - done), signal)
    at += length + 12
  }
}

/** A byte that is wrong often unpacks all the same, to another mask: what tells is the sum of its chunk. One that is cut off ends too early. */
async function checkPixels({ source, signal }: MaskFile, first: number): Promise<void> {
  for (let at = first; at + 8 <= source.size; ) {
    const { length, type } = await chunkAt(source, at, signal)
    const end = at + 8 + length
    if (type !== 'IDAT' || end + 4 > source.size) return
    let sum = 0
    for (let from = at + 4; from < end; from += pieceBytes)
      sum = crc32(await source.read(from, Math.min(pieceBytes, end - from), signal), sum)
    const said = await source.read(end, 4, signal)
    if (sum !== new DataView(said.buffer, said.byteOffset).getUint32(0)) throw new RangeError(`its pixels are damaged (IDAT at byte ${at})`)
    at = end + 4
  }
}

/** Undoes a row's filter in place; byte 0 says which. `left` is how far the sample to the left lies. */
function unfilter(line: Uint8Array, above: Uint8Array, left: number): void {
  const filter = line[0]!
  const end = line.length
  if (filter === 1) for (let i = 1 + left; i < end; i++) line[i] = line[i]! + line[i - left]!
  else if (filter === 2) for (let i = 1; i < end; i++) line[i] = line[i]! + above[i]!
  else if (filter === 3) for (let i = 1; i < end; i++) line[i] = line[i]! + (((i > left ? line[i - left]! : 0) + above[i]!) >> 1)
  else if (filter === 4) {
    for (let i = 1; i < end; i++) {
      const [a, b, c] = i > left ? [line[i - left]!, above[i]!, above[i - left]!] : [0, above[i]!, 0]
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
      line[i] = line[i]! + (pa <= pb && pa <= pc ? a : pb <= pc ? b : c)
    }
  } else if (filter > 4) throw new RangeError(`a row has the filter ${filter}, which is none`)
}
