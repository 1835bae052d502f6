/** Thrown by `decode` of a store that fetches the bytes of its tiles itself: not the tile is at fault but where the slide lies, and so no other tile can be had. */

import { SlideError } from '../core/errors.js'
import type { ByteSource } from './byte-source.js'

export class SourceFailed extends Error {
  constructor(readonly error: SlideError) {
    super(error.message, { cause: error })
  }
}

/** Neither is a tile, or a picture of a set, at fault where its server does not answer, or this process may open no more files. */
const codes: readonly string[] = ['SLIDE_UNREACHABLE', 'SLIDE_CHANGED', 'TOO_MANY_FILES']

export const isOfTheSource = (error: unknown): error is SlideError => error instanceof SlideError && codes.includes(error.code)

/** Bytes that a tile turns out to need while it is decoded. Throws SourceFailed. */
export async function readForTile(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  try {
    return await source.read(offset, length)
  } catch (error) {
    throw error instanceof SlideError ? new SourceFailed(error) : error
  }
}
