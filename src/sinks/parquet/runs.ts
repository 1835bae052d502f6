/**
 * Small numbers as Parquet packs them: runs of one number, and groups of eight side by side. Levels and the numbers of a dictionary are written
 * so.
 *
 *     n << 1        number     n times the number, in as many whole bytes as its bits need
 *     n << 1 | 1    bits       n groups of eight numbers, each of so many bits, the lowest first
 */

/** As many bits as numbers below `count` need. */
export const bitsOf = (count: number): number => Math.ceil(Math.log2(Math.max(1, count)))

const leastRun = 8

/** The numbers from `from` up to `to`, each of `bits` bits. */
export function packed(numbers: Int32Array | Uint8Array, from: number, to: number, bits: number): Uint8Array {
  // A group of eight takes its bits and at most one byte before them; a run of eight is not longer than six.
  const out = new Bytes(Math.ceil((to - from) / 8) * (bits + 6) + 16)
  let groups = from
  let at = from
  while (at < to) {
    const number = numbers[at]!
    let end = at + 1
    while (end < to && numbers[end] === number) end++
    if (end - at < leastRun) {
      at += leastRun
      continue
    }
    if (groups < at) packGroups(out, numbers, groups, Math.min(at, to), bits)
    out.run(number, end - at, bits)
    at = end
    groups = at
  }
  if (groups < to) packGroups(out, numbers, groups, to, bits)
  return out.written()
}

/** What is missing in the last group is zero. */
function packGroups(out: Bytes, numbers: Int32Array | Uint8Array, from: number, to: number, bits: number): void {
  const groups = Math.ceil((to - from) / 8)
  out.varint((groups << 1) | 1)
  let waiting = 0
  let count = 0
  for (let i = from; i < from + groups * 8; i++) {
    waiting |= (i < to ? numbers[i]! : 0) << count
    count += bits
    for (; count >= 8; count -= 8) {
      out.byte(waiting)
      waiting >>>= 8
    }
  }
}

/** Runs alone, made one after another: neighbours of the same number become one. */
export class Runs {
  readonly #out: Bytes
  #number = 0
  #count = 0

  /** Of numbers below 256, in at most so many runs. */
  constructor(most: number) {
    this.#out = new Bytes(most * 6)
  }

  add(number: number, count: number): void {
    if (count === 0) return
    if (number !== this.#number) this.#end()
    this.#number = number
    this.#count += count
  }

  #end(): void {
    if (this.#count > 0) this.#out.run(this.#number, this.#count, 8)
    this.#count = 0
  }

  written(): Uint8Array {
    this.#end()
    return this.#out.written()
  }
}

class Bytes {
  readonly #bytes: Uint8Array
  #length = 0

  constructor(most: number) {
    this.#bytes = new Uint8Array(most)
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value
  }

  varint(value: number): void {
    let left = value
    for (; left > 127; left >>>= 7) this.byte((left & 127) | 128)
    this.byte(left)
  }

  run(number: number, count: number, bits: number): void {
    this.varint(count << 1)
    for (let i = 0; i < bits; i += 8) this.byte(number >>> i)
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
