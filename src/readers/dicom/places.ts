/** Which frame shows which tile of a level: in order of rows, or each as it says itself. */

import { malformed } from './elements.js'
import { type Instance, unsupported } from './instance.js'
import { tags } from './tags.js'

/** The frame of a tile, counted through all members of a concatenation; null where the slide has nothing. */
export type FrameOf = (tile: number) => number | null

/** A member of a concatenation, or all of a level. */
export interface Member {
  readonly instance: Instance
  /** Its first frame, counted through all members. */
  readonly first: number
}

export function placesOf(members: readonly Member[], warnings: string[]): FrameOf {
  const { size, frame, organization, place } = members[0]!.instance
  const columns = Math.ceil(size.width / frame.width)
  const tiles = columns * Math.ceil(size.height / frame.height)
  const frames = members.reduce((sum, { instance }) => sum + instance.frames, 0)
  const saysPlaces = members.every(({ instance }) => saysPlace(instance))
  if (organization === 'TILED_SPARSE' || (organization === undefined && saysPlaces)) return sparse(members, columns, tiles)
  if (frames > tiles) throw unsupported(place.uri, `has ${frames} frames for ${tiles} tiles: several focal planes or optical paths`)
  if (frames < tiles) throw malformed(place.uri, `has ${frames} frames for ${tiles} tiles`)
  if (organization === undefined && tiles > 1)
    warnings.push(`${place.uri} does not say where its frames lie: they are taken to go row by row`)
  return (tile) => tile
}

function saysPlace({ header }: Instance): boolean {
  return header.first(tags.PerFrameFunctionalGroupsSequence)?.first(tags.PlanePositionSlideSequence) !== undefined
}

function sparse(members: readonly Member[], columns: number, tiles: number): FrameOf {
  const places = new Map<number, number>()
  for (const { instance, first } of members) {
    const { uri } = instance.place
    let count = 0
    for (const group of instance.header.items(tags.PerFrameFunctionalGroupsSequence)) {
      if (count === instance.frames) throw malformed(uri, `says the places of more than its ${instance.frames} frames`)
      const tile = tileOf(instance, group.first(tags.PlanePositionSlideSequence), count, columns)
      if (tile >= tiles) throw malformed(uri, `has frame ${count + 1} outside of its picture`)
      if (places.has(tile))
        throw unsupported(uri, `has two frames at one place (frame ${count + 1} is the second): several focal planes or optical paths`)
      places.set(tile, first + count)
      count++
    }
    if (count < instance.frames) throw malformed(uri, `says the places of ${count} of its ${instance.frames} frames`)
  }
  return (tile) => places.get(tile) ?? null
}

function tileOf(
  { place, frame, size }: Instance,
  position: ReturnType<Instance['header']['first']>,
  index: number,
  columns: number,
): number {
  const column = position?.number(tags.ColumnPositionInTotalImagePixelMatrix, 'SL')
  const row = position?.number(tags.RowPositionInTotalImagePixelMatrix, 'SL')
  if (column === undefined || row === undefined) throw malformed(place.uri, `does not say where its frame ${index + 1} lies`)
  const [x, y] = [column - 1, row - 1]
  if (x < 0 || y < 0 || x >= size.width || y >= size.height)
    throw malformed(place.uri, `has frame ${index + 1} at ${x}, ${y}, outside of its picture`)
  if (x % frame.width !== 0 || y % frame.height !== 0)
    throw unsupported(
      place.uri,
      `has frame ${index + 1} at ${x}, ${y}: off the grid of its frames of ${frame.width} x ${frame.height}`,
      'write it with frames side by side, for example with wsidicomizer',
    )
  return (y / frame.height) * columns + x / frame.width
}
