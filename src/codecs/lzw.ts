/**
 * TIFF's LZW: codes of 9 to 12 bits, most significant bit first; 256 clears the table, 257 ends; a code grows one entry early. Before 1992
 * some writers packed codes least significant bit first, and let them grow on time.
 * Strings are kept as (place in the output, length): every string of the table is a copy of output already written.
 */

import { CodecError } from './types.js'

const CLEAR = 256
const END = 257
const TABLE = 4097

export function unpackLzw(bytes: Uint8Array, size: number): Uint8Array {
  // All data begins with the code that clears, 256: in the old order its bytes are 00 and an odd one.
  const old = bytes[0] === 0 && ((bytes[1] ?? 0) & 1) === 1
  const early = old ? 0 : 1
  const out = new Uint8Array(size)
  const start = new Uint32Array(TABLE)
  const length = new Uint32Array(TABLE)
  let next = 258
  let width = 9
  let previous = -1
  let previousAt = 0
  let at = 0
  let buffer = 0
  let bits = 0
  for (let i = 0; at < size; ) {
    while (bits < width && i < bytes.length) {
      buffer = old ? buffer | (bytes[i++]! << bits) : ((buffer << 8) | bytes[i++]!) & 0xffffff
      bits += 8
    }
    if (bits < width) break
    const code = (old ? buffer : buffer >> (bits - width)) & ((1 << width) - 1)
    bits -= width
    if (old) buffer >>= width
    if (code === END) break
    if (code === CLEAR) {
      next = 258
      width = 9
      previous = -1
      continue
    }
    if (previous >= 0 && next < TABLE) {
      // The entry is the previous string and one byte more: the first of this one, which comes right behind it in the output.
      start[next] = previousAt
      length[next] = (previous < 256 ? 1 : length[previous]!) + 1
      next++
    }
    const from = at
    if (code < 256) out[at++] = code
    else if (code < next && previous >= 0) {
      const n = Math.min(length[code]!, size - at)
      let s = start[code]!
      // A string may overlap what is being written: byte by byte.
      for (let k = 0; k < n; k++) out[at++] = out[s++]!
    } else throw new CodecError(`LZW code ${code} comes before its string is known`)
    previous = code
    previousAt = from
    if (next >= (1 << width) - early && width < 12) width++
  }
  return at === size ? out : out.subarray(0, at)
}
