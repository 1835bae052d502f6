/** Is a TIFF one of Hamamatsu's? They say so in their first directory, whose place has 64 bits: bytes 4 to 11, where classic TIFF has 32. */

import { viewOf } from '../../core/bytes-of.js'
import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import { begins } from '../format.js'
import type { Limits } from '../limits.js'
import { readEntries, type TiffHeader } from '../tiff/entries.js'
import { tags } from '../tiff/tags.js'

/** How to read its directories; null when it is no NDPI. A plain TIFF has its first values in bytes 8 to 11: seldom a place in the file. */
export async function ndpiHeader(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<TiffHeader | null> {
  if (source.size < 12) return null
  const head = await source.read(0, 12, signal)
  if (!begins(head, [0x49, 0x49, 42, 0])) return null
  const view = viewOf(head)
  const header = { littleEndian: true, big: false, ndpi: true, first: Number(view.getBigUint64(4, true)) }
  if (header.first === 0 || header.first >= source.size) return null
  try {
    const { entries } = await readEntries({ source, limits, signal }, header, header.first)
    return entries.has(tags.NdpiFormat) ? header : null
  } catch (error) {
    // Whatever it is, the reader of TIFFs says what is wrong with it.
    if (error instanceof SlideError) return null
    throw error
  }
}
