/** The levels of a DICOM slide as a tile store. */

import type { DecodeSpeed } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { columnsOf, levelOf, type TileStore } from '../store.js'
import { compressionOf } from './first-frame.js'
import { type DecodeFrame, frameDecoder } from './frame-decoder.js'
import { type FrameExtent, frameExtents } from './frames.js'
import type { FrameFormat } from './instance.js'
import { type FrameOf, type Member, placesOf } from './places.js'

/** A level: its files in order, and where its frames lie. */
export interface LevelFrames {
  readonly format: FrameFormat
  readonly compression: string
  readonly members: readonly { readonly first: number; readonly frames: number; readonly extent: FrameExtent }[]
  readonly frameOf: FrameOf
}

export async function levelFrames(
  members: readonly Member[],
  source: ByteSource,
  limits: Limits,
  warnings: string[],
  signal?: AbortSignal,
): Promise<LevelFrames> {
  const frameOf = placesOf(members, warnings)
  const placed: LevelFrames['members'][number][] = []
  for (const { instance, first } of members) {
    const extent = await frameExtents(instance, source, limits, warnings, signal)
    placed.push({ first, frames: instance.frames, extent })
  }
  const { instance } = members[0]!
  const compression = await compressionOf(instance, placed[0]!.extent(0), source, signal)
  // The rest of a header may be megabytes, of which nobody needs anything now.
  const { size, frame, photometric, planar, syntax } = instance
  return { format: { size, frame, photometric, planar, syntax }, compression, members: placed, frameOf }
}

export async function dicomStore(levels: readonly LevelFrames[], speed: DecodeSpeed, limits: Limits): Promise<TileStore> {
  const base = levels[0]!.format.size
  const shapes = levels.map(({ format: { size, frame } }) => levelOf(size.width, size.height, frame, base, false))
  const decoders: DecodeFrame[] = []
  for (const { format } of levels) decoders.push(await frameDecoder(format, speed, limits.expansion))
  return {
    levels: shapes,
    extents: (level, index) => {
      const { frameOf, members } = levels[level]!
      const frame = frameOf(index)
      if (frame === null) return null
      const member = members.findLast(({ first }) => first <= frame)!
      return [member.extent(frame - member.first)]
    },
    decode: (level, index, [bytes], memory) => {
      const { width, height, tile } = shapes[level]!
      const columns = columnsOf(shapes[level]!)
      const validColumns = Math.min(tile.width, width - (index % columns) * tile.width)
      const validRows = Math.min(tile.height, height - Math.floor(index / columns) * tile.height)
      return decoders[level]!(bytes!, validColumns, validRows, memory)
    },
  }
}
