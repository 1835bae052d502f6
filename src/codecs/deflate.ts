/**
 * Deflate in a zlib envelope, by node:zlib. Output is bounded: a small stream cannot unpack to gigabytes. What follows the pixels (some
 * writers pack a row more) is left alone, and data that ends early gives what it has: it may be only the checksum that is missing.
 */

import { constants, createInflate, inflateSync } from 'node:zlib'
import { CodecError } from './types.js'

const finishFlush = constants.Z_SYNC_FLUSH

export function unpackDeflate(bytes: Uint8Array, size: number): Uint8Array | Promise<Uint8Array> {
  try {
    return inflateSync(bytes, { maxOutputLength: size, finishFlush })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return firstBytes(bytes, size)
    throw damaged(cause)
  }
}

/** The first `size` bytes of a stream that holds more; nothing behind them is unpacked but the piece they end in. */
async function firstBytes(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const out = new Uint8Array(size)
  let at = 0
  const stream = createInflate({ finishFlush })
  stream.end(bytes)
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      out.set(piece.subarray(0, size - at), at)
      at += Math.min(piece.length, size - at)
      // Leaving the loop closes the stream.
      if (at === size) break
    }
  } catch (cause) {
    throw damaged(cause)
  }
  return out.subarray(0, at)
}

const damaged = (cause: unknown) =>
  new CodecError(`the deflate data is damaged (${cause instanceof Error ? cause.message : cause})`, { cause })
