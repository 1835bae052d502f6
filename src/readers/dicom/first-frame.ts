/** A look at the first frame: a slide whose frames nobody here can decode is refused when it is opened, not frame by frame. */

import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { mustBeRead } from '../../codecs/jpeg-lossless.js'
import { readJpegLsHeader } from '../../codecs/jpeg-ls-header.js'
import { readJpeg2000Header } from '../../codecs/jpeg2000-header.js'
import { readJpeg2000Marks } from '../../codecs/jpeg2000-marks.js'
import { CodecError, UnsupportedData } from '../../codecs/types.js'
import { type FrameFormat, unsupported } from './instance.js'

/** Enough for the headers of a frame; a colour profile in it may be longer, then its frames tell. */
export const FRAME_HEAD = 65_536

/** Answers what its bytes say they are compressed in; `uri`: of the instance, `head`: gives the beginning of its first frame. */
export async function compressionOf(
  { syntax, frame }: Pick<FrameFormat, 'syntax' | 'frame'>,
  uri: string,
  head: () => Promise<Uint8Array>,
): Promise<string> {
  const bounds = { maxWidth: frame.width, maxHeight: frame.height }
  if (syntax.codec === 'none' || syntax.codec === 'rle') return syntax.codec
  try {
    const bytes = await head()
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
