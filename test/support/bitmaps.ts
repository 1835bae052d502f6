/** Looking into masks, and pure work run to its end without pauses. */

import type { BitBlocks } from '../../src/geometry/bit-blocks.js'

export function ended<T>(work: Generator<number, T>): T {
  for (;;) {
    const piece = work.next()
    if (piece.done) return piece.value
  }
}

/** Every pixel of a mask, one byte each. */
export function bytesOf({ pixels }: { readonly pixels: BitBlocks }): Uint8Array {
  const out = new Uint8Array(pixels.width * pixels.height)
  pixels.unpack(0, pixels.height, out)
  return out
}
