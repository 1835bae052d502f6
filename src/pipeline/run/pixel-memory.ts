/** Memory for pixels in a lane: what its models have seen is used for the next pictures. */

import type { PixelMemory } from '../../core/stage.js'
import { giveMemory, takeMemory } from '../../flow/used-memory.js'
import type { LaneEnvironment } from '../environment/environment.js'
import { inLanes } from '../environment/in-lanes.js'

/** Whether none of the stages looks at a picture after its rows are made: ours do not, one of a plugin may keep what it has seen. */
export const keepNoPixels = (stages: readonly { readonly name: string }[], work: LaneEnvironment['work']): boolean =>
  stages.every(({ name }) => work[name] === inLanes.work[name])

/** Bytes that were asked for, by the memory. What is not given back belongs to the collector. */
const taken = new WeakMap<ArrayBufferLike, number>()

export const pixelMemory: PixelMemory = {
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
}
