/**
 * Whether blosc data (version 1) is whole. Its decoder in WebAssembly says nothing of data that it cannot unpack: the pixels are then what its
 * memory held before.
 *
 *     version (1)  of the packer (1)  flags (1)  bytes of a number (1)  |  size (4)  of a block (4)  packed (4)      flags: 2 stored, 16 one stream, packer × 32
 *     where each block begins (4 each)  |  of each block its streams: length (4), data; one, or one for each byte of a number
 *
 * Streams of LZ4 and BloscLZ are walked through without making their bytes, the others are unpacked.
 */

import { inflateSync } from 'node:zlib'
import { viewOf } from '../core/bytes-of.js'
import { CodecError, type Unpack } from './types.js'

const HEAD = 16
const MOST_STREAMS = 16

/** Throws CodecError. `unpackZstd` as loadUnpack has it. */
export async function mustBeWhole(bytes: Uint8Array, unpackZstd: () => Promise<Unpack>): Promise<void> {
  const view = viewOf(bytes)
  const whole = bytes.length >= HEAD && view.getUint32(12, true) <= bytes.length && (await isWhole(bytes, view, unpackZstd))
  if (!whole) throw new CodecError('the blosc data is damaged or ends early')
}

async function isWhole(bytes: Uint8Array, view: DataView, unpackZstd: () => Promise<Unpack>): Promise<boolean> {
  const [flags, typeSize] = [bytes[2]!, bytes[3]!]
  const [size, blockSize, end] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)]
  if (size === 0) return true
  if (flags & 2) return end === HEAD + size
  const stream = await streamOf(flags >> 5, unpackZstd)
  const blocks = Math.ceil(size / blockSize)
  if (stream === undefined || !(HEAD + 4 * blocks <= end)) return false
  for (let block = 0; block < blocks; block++) {
    const from = view.getUint32(HEAD + 4 * block, true)
    const wanted = Math.min(blockSize, size - block * blockSize)
    // Old packers do not say whether it is one stream.
    const counts = flags & 16 || wanted < blockSize || typeSize < 2 || typeSize > MOST_STREAMS ? [1] : [typeSize, 1]
    let fits = false
    for (const count of counts) fits ||= await areStreams(bytes.subarray(0, end), view, from, count, wanted / count, stream)
    if (!fits) return false
  }
  return true
}

async function areStreams(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  count: number,
  size: number,
  isStream: IsStream,
): Promise<boolean> {
  if (!Number.isInteger(size)) return false
  for (let i = 0, at = from; i < count; i++) {
    if (at + 4 > bytes.length) return false
    const length = view.getUint32(at, true)
    const data = bytes.subarray(at + 4, at + 4 + length)
    // What packing does not make smaller is stored.
    if (data.length < length || !(length === size || (await isStream(data, size)))) return false
    at += 4 + length
  }
  return true
}

/** Whether it unpacks to so many bytes. */
type IsStream = (data: Uint8Array, size: number) => boolean | Promise<boolean>

/** By the number of the packer; undefined for one that is unknown. */
async function streamOf(packer: number, unpackZstd: () => Promise<Unpack>): Promise<IsStream | undefined> {
  if (packer === 0) return isBloscLz
  if (packer === 1) return isLz4
  const unpack: Unpack | undefined =
    packer === 3 ? (data, size) => inflateSync(data, { maxOutputLength: size }) : packer === 4 ? await unpackZstd() : undefined
  return (
    unpack &&
    (async (data, size) => {
      try {
        return (await unpack(data, size)).length === size
      } catch {
        return false
      }
    })
  )
}

/** Sequences: how many bytes follow as they are (4 bits) and are repeated (4 bits), those bytes, from how far back (16). The last one repeats nothing. */
function isLz4(data: Uint8Array, size: number): boolean {
  let [at, made] = [0, 0]
  const more = (length: number) => {
    let all = length
    for (let byte = 255; length === 15 && byte === 255 && at < data.length; all += byte) byte = data[at++]!
    return all
  }
  while (at < data.length) {
    const token = data[at++]!
    const plain = more(token >> 4)
    at += plain
    made += plain
    if (at >= data.length) return at === data.length && made === size
    const back = data[at]! | (data[at + 1]! << 8)
    at += 2
    if (back === 0 || back > made) return false
    made += more(token & 15) + 4
    if (made > size) return false
  }
  return false
}

/** Below 32: one byte more than that follow as they are. Else: how many are repeated (3 bits), from how far back (5 bits and a byte; at most, 16 bits more). */
function isBloscLz(data: Uint8Array, size: number): boolean {
  let [at, made] = [0, 0]
  for (let first = true; at < data.length; first = false) {
    const control = first ? data[at++]! & 31 : data[at++]!
    if (control < 32) {
      at += control + 1
      made += control + 1
    } else {
      let length = (control >> 5) - 1
      for (let byte = 255; control >> 5 === 7 && byte === 255 && at < data.length; length += byte) byte = data[at++]!
      const low = data[at++]!
      let back = ((control & 31) << 8) + low + 1
      if (low === 255 && (control & 31) === 31) {
        back = (data[at]! << 8) + data[at + 1]! + 8192
        at += 2
      }
      if (!(back <= made)) return false
      made += length + 3
    }
    if (made > size) return false
  }
  return at === data.length && made === size
}
