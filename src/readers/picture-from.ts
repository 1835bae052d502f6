/** What the decoder of plain pictures is given. */

import { isAddress } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { ByteSource } from './byte-source.js'
import type { Limits } from './limits.js'

/** A patch that was cut out is smaller. What looks at it would each open it anew, which takes as long as to decode it. */
const readAtOnce = 2 ** 20

/** The path of a large picture, which the decoder opens itself; of a small one, or one on a server, all its bytes. Throws SLIDE_TOO_LARGE. */
export async function pictureFrom(source: ByteSource, { tileBytes }: Limits, signal?: AbortSignal): Promise<string | Uint8Array> {
  const { uri, size } = source
  if (!isAddress(uri) && size > Math.min(readAtOnce, tileBytes)) return uri
  if (size > tileBytes) throw new SlideError('SLIDE_TOO_LARGE', `${uri} is a picture of ${size} bytes, more than ${tileBytes}`)
  return source.read(0, size, signal)
}
