/** Bits of JPEG-LS, the highest first. After a byte FF only 7 bits of the next count; if its eighth is set, a marker has ended the data. */

import { CodecError } from './types.js'

export class BitReader {
  readonly #bytes: Uint8Array
  #at: number
  /** The next bits, at the upper end of 32. */
  #hold = 0
  #held = 0

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#at = start
  }

  /** `count`: 0 to 16. */
  read(count: number): number {
    if (count === 0) return 0
    if (this.#held < count) this.#fill(count)
    const value = this.#hold >>> (32 - count)
    this.#hold <<= count
    this.#held -= count
    return value
  }

  /** How many zeros come before a one, which is taken, too; more than `most` are damage. */
  zeros(most: number): number {
    let zeros = 0
    for (;;) {
      if (this.#held === 0) this.#fill(1)
      const lead = Math.clz32(this.#hold)
      if (lead < this.#held) {
        // 32 at once would be none.
        this.#hold = (this.#hold << lead) << 1
        this.#held -= lead + 1
        return zeros + lead
      }
      zeros += this.#held
      this.#hold = 0
      this.#held = 0
      if (zeros > most) throw new CodecError('the JPEG-LS data is damaged')
    }
  }

  /** Where the next marker stands. */
  end(): number {
    const bytes = this.#bytes
    let at = this.#at
    while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1]! > 0x7f)) at++
    return at
  }

  #fill(needed: number): void {
    const bytes = this.#bytes
    while (this.#held <= 24 && this.#at < bytes.length) {
      const byte = bytes[this.#at]!
      if (byte === 0xff && (bytes[this.#at + 1] ?? 0xff) > 0x7f) break
      const count = bytes[this.#at - 1] === 0xff ? 7 : 8
      this.#hold |= byte << (32 - this.#held - count)
      this.#held += count
      this.#at++
    }
    if (this.#held < needed) throw new CodecError('the JPEG-LS data ends early')
  }
}
