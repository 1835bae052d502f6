/** An opened slide: facts, and a reader. One read at a time, so that reads of the same tiles decode them once. */

import { isObject } from '../core/argument.js'
import { PipelineError, SlideError } from '../core/errors.js'
import type { DecodeSpeed, ReadCounts, ReadOptions, ReadRequest, Slide, SlideIdentity, SlideInfo, SlideRef } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import type { ByteSource } from './byte-source.js'
import type { Known } from './files/known.js'
import { PictureReader, type ReaderOptions } from './picture-reader.js'
import { withSmaller } from './smaller.js'
import type { TileStore } from './store.js'

/** What a format makes of a file. */
export interface Opened {
  readonly info: SlideInfo
  readonly store: TileStore
  /** The same tiles by a decoder that is faster and less exact; absent where there is none. */
  readonly faster?: () => Promise<TileStore>
  /** The bytes of its tiles; null when the store reads files itself. Closed with the slide. */
  readonly source: ByteSource | null
  /** What else is to be closed with the slide. */
  readonly close?: () => void
  /** Pictures beside the pyramid, each a store of one level. */
  readonly pictures: Readonly<Record<string, () => Promise<TileStore>>>
}

/** A program in JavaScript has no compiler that says so. */
function mustBeLists(uri: string, requests: unknown, out: unknown): void {
  if (Array.isArray(requests) && Array.isArray(out) && requests.every((request) => isObject(request?.region))) return
  throw new PipelineError('OPTION_INVALID', `read of ${uri} takes a list of pictures, and a list of bytes to put them into`, {
    hint: 'write slide.read([{ region: { x, y, width, height }, width, height }], [new Uint8Array(width * height * 3)])',
  })
}

export class OpenedSlide implements Slide {
  readonly ref: SlideRef
  readonly info: SlideInfo
  readonly identity: SlideIdentity
  /** For the other threads that will open it; null when there is nothing to spare them. */
  readonly known: Known | null
  readonly decodesFast: boolean
  readonly #exact: PictureReader
  /** Made when it is first asked for: it has a cache of its own. */
  #fast: PictureReader | undefined
  /** Who reads and who tells ahead may ask for it at once. */
  #making: Promise<PictureReader> | undefined
  /** Of a slide that lies far away. */
  readonly ahead?: NonNullable<Slide['ahead']>
  readonly #opened: Opened
  readonly #options: ReaderOptions
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(ref: SlideRef, identity: SlideIdentity, opened: Opened, options: ReaderOptions, known: Known | null = null) {
    this.ref = ref
    this.info = opened.info
    this.identity = identity
    this.known = known
    this.#opened = opened
    this.#options = options
    this.decodesFast = opened.faster !== undefined && opened.info.compression === 'jpeg'
    this.#exact = new PictureReader(opened.store, opened.source, options)
    if (opened.source?.reading?.ahead || opened.store.far) {
      this.ahead = (requests, { decode, resampling } = {}) => {
        if (this.#closed) return
        // What goes wrong is told to who reads.
        void this.#readerFor(decode)
          .then((reader) => (this.#closed ? undefined : reader.ahead(requests, resampling)))
          .catch(() => undefined)
      }
    }
  }

  read(requests: readonly ReadRequest[], out: readonly Uint8Array[], options: ReadOptions = {}): Promise<readonly (Error | null)[]> {
    return this.#inTurn(async () => {
      mustBeLists(this.info.uri, requests, out)
      options.signal?.throwIfAborted()
      const reader = await this.#readerFor(options.decode)
      return reader.read(requests, out, options)
    })
  }

  async #readerFor(decode: DecodeSpeed = 'exact'): Promise<PictureReader> {
    const { faster, source } = this.#opened
    if (decode === 'exact' || faster === undefined) return this.#exact
    this.#making ??= faster().then((store) => {
      this.#fast = new PictureReader(withSmaller(store), source, this.#options)
      return this.#fast
    })
    return this.#making
  }

  get #readers(): readonly PictureReader[] {
    return this.#fast === undefined ? [this.#exact] : [this.#exact, this.#fast]
  }

  blankRows(level: number, y: number): Promise<number> {
    return this.#exact.blankRows(level, y)
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
    return this.#readers.map((reader) => reader.counts()).reduce(added)
  }

  touched(): readonly Uint8Array[] {
    return this.#readers.map((reader) => reader.touched()).reduce((all, more) => all.map((bits, level) => either(bits, more[level]!)))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#last.catch(() => {})
    for (const reader of this.#readers) reader.close()
    this.#opened.close?.()
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

/** Of a level that was never used there are no bits. */
function either(a: Uint8Array, b: Uint8Array): Uint8Array {
  const [long, short] = a.length < b.length ? [b, a] : [a, b]
  return long.map((byte, i) => byte | (short[i] ?? 0))
}

const added = (a: ReadCounts, b: ReadCounts): ReadCounts =>
  Object.fromEntries(Object.entries(a).map(([name, count]) => [name, count + b[name as keyof ReadCounts]])) as unknown as ReadCounts
