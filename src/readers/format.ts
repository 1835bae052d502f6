/** What a reader of a format is given and what it is: found by the first bytes of a file, loaded only when used. */

import type { SlideRef } from '../core/slide.js'
import type { ByteSource } from './byte-source.js'
import type { Limits } from './limits.js'
import type { Opened } from './slide.js'

export interface OpenContext {
  readonly ref: SlideRef
  readonly limits: Limits
  readonly signal?: AbortSignal
}

export interface Format {
  readonly name: string
  readonly is: (head: Uint8Array) => boolean
  readonly load: () => Promise<{ readonly open: (source: ByteSource, context: OpenContext) => Promise<Opened> }>
}

/** True when the bytes begin (at `at`) with these: numbers, or the characters of a word. */
export function begins(bytes: Uint8Array, magic: string | readonly number[], at = 0): boolean {
  for (let i = 0; i < magic.length; i++) {
    const wanted = magic[i]!
    if (bytes[at + i] !== (typeof wanted === 'number' ? wanted : wanted.charCodeAt(0))) return false
  }
  return true
}
