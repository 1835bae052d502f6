/** Thrown by `decode` of a store that fetches the bytes of its tiles itself: not the tile is at fault but where the slide lies, and so no other tile can be had. */

import type { SlideError } from '../core/errors.js'

export class SourceFailed extends Error {
  constructor(readonly error: SlideError) {
    super(error.message, { cause: error })
  }
}
