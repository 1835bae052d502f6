/** How the frames of a level are had: they lie in files, or a server is asked for them. */

import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { FRAME_HEAD, writtenIn } from './first-frame.js'
import { type FrameExtent, frameExtents, unpacked } from './frames.js'
import type { Instance, InstanceInFile } from './instance.js'
import type { Syntax } from './syntax.js'

/** The frames of one instance: where the bytes of each lie in the source of the slide, or the bytes themselves. */
export type Frames =
  | { readonly extent: FrameExtent }
  | {
      /** Throws CodecError or SlideError where the frame is at fault, SourceFailed where the server is. */
      readonly fetch: (frame: number) => Promise<Uint8Array>
    }

/** The frames of a level. */
export interface LevelDoor {
  /** Of each instance, in their order. */
  readonly frames: readonly Frames[]
  readonly syntax: Syntax
  /** What the first frame says it is compressed in. */
  readonly compression: string
}

export interface FrameDoor<I extends Instance> {
  /** Of the instances of one level: one, or the members of a concatenation. Throws SlideError, also where nobody here decodes the first frame. */
  open(instances: readonly [I, ...I[]], warnings: string[], signal?: AbortSignal): Promise<LevelDoor>
  /** Frames are fetched, and what they are written in is known by the first one alone: all levels are looked at when the slide is opened. */
  readonly fetches: boolean
}

/** To files that lie in one source. */
export const fileDoor = (source: ByteSource, limits: Limits): FrameDoor<InstanceInFile> => ({
  fetches: false,
  async open(instances, warnings, signal) {
    const extents: FrameExtent[] = []
    for (const instance of instances) extents.push(await frameExtents(instance, { source, limits, warnings, signal }))
    const [first] = instances
    const head = async () => {
      const { offset, length } = extents[0]!(0)
      return unpacked(await source.read(offset, Math.min(length, FRAME_HEAD), signal), 'beginning')
    }
    const written = await writtenIn(first, first.uri, head)
    if (written.syntax !== first.syntax)
      warnings.push(`${first.uri} is said to be compressed in ${first.syntax.codec}, and is so in ${written.syntax.codec}`)
    return { frames: extents.map((extent) => ({ extent })), ...written }
  },
})
