/**
 * Lossless JPEG (ITU T.81, process 14, frames C3), three components of 8 bits: each sample is what its neighbours predict, and a difference, whose length in bits
 * is coded by Huffman. Every sample takes a bit at least, so no data makes more pixels than it has bits.
 *
 *     FF C4 length (class and table, 16 counts, symbols) …   Huffman tables
 *     FF DD 4 interval                                       samples of a component between two restart markers
 *     FF DA length N (id, table) … predictor 0 shift         start of a scan; its bits follow, FF as FF 00
 */

import type { JpegHeader } from './jpeg-header.js'
import { CodecError, checkBounds, type Picture, type PictureBounds, UnsupportedData } from './types.js'

/** Throws UnsupportedData where its frames are none that are read. */
export function mustBeRead({ components, sampling }: JpegHeader): void {
  if (components !== 3) throw new UnsupportedData(`the lossless JPEG data has ${components} components, where RGB has 3`)
  if (sampling.some((factors) => factors !== sampling[0])) throw new UnsupportedData('the lossless JPEG data has subsampled colours')
}

/** Of data whose header is `header`: its components side by side, as they are stored. Throws CodecError. */
export function decodeLosslessJpeg(bytes: Uint8Array, header: JpegHeader, bounds: PictureBounds): Picture {
  const { width, height, components: channels } = header
  mustBeRead(header)
  checkBounds('JPEG header', width, height, bounds)
  if (bytes.length * 8 < width * height * channels) throw ended()
  const data = new Uint8Array(width * height * channels)
  const tables: (Huffman | undefined)[] = []
  let names: readonly number[] = []
  let interval = 0
  const done = new Set<number>()
  for (let at = 2; at + 4 <= bytes.length && done.size < channels; ) {
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff || marker === 0xd9) break
    if (marker === 0xff) {
      at++
      continue
    }
    const start = at + 4
    const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
    if (end < start || end > bytes.length) throw ended()
    const segment = bytes.subarray(start, end)
    if (marker === 0xc4) readTables(segment, tables)
    else if (marker === 0xc3) names = [0, 1, 2].map((i) => segment[6 + 3 * i]!)
    else if (marker === 0xdd) interval = ((segment[0] ?? 0) << 8) | (segment[1] ?? 0)
    at = end
    if (marker !== 0xda) continue
    const scan = scanOf(segment, names, tables)
    for (const { component } of scan.parts) done.add(component)
    at = decodeScan(new Bits(bytes, end), data, { width, height, channels, interval }, scan)
  }
  if (done.size < channels) throw new CodecError(`the lossless JPEG data has ${done.size} of its ${channels} components`)
  return { width, height, channels, data }
}

const ended = () => new CodecError('the lossless JPEG data ends early')

interface Scan {
  readonly parts: readonly { readonly component: number; readonly table: Huffman }[]
  readonly predictor: number
}

function scanOf(segment: Uint8Array, names: readonly number[], tables: readonly (Huffman | undefined)[]): Scan {
  const count = segment[0] ?? 0
  if (segment.length < 4 + 2 * count) throw ended()
  const parts = Array.from({ length: count }, (_, i) => {
    const component = names.indexOf(segment[1 + 2 * i]!)
    const table = tables[segment[2 + 2 * i]! >> 4]
    if (component < 0 || table === undefined)
      throw new CodecError('a scan of the lossless JPEG data names a component, or a table, that there is not')
    return { component, table }
  })
  const [predictor, , low] = segment.subarray(1 + 2 * count) as unknown as [number, number, number]
  if (predictor < 1 || predictor > 7) throw new CodecError(`the lossless JPEG data has predictor ${predictor}`)
  if ((low & 15) !== 0) throw new UnsupportedData('the lossless JPEG data leaves out low bits (point transform)')
  return { parts, predictor }
}

interface Shape {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly interval: number
}

/** Answers where its bits end. */
function decodeScan(bits: Bits, data: Uint8Array, { width, height, channels, interval }: Shape, { parts, predictor }: Scan): number {
  // After a restart the first line is predicted from nothing above, so it begins a line.
  if (interval % width !== 0) throw new UnsupportedData('the lossless JPEG data has restart markers within its lines')
  const lines = interval / width
  const stride = width * channels
  for (let y = 0; y < height; y++) {
    const isFirst = lines === 0 ? y === 0 : y % lines === 0
    if (isFirst && y > 0) bits.restart()
    for (let x = 0, at = y * stride; x < width; x++, at += channels) {
      for (const { component, table } of parts) {
        const o = at + component
        let predicted: number
        if (isFirst) predicted = x === 0 ? 128 : data[o - channels]!
        else if (x === 0) predicted = data[o - stride]!
        else predicted = predictedBy(predictor, data[o - channels]!, data[o - stride]!, data[o - stride - channels]!)
        data[o] = predicted + bits.difference(table)
      }
    }
  }
  return bits.end()
}

/** From the samples at the left, above, and at the left above. */
function predictedBy(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a
    case 2:
      return b
    case 3:
      return c
    case 4:
      return a + b - c
    case 5:
      return a + ((b - c) >> 1)
    case 6:
      return b + ((a - c) >> 1)
    default:
      return (a + b) >> 1
  }
}

/** Canonical codes: of each length the first code, how many there are, and where their symbols begin. */
interface Huffman {
  readonly first: Int32Array
  readonly counts: Uint8Array
  readonly places: Int32Array
  readonly symbols: Uint8Array
}

function readTables(segment: Uint8Array, tables: (Huffman | undefined)[]): void {
  for (let at = 0; at + 17 <= segment.length; ) {
    const id = segment[at]!
    const counts = segment.subarray(at + 1, at + 17)
    const length = counts.reduce((sum, count) => sum + count, 0)
    const symbols = segment.subarray(at + 17, at + 17 + length)
    if (id > 3 || symbols.length < length || symbols.some((bits) => bits > 16))
      throw new CodecError('the lossless JPEG data has a Huffman table that is none')
    const [first, places] = [new Int32Array(17), new Int32Array(17)]
    for (let bits = 1, code = 0, place = 0; bits <= 16; bits++) {
      first[bits] = code
      places[bits] = place
      code = (code + counts[bits - 1]!) << 1
      place += counts[bits - 1]!
    }
    tables[id] = { first, places, symbols, counts }
    at += 17 + length
  }
}

/** The bits of a scan, up to its next marker. */
class Bits {
  readonly #bytes: Uint8Array
  #at: number
  /** Bits that were read from a byte and not used yet. */
  #held = 0
  #count = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** The next difference of a sample. */
  difference({ first, counts, places, symbols }: Huffman): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.#bit()
      const offset = code - first[length]!
      if (offset < counts[length - 1]!) {
        if (offset < 0) break
        return this.#signed(symbols[places[length]! + offset]!)
      }
    }
    throw new CodecError('the lossless JPEG data has a code that is none')
  }

  /** Goes on behind a restart marker. */
  restart(): void {
    const at = this.end()
    const marker = this.#bytes[at + 1] ?? 0
    if (this.#bytes[at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new CodecError('the lossless JPEG data lacks a restart marker')
    this.#at = at + 2
  }

  /** Where the next marker is; what is left of a byte is filled up. */
  end(): number {
    this.#count = 0
    const { length } = this.#bytes
    while (this.#at < length && !(this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] !== 0)) this.#at++
    return this.#at
  }

  #signed(length: number): number {
    if (length === 0) return 0
    if (length === 16) return 32_768
    let value = 0
    for (let i = 0; i < length; i++) value = (value << 1) | this.#bit()
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value
  }

  #bit(): number {
    if (this.#count === 0) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined || (byte === 0xff && this.#bytes[this.#at + 1] !== 0)) throw ended()
      this.#at += byte === 0xff ? 2 : 1
      this.#held = byte
      this.#count = 8
    }
    this.#count--
    return (this.#held >> this.#count) & 1
  }
}
