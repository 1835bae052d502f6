/**
 * Preprocessing in JavaScript, for graphs that cannot take it inside (an old opset): a table of
 * 3 × 256 values, since a pixel has no more, and one pass that also puts channels where the graph wants them.
 */

import type { ModelInput } from '../../core/model.js'
import { toHalf } from '../../geometry/half.js'
import { affineOf } from './affine.js'

export type Pixels = Uint8Array | Uint16Array | Float32Array

/** Converts `count` pictures of one head (RGB bytes, NHWC) to what the graph takes. */
export type Converter = (bytes: Uint8Array, count: number) => Pixels

export function converterOf(input: ModelInput): Converter {
  const { width, height, layout } = input
  const area = width * height
  const tables = tablesOf(input)
  const source = input.channels === 'BGR' ? [2, 1, 0] : [0, 1, 2]
  return (bytes, count) => {
    const out = emptyOf(input.dtype, count * area * 3)
    for (let picture = 0; picture < count; picture++) {
      const start = picture * area * 3
      for (let channel = 0; channel < 3; channel++) {
        const table = tables[channel]!
        const from = start + source[channel]!
        const to = layout === 'NCHW' ? start + channel * area : start + channel
        const step = layout === 'NCHW' ? 1 : 3
        for (let i = 0; i < area; i++) out[to + i * step] = table[bytes[from + i * 3]!]!
      }
    }
    return out
  }
}

/** One table for each channel of the graph; the arithmetic is that of the fused graph, in single precision. */
function tablesOf(input: ModelInput): Pixels[] {
  const { factor, offset } = affineOf(input)
  return [0, 1, 2].map((channel) => {
    const table = emptyOf(input.dtype, 256)
    for (let v = 0; v < 256; v++) {
      const value = Math.fround(Math.fround(v * factor[channel]!) + offset[channel]!)
      table[v] = input.dtype === 'uint8' ? v : input.dtype === 'float16' ? toHalf(value) : value
    }
    return table
  })
}

function emptyOf(dtype: ModelInput['dtype'], length: number): Pixels {
  if (dtype === 'uint8') return new Uint8Array(length)
  return dtype === 'float16' ? new Uint16Array(length) : new Float32Array(length)
}
