/** Ranges on their way: some in flight at once, handed on in their order. What has come and was not taken yet counts as in flight. */

import { type ByteSource, type Extent, fromDisk } from './byte-source.js'

/** Bytes in flight at once; one range is in any case. A server 30 ms away sends 4 MB meanwhile over 1 Gbit/s. */
export const MOST_IN_FLIGHT = 8 * 2 ** 20

export class RangeWindow {
  readonly #source: ByteSource
  readonly #ranges: readonly Extent[]
  readonly #most: number
  readonly #signal: AbortSignal | undefined
  readonly #begun: Promise<Uint8Array>[] = []
  #taken = 0
  #bytes = 0

  /** Begins at once. */
  constructor(source: ByteSource, ranges: readonly Extent[], signal?: AbortSignal) {
    this.#source = source
    this.#ranges = ranges
    this.#most = (source.reading ?? fromDisk).window
    this.#signal = signal
    this.#begin()
  }

  /** The bytes of the next range; the ones behind it are in flight while the caller works on them. */
  async next(): Promise<Uint8Array> {
    const at = this.#taken
    const bytes = await this.#begun[at]!
    this.#begun[at] = none
    this.#taken++
    this.#bytes -= this.#ranges[at]!.length
    this.#begin()
    return bytes
  }

  #begin(): void {
    for (let at = this.#begun.length; at < this.#ranges.length && at - this.#taken < this.#most; at++) {
      const { offset, length } = this.#ranges[at]!
      if (this.#bytes + length > MOST_IN_FLIGHT && at > this.#taken) return
      const bytes = this.#source.read(offset, length, this.#signal)
      // Should this one fail while an earlier one is still at work, it is reported when its turn comes.
      bytes.catch(() => {})
      this.#begun.push(bytes)
      this.#bytes += length
    }
  }
}

/** In the place of bytes that were taken. */
const none = Promise.resolve(new Uint8Array(0))
