/** A slide: what a source yields (`SlideRef`), and the door to its pixels (`Slide`). */

import type { Region, Size } from '../geometry/region.js'
import type { RemoteOptions } from './address.js'
import type { PatchNote } from './row.js'

/** What kind of thing the pixels are: a pyramid, one plain large image, or a set of ready-cut patches. */
export type SlideKind = 'slide' | 'tile' | 'set'

/** A slide that is named but not opened. Plain data, crosses threads. Ids are unique in a run and safe as file names. */
export interface SlideRef {
  readonly kind: SlideKind
  readonly id: string
  /** A path or an address (or, for a set, a name for it). The query of an address may be a secret: `withoutSecrets` shows it. */
  readonly uri: string
  /** How its addresses are asked for. */
  readonly remote?: RemoteOptions
  /** Who may read it besides the readers of tiastream. */
  readonly readers?: ReaderChoice
  /** What the user says of it, where the file does not or is wrong. */
  readonly mpp?: number
  readonly power?: number
  readonly mask?: string
  readonly label?: string
  /** Further columns of the list, carried into every row. */
  readonly carried: Readonly<Record<string, PatchNote>>
  /** The pictures of a set, in order, with their labels. */
  readonly images?: readonly SetImage[]
  /** Of a set: the folder from which on the column `file` names its pictures, so that it is the same wherever they lie; absent: it holds their uris. */
  readonly root?: string
  /** Of a set: the size that every picture is brought to; absent: all have one size. */
  readonly resize?: Size
  /** Given by the program instead of a file; of a set all pictures, one below the other, all of one size. */
  readonly pixels?: MemoryPixels
}

/** OpenSlide, where it is installed: `never` (the default), `auto` for formats that tiastream does not read itself, `always` for all that it knows. */
export interface ReaderChoice {
  readonly openslide?: 'never' | 'auto' | 'always' | undefined
}

/** RGB bytes, height × width × 3, in a SharedArrayBuffer: every thread sees the same, nothing is copied. */
export interface MemoryPixels extends Size {
  readonly data: Uint8Array
}

export interface SetImage {
  readonly uri: string
  readonly label?: string
  /** Further columns of the list. */
  readonly carried?: Readonly<Record<string, PatchNote>>
}

/** One resolution of the pyramid. `downsample` is baseline size ÷ level size, per axis. */
export interface Level extends Size {
  readonly downsample: { readonly x: number; readonly y: number }
  /** Compressed tile size in this level's pixels; a strip is as wide as the level. */
  readonly tile: Size
}

/** As a program names one. What is not said follows from the path; `id` is the name of the file without its ending. */
export type GivenSlide =
  | string
  | URL
  | (Pick<SlideRef, 'uri'> & { readonly [Name in keyof Omit<SlideRef, 'kind' | 'images' | 'resize'>]?: SlideRef[Name] | undefined })

export interface SlideInfo extends Size {
  readonly id: string
  readonly uri: string
  readonly kind: SlideKind
  /** `aperio`, `ome`, `generic`, `qupath`, `libvips`, `png`, `jpeg` … */
  readonly vendor: string
  readonly levels: readonly Level[]
  /** The part that was scanned, in baseline pixels, where the format says it; around it all is white. */
  readonly bounds?: Region
  /** The slide of glass, where the format says how the picture lies on it. */
  readonly glass?: Glass
  /** Of DICOM: where it lies in the coordinates that it shares with its annotations. */
  readonly reference?: Reference
  /** Of DICOM: how many times smaller than level 0 each of its pictures is, by its UID. */
  readonly instances?: Readonly<Record<string, { readonly x: number; readonly y: number }>>
  /** µm per baseline pixel; absent when nobody says. */
  readonly mpp?: { readonly x: number; readonly y: number }
  /** Where `mpp` comes from, in words for people: `Aperio MPP`, `OME PhysicalSizeX`, `TIFF resolution tags`, `given in the list`. */
  readonly mppSource?: string
  /** Objective power (magnification), for example 40. */
  readonly power?: number
  readonly powerSource?: string
  /** Names of pictures beside the pyramid: `label`, `macro`, `thumbnail`. */
  readonly associated: readonly string[]
  /** Things a person should know (an absurd resolution, a repaired header). */
  readonly warnings: readonly string[]
  /** Codec of level 0: `jpeg`, `jpeg2000`, `deflate` … */
  readonly compression: string
}

/** Where the middle of the slide of glass lies, in baseline pixels, and how many nm the scanner says a pixel has: so its own annotations count. */
export interface Glass {
  readonly x: number
  readonly y: number
  readonly nm: { readonly x: number; readonly y: number }
}

/** A picture in a frame of reference of DICOM, in mm. */
export interface Reference {
  readonly uid?: string
  /** The centre of its first pixel. */
  readonly origin: Mm
  /** From a pixel to the next one to the right, and to the one below. */
  readonly across: Mm
  readonly down: Mm
}

interface Mm {
  readonly x: number
  readonly y: number
}

/** Who the file is, by its content. */
export interface SlideIdentity {
  readonly bytes: number
  /** Milliseconds since 1970, of the file (or the newest file of a set). No part of who it is: a copy has another time. */
  readonly modified: number
  /**
   * sha256 (hex) of the addresses of its files, and of what the server calls the state of each (a strong ETag). No part of who it is either: the same again
   * says that nothing has to be read anew. Absent of a file on a disk, and where a server does not say.
   */
  readonly version?: string
  /** sha256 (hex) of the first 64 KiB and the last 64 KiB. */
  readonly head: string
  /** sha256 (hex) of blocks spread over what lies between. Version 0.1 did not know it. */
  readonly blocks?: string
  /** sha256 (hex) of the same bytes of each file of a slide of several, whatever their names: copies of a DICOM series get others. No part of who it is. */
  readonly nameless?: string
}

type Content = Pick<SlideIdentity, 'bytes' | 'head' | 'blocks'>

/** True for the same content, as far as both say: wherever it lies, whenever it was written. */
export const sameContent = (a: Content, b: Content): boolean =>
  a.bytes === b.bytes && a.head === b.head && (a.blocks === undefined || b.blocks === undefined || a.blocks === b.blocks)

/** One picture to read: `region` in baseline pixels, `width` × `height` the size it should have. Outside the slide is white (255). */
export interface ReadRequest extends Size {
  readonly region: Region
  /** Level to read from; absent: the coarsest that does not need enlarging. */
  readonly level?: number | undefined
}

export type Resampling = 'exact' | 'tiatoolbox'

/**
 * `exact`: libjpeg's own bytes, by the system's library or in WebAssembly. `fast`: a picture that is shrunk by two or more is decoded smaller where
 * no level of the slide is near; others by native code, within 4 grey levels.
 */
export type DecodeSpeed = 'exact' | 'fast'

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** `exact`: area down, cubic up. `tiatoolbox`: the other way round, from levels as OpenSlide moves them. Default `exact`. */
  readonly resampling?: Resampling | undefined
  /** How JPEG is decoded, where the format leaves a choice. Default `exact`. */
  readonly decode?: DecodeSpeed | undefined
  /** The bottom edge (baseline pixels) of what is being read now: tiles that reach below it are worth keeping. */
  readonly keepBelow?: number | undefined
}

/** Counts kept by an open slide. "Touched" are distinct compressed tiles that a request needed; "decoded" counts every decode. */
export interface ReadCounts {
  readonly tilesTouched: number
  readonly tilesDecoded: number
  readonly bytesRead: number
  /** Pixels decoded, and milliseconds spent fetching, decoding and resampling. */
  readonly pixelsDecoded: number
  readonly fetchMs: number
  readonly decodeMs: number
  readonly resampleMs: number
}

/** An opened slide: `info`, and RGB bytes of any region. A stage never knows in which thread it runs. */
export interface Slide {
  readonly ref: SlideRef
  readonly info: SlideInfo
  readonly identity: SlideIdentity
  /** Whether `decode: fast` makes a difference to its pixels. */
  readonly decodesFast?: boolean
  /**
   * Reads several pictures at once, so that each compressed tile is decoded once. Picture i is written to `out[i]`
   * (height × width × 3 bytes). Answers one entry per request: null when read, else the SlideError of that picture
   * (`TILE_UNDECODABLE`); then `out[i]` is undefined. Throws a SlideError when the slide as a whole cannot be read.
   */
  read(requests: readonly ReadRequest[], out: readonly Uint8Array[], options?: ReadOptions): Promise<readonly (Error | null)[]>
  /**
   * Says what will be read next, with the same options: a slide that lies far away fetches it meanwhile. Answers at once, and tells of nothing
   * that goes wrong. Absent: there is nothing to be won.
   */
  ahead?(requests: readonly ReadRequest[], options?: ReadOptions): void
  /** Rows of a level from `y` on that are white for sure, because the file leaves all their tiles out; 0 when it does not say so. */
  blankRows?(level: number, y: number): number | Promise<number>
  /** An associated picture as RGB bytes; throws `SLIDE_NO_PICTURE`. */
  associated(name: string): Promise<Size & { readonly data: Uint8Array }>
  counts(): ReadCounts
  /** The tiles counted as touched, one bit a tile (bit i & 7 of byte i >> 3) for each level: two threads' tiles can be counted as one set. */
  touched?(): readonly Uint8Array[]
  close(): Promise<void>
}
