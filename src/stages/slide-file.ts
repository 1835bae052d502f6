/** A file of a slide that a stage reads: its mask, the places of its patches. */

import { isAddress, withoutSecrets } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { namesakeHint } from '../core/files/namesake.js'
import type { Slide } from '../core/slide.js'
import type { ByteSource } from '../readers/byte-source.js'
import { openUri } from '../readers/files/by-scheme.js'

/** How its errors are told. */
export interface SlideFile {
  readonly stage: string
  readonly missing: { readonly code: string; readonly why: string }
  readonly unreadable: { readonly code: string }
  readonly hint: string
}

/** `mask /in/a.png of /in/a.svs`: what sentences about it begin with. */
export const namedFile = (what: string, file: string, slide: Slide): string => `${what} ${withoutSecrets(file)} of ${slide.info.uri}`

export interface SlideFileAsked {
  readonly file: string
  readonly slide: Slide
  /** As `namedFile` has it. */
  readonly named: string
  readonly kind: SlideFile
  readonly signal: AbortSignal
}

/** Opens it for `work`, and closes it. Whatever goes wrong is of the slide: throws SlideError. */
export async function readSlideFile<T>(asked: SlideFileAsked, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const { file, slide, named, kind, signal } = asked
  const { stage, missing, unreadable, hint } = kind
  try {
    const source = await openUri(file, slide.ref.remote, signal)
    try {
      return await work(source)
    } finally {
      await source.close()
    }
  } catch (cause) {
    signal.throwIfAborted()
    const isMissing = cause instanceof SlideError && cause.code === 'SLIDE_MISSING'
    const why = isMissing ? missing.why : `cannot be used: ${(cause as Error).message}`
    const other = isMissing && !isAddress(file) ? await namesakeHint(file) : undefined
    throw new SlideError(isMissing ? missing.code : unreadable.code, `${named} ${why}`, {
      hint: other ?? hint,
      at: { slide: slide.ref.id, stage },
      cause,
    })
  }
}
