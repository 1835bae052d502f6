/** A look at the first frame: a slide whose frames nobody here can decode is refused when it is opened, not frame by frame. */

import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { mustBeRead } from '../../codecs/jpeg-lossless.js'
import { readJpegLsHeader } from '../../codecs/jpeg-ls-header.js'
import { readJpeg2000Header } from '../../codecs/jpeg2000-header.js'
import { readJpeg2000Marks } from '../../codecs/jpeg2000-marks.js'
import { CodecError, UnsupportedData } from '../../codecs/types.js'
import type { Size } from '../../geometry/region.js'
import { isJpeg, isJpeg2000 } from '../format.js'
import { type FrameFormat, unsupported } from './instance.js'
import type { PixelCodec, Syntax } from './syntax.js'

/** Enough for the headers of a frame; a colour profile in it may be longer, then its frames tell. */
export const FRAME_HEAD = 65_536

/** How frames are written, and what their bytes say they are compressed in; `uri`: of the instance, `head`: gives the beginning of its first frame. */
export async function writtenIn(
  { syntax, frame }: Pick<FrameFormat, 'syntax' | 'frame'>,
  uri: string,
  head: () => Promise<Uint8Array>,
): Promise<{ readonly syntax: Syntax; readonly compression: string }> {
  if (syntax.codec === 'none') return { syntax, compression: syntax.codec }
  let bytes: Uint8Array
  try {
    bytes = await head()
  } catch (error) {
    // What is damaged is the tile's own error.
    if (!(error instanceof CodecError)) throw error
    return { syntax, compression: syntax.codec }
  }
  const seen = asSeen(syntax, bytes)
  return { syntax: seen, compression: compressionOf(seen, frame, uri, bytes) }
}

/** What may be written in something else than is said. JPEG is not among them: how small its frames can be decoded is known before they are looked at. */
const doubtful: readonly PixelCodec[] = ['jpeg2000', 'jpeg-ls', 'rle']

/** Writers copy JPEG frames and say that they compressed them anew. */
function asSeen(syntax: Syntax, bytes: Uint8Array): Syntax {
  const codec = doubtful.includes(syntax.codec) ? codecSeenIn(bytes) : undefined
  return codec === undefined || codec === syntax.codec ? syntax : { ...syntax, codec }
}

/** Of which kind a JPEG is stands where its frame starts; undefined: of none that is known. */
export function codecSeenIn(bytes: Uint8Array): PixelCodec | undefined {
  if (isJpeg2000(bytes)) return 'jpeg2000'
  if (!isJpeg(bytes)) return undefined
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)) {
    if (bytes[at + 1] === 0xf7) return 'jpeg-ls'
    if (bytes[at + 1]! >= 0xc0 && bytes[at + 1]! <= 0xc3) return 'jpeg'
  }
  return undefined
}

function compressionOf(syntax: Syntax, frame: Size, uri: string, bytes: Uint8Array): string {
  const bounds = { maxWidth: frame.width, maxHeight: frame.height }
  if (syntax.codec === 'rle' || syntax.codec === 'deflate') return syntax.codec
  try {
    if (syntax.codec === 'jpeg' || syntax.codec === 'jpeg-lossless') {
      const header = readJpegHeader(bytes, 'or lossless')
      if (!header.lossless) return 'jpeg'
      mustBeRead(header)
      return 'jpeg-lossless'
    }
    if (syntax.codec === 'jpeg-ls') readJpegLsHeader(bytes, bounds)
    else {
      readJpeg2000Header(bytes, bounds)
      if (readJpeg2000Marks(bytes).highThroughput) return 'htj2k'
    }
  } catch (error) {
    if (error instanceof UnsupportedData)
      throw unsupported(
        uri,
        `has frames nobody here decodes: ${error.message}`,
        'write it in JPEG or JPEG 2000, for example with wsidicomizer',
      )
    // What is damaged is the tile's own error.
    if (!(error instanceof CodecError)) throw error
  }
  return syntax.codec
}
