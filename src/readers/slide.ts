/** An opened slide: facts, and a reader. One read at a time, so that reads of the same tiles decode them once. */

import { SlideError } from '../core/errors.js'
import type { ReadCounts, ReadOptions, ReadRequest, Slide, SlideIdentity, SlideInfo, SlideRef } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import type { ByteSource } from './byte-source.js'
import { PictureReader, type ReaderOptions } from './picture-reader.js'
import { blankRows, type TileStore } from './store.js'

/** What a format makes of a file. */
export interface Opened {
  readonly info: SlideInfo
  readonly store: TileStore
  /** The bytes of its tiles; null when the store reads files itself. Closed with the slide. */
  readonly source: ByteSource | null
  /** Pictures beside the pyramid, each a store of one level. */
  readonly pictures: Readonly<Record<string, () => Promise<TileStore>>>
}

export class OpenedSlide implements Slide {
  readonly ref: SlideRef
  readonly info: SlideInfo
  readonly identity: SlideIdentity
  readonly #reader: PictureReader
  readonly #opened: Opened
  readonly #options: ReaderOptions
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(ref: SlideRef, identity: SlideIdentity, opened: Opened, options: ReaderOptions) {
    this.ref = ref
    this.info = opened.info
    this.identity = identity
    this.#opened = opened
    this.#options = options
    this.#reader = new PictureReader(opened.store, opened.source, options)
  }

  read(requests: readonly ReadRequest[], out: readonly Uint8Array[], options: ReadOptions = {}): Promise<readonly (Error | null)[]> {
    return this.#inTurn(() => {
      options.signal?.throwIfAborted()
      return this.#reader.read(requests, out, options)
    })
  }

  blankRows(level: number, y: number): number {
    return blankRows(this.#opened.store, level, y)
  }

  associated(name: string): Promise<Size & { readonly data: Uint8Array }> {
    return this.#inTurn(() => this.#picture(name))
  }

  async #picture(name: string): Promise<Size & { readonly data: Uint8Array }> {
    const open = Object.hasOwn(this.#opened.pictures, name) ? this.#opened.pictures[name] : undefined
    if (open === undefined) {
      const has = this.info.associated.length === 0 ? 'none' : this.info.associated.join(', ')
      throw new SlideError('SLIDE_NO_PICTURE', `${this.info.uri} has no picture '${name}' (it has: ${has})`)
    }
    const store = await open()
    const { width, height } = store.levels[0]!
    const { picturePixels } = this.#options.limits
    if (width * height > picturePixels) {
      throw new SlideError('SLIDE_TOO_LARGE', `${this.info.uri}: its ${name} is ${width} x ${height} pixels, more than ${picturePixels}`)
    }
    const data = new Uint8Array(width * height * 3)
    // Every tile is used once: nothing is worth keeping.
    const reader = new PictureReader(store, this.#opened.source, { ...this.#options, cacheBytes: 0 })
    const [error] = await reader.read([{ region: { x: 0, y: 0, width, height }, width, height }], [data], {})
    reader.close()
    if (error) throw error
    return { width, height, data }
  }

  counts(): ReadCounts {
    return this.#reader.counts()
  }

  touched(): readonly Uint8Array[] {
    return this.#reader.touched()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#last.catch(() => {})
    this.#reader.close()
    await this.#opened.source?.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new SlideError('SLIDE_CLOSED', `${this.info.uri} has been closed`))
    const turn = this.#last.then(work, work)
    this.#last = turn
    turn.catch(() => {})
    return turn
  }
}
