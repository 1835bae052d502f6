/** Where slides lie, on a disk or in an object store: a file opened, a folder listed, a name beside another. One implementation a scheme. */

import { SlideError } from '../../core/errors.js'
import type { ByteSource, KnownFile } from '../byte-source.js'

/** A file or a folder in a folder. */
export interface Listed {
  /** Its own name, without a folder. */
  readonly name: string
  readonly uri: string
  readonly isFolder: boolean
  /** Of a file, where the listing says it; bytes. */
  readonly size?: number
}

export interface Files {
  /** `known`: by another thread, which spares the first look at it. Throws SlideError: SLIDE_MISSING, SLIDE_FORBIDDEN, SLIDE_UNREADABLE. */
  open(uri: string, signal?: AbortSignal, known?: KnownFile): Promise<ByteSource>
  /**
   * What lies in a folder, in the order of the names; null for what is a file, or may be one: then opening it tells. Throws SlideError, also
   * when more than `most` things lie there.
   */
  list(uri: string, most: number, signal?: AbortSignal): Promise<readonly Listed[] | null>
  /** The uri of a file below the folder in which `uri` lies; `path`: names with `/` between them. Looks at nothing. */
  beside(uri: string, path: string): string
  /** The same below a folder. */
  below(folder: string, path: string): string
}

export const isMissing = (error: unknown): boolean => error instanceof SlideError && error.code === 'SLIDE_MISSING'

/** Null where no file lies there. */
export async function openIfThere(uri: string, files: Pick<Files, 'open'>): Promise<ByteSource | null> {
  try {
    return await files.open(uri)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
