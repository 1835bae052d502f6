/**
 * From the bytes of a sub-block to RGB.
 *
 *     ZISRAWSUBBLOCK    bytes of metadata (4)  of attachments (4)  of data (8)  the entry of the directory, up to byte 256 at least  metadata  data
 */

import { greyToRgb, swapEnds } from '../../codecs/colour.js'
import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { ended, jpegPrefix } from '../../codecs/jpeg-join.js'
import { loadJpeg, loadJpegXr, loadUnpack } from '../../codecs/load.js'
import { CodecError } from '../../codecs/types.js'
import { viewOf } from '../../core/bytes-of.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Limits } from '../limits.js'
import type { Tile } from '../store.js'
import type { SubBlock } from './directory.js'
import { int64, SEGMENT, textAt } from './segments.js'

export const compressions: Readonly<Record<number, string>> = { 0: 'none', 1: 'jpeg', 4: 'jpeg-xr', 5: 'zstd', 6: 'zstd' }
export const BGR24 = 3
const pixelTypes: Readonly<Record<number, string>> = {
  0: 'grey',
  1: 'grey of 16 bits',
  2: 'grey of 32 bits',
  4: 'colours of 16 bits',
  8: 'colours of 32 bits',
  9: 'colours and alpha',
}

/** Why a sub-block is not read, in words; null when it is. */
export function obstacleOf({ pixelType, compression }: SubBlock): string | null {
  if (pixelType !== BGR24) return `${pixelTypes[pixelType] ?? `pixels of type ${pixelType}`}, not colours of 8 bits`
  if (!Object.hasOwn(compressions, compression)) return compression === 2 ? 'LZW data' : `data of compression ${compression}`
  return null
}

/** Where the data of a sub-block lies in its segment; `bytes`: the beginning of it. Throws a CodecError where it is none. */
export function dataIn(bytes: Uint8Array): { readonly offset: number; readonly length: number } {
  const view = viewOf(bytes)
  if (bytes.length < SEGMENT + 16 + 32 || textAt(view, 0, 16) !== 'ZISRAWSUBBLOCK')
    throw new CodecError('no sub-block lies where it should')
  const [metadata, length] = [view.getInt32(SEGMENT, true), int64(view, SEGMENT + 8)]
  const entry = 32 + 20 * view.getInt32(SEGMENT + 16 + 28, true)
  const offset = SEGMENT + Math.max(256, 16 + entry) + metadata
  if (metadata < 0 || length < 0 || entry < 32 || entry > 2048) throw new CodecError('the head of the sub-block is damaged')
  return { offset, length }
}

export type DecodeBlock = (data: Uint8Array, block: SubBlock, memory: (bytes: number) => Uint8Array) => Tile | Promise<Tile>

const SMALL = 16 * 2 ** 20

/** For sub-blocks of these compressions. */
export async function blockDecoder(used: ReadonlySet<number>, speed: DecodeSpeed, { expansion }: Limits): Promise<DecodeBlock> {
  const jpeg = used.has(1) ? await loadJpeg(speed) : undefined
  const jpegXr = used.has(4) ? await loadJpegXr() : undefined
  const unpackZstd = used.has(5) || used.has(6) ? await loadUnpack('zstd') : undefined
  const prefix = jpegPrefix(undefined, 'as-marked')

  const decodeJpeg = (data: Uint8Array, { width, height }: SubBlock, memory: (bytes: number) => Uint8Array): Tile => {
    const header = readJpegHeader(data)
    mustFit(header, { width, height }, 'JPEG')
    if (header.components !== 3 && header.components !== 1) throw new CodecError(`the JPEG data has ${header.components} components`)
    const picture = jpeg!(prefix, ended(data, header), 2, memory)
    mustFit(picture, { width, height }, 'JPEG')
    if (picture.stays) return { width, height, data: picture.data }
    const out = memory(width * height * 3)
    if (picture.channels === 1) greyToRgb(picture.data, out, width * height)
    else out.set(picture.data.subarray(0, out.length))
    return { width, height, data: out }
  }

  const fromBgr = (bgr: Uint8Array, { width, height }: SubBlock, memory: (bytes: number) => Uint8Array): Tile => {
    const bytes = width * height * 3
    if (bgr.length < bytes) throw new CodecError(`the data has ${bgr.length} bytes for ${width} x ${height} pixels`)
    const out = memory(bytes)
    out.set(bgr.length === bytes ? bgr : bgr.subarray(0, bytes))
    swapEnds(out)
    return { width, height, data: out }
  }

  return (data, block, memory) => {
    const bytes = block.width * block.height * 3
    if (block.compression === 0) return fromBgr(data, block, memory)
    if (bytes > SMALL && bytes > data.length * expansion)
      throw new CodecError(`${data.length} bytes are to become ${bytes}: more than ${expansion} times as many`)
    if (block.compression === 1) return decodeJpeg(data, block, memory)
    if (block.compression === 4) {
      const picture = jpegXr!(data, { maxWidth: block.width, maxHeight: block.height })
      mustFit(picture, block, 'JPEG XR')
      return picture
    }
    const unpacked = unpackZstd!(block.compression === 6 ? withoutHead(data) : data, bytes)
    return unpacked instanceof Promise ? unpacked.then((bgr) => fromBgr(bgr, block, memory)) : fromBgr(unpacked, block, memory)
  }
}

/** The data may begin with a head of 1 or 3 bytes, its own length first; of 3, a kind (1) and whether the bytes of 16 bits were parted. */
function withoutHead(data: Uint8Array): Uint8Array {
  const length = data[0] ?? 0
  if (length === 1) return data.subarray(1)
  if (length !== 3 || data[1] !== 1) throw new CodecError(`the zstd data has an unknown head (${[...data.subarray(0, 3)].join(' ')})`)
  if (((data[2] ?? 0) & 1) !== 0) throw new CodecError('the zstd data has its bytes parted, as of 16 bits')
  return data.subarray(3)
}

function mustFit(found: { readonly width: number; readonly height: number }, said: typeof found, what: string): void {
  if (found.width !== said.width || found.height !== said.height)
    throw new CodecError(`the ${what} data is ${found.width} x ${found.height} pixels, its sub-block says ${said.width} x ${said.height}`)
}
