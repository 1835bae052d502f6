/**
 * A picture of zeros and ones of any size in little memory: blocks of 64 × 64 pixels, of which only those that hold both keep their
 * pixels (one bit each, 512 bytes a block). A mask of 100,000 × 100,000 pixels costs ten megabytes and what lies along its outlines.
 * Filled from top to bottom; then it counts ones in any box.
 *
 *     block:  row 0: word 0 (columns 0 to 31, column 0 lowest), word 1 (32 to 63);  row 1: …
 */

import type { Size } from './region.js'

export const side = 64
const words = 2 * side
/** Mixed blocks kept in one piece of memory: 512 KiB. */
const piece = 1024

/** Bytes of mixed blocks. More is no outline but noise. */
const mostMixedBytes = 2 ** 28

/** Zeros and ones lie side by side in more blocks than may be kept. */
export class TooMixed extends RangeError {}

/** A whole picture as plain data, which crosses threads. */
export interface BlockParts extends Size {
  readonly ones: readonly Uint16Array[]
  readonly places: readonly Uint32Array[]
  readonly pieces: readonly Uint32Array[]
  readonly total: number
}

export class BitBlocks implements Size {
  readonly width: number
  readonly height: number
  readonly columns: number
  readonly #most: number
  /** For each row of blocks: how many ones a block holds, and (only if that is neither none nor all) its place in the pieces. */
  readonly #ones: Uint16Array[] = []
  readonly #places: Uint32Array[] = []
  readonly #pieces: Uint32Array[] = []
  #mixed = 0
  /** The row of blocks in hand, row by row of pixels. */
  #strip: Uint32Array
  #filled = 0
  #total = 0

  constructor({ width, height }: Size, most = mostMixedBytes) {
    if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0)) {
      throw new RangeError(`${width} x ${height} is no size of a picture`)
    }
    this.width = width
    this.height = height
    this.columns = Math.ceil(width / side)
    this.#most = most
    this.#strip = new Uint32Array(this.columns * words)
  }

  static of({ width, height, ones, places, pieces, total }: BlockParts): BitBlocks {
    const blocks = new BitBlocks({ width, height })
    blocks.#ones.push(...ones)
    blocks.#places.push(...places)
    blocks.#pieces.push(...pieces)
    blocks.#total = total
    blocks.#strip = new Uint32Array(0)
    return blocks
  }

  /** Of a picture that has all its rows. */
  parts(): BlockParts {
    return { width: this.width, height: this.height, ones: this.#ones, places: this.#places, pieces: this.#pieces, total: this.#total }
  }

  /** Pixel rows taken so far. */
  get rows(): number {
    return this.#ones.length * side < this.height ? this.#ones.length * side + this.#filled : this.height
  }

  /** All ones. */
  get total(): number {
    return this.#total
  }

  /** Takes whole rows, one byte a pixel: 1 where set, else 0. Throws RangeError when that is too much. */
  push(rows: Uint8Array): void {
    const { width } = this
    if (rows.length % width !== 0 || this.rows + rows.length / width > this.height) {
      throw new RangeError(`${rows.length} bytes are no rows of a ${width} x ${this.height} mask`)
    }
    for (let at = 0; at < rows.length; at += width) {
      this.#pack(rows.subarray(at, at + width))
      this.#next(1)
    }
  }

  /** Takes one row as runs of ones: where each begins and ends. */
  pushRuns(runs: Float64Array): void {
    if (this.rows >= this.height) throw new RangeError(`a ${this.width} x ${this.height} mask has no more rows`)
    for (let i = 0; i < runs.length; i += 2) this.#setRun(runs[i]!, runs[i + 1]!)
    this.#next(1)
  }

  /** Takes rows in which nothing is set. */
  pushEmpty(count: number): void {
    if (this.rows + count > this.height) throw new RangeError(`${count} rows are more than a ${this.width} x ${this.height} mask has`)
    for (let left = count; left > 0; ) {
      const some = Math.min(left, side - this.#filled, this.height - this.rows)
      this.#next(some)
      left -= some
    }
  }

  #next(rows: number): void {
    this.#filled += rows
    const top = this.#ones.length * side
    if (this.#filled === side || top + this.#filled === this.height) this.#finish(top, this.#filled)
  }

  /** Runs of ones are found by the search of the engine, which looks at many bytes at once. */
  #pack(row: Uint8Array): void {
    for (let from = row.indexOf(1); from >= 0; ) {
      const zero = row.indexOf(0, from)
      const to = zero < 0 ? row.length : zero
      this.#setRun(from, to)
      from = row.indexOf(1, to)
    }
  }

  #setRun(from: number, to: number): void {
    for (let x = from; x < to; ) {
      const last = Math.min(to, (x | 31) + 1)
      const word = (x >>> 6) * words + this.#filled * 2 + ((x >>> 5) & 1)
      this.#strip[word] = this.#strip[word]! | maskOf(x & 31, last - (x & ~31))
      x = last
    }
  }

  #finish(top: number, rows: number): void {
    const ones = new Uint16Array(this.columns)
    const places = new Uint32Array(this.columns)
    for (let column = 0; column < this.columns; column++) {
      const block = this.#strip.subarray(column * words, column * words + words)
      let count = 0
      for (let i = 0; i < rows * 2; i++) count += bitsOf(block[i]!)
      ones[column] = count
      this.#total += count
      if (count > 0 && count < rows * this.#widthOf(column)) places[column] = this.#keep(block)
    }
    this.#ones.push(ones)
    this.#places.push(places)
    this.#filled = 0
    this.#strip = top + rows === this.height ? new Uint32Array(0) : this.#strip.fill(0)
  }

  #keep(block: Uint32Array): number {
    if ((this.#mixed + 1) * words * 4 > this.#most) {
      throw new TooMixed(`${this.width} x ${this.height} pixels of noise are too much: zeros and ones lie side by side everywhere`)
    }
    const place = this.#mixed++
    if (place % piece === 0) this.#pieces.push(new Uint32Array(piece * words))
    this.#pieces.at(-1)!.set(block, (place % piece) * words)
    return place
  }

  #widthOf(column: number): number {
    return Math.min(side, this.width - column * side)
  }

  /** Ones of a box of whole pixels, which lies inside. */
  count(x0: number, y0: number, x1: number, y1: number): number {
    if (x1 <= x0 || y1 <= y0) return 0
    let set = 0
    for (let row = Math.floor(y0 / side); row * side < y1; row++) {
      const [top, bottom] = [Math.max(0, y0 - row * side), Math.min(side, y1 - row * side)]
      const high = Math.min(side, this.height - row * side)
      const ones = this.#ones[row]!
      for (let column = Math.floor(x0 / side); column * side < x1; column++) {
        const count = ones[column]!
        if (count === 0) continue
        const [left, right] = [Math.max(0, x0 - column * side), Math.min(side, x1 - column * side)]
        const wide = this.#widthOf(column)
        if (right - left === wide && bottom - top === high) set += count
        else if (count === wide * high) set += (right - left) * (bottom - top)
        else set += this.#inBlock(this.#places[row]![column]!, left, top, right, bottom)
      }
    }
    return set
  }

  #inBlock(place: number, left: number, top: number, right: number, bottom: number): number {
    const bits = this.#pieces[Math.floor(place / piece)]!
    const at = (place % piece) * words
    const low = left < 32 ? maskOf(left, Math.min(right, 32)) : 0
    const high = right > 32 ? maskOf(Math.max(left - 32, 0), right - 32) : 0
    let set = 0
    for (let y = top; y < bottom; y++) set += bitsOf(bits[at + 2 * y]! & low) + bitsOf(bits[at + 2 * y + 1]! & high)
    return set
  }

  /** Writes rows of zeros and ones, one byte a pixel. */
  unpack(top: number, count: number, out: Uint8Array): void {
    const { width } = this
    out.fill(0, 0, count * width)
    for (let y = top; y < top + count; y++) {
      const row = Math.floor(y / side)
      const high = Math.min(side, this.height - row * side)
      const to = (y - top) * width
      for (let column = 0; column < this.columns; column++) {
        const ones = this.#ones[row]![column]!
        if (ones === 0) continue
        const wide = this.#widthOf(column)
        const at = to + column * side
        if (ones === wide * high) out.fill(1, at, at + wide)
        else {
          const place = this.#places[row]![column]!
          const word = (place % piece) * words + (y - row * side) * 2
          const bits = this.#pieces[Math.floor(place / piece)]!
          for (let x = 0; x < wide; x++) out[at + x] = (bits[word + (x >>> 5)]! >>> (x & 31)) & 1
        }
      }
    }
  }

  /** Rows and columns exchanged; pauses after each row of blocks. */
  *transposed(): Generator<number, BitBlocks> {
    const turned = new BitBlocks({ width: this.height, height: this.width }, this.#most)
    const strip = new Uint8Array(side * this.height)
    for (let column = 0; column < this.columns; column++) {
      const wide = this.#widthOf(column)
      strip.fill(0)
      for (let row = 0; row < this.#ones.length; row++) {
        const ones = this.#ones[row]![column]!
        if (ones === 0) continue
        const high = Math.min(side, this.height - row * side)
        const full = ones === wide * high
        const place = this.#places[row]![column]!
        const bits = full ? undefined : this.#pieces[Math.floor(place / piece)]!
        for (let y = 0; y < high; y++) {
          for (let x = 0; x < wide; x++) {
            const word = (place % piece) * words + y * 2 + (x >>> 5)
            if (bits === undefined || (bits[word]! >>> (x & 31)) & 1) strip[x * this.height + row * side + y] = 1
          }
        }
      }
      turned.push(strip.subarray(0, wide * this.height))
      yield wide * this.height
    }
    return turned
  }
}

/** Bits `from` up to, but not including, `to`, of 32. */
function maskOf(from: number, to: number): number {
  const below = to >= 32 ? 0xffff_ffff : (1 << to) - 1
  return (below & ~((1 << from) - 1)) >>> 0
}

function bitsOf(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555)
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
