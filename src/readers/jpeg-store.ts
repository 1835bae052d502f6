/** A JPEG that is a whole picture beside a slide: its label in a description, its macro in a file of its own. One level, one tile. */

import { greyToRgb } from '../codecs/colour.js'
import { readJpegHeader } from '../codecs/jpeg-header.js'
import { ended, jpegPrefix } from '../codecs/jpeg-join.js'
import { loadJpeg } from '../codecs/load.js'
import { CodecError, checkBounds } from '../codecs/types.js'
import { SlideError } from '../core/errors.js'
import { levelOf, type TileStore } from './store.js'

/** Throws a SlideError when the bytes are no JPEG. `what` says whose picture it is, for messages. */
export async function jpegStore(bytes: Uint8Array, what: string): Promise<TileStore> {
  try {
    const header = readJpegHeader(bytes)
    const { width, height, components } = header
    if (width < 1 || height < 1 || (components !== 1 && components !== 3)) {
      throw new CodecError(`it is ${width} x ${height} pixels of ${components} components`)
    }
    const decode = await loadJpeg('exact')
    return {
      levels: [levelOf(width, height, { width, height })],
      extents: () => [],
      decode: (_level, _index, _parts, memory) => {
        const picture = decode(jpegPrefix(undefined, 'as-marked'), ended(bytes, header), 2)
        checkBounds('JPEG header', picture.width, picture.height, { maxWidth: width, maxHeight: height })
        const data = memory(width * height * 3)
        if (picture.channels === 1) greyToRgb(picture.data, data, width * height)
        else data.set(picture.data.subarray(0, data.length))
        return { width, height, data }
      },
    }
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    throw new SlideError('SLIDE_MALFORMED', `${what} is no JPEG that can be read: ${cause.message}`, { cause })
  }
}
