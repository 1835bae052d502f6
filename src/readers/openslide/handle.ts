/**
 * A slide that OpenSlide has open. After its first error it gives nothing but zeros, which look like glass: so the error is asked for after every
 * call, and a slide that had one is closed, and opened again when it is needed next.
 */

import { CodecError } from '../../codecs/types.js'
import type { OpenSlideLibrary } from './library.js'

/** Ours keeps the tiles; its own holds what is decoded for the next one. */
export const keptBytes = 16 * 2 ** 20

export class OpenSlideHandle {
  readonly #library: OpenSlideLibrary
  readonly #path: string
  #slide: unknown = null
  #closed = false

  constructor(library: OpenSlideLibrary, path: string) {
    this.#library = library
    this.#path = path
  }

  /** Calls the library with the slide. Throws a CodecError with what it says is wrong. */
  ask<T>(call: (library: OpenSlideLibrary, slide: unknown) => T): T {
    const library = this.#library
    if (this.#closed) throw new CodecError('the slide has been closed')
    const isNew = this.#slide === null
    this.#slide ??= library.open(this.#path)
    if (this.#slide === null) throw new CodecError('OpenSlide does not know the file any more')
    try {
      // A slide that could not be opened has its error, too.
      this.#refuseError()
      if (isNew) library.keep(this.#slide, keptBytes)
      const answer = call(library, this.#slide)
      this.#refuseError()
      return answer
    } catch (error) {
      this.#let()
      throw error
    }
  }

  close(): void {
    this.#closed = true
    this.#let()
  }

  #refuseError(): void {
    const error = this.#library.get_error(this.#slide)
    if (error !== null) throw new CodecError(`OpenSlide says: ${error.slice(0, 500)}`)
  }

  #let(): void {
    if (this.#slide !== null) this.#library.close(this.#slide)
    this.#slide = null
  }
}
