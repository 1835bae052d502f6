/** Floats between 0 and 1, as probabilities are: in a mask each counts as any other number does. One alone is what somebody writes for 1. */

import { viewOf } from '../../core/bytes-of.js'
import type { SampleKind } from '../../geometry/samples.js'

export class Shares {
  #first: number | undefined
  #several = false

  take(data: Uint8Array, count: number, { bytes, float, littleEndian }: SampleKind): void {
    if (!float || this.#several) return
    const view = viewOf(data)
    // A float without its sign is below 1 when its highest bytes are; by these two it is told from others.
    const [high, one] = bytes === 2 ? [0, 0x3c00] : bytes === 4 ? [littleEndian ? 2 : 0, 0x3f80] : [littleEndian ? 6 : 0, 0x3ff0]
    for (let i = 0, at = high; i < count; i++, at += bytes) {
      const top = view.getUint16(at, littleEndian) & 0x7fff
      if (top === 0 || top >= one) continue
      this.#first ??= top
      if (top !== this.#first) this.#several = true
    }
  }

  warn(warnings: string[]): void {
    if (this.#several)
      warnings.push('several of its numbers lie between 0 and 1, as probabilities do: all that are not 0 are tissue, however small')
  }
}
