/** Which frame shows which tile of a level: in order of rows, or each as it says itself. */

import type { Attributes } from './attributes.js'
import { malformed } from './elements.js'
import { type Instance, unsupported } from './instance.js'
import { tags } from './tags.js'

/** Frames are counted through all members of a concatenation. */
export interface FramePlaces {
  /** The frame of a tile; null where the slide has nothing. */
  readonly frameOf: (tile: number) => number | null
  /** Where each frame lies when they are no grid: then each is a tile of its own. */
  readonly corners?: { readonly x: Float64Array; readonly y: Float64Array }
}

/** A member of a concatenation, or all of a level. */
export interface Member<I extends Instance = Instance> {
  readonly instance: I
  /** Its first frame, counted through all members. */
  readonly first: number
}

export function placesOf(members: readonly Member[], warnings: string[]): FramePlaces {
  const { size, frame, organization, uri } = members[0]!.instance
  const columns = Math.ceil(size.width / frame.width)
  const tiles = columns * Math.ceil(size.height / frame.height)
  const frames = members.reduce((sum, { instance }) => sum + instance.frames, 0)
  const saysPlaces = members.every(({ instance }) => saysPlace(instance))
  if (organization === 'TILED_SPARSE' || (organization === undefined && saysPlaces)) return said(members, frames)
  if (frames > tiles) throw unsupported(uri, `has ${frames} frames for ${tiles} tiles: several focal planes or optical paths`)
  if (frames < tiles) throw malformed(uri, `has ${frames} frames for ${tiles} tiles`)
  if (organization === undefined && tiles > 1) warnings.push(`${uri} does not say where its frames lie: they are taken to go row by row`)
  return { frameOf: (tile) => tile }
}

function saysPlace({ header }: Instance): boolean {
  return header.first(tags.PerFrameFunctionalGroupsSequence)?.first(tags.PlanePositionSlideSequence) !== undefined
}

/**
 * A warning where frames go row by row, which needs no places, and the places that are said all the same are others (counted from the first frame on): the
 * picture may be shuffled. It looks at every frame.
 */
export function shuffled(members: readonly Member[]): readonly string[] {
  const [{ instance }] = members as [Member]
  const { size, frame, uri } = instance
  if (instance.organization !== 'TILED_FULL' || !members.every((member) => saysPlace(member.instance))) return []
  const columns = Math.ceil(size.width / frame.width)
  let count = 0
  let [left, top] = [0, 0]
  for (const position of positionsOf(instance)) {
    const [x, y] = pointOf(position)
    if (x === undefined || y === undefined) return []
    if (count === 0) [left, top] = [x, y]
    const wanted = [left + (count % columns) * frame.width, top + Math.floor(count / columns) * frame.height]
    count++
    if (x !== wanted[0] || y !== wanted[1])
      return [
        `${uri} says that its frames lie row by row (TILED_FULL), and of frame ${count} that it lies at ${x}, ${y}, not at ${wanted.join(', ')}: they are read row by row, and the picture may be shuffled`,
      ]
  }
  return []
}

/** Of each frame; of the only one what is said for all may say it, too. */
function* positionsOf({ header, frames }: Instance): Generator<Attributes | undefined> {
  let count = 0
  for (const group of header.items(tags.PerFrameFunctionalGroupsSequence)) {
    count++
    yield group.first(tags.PlanePositionSlideSequence)
  }
  const shared = count === 0 && frames === 1 ? header.first(tags.SharedFunctionalGroupsSequence) : undefined
  const position = shared?.first(tags.PlanePositionSlideSequence)
  if (position !== undefined) yield position
}

/** From 1. */
const pointOf = (position: Attributes | undefined) =>
  [tags.ColumnPositionInTotalImagePixelMatrix, tags.RowPositionInTotalImagePixelMatrix].map((tag) => position?.number(tag, 'SL'))

/** As each frame says; off the grid they may lie over each other, the later one on top. */
function said(members: readonly Member[], frames: number): FramePlaces {
  const { size, frame } = members[0]!.instance
  const columns = Math.ceil(size.width / frame.width)
  const [x, y] = [new Float64Array(frames), new Float64Array(frames)]
  const byPlace = new Map<number, number>()
  for (const { instance, first } of members) {
    const { uri } = instance
    let count = 0
    for (const position of positionsOf(instance)) {
      if (count === instance.frames) throw malformed(uri, `says the places of more than its ${instance.frames} frames`)
      const corner = cornerOf(instance, position, count)
      const key = corner.y * size.width + corner.x
      if (byPlace.has(key))
        throw unsupported(uri, `has two frames at one place (frame ${count + 1} is the second): several focal planes or optical paths`)
      byPlace.set(key, first + count)
      x[first + count] = corner.x
      y[first + count] = corner.y
      count++
    }
    if (count < instance.frames) throw malformed(uri, `says the places of ${count} of its ${instance.frames} frames`)
  }
  if (!x.every((at) => at % frame.width === 0) || !y.every((at) => at % frame.height === 0))
    return { frameOf: (tile) => tile, corners: { x, y } }
  return {
    frameOf: (tile) => byPlace.get(Math.floor(tile / columns) * frame.height * size.width + (tile % columns) * frame.width) ?? null,
  }
}

function cornerOf({ uri, size }: Instance, position: Attributes | undefined, index: number): { readonly x: number; readonly y: number } {
  const [column, row] = pointOf(position)
  if (column === undefined || row === undefined) throw malformed(uri, `does not say where its frame ${index + 1} lies`)
  const [x, y] = [column - 1, row - 1]
  if (x < 0 || y < 0 || x >= size.width || y >= size.height)
    throw malformed(uri, `has frame ${index + 1} at ${x}, ${y}, outside of its picture`)
  return { x, y }
}
