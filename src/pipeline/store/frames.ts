/**
 * Frames of a file that only grows: a length, two numbers, the content, and a sha256 of all that (of the content: of its sums) and of the frame
 * before. So a frame that
 * was torn, changed or left behind by an earlier write is not believed, nor is anything after it.
 */

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A file, or bytes that are read as one. */
export interface ReadAt {
  stat(): Promise<{ readonly size: number }>
  read(into: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
}

export const headBytes = 12
const hashBytes = 32
/** Before the first frame. */
export const noFrame = Buffer.alloc(hashBytes)

export interface Frame {
  /** What the two numbers mean is the file's own. */
  readonly numbers: readonly [number, number]
  /** Where its content lies in the file. */
  readonly at: number
  readonly length: number
  readonly hash: Buffer
}

/** A frame whose content is these pieces: its bytes in order, the pieces among them as they are, and its hash for the next one. The numbers are below 2^32. */
export function frameOf(
  pieces: readonly Uint8Array[],
  numbers: readonly [number, number],
  before: Uint8Array,
): { readonly bytes: readonly Uint8Array[]; readonly hash: Buffer } {
  const head = Buffer.alloc(headBytes)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  for (const [i, value] of [length, ...numbers].entries()) head.writeUInt32LE(value, 4 * i)
  const hash = hashOf(head, pieces, before)
  return { bytes: [head, ...pieces, hash], hash }
}

/** Bytes of content that share a sum. */
const section = 64 * 1024

const hashOf = (head: Uint8Array, pieces: readonly Uint8Array[], before: Uint8Array): Buffer =>
  createHash('sha256').update(before).update(head).update(sumsOf(pieces)).digest()

/**
 * A CRC-32 of each 64 KiB of the content: what a disk does to bytes it tells as surely as a sha256 would, in a tenth of the time, which the
 * main thread spends.
 */
function sumsOf(pieces: readonly Uint8Array[]): Uint8Array {
  const sums: number[] = []
  let sum = 0
  let filled = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const end = Math.min(piece.length, at + section - filled)
      sum = crc32(piece.subarray(at, end), sum)
      filled += end - at
      at = end
      if (filled < section) continue
      sums.push(sum)
      sum = 0
      filled = 0
    }
  }
  const all = Uint32Array.from(filled > 0 ? [...sums, sum] : sums)
  return new Uint8Array(all.buffer)
}

/** The whole frames from the start of a file, one in memory at a time. No length is believed that the file has no bytes for. */
export async function* wholeFrames(handle: ReadAt): AsyncGenerator<Frame & { readonly content: Buffer }> {
  const { size } = await handle.stat()
  let before: Uint8Array = noFrame
  for (let at = 0; at + headBytes + hashBytes <= size; ) {
    const head = await bytesAt(handle, at, headBytes)
    if (head === null) return
    const length = head.readUInt32LE(0)
    if (at + headBytes + length + hashBytes > size) return
    const rest = await bytesAt(handle, at + headBytes, length + hashBytes)
    if (rest === null) return
    const content = rest.subarray(0, length)
    const hash = hashOf(head, [content], before)
    if (!hash.equals(rest.subarray(length))) return
    yield { numbers: [head.readUInt32LE(4), head.readUInt32LE(8)], at: at + headBytes, length, hash, content }
    at = endOf({ at: at + headBytes, length })
    before = hash
  }
}

/** Where the next frame begins. */
export const endOf = ({ at, length }: Pick<Frame, 'at' | 'length'>): number => at + length + hashBytes

/** Null where the file ends before. */
export async function bytesAt(handle: ReadAt, at: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) return null
    done += bytesRead
  }
  return bytes
}
