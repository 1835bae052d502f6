/**
 * Cubic convolution in OpenCV's fixed-point arithmetic, several numbers at a time (`cubic-fast.wat`): the bytes of the loops of `enlarge.ts`
 * for every picture, since both add whole numbers, and none is too large for 32 bits: the weights of an axis add up to less than
 * 1.376 × 2048 without their signs, so a sum is below 255 × (1.376 × 2048)² < 2^31.
 */

import { cubicTaps, type Taps } from './axis.js'
import { resampler } from './kernel.js'

interface Filter {
  readonly filter: (...places: number[]) => void
}

/** What `wat2wasm` makes of `cubic-fast.wat`; a test compares. */
export const kernelBytes =
  'AGFzbQEAAAABFAJgCX9/f39/f39/fwBgA39/fwF/AhIBBnBpeGVscwZtZW1vcnkCAAEDAwIAAQcKAQZmaWx0ZXIAAAriBALRBAINfwl7IANBA2whDkH///8A/REhHUEB/REhHgNAIAUoAgwhDSAJIAUoAgBIBEAgBSgCACEJCwJAA0AgCSANSg0BIAAgCSABbGohDyAHIAlBA3EgCGxqIRAgBiERIAMhCwNAIA8gESgCDGogDyARKAIIaiAPIBEoAgRqIA8gESgCAGr9XAIA/VYCAAH9VgIAAv1WAgADIBr9DQAEAQUCBgMHCAwJDQoOCw8hGiAQIBr9iQEgEf0JAhD9ugEgGv2KASAR/QkCFP26Af2uAf0LBAAgEEEMaiEQIBFBGGohESALQQFrIgsNAAsgCUEBaiEJDAALCyAFKAIAIAcgCBABIRIgBSgCBCAHIAgQASETIAUoAgggByAIEAEhFCAFKAIMIAcgCBABIRUgBf0JAhAhFiAF/QkCFCEXIAX9CQIYIRggBf0JAhwhGUEAIQwDQCAS/QAEACAW/bUBIBP9AAQAIBf9tQH9rgEgFP0ABAAgGP21ASAV/QAEACAZ/bUB/a4B/a4BIRsgEv0ABBAgFv21ASAT/QAEECAX/bUB/a4BIBT9AAQQIBj9tQEgFf0ABBAgGf21Af2uAf2uASEcIBsgHf2uASAbQRb9rAEgHv1O/a4BQRb9rAEhGyAcIB39rgEgHEEW/awBIB79Tv2uAUEW/awBIRwgGyAc/YUBIRsgAiAMaiAbIBv9Zv1bAwAAIBJBIGohEiATQSBqIRMgFEEgaiEUIBVBIGohFSAMQQhqIgwgDkkNAAsgAiAOaiECIAVBIGohBSAKQQFqIgogBEkNAAsLDQAgASAAQQNxIAJsags='

/** Resamples by cubic convolution, whatever the sizes and the part. */
export const cubicExactly = resampler({
  bytes: kernelBytes,
  tables(size, outSize, part) {
    // Eight sums are read at once: up to five beyond the row, which nobody looks at.
    const slot = (outSize.width * 3 + 8) * 4
    return {
      slot,
      rows: rowsOf(cubicTaps(size.height, outSize.height, part.y, part.height)),
      columns: columnsOf(cubicTaps(size.width, outSize.width, part.x, part.width)),
      sums: 4 * slot,
    }
  },
  run: ({ filter }: Filter, places, { slot }) => filter(...places, slot),
})

function rowsOf({ index, weights }: Taps): Uint8Array {
  const words = new Int32Array(index.length * 2)
  for (let i = 0; i < index.length; i += 4) {
    words.set(index.subarray(i, i + 4), 2 * i)
    words.set(weights.subarray(i, i + 4), 2 * i + 4)
  }
  return new Uint8Array(words.buffer)
}

function columnsOf({ index, weights }: Taps): Uint8Array {
  const words = new Int32Array((index.length / 4) * 6)
  const pair = (i: number) => (weights[i]! & 0xffff) | (weights[i + 1]! << 16)
  for (let i = 0, to = 0; i < index.length; i += 4, to += 6) {
    for (let k = 0; k < 4; k++) words[to + k] = index[i + k]! * 3
    words[to + 4] = pair(i)
    words[to + 5] = pair(i + 2)
  }
  return new Uint8Array(words.buffer)
}
