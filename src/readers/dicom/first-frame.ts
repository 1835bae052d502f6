/** A look at the first frame: a slide whose frames nobody here can decode is refused when it is opened, not frame by frame. */

import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { readJpegLsHeader } from '../../codecs/jpeg-ls-header.js'
import { readJpeg2000Header } from '../../codecs/jpeg2000-header.js'
import { readJpeg2000Marks } from '../../codecs/jpeg2000-marks.js'
import { CodecError, UnsupportedData } from '../../codecs/types.js'
import type { ByteSource, Extent } from '../byte-source.js'
import { unpacked } from './frames.js'
import { type Instance, unsupported } from './instance.js'

/** Enough for the headers of a frame; a colour profile in it may be longer, then its frames tell. */
const HEAD = 65_536

/** Answers what its bytes say they are compressed in. */
export async function compressionOf(
  instance: Instance,
  { offset, length }: Extent,
  source: ByteSource,
  signal?: AbortSignal,
): Promise<string> {
  const { syntax, frame, place } = instance
  const bounds = { maxWidth: frame.width, maxHeight: frame.height }
  if (syntax.codec === 'none' || syntax.codec === 'rle') return syntax.codec
  const items = await source.read(offset, Math.min(length, HEAD), signal)
  try {
    const head = unpacked(items, 'beginning')
    if (syntax.codec === 'jpeg') readJpegHeader(head)
    else if (syntax.codec === 'jpeg-ls') readJpegLsHeader(head, bounds)
    else {
      readJpeg2000Header(head, bounds)
      if (readJpeg2000Marks(head).highThroughput) return 'htj2k'
    }
  } catch (error) {
    if (error instanceof UnsupportedData)
      throw unsupported(
        place.uri,
        `has frames nobody here decodes: ${error.message}`,
        'write it in JPEG or JPEG 2000, for example with wsidicomizer',
      )
    // What is damaged is the tile's own error.
    if (!(error instanceof CodecError)) throw error
  }
  return syntax.codec
}
