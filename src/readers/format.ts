/** What a reader of a format is given and what it is: found by the first bytes of a file, or by what lies in a folder; loaded only when used. */

import type { SlideRef } from '../core/slide.js'
import type { ByteSource } from './byte-source.js'
import type { Listed } from './files/files.js'
import type { SlideFiles } from './files/of-slide.js'
import type { Limits } from './limits.js'
import type { Opened } from './slide.js'

export interface OpenContext {
  readonly ref: SlideRef
  readonly limits: Limits
  /** Files and folders beside the slide. */
  readonly files: SlideFiles
  /** The slide was opened before, by another thread, which told what is odd about it: what is not needed to open it may wait. */
  readonly again?: boolean
  readonly signal?: AbortSignal
}

/** A file while a slide, or a mask, is opened from it. */
export interface Opening {
  readonly source: ByteSource
  readonly limits: Limits
  /** Takes what is odd about it. */
  readonly warnings: string[]
  readonly signal?: AbortSignal | undefined
}

export interface Reader {
  readonly name: string
  /** By the first 256 bytes of a file (or all, of a smaller one), and where those do not tell, by its name. */
  readonly is: (head: Uint8Array, uri: string) => boolean
  /** A folder is such a slide, by what lies in it; absent: none is. */
  readonly isFolder?: (inside: readonly Listed[], uri: string) => boolean
  /** A folder is such a slide, by the first bytes of a file in it: asked where no reader knows it by names. Absent: none is. */
  readonly isFolderOf?: (head: Uint8Array) => boolean
  /** An address is such a folder where nobody can list folders (a web server), by its name. `isFolder` is not asked, and nothing is known to lie in it. */
  readonly isUnlisted?: (uri: string) => boolean
  readonly load: () => Promise<ReaderCode>
  /**
   * All files that such a slide is made of: for who it is. They are what the slide follows from, whether or not each is opened; a file that
   * is not there may be among them. `place`: the opened file, or what lies in the folder. Absent: it is the one file, or those that lie in the folder itself.
   */
  readonly parts?: (place: ByteSource | readonly Listed[], context: OpenContext) => Promise<readonly string[]>
}

/** What does the work of a reader. */
export interface ReaderCode {
  readonly open: (source: ByteSource, context: OpenContext) => Promise<Opened>
  /** For folders, where `isFolder` or `isFolderOf` knows some. */
  readonly openFolder?: (inside: readonly Listed[], context: OpenContext) => Promise<Opened>
}

/** True when the bytes begin (at `at`) with these: numbers, or the characters of a word. */
export function begins(bytes: Uint8Array, magic: string | readonly number[], at = 0): boolean {
  for (let i = 0; i < magic.length; i++) {
    const wanted = magic[i]!
    if (bytes[at + i] !== (typeof wanted === 'number' ? wanted : wanted.charCodeAt(0))) return false
  }
  return true
}

/** `II` or `MM`, then 42 (classic) or 43 (BigTIFF) in that byte order. */
export const isTiff = (head: Uint8Array): boolean =>
  [42, 43].some((n) => begins(head, [0x49, 0x49, n, 0]) || begins(head, [0x4d, 0x4d, 0, n]))
/** `DICM` after 128 bytes of anything: a TIFF's header, at times. */
export const isDicom = (head: Uint8Array): boolean => begins(head, 'DICM', 128)
export const isPng = (head: Uint8Array): boolean => begins(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
export const isJpeg = (head: Uint8Array): boolean => begins(head, [0xff, 0xd8, 0xff])
export const isWebp = (head: Uint8Array): boolean => begins(head, 'RIFF') && begins(head, 'WEBP', 8)
/** The boxes of a JP2 file, or the codestream alone. */
export const isJpeg2000 = (head: Uint8Array): boolean =>
  begins(head, [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]) || begins(head, [0xff, 0x4f, 0xff, 0x51])
