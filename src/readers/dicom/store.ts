/** The levels of a DICOM slide as a tile store. */

import { shrunk } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { Limits } from '../limits.js'
import { levelOf, type TileStore } from '../store.js'
import { type DecodeFrame, frameDecoder } from './frame-decoder.js'
import type { LevelFrames } from './level.js'

export async function dicomStore(levels: readonly LevelFrames[], speed: DecodeSpeed, limits: Limits): Promise<TileStore> {
  const base = levels[0]!.format.size
  const decoders: DecodeFrame[] = []
  for (const { format } of levels) decoders.push(await frameDecoder(format, speed, limits.expansion))
  return {
    levels: levels.map(({ format: { size, frame } }) => levelOf(size.width, size.height, frame, base, false)),
    prepare: (level, signal) => levels[level]!.read([], signal),
    placed: (level) => levels[level]!.placed(),
    extents: (level, index) => levels[level]!.extents(index),
    decode: (level, index, [bytes], memory, shrink = 1) => {
      const { width, height } = levels[level]!.visible(index)
      return decoders[level]!(bytes!, shrunk(width, shrink), shrunk(height, shrink), memory, shrink)
    },
    shrinks: (level) => levels[level]!.format.syntax.codec === 'jpeg',
  }
}
