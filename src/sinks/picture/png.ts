/**
 * Writes PNG row by row, in bounded memory: RGB, or one byte a pixel with a palette (the numbers of the classes stay the
 * numbers in the file).
 *
 *     signature · IHDR · pHYs? · iTXt? · PLTE? · IDAT … · IEND; a chunk is length (4) type (4) data crc (4)
 */

import { once } from 'node:events'
import { crc32, createDeflate, type Deflate } from 'node:zlib'
import type { Size } from '../../geometry/region.js'
import type { OutputFile } from '../common/file.js'
import type { Rgb } from './colors.js'
import { openedWith, type PictureOut } from './picture-out.js'

export interface PngPicture extends Size {
  /** Absent: RGB. */
  readonly palette?: readonly Rgb[]
  readonly mpp?: { readonly x: number; readonly y: number }
  readonly description?: string
}

export async function pngOut(file: OutputFile, picture: PngPicture): Promise<PictureOut> {
  const channels = picture.palette ? 1 : 3
  const run = picture.width * channels
  await openedWith(file, headOf(picture))
  const deflate = createDeflate({ level: 6 })
  const pump = pumped(deflate, file)
  // Whoever waits for the pump hears of its failure; nobody else has to.
  pump.catch(() => undefined)
  let above: Uint8Array = new Uint8Array(run)

  const put = async (row: Uint8Array) => {
    const filtered = channels === 1 ? plain(row) : paeth(row, above)
    above = row.slice()
    if (!deflate.write(filtered)) await Promise.race([once(deflate, 'drain'), pump])
  }
  return {
    write: async (rows, repeat = 1) => {
      for (let i = 0; i < rows.length; i += run) for (let k = 0; k < repeat; k++) await put(rows.subarray(i, i + run) as Uint8Array)
    },
    finish: async () => {
      deflate.end()
      await pump
      await file.write(chunk('IEND', new Uint8Array(0)))
      await file.finish()
    },
    close: async () => {
      deflate.destroy()
      await pump.catch(() => undefined)
      await file.close()
    },
  }
}

/** Bytes of an IDAT, but for the last. */
const idatBytes = 16 * 1024

/** A stream hands on all that it holds at once, which follows from the clock: so that no byte does, every IDAT is of one length. */
async function pumped(deflate: Deflate, file: OutputFile): Promise<void> {
  let held: Buffer = Buffer.alloc(0)
  for await (const bytes of deflate) {
    held = Buffer.concat([held, bytes as Buffer])
    for (; held.length >= idatBytes; held = held.subarray(idatBytes)) await file.write(chunk('IDAT', held.subarray(0, idatBytes)))
  }
  if (held.length > 0) await file.write(chunk('IDAT', held))
}

function headOf({ width, height, palette, mpp, description }: PngPicture): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, palette ? 3 : 2, 0, 0, 0], 8)
  const parts = [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head)]
  if (mpp) {
    const density = Buffer.alloc(9)
    density.writeUInt32BE(Math.round(1e6 / mpp.x), 0) // pixels per metre
    density.writeUInt32BE(Math.round(1e6 / mpp.y), 4)
    density[8] = 1
    parts.push(chunk('pHYs', density))
  }
  // keyword, not compressed, no language, no translated keyword
  if (description) parts.push(chunk('iTXt', Buffer.from(`Description\0\0\0\0\0${description}`, 'utf8')))
  if (palette) parts.push(chunk('PLTE', Uint8Array.from(palette.flat())))
  return Buffer.concat(parts)
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(data.length + 12)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  out.set(data, 8)
  out.writeUInt32BE(crc32(out.subarray(4, data.length + 8)), data.length + 8)
  return out
}

function plain(row: Uint8Array): Uint8Array {
  const out = new Uint8Array(row.length + 1)
  out.set(row, 1)
  return out
}

/** Each byte less the nearest of left, above and above left to left + above - above left: best for pictures. */
function paeth(row: Uint8Array, above: Uint8Array): Uint8Array {
  const out = new Uint8Array(row.length + 1)
  out[0] = 4
  for (let i = 0; i < row.length; i++) {
    const a = i < 3 ? 0 : row[i - 3]!
    const b = above[i]!
    const c = i < 3 ? 0 : above[i - 3]!
    const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
    out[i + 1] = row[i]! - (pa <= pb && pa <= pc ? a : pb <= pc ? b : c)
  }
  return out
}
