/** The files of one level: where its frames lie, which is read when it is first needed, and kept. */

import { Bug } from '../../core/errors.js'
import type { Region } from '../../geometry/region.js'
import type { ByteSource, Extent } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { placementOf } from '../placement.js'
import type { Placement } from '../store.js'
import { compressionOf } from './first-frame.js'
import { type FrameExtent, frameExtents } from './frames.js'
import type { FrameFormat, Instance } from './instance.js'
import { type FramePlaces, type Member, placesOf } from './places.js'

interface Table extends FramePlaces {
  readonly compression: string
  readonly members: readonly { readonly first: number; readonly extent: FrameExtent }[]
}

export class LevelFrames {
  readonly format: FrameFormat
  readonly #source: ByteSource
  readonly #limits: Limits
  /** Their headers may be megabytes: let go once the table is there. */
  #members: readonly Member[]
  #table: Table | undefined
  #reading: Promise<Table> | undefined

  constructor(members: readonly Member[], source: ByteSource, limits: Limits) {
    const { size, frame, photometric, planar, syntax } = members[0]!.instance
    this.format = { size, frame, photometric, planar, syntax }
    this.#members = members
    this.#source = source
    this.#limits = limits
  }

  /** Throws SlideError; after an abort the next one to ask reads it. */
  async read(warnings: string[], signal?: AbortSignal): Promise<void> {
    if (this.#table !== undefined) return
    this.#reading ??= this.#readTable(warnings, signal)
    try {
      this.#table = await this.#reading
      this.#members = []
    } catch (error) {
      this.#reading = undefined
      throw error
    }
  }

  async #readTable(warnings: string[], signal?: AbortSignal): Promise<Table> {
    const places = placesOf(this.#members, warnings)
    const members: Table['members'][number][] = []
    for (const { instance, first } of this.#members) members.push({ first, extent: await this.#extents(instance, warnings, signal) })
    const compression = await compressionOf(this.#members[0]!.instance, members[0]!.extent(0), this.#source, signal)
    return { ...places, compression, members }
  }

  #extents(instance: Instance, warnings: string[], signal?: AbortSignal): Promise<FrameExtent> {
    return frameExtents(instance, this.#source, this.#limits, warnings, signal)
  }

  get #ready(): Table {
    if (this.#table === undefined) throw new Bug('a level of a DICOM slide was used before it was prepared')
    return this.#table
  }

  /** What the first frame says it is compressed in. */
  get compression(): string {
    return this.#ready.compression
  }

  extents(tile: number): readonly Extent[] | null {
    const { frameOf, members } = this.#ready
    const frame = frameOf(tile)
    if (frame === null) return null
    const member = members.findLast(({ first }) => first <= frame)!
    return [member.extent(frame - member.first)]
  }

  /** Of frames that are no grid. */
  placed(): Placement | null {
    const { corners } = this.#ready
    return corners === undefined ? null : placementOf({ ...corners, ...this.format.frame }, this.format.size)
  }

  /** The part of a tile's frame that lies in the picture, or all of it where frames are no grid. */
  visible(tile: number): Pick<Region, 'width' | 'height'> {
    const { size, frame } = this.format
    if (this.#ready.corners !== undefined) return frame
    const columns = Math.ceil(size.width / frame.width)
    return {
      width: Math.min(frame.width, size.width - (tile % columns) * frame.width),
      height: Math.min(frame.height, size.height - Math.floor(tile / columns) * frame.height),
    }
  }
}
