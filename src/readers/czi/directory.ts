/**
 * The sub-blocks of a CZI: pictures of any size at any place, of the slide or of a smaller copy of it.
 *
 *     "DV"  pixel type (4)  place (8)  file part (4)  compression (4)  pyramid (1)  0 (5)  dimensions (4)
 *     each dimension: name (4)  start (4)  size (4)  coordinate (4)  stored size (4)
 *
 * X and Y are in pixels of full resolution (the start may be below 0); the stored size is that of the picture. S is the scene; M the order of
 * painting: what has the higher one lies on top.
 */

import { SlideError } from '../../core/errors.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { type CziPlace, int64, readSegment, textAt } from './segments.js'

export interface SubBlock {
  /** Where its segment begins. */
  readonly place: number
  readonly pixelType: number
  readonly compression: number
  readonly x: number
  readonly y: number
  /** Of the picture. */
  readonly width: number
  readonly height: number
  /** Pixels of full resolution that one of it stands for; NaN where that is no whole number. */
  readonly factor: number
  readonly scene: number
  readonly order: number
}

const ENTRY = 32
const DIMENSION = 20
/** Of which all sub-blocks must be of the same one: stacks, channels, time series are no plain slides. */
const others: Readonly<Record<string, string>> = {
  C: 'channels',
  Z: 'focal planes',
  T: 'points in time',
  R: 'rotations',
  I: 'illuminations',
  H: 'phases',
  V: 'views',
  B: 'blocks',
}

export async function readDirectory(place: CziPlace, at: number, { tagBytes, tiles }: Limits, hint: string): Promise<SubBlock[]> {
  const { uri } = place.source
  const view = await readSegment(place, at, 'ZISRAWDIRECTORY', tagBytes)
  const count = view.byteLength < 128 ? -1 : view.getInt32(0, true)
  if (count > tiles) throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${count} sub-blocks, more than ${tiles}`)
  if (count < 0 || 128 + count * ENTRY > view.byteLength)
    throw malformed(
      uri,
      `has a directory of ${count} sub-blocks in ${view.byteLength} bytes${view.byteLength === tagBytes ? ', or more than is read' : ''}`,
    )
  const seen = new Map<string, Set<number>>()
  const found: SubBlock[] = []
  for (let i = 0, from = 128; i < count; i++) {
    const { block, next } = subBlockAt(view, from, i, uri, seen)
    found.push(block)
    from = next
  }
  for (const [name, starts] of seen) {
    if (starts.size > 1)
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has ${starts.size} ${others[name]}, of which a slide has one`, { hint })
  }
  return found
}

function subBlockAt(view: DataView, from: number, index: number, uri: string, seen: Map<string, Set<number>>) {
  const damaged = (fact: string) => malformed(uri, `has a directory whose entry ${index} ${fact}`)
  if (from + ENTRY > view.byteLength) throw damaged('is cut off')
  if (textAt(view, from, 2) !== 'DV') throw damaged('is of an unknown kind')
  const dimensions = view.getInt32(from + 28, true)
  const next = from + ENTRY + dimensions * DIMENSION
  if (dimensions < 0 || dimensions > 64 || next > view.byteLength) throw damaged(`has ${dimensions} dimensions`)
  if (view.getInt32(from + 14, true) !== 0)
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has its pictures in several files, which is not read`, {
      hint: 'save it as one file',
    })
  let [x, y, width, height, across, down, scene, order] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let at = from + ENTRY; at < next; at += DIMENSION) {
    const name = textAt(view, at, 4)
    const [start, size, stored] = [view.getInt32(at + 4, true), view.getInt32(at + 8, true), view.getInt32(at + 16, true)]
    if (name === 'X') [x, width, across] = [start, stored, size]
    else if (name === 'Y') [y, height, down] = [start, stored, size]
    else if (name === 'S') scene = start
    else if (name === 'M') order = start
    else if (Object.hasOwn(others, name)) {
      if (!seen.has(name)) seen.set(name, new Set())
      for (let one = 0; one < Math.min(Math.max(size, 1), 2); one++) seen.get(name)!.add(start + one)
    }
  }
  if (!(width >= 1 && height >= 1 && across >= 1 && down >= 1))
    throw damaged(`is a picture of ${width} x ${height} pixels that shows ${across} x ${down}`)
  const factor = factorOf(width, height, across, down)
  const block: SubBlock = {
    pixelType: view.getInt32(from + 2, true),
    place: int64(view, from + 6),
    compression: view.getInt32(from + 18, true),
    ...{ x, y, width, height, factor, scene, order },
  }
  return { block, next }
}

/** By the longer side: of one that is cut off at an edge, few pixels say nothing. Writers round the sizes of smaller pictures up or down. */
function factorOf(width: number, height: number, across: number, down: number): number {
  if (width === across && height === down) return 1
  const factor = Math.max(2, Math.round(width > height ? across / width : down / height))
  return Math.abs(across / factor - width) <= 1 && Math.abs(down / factor - height) <= 1 ? factor : Number.NaN
}
