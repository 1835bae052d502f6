/** The levels of a DICOM slide as a tile store. */

import { type Shrink, shrunk } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Limits } from '../limits.js'
import type { Tile, TileStore } from '../store.js'
import { type DecodeFrame, frameDecoder } from './frame-decoder.js'
import type { LevelFrames } from './level.js'

/** Frames that a server is asked for at once, and what they may hold in all. */
const MOST_AT_ONCE = 64
const HELD = 64 * 2 ** 20

export async function dicomStore(levels: readonly LevelFrames[], speed: DecodeSpeed, limits: Limits): Promise<TileStore> {
  const decoders: DecodeFrame[] = []
  const makeDecoder = async (level: number) => {
    const { format } = levels[level]!
    if (format !== undefined) decoders[level] ??= await frameDecoder(format, speed, limits.expansion)
  }
  for (const level of levels.keys()) await makeDecoder(level)
  const decoded = (level: number, index: number, bytes: Uint8Array, memory: (bytes: number) => Uint8Array, shrink: Shrink) => {
    const { width, height } = levels[level]!.visible(index)
    return decoders[level]!(bytes, shrunk(width, shrink), shrunk(height, shrink), memory, shrink)
  }
  const fetched = async (level: number, index: number, ...how: readonly [(bytes: number) => Uint8Array, Shrink]): Promise<Tile> =>
    decoded(level, index, await levels[level]!.fetch(index), ...how)
  return {
    levels: levels.map(({ picture: { size, frame }, factor }) => ({ ...size, tile: frame, downsample: factor })),
    async prepare(level, signal) {
      await levels[level]!.read([], signal)
      await makeDecoder(level)
    },
    fetches: levels[0]!.fetches,
    placed: (level) => levels[level]!.placed(),
    extents: (level, index) => levels[level]!.extents(index),
    atOnce(level) {
      const { width, height } = levels[level]!.picture.frame
      return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(HELD / (width * height * 6))))
    },
    decode: (level, index, [bytes], memory, shrink = 1) =>
      bytes === undefined ? fetched(level, index, memory, shrink) : decoded(level, index, bytes, memory, shrink),
    shrinks: (level) => levels[level]!.format?.syntax.codec === 'jpeg',
  }
}
