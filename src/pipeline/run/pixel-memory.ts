/** Memory for pixels in a lane: what its models have seen is used for the next pictures. */

import type { PixelMemory } from '../../core/stage.js'
import { giveMemory, takeMemory } from '../../flow/used-memory.js'
import type { LaneEnvironment } from '../environment/environment.js'
import { inLanes } from '../environment/in-lanes.js'

/** Whether none of the stages looks at a picture after its rows are made: ours do not, one of a plugin may keep what it has seen. */
export const keepNoPixels = (stages: readonly { readonly name: string }[], work: LaneEnvironment['work']): boolean =>
  stages.every(({ name }) => work[name] === inLanes.work[name])

interface Taken {
  /** Bytes of it that may still be read. */
  left: number
  /** Where the parts begin that came back. */
  readonly back: Set<number>
}

/** What was asked for, by the memory. What is not given back belongs to the collector. */
const taken = new WeakMap<ArrayBufferLike, Taken>()

export const pixelMemory: PixelMemory = {
  take(bytes) {
    const buffer = takeMemory(bytes)
    taken.set(buffer, { left: bytes, back: new Set() })
    return buffer
  },
  /** Whole, or batch by batch: where a pipeline leaves the size of its batches open, `extract` reads several into one. */
  giveBack({ buffer, byteOffset, byteLength }) {
    const known = taken.get(buffer)
    if (!known || known.back.has(byteOffset)) return
    known.back.add(byteOffset)
    known.left -= byteLength
    if (known.left > 0) return
    taken.delete(buffer)
    giveMemory(buffer as ArrayBuffer)
  },
}
