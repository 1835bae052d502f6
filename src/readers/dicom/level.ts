/** The instances of one level: where its frames lie, which is read when it is first needed, and kept. */

import { Bug } from '../../core/errors.js'
import type { Region } from '../../geometry/region.js'
import type { Extent } from '../byte-source.js'
import type { Factor } from '../level-factor.js'
import { placementOf } from '../placement.js'
import type { Placement } from '../store.js'
import type { FrameDoor, Frames, LevelDoor } from './frame-door.js'
import { EMPTY } from './frames.js'
import type { FrameFormat, FramePicture, Instance } from './instance.js'
import { type FramePlaces, type Member, placesOf } from './places.js'
import type { Syntax } from './syntax.js'

interface Table extends FramePlaces, Pick<LevelDoor, 'syntax' | 'compression'> {
  readonly members: readonly { readonly first: number; readonly frames: Frames }[]
}

export class LevelFrames<I extends Instance = Instance> {
  readonly picture: FramePicture
  readonly #syntax: Syntax | undefined
  readonly #door: FrameDoor<I>
  /** Their headers may be megabytes: let go once the table is there. */
  #members: readonly Member<I>[]
  #table: Table | undefined
  #reading: Promise<Table> | undefined

  constructor(
    members: readonly Member<I>[],
    door: FrameDoor<I>,
    /** How many times smaller than level 0 it is. */
    readonly factor: Factor = { x: 1, y: 1 },
  ) {
    const { size, frame, photometric, planar, syntax } = members[0]!.instance
    this.picture = { size, frame, photometric, planar }
    this.#syntax = syntax
    this.#members = members
    this.#door = door
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
    const instances = this.#members.map(({ instance }) => instance) as [I, ...I[]]
    const { frames, ...written } = await this.#door.open(instances, warnings, signal)
    return { ...places, ...written, members: this.#members.map(({ first }, i) => ({ first, frames: frames[i]! })) }
  }

  get #ready(): Table {
    if (this.#table === undefined) throw new Bug('a level of a DICOM slide was used before it was prepared')
    return this.#table
  }

  /** Its tiles have no extents: a server is asked for each. */
  get fetches(): boolean {
    return this.#door.fetches
  }

  /** How its frames are written; undefined as long as nobody has looked. */
  get format(): FrameFormat | undefined {
    const syntax = this.#table?.syntax
    return syntax && { ...this.picture, syntax }
  }

  /** Its frames can be decoded smaller: for every thread the same, whether it has looked at them or not. */
  get shrinks(): boolean {
    return (this.#syntax ?? this.#table?.syntax)?.codec === 'jpeg'
  }

  /** What the first frame says it is compressed in. */
  get compression(): string {
    return this.#ready.compression
  }

  /** Null for a blank tile; none where its bytes are to be fetched. */
  extents(tile: number): readonly Extent[] | null {
    const { frameOf, syntax } = this.#ready
    const frame = frameOf(tile)
    if (frame === null) return null
    const { frames, at } = this.#framesWith(frame)
    if (!('extent' in frames)) return []
    const extent = frames.extent(at)
    return syntax.encapsulated && extent.length <= EMPTY ? null : [extent]
  }

  /** The bytes of a tile that has no extents. */
  fetch(tile: number): Promise<Uint8Array> {
    const frame = this.#ready.frameOf(tile)
    const { frames, at } = this.#framesWith(frame ?? 0)
    if (frame === null || !('fetch' in frames)) throw new Bug('a tile of a DICOM slide was to be fetched that is not to be')
    return frames.fetch(at)
  }

  #framesWith(frame: number): { readonly frames: Frames; readonly at: number } {
    const { first, frames } = this.#ready.members.findLast((member) => member.first <= frame)!
    return { frames, at: frame - first }
  }

  /** Of frames that are no grid. */
  placed(): Placement | null {
    const { corners } = this.#ready
    return corners === undefined ? null : placementOf({ ...corners, ...this.picture.frame }, this.picture.size)
  }

  /** The part of a tile's frame that lies in the picture, or all of it where frames are no grid. */
  visible(tile: number): Pick<Region, 'width' | 'height'> {
    const { size, frame } = this.picture
    if (this.#ready.corners !== undefined) return frame
    const columns = Math.ceil(size.width / frame.width)
    return {
      width: Math.min(frame.width, size.width - (tile % columns) * frame.width),
      height: Math.min(frame.height, size.height - Math.floor(tile / columns) * frame.height),
    }
  }
}
