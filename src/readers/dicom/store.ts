/** The levels of a DICOM slide as a tile store. */

import { shrunk } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Limits } from '../limits.js'
import type { TileStore } from '../store.js'
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
  return {
    levels: levels.map(({ picture: { size, frame }, factor }) => ({ ...size, tile: frame, downsample: factor })),
    async prepare(level, signal) {
      await levels[level]!.read([], signal)
      await makeDecoder(level)
    },
    ...(levels[0]!.fetches && { fetch: async (level: number, index: number) => [await levels[level]!.fetch(index)], far: true }),
    placed: (level) => levels[level]!.placed(),
    extents: (level, index) => levels[level]!.extents(index),
    atOnce(level) {
      const { width, height } = levels[level]!.picture.frame
      return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(HELD / (width * height * 6))))
    },
    decode(level, index, [bytes], memory, shrink = 1) {
      const { width, height } = levels[level]!.visible(index)
      return decoders[level]!(bytes!, shrunk(width, shrink), shrunk(height, shrink), memory, shrink)
    },
    shrinks: (level) => levels[level]!.shrinks,
  }
}
