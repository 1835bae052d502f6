/**
 * Pictures beside the slide: attachments, which are JPEGs or whole CZIs of one sub-block.
 *
 *     an entry of ZISRAWATTDIR: "A1"  0 (10)  place (8)  part (4)  GUID (16)  type (8)  name (80)
 *     ZISRAWATTACH: bytes of data (4)  0 (12)  the entry again  0 (112)  data
 */

import { SlideError } from '../../core/errors.js'
import { jpegStore } from '../jpeg-store.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import type { Opened } from '../slide.js'
import { obstacleOf } from './decode.js'
import { readDirectory } from './directory.js'
import { type CziPlace, int64, readCziHeader, readSegment, SEGMENT, textAt } from './segments.js'
import { blockStore } from './store.js'

const ENTRY = 128
const BEFORE_DATA = 256
const MOST = 4096
const names: Readonly<Record<string, string>> = { Label: 'label', SlidePreview: 'macro', Thumbnail: 'thumbnail' }

/** One that cannot be read is left out with a warning. */
export async function readAttachments(place: CziPlace, at: number, limits: Limits, warnings: string[]): Promise<Opened['pictures']> {
  const pictures: Record<string, Opened['pictures'][string]> = {}
  if (at === 0) return pictures
  const { uri } = place.source
  try {
    const view = await readSegment(place, at, 'ZISRAWATTDIR', 256 + MOST * ENTRY)
    const count = view.byteLength < 256 ? 0 : Math.min(view.getInt32(0, true), Math.floor((view.byteLength - 256) / ENTRY))
    for (let i = 0; i < count; i++) {
      const entry = 256 + i * ENTRY
      const [type, czi] = [textAt(view, entry + 40, 8), textAt(view, entry + 48, 80)]
      const name = Object.hasOwn(names, czi) ? names[czi]! : undefined
      if (name === undefined || name in pictures) continue
      try {
        pictures[name] = await pictureAt(place, int64(view, entry + 12), type, `${uri}: its ${name}`, limits)
      } catch (error) {
        if (!(error instanceof SlideError)) throw error
        warnings.push(`its ${name} is left out: ${error.message}`)
      }
    }
  } catch (error) {
    if (!(error instanceof SlideError)) throw error
    warnings.push(`pictures beside it are left out: ${error.message}`)
  }
  return pictures
}

async function pictureAt(place: CziPlace, at: number, type: string, what: string, limits: Limits): Promise<Opened['pictures'][string]> {
  const { source, base } = place
  const head = await readSegment(place, at, 'ZISRAWATTACH', 16)
  const length = head.getInt32(0, true)
  const begin = base + at + SEGMENT + BEFORE_DATA
  if (length < 0 || length > limits.tagBytes || begin + length > source.size)
    throw malformed(source.uri, `says that ${what} has ${length} bytes`)
  if (type === 'JPG') return async () => jpegStore(await source.read(begin, length), what)
  if (type !== 'CZI') throw new SlideError('SLIDE_UNSUPPORTED', `${what} is of the type ${JSON.stringify(type)}`)
  const inside: CziPlace = { ...place, base: begin }
  const { directory } = await readCziHeader(inside)
  const [block, ...more] = await readDirectory(inside, directory, limits, '')
  if (block === undefined || more.length > 0) throw new SlideError('SLIDE_UNSUPPORTED', `${what} is of ${more.length + 1} pictures`)
  const obstacle = obstacleOf(block)
  if (obstacle !== null) throw new SlideError('SLIDE_UNSUPPORTED', `${what} has ${obstacle}`)
  if (block.width * block.height > limits.tilePixels)
    throw new SlideError('SLIDE_TOO_LARGE', `${what} is ${block.width} x ${block.height} pixels`)
  return () => blockStore(block, inside, limits)
}
