/**
 * Frames of a file that only grows: a length, two numbers, the content, and a sha256 of all of it and of the frame before. So a frame that
 * was torn, changed or left behind by an earlier write is not believed, nor is anything after it.
 */

import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

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

/** The bytes of a frame whose content is these pieces, and its hash for the next one. The numbers are below 2^32. */
export function frameOf(
  pieces: readonly Uint8Array[],
  numbers: readonly [number, number],
  before: Uint8Array,
): { readonly bytes: Buffer; readonly hash: Buffer } {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const bytes = Buffer.allocUnsafe(headBytes + length + hashBytes)
  for (const [i, value] of [length, ...numbers].entries()) bytes.writeUInt32LE(value, 4 * i)
  let at = headBytes
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  const hash = hashOf(bytes.subarray(0, headBytes), bytes.subarray(headBytes, at), before)
  bytes.set(hash, at)
  return { bytes, hash }
}

const hashOf = (head: Uint8Array, content: Uint8Array, before: Uint8Array): Buffer =>
  createHash('sha256').update(before).update(head).update(content).digest()

/** The whole frames from the start of a file, one in memory at a time. No length is believed that the file has no bytes for. */
export async function* wholeFrames(handle: FileHandle): AsyncGenerator<Frame & { readonly content: Buffer }> {
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
    const hash = hashOf(head, content, before)
    if (!hash.equals(rest.subarray(length))) return
    yield { numbers: [head.readUInt32LE(4), head.readUInt32LE(8)], at: at + headBytes, length, hash, content }
    at = endOf({ at: at + headBytes, length })
    before = hash
  }
}

/** Where the next frame begins. */
export const endOf = ({ at, length }: Pick<Frame, 'at' | 'length'>): number => at + length + hashBytes

/** Null where the file ends before. */
export async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) return null
    done += bytesRead
  }
  return bytes
}
