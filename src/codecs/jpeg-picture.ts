/**
 * A JPEG that is a picture of its own, judged as a tile of a slide is: whatever libjpeg warns of is an error, up to the mark of the end. (libvips stops
 * at the last row, and does not see that codes are left over: of a changed byte, all that follows it was read as other codes.)
 */

import { greyToRgb } from './colour.js'
import { isSampled, type JpegHeader, readJpegHeader } from './jpeg-header.js'
import { ended, endsInZeros } from './jpeg-join.js'
import { putRight } from './jpeg-put-right.js'
import { loadJpeg } from './load.js'
import { CodecError, type Picture, UnsupportedData } from './types.js'

export interface JudgedJpeg {
  /** The bytes, with what others wrote amiss in them put right. */
  readonly jpeg: Uint8Array
  /** RGB as it is stored; null where another decoder must judge it, too: CMYK, arithmetic codes, colours of odd sizes. */
  readonly picture: Picture | null
}

/** Throws CodecError. */
export async function judgedJpeg(bytes: Uint8Array, maxPixels: number): Promise<JudgedJpeg> {
  // Who copies a file may make room for all of it first: of a copy that ended early the rest is zeros.
  if (endsInZeros(bytes))
    throw new CodecError('the JPEG data ends in zeros, and its end is not marked: is it a copy that was not finished?')
  const decode = await loadJpeg('exact')
  const judged = (given: Uint8Array): JudgedJpeg => {
    const header = readJpegHeader(given)
    const { width, height } = header
    if (width * height > maxPixels) throw new CodecError(`the picture has ${width} x ${height} pixels, more than ${maxPixels}`)
    // With an end that is marked by us libvips would not see that codes are missing before it.
    if (!isTaken(header)) return { jpeg: putRight(given), picture: null }
    const jpeg = ended(given, header)
    const picture = decode(nothing, jpeg, 0, (size) => new Uint8Array(size))
    return { jpeg, picture: asRgb(picture) }
  }
  try {
    return judged(bytes)
  } catch (cause) {
    const jpeg = putRight(bytes)
    if (cause instanceof UnsupportedData) return { jpeg, picture: null }
    if (jpeg === bytes) throw cause
    return judged(jpeg)
  }
}

/** Grey, and colours of 4:4:4, 4:2:2, 4:4:0, 4:2:0 and 4:1:1: what libjpeg has besides, its interface of today (TurboJPEG) does not take. */
const isTaken = (header: JpegHeader): boolean => isSampled(header, [0x11, 0x21, 0x12, 0x22, 0x41])

const nothing = new Uint8Array(0)

/** In memory of its own. */
function asRgb(picture: Picture): Picture {
  const { width, height, channels, data, stays } = picture
  if (channels === 3) return stays ? picture : { ...picture, data: data.slice() }
  const rgb = new Uint8Array(width * height * 3)
  greyToRgb(data, rgb, width * height, false)
  return { width, height, channels: 3, data: rgb }
}
