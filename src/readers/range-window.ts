/** Ranges on their way: some in flight at once, handed on in their order. What has come and was not taken yet counts as in flight. */

import { type ByteSource, type Extent, fromDisk, type Reading } from './byte-source.js'

export class RangeWindow {
  readonly #source: ByteSource
  readonly #ranges: readonly Extent[]
  readonly #most: Reading
  readonly #signal: AbortSignal | undefined
  readonly #begun: Promise<Uint8Array>[] = []
  #taken = 0
  #bytes = 0

  /** Begins at once. */
  constructor(source: ByteSource, ranges: readonly Extent[], signal?: AbortSignal) {
    this.#source = source
    this.#ranges = ranges
    this.#most = source.reading ?? fromDisk
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
    const { window, inFlight } = this.#most
    for (let at = this.#begun.length; at < this.#ranges.length && at - this.#taken < window; at++) {
      const { offset, length } = this.#ranges[at]!
      if (this.#bytes + length > inFlight && at > this.#taken) return
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
