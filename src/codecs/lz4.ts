/**
 * Blocks of LZ4, as Parquet has them: sequences of literals, and of copies of what lies up to 64 KiB before.
 *
 *     token: literals (4 bits), length of the copy less 4 (4 bits); 15 goes on in bytes up to one below 255
 *     literals, distance (2 bytes, the lower one first), none behind the last literals
 */

import { viewOf } from '../core/bytes-of.js'
import { CodecError } from './types.js'

const LEAST_COPY = 4

/** Throws CodecError where it does not give as many bytes as `output` has. */
export function unpackLz4(input: Uint8Array, output: Uint8Array): Uint8Array {
  const to = unpackLz4Block(input, output, 0)
  if (to !== output.length) throw damaged(`gives ${to} bytes, where ${output.length} are needed`)
  return output
}

/** Behind the `start` bytes that are there, of which it may copy; how many there are then. */
export function unpackLz4Block(input: Uint8Array, output: Uint8Array, start: number): number {
  let [at, to] = [0, start]
  const lengthOf = (bits: number): number => {
    let length = bits
    for (let more = bits === 15 ? 255 : 0; more === 255; length += more) {
      if (at >= input.length) throw damaged('ends in a length')
      more = input[at++]!
    }
    return length
  }
  while (at < input.length) {
    const token = input[at++]!
    const literals = lengthOf(token >> 4)
    if (at + literals > input.length || to + literals > output.length) throw damaged('has more literals than there is room for')
    output.set(input.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at === input.length) break
    if (at + 2 > input.length) throw damaged('ends in a distance')
    const distance = input[at]! | (input[at + 1]! << 8)
    at += 2
    const length = lengthOf(token & 15) + LEAST_COPY
    if (distance === 0 || distance > to || to + length > output.length) throw damaged('copies what is not there')
    // What is copied may reach into what is being written.
    for (const end = to + length; to < end; to++) output[to] = output[to - distance]!
  }
  return to
}

const damaged = (fact: string) => new CodecError(`the LZ4 data ${fact}`)

/** As Hadoop wrapped it: blocks behind the sizes of what they give and have, the highest byte first; Arrow of old wrote it bare under the same name. */
export function unpackOldLz4(input: Uint8Array, output: Uint8Array): Uint8Array {
  const view = viewOf(input)
  let [at, to] = [0, 0]
  while (at + 8 <= input.length) {
    const [gives, has] = [view.getUint32(at), view.getUint32(at + 4)]
    if (to + gives > output.length || at + 8 + has > input.length) break
    try {
      unpackLz4(input.subarray(at + 8, at + 8 + has), output.subarray(to, to + gives))
    } catch {
      break
    }
    at += 8 + has
    to += gives
  }
  return at === input.length && to === output.length ? output : unpackLz4(input, output)
}
