/**
 * The modelling of JPEG-LS (ITU T.87, annex A): each sample is predicted from its neighbours, and its error is written as a Golomb code whose length
 * follows from the errors before in the same context. Where all neighbours are alike, runs are written. The names are the standard's.
 *
 *     Rc Rb Rd
 *     Ra x
 */

import type { BitReader } from './jpeg-ls-bits.js'
import type { JpegLsScan } from './jpeg-ls-header.js'
import { CodecError } from './types.js'

/** 9 × 9 × 9 differences, of which those of opposite sign are one; then two contexts for what ends a run. */
const REGULAR = 365
/** Bits of the length of a run, by how long the runs before were. */
const J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15]
const damaged = () => new CodecError('the JPEG-LS data is damaged')

export class JpegLsCoder {
  readonly #bits: BitReader
  readonly #width: number
  readonly #near: number
  readonly #largest: number
  readonly #reset: number
  readonly #step: number
  readonly #range: number
  readonly #qbpp: number
  readonly #limit: number
  /** Of each difference from −255 to 255, its class from −4 to 4. */
  readonly #classes = new Int8Array(511)
  readonly #a = new Int32Array(REGULAR + 2)
  readonly #b = new Int32Array(REGULAR)
  readonly #c = new Int32Array(REGULAR)
  readonly #n = new Int32Array(REGULAR + 2).fill(1)
  readonly #negative = new Int32Array(2)
  readonly #runIndex: Int32Array

  constructor(bits: BitReader, { near, parameters, components }: JpegLsScan, width: number) {
    this.#bits = bits
    this.#width = width
    this.#near = near
    this.#largest = parameters.largest === 0 ? 255 : parameters.largest
    this.#reset = parameters.reset === 0 ? 64 : parameters.reset
    this.#step = 2 * near + 1
    this.#range = Math.floor((this.#largest + 2 * near) / this.#step) + 1
    this.#qbpp = Math.ceil(Math.log2(this.#range))
    const bpp = Math.max(2, Math.ceil(Math.log2(this.#largest + 1)))
    this.#limit = 2 * (bpp + Math.max(8, bpp))
    this.#a.fill(Math.max(2, Math.floor((this.#range + 32) / 64)))
    this.#runIndex = new Int32Array(components.length)
    const [t1, t2, t3] = this.#thresholds(parameters.thresholds)
    if (this.#reset < 3 || !(near < t1 && t1 <= t2 && t2 <= t3 && t3 <= this.#largest))
      throw new CodecError('the JPEG-LS data has parameters that go beyond its samples')
    for (let d = -255; d <= 255; d++) {
      const size = Math.abs(d)
      const one = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4
      this.#classes[d + 255] = d < 0 ? -one : one
    }
  }

  /** C.2.4.1.1 of the standard. */
  #thresholds([t1, t2, t3]: readonly [number, number, number]): readonly [number, number, number] {
    const [largest, near] = [this.#largest, this.#near]
    const within = (value: number, least: number) => (value > largest || value < least ? least : value)
    const high = largest >= 128
    const factor = high ? Math.floor((Math.min(largest, 4095) + 128) / 256) : Math.floor(256 / (largest + 1))
    const usual = (base: number, least: number, times: number) =>
      high ? factor * (base - least) + least + times * near : Math.max(least, Math.floor(base / factor) + times * near)
    const one = t1 === 0 ? within(usual(3, 2, 3), near + 1) : t1
    const two = t2 === 0 ? within(usual(7, 3, 5), one) : t2
    return [one, two, t3 === 0 ? within(usual(21, 4, 7), two) : t3]
  }

  /** One line of one component, number `which` of its scan; the samples lie from 1 on. */
  line(above: Uint8Array, line: Uint8Array, which: number): void {
    const width = this.#width
    for (let x = 1; x <= width; ) {
      const q = this.#contextAt(above, line, x)
      if (q !== 0) {
        line[x] = this.#sample(q, above, line, x)
        x++
        continue
      }
      const end = this.#runEnd(x, which)
      const ra = line[x - 1]!
      line.fill(ra, x, end)
      if (end <= width) {
        line[end] = this.#afterRun(ra, above[end]!, which)
        this.#shorter(which)
      }
      x = end + 1
    }
  }

  /** One line of all components, a sample of each in turn. */
  samples(above: readonly Uint8Array[], lines: readonly Uint8Array[]): void {
    const width = this.#width
    const count = lines.length
    const contexts = new Int32Array(count)
    for (let x = 1; x <= width; ) {
      let flat = true
      for (let i = 0; i < count; i++) {
        contexts[i] = this.#contextAt(above[i]!, lines[i]!, x)
        if (contexts[i] !== 0) flat = false
      }
      if (!flat) {
        for (let i = 0; i < count; i++) lines[i]![x] = this.#sample(contexts[i]!, above[i]!, lines[i]!, x)
        x++
        continue
      }
      const end = this.#runEnd(x, 0)
      for (let i = 0; i < count; i++) {
        const ra = lines[i]![x - 1]!
        lines[i]!.fill(ra, x, end)
        if (end <= width) lines[i]![end] = this.#unlike(ra, above[i]![end]!, 0)
      }
      if (end <= width) this.#shorter(0)
      x = end + 1
    }
  }

  /** The context of a sample; 0 where its neighbours are alike. Below 0: the same one, with the sign of all turned. */
  #contextAt(above: Uint8Array, line: Uint8Array, x: number): number {
    const classes = this.#classes
    const rb = above[x]!
    const rc = above[x - 1]!
    return (classes[above[x + 1]! - rb + 255]! * 9 + classes[rb - rc + 255]!) * 9 + classes[rc - line[x - 1]! + 255]!
  }

  #sample(context: number, above: Uint8Array, line: Uint8Array, x: number): number {
    const ra = line[x - 1]!
    const rb = above[x]!
    const rc = above[x - 1]!
    const q = context < 0 ? -context : context
    const correction = this.#c[q]!
    const a = this.#a[q]!
    const n = this.#n[q]!
    const high = ra > rb ? ra : rb
    const low = ra > rb ? rb : ra
    let px = rc >= high ? low : rc <= low ? high : ra + rb - rc
    px += context < 0 ? -correction : correction
    px = px < 0 ? 0 : px > this.#largest ? this.#largest : px
    let k = 0
    for (let m = n; m < a; m <<= 1) k++
    const mapped = this.#golomb(k, this.#limit)
    let error = (mapped & 1) === 1 ? -((mapped + 1) >> 1) : mapped >> 1
    if (k === 0 && this.#near === 0 && 2 * this.#b[q]! <= -n) error = -error - 1
    this.#learn(q, error)
    return this.#restored(px, context < 0 ? -error : error)
  }

  #learn(q: number, error: number): void {
    let a = this.#a[q]! + (error < 0 ? -error : error)
    let b = this.#b[q]! + error * this.#step
    let n = this.#n[q]!
    if (n === this.#reset) {
      a >>= 1
      b >>= 1
      n >>= 1
    }
    n++
    if (b <= -n) {
      b = Math.max(b + n, 1 - n)
      if (this.#c[q]! > -128) this.#c[q] = this.#c[q]! - 1
    } else if (b > 0) {
      b = Math.min(b - n, 0)
      if (this.#c[q]! < 127) this.#c[q] = this.#c[q]! + 1
    }
    this.#a[q] = a
    this.#b[q] = b
    this.#n[q] = n
  }

  #restored(px: number, error: number): number {
    const whole = this.#range * this.#step
    let value = px + error * this.#step
    if (value < -this.#near) value += whole
    else if (value > this.#largest + this.#near) value -= whole
    return value < 0 ? 0 : value > this.#largest ? this.#largest : value
  }

  #golomb(k: number, limit: number): number {
    if (k > 16) throw damaged()
    const most = limit - this.#qbpp - 1
    const zeros = this.#bits.zeros(limit)
    return zeros < most ? (zeros << k) | this.#bits.read(k) : this.#bits.read(this.#qbpp) + 1
  }

  /** Where a run that begins at `x` ends: at the first other sample, or behind the line. */
  #runEnd(x: number, which: number): number {
    const width = this.#width
    const indexes = this.#runIndex
    let at = x
    while (this.#bits.read(1) === 1) {
      const full = 1 << J[indexes[which]!]!
      const count = Math.min(full, width + 1 - at)
      at += count
      if (count === full && indexes[which]! < 31) indexes[which] = indexes[which]! + 1
      if (at > width) return at
    }
    at += this.#bits.read(J[indexes[which]!]!)
    if (at > width) throw damaged()
    return at
  }

  #shorter(which: number): void {
    const index = this.#runIndex[which]!
    if (index > 0) this.#runIndex[which] = index - 1
  }

  /** The sample that ends a run: like its neighbours or not. */
  #afterRun(ra: number, rb: number, which: number): number {
    if (Math.abs(ra - rb) > this.#near) return this.#unlike(ra, rb, which)
    return this.#restored(ra, this.#runError(1, which))
  }

  #unlike(ra: number, rb: number, which: number): number {
    const error = this.#runError(0, which)
    return this.#restored(rb, rb < ra ? -error : error)
  }

  #runError(type: 0 | 1, which: number): number {
    const [a, n, negative] = [this.#a, this.#n, this.#negative]
    const q = REGULAR + type
    const sum = a[q]! + (type === 1 ? n[q]! >> 1 : 0)
    let k = 0
    for (let m = n[q]!; m < sum; m <<= 1) k++
    const mapped = this.#golomb(k, this.#limit - J[this.#runIndex[which]!]! - 1)
    const total = mapped + type
    const odd = total & 1
    const size = (total + odd) >> 1
    const turned = k !== 0 || 2 * negative[type]! >= n[q]! ? 1 : 0
    const error = turned === odd ? -size : size
    if (error < 0) negative[type] = negative[type]! + 1
    a[q] = a[q]! + ((mapped + 1 - type) >> 1)
    if (n[q] === this.#reset) {
      a[q] = a[q]! >> 1
      n[q] = n[q]! >> 1
      negative[type] = negative[type]! >> 1
    }
    n[q] = n[q]! + 1
    return error
  }
}
