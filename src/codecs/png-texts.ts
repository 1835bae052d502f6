/**
 * Texts before the pixels of a PNG: libvips unpacks them and copies them eight times over, though nobody reads them, so that a file of 100 KB took
 * gigabytes.
 *
 *     89 P N G 0d 0a 1a 0a  |  length (4)  type (4)  data  checksum (4)  |  …  IDAT …        texts are tEXt, zTXt and iTXt; the last two may be packed
 *
 * What cameras and editors write of them is left alone.
 */

import { readFile } from 'node:fs/promises'
import { viewOf } from '../core/bytes-of.js'
import { openPlain } from '../core/files/plain-file.js'
import { CodecError } from './types.js'

/** Bytes of texts, unpacked, that are left alone. */
const mostTexts = 2 ** 24
/** A packed byte is up to so many. */
const unpacked = 1024
/** Bytes before the text of an iTXt: a keyword, a zero, and whether it is packed. */
const beforeText = 81
const mostChunks = 4096
/** A file with more of them is read whole, to be read without them. */
const mostWhole = 2 ** 28
/** Where the pixels begin, as a rule. */
const firstBytes = 512

const magic = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** A picture of any format; of a PNG with very much text its bytes without. Throws CodecError, or the error of the system: a pipe is not waited for. */
export async function withoutTexts(from: string | Uint8Array): Promise<string | Uint8Array> {
  if (typeof from !== 'string') return cutOut(from, await textsIn(async (at, length) => from.subarray(at, at + length)))
  const handle = await openPlain(from)
  try {
    const texts = await textsIn(async (at, length) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at)
      return buffer.subarray(0, bytesRead)
    })
    if (texts.length === 0) return from
    const { size } = await handle.stat()
    if (size > mostWhole) throw new CodecError(`the PNG has ${size} bytes, and its texts before its pixels may have more than ${mostTexts}`)
    return cutOut(await readFile(from), texts)
  } finally {
    await handle.close()
  }
}

type Stretch = readonly [from: number, to: number]

/** Where they lie, if they are too much; `bytesAt` gives fewer bytes at the end. */
async function textsIn(bytesAt: (at: number, length: number) => Promise<Uint8Array>): Promise<readonly Stretch[]> {
  const first = await bytesAt(0, firstBytes)
  if (!magic.equals(first.subarray(0, magic.length))) return []
  const texts: Stretch[] = []
  let [at, sum] = [magic.length, 0]
  for (let chunks = 0; chunks < mostChunks; chunks++) {
    const head = at + 8 <= first.length ? first.subarray(at, at + 8) : await bytesAt(at, 8)
    const type = Buffer.from(head.subarray(4)).toString('latin1')
    if (head.length < 8 || type === 'IDAT') return sum > mostTexts ? texts : []
    const end = at + 12 + viewOf(head).getUint32(0)
    if (/^(?:tE|zT|iT)Xt$/.test(type)) {
      texts.push([at, end])
      sum += (end - at) * (isPacked(type, await bytesAt(at + 8, beforeText)) ? unpacked : 1)
    }
    at = end
  }
  throw new CodecError(`the PNG has more than ${mostChunks} parts before its pixels`)
}

/** `start`: of its data. Of an iTXt it stands behind the keyword, which ends in a zero. */
const isPacked = (type: string, start: Uint8Array): boolean => type === 'zTXt' || (type === 'iTXt' && start[start.indexOf(0) + 1] !== 0)

function cutOut(bytes: Uint8Array, texts: readonly Stretch[]): Uint8Array {
  if (texts.length === 0) return bytes
  let from = 0
  const kept = texts.map(([begin, end]) => {
    const part = bytes.subarray(from, begin)
    from = end
    return part
  })
  return Buffer.concat([...kept, bytes.subarray(from)])
}
