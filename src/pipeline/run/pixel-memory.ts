/** Memory for the pixels of one block of patches: what its model has seen is used for the next pictures. */

import type { PixelMemory } from '../../core/stage.js'
import { giveMemory, takeMemory } from '../../flow/used-memory.js'
import type { LaneEnvironment } from '../environment/environment.js'
import { inLanes } from '../environment/in-lanes.js'

/** Whether none of the stages looks at a picture after its block: ours do not, one of a plugin may keep what it has seen. */
export const keepNoPixels = (stages: readonly { readonly name: string }[], work: LaneEnvironment['work']): boolean =>
  stages.every(({ name }) => work[name] === inLanes.work[name])

export interface BlockMemory extends PixelMemory {
  /** The block is done: nobody reads any of its pixels. Of one that failed the memory is left to the collector: it may be written to yet. */
  end(): void
}

export function blockMemory(): BlockMemory {
  /** Bytes that were asked for, by the memory. */
  const taken = new Map<ArrayBufferLike, number>()
  return {
    take(bytes) {
      const buffer = takeMemory(bytes)
      taken.set(buffer, bytes)
      return buffer
    },
    giveBack({ buffer, byteOffset, byteLength }) {
      // Of a part of it nobody knows who reads the rest.
      if (byteOffset !== 0 || byteLength !== taken.get(buffer)) return
      taken.delete(buffer)
      giveMemory(buffer as ArrayBuffer)
    },
    end() {
      for (const buffer of taken.keys()) giveMemory(buffer as ArrayBuffer)
      taken.clear()
    },
  }
}
