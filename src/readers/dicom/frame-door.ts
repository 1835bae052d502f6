/** How the frames of instances are had: they lie in files, or a server is asked for them. */

import type { ByteSource, Extent } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { compressionOf, FRAME_HEAD } from './first-frame.js'
import { frameExtents, unpacked } from './frames.js'
import type { Instance, InstanceInFile } from './instance.js'
import type { Syntax } from './syntax.js'

/** The frames of one instance: where the bytes of each lie in the source of the slide, or the bytes themselves. */
export type Frames =
  | { readonly extent: (frame: number) => Extent }
  | {
      /** Throws CodecError or SlideError where the frame is at fault, SourceFailed where the server is. */
      readonly fetch: (frame: number) => Promise<Uint8Array>
    }

/** What the first frame of an instance shows that all are written in. */
export interface FirstFrame {
  readonly syntax: Syntax
  readonly compression: string
}

export interface FrameDoor<I extends Instance> {
  open(instance: I, warnings: string[], signal?: AbortSignal): Promise<Frames>
  /** Throws SLIDE_UNSUPPORTED where nobody here decodes it. */
  first(instance: I, frames: Frames, signal?: AbortSignal): Promise<FirstFrame>
  /** How frames are written is known by the first one alone: all levels are looked at when the slide is opened. */
  readonly looksFirst: boolean
}

/** To files that lie in one source. */
export const fileDoor = (source: ByteSource, limits: Limits): FrameDoor<InstanceInFile> => ({
  looksFirst: false,
  open: async (instance, warnings, signal) => ({ extent: await frameExtents(instance, source, limits, warnings, signal) }),
  async first(instance, frames, signal) {
    const { syntax, uri } = instance
    const head = async () => {
      const { offset, length } = (frames as { readonly extent: (frame: number) => Extent }).extent(0)
      return unpacked(await source.read(offset, Math.min(length, FRAME_HEAD), signal), 'beginning')
    }
    return { syntax, compression: await compressionOf(instance, uri, head) }
  },
})
