/** Finds restart intervals by their markers, from the first on, as far as they are asked for. What is found is kept. */

import type { ByteSource, Extent } from '../byte-source.js'
import { readForTile } from '../source-failed.js'
import { Starts } from './starts.js'

/** The JPEG of a level whose restart intervals are wanted. */
export interface Scan {
  readonly source: ByteSource
  /** The whole JPEG. */
  readonly strip: Extent
  /** Bytes of its header. */
  readonly header: number
  readonly total: number
  /** What an interval of its size may have of bytes. */
  readonly longest: number
}

/** Read at once: 1 MiB. */
const CHUNK = 2 ** 20
const RESTART = 0xd0
const END = 0xd9

export class MarkerSearch {
  readonly #scan: Scan
  #starts: Starts | undefined
  /** How far it has come. */
  #at: number
  #ended = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(scan: Scan) {
    this.#scan = scan
    this.#at = scan.header
  }

  /** The starts found so far, with that of this interval; null when it is not there, or markers before it are missing or out of order. */
  until(interval: number): Promise<Starts | null> {
    const turn = this.#last.then(() => this.#until(interval))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #until(interval: number): Promise<Starts | null> {
    const { header, total } = this.#scan
    if (this.#starts === undefined) {
      this.#starts = new Starts(total)
      this.#starts.push(header)
    }
    while (this.#starts.length <= interval && !this.#ended) await this.#more(this.#starts)
    return this.#starts.length > interval ? this.#starts : null
  }

  async #more(starts: Starts): Promise<void> {
    const { source, strip, total, longest } = this.#scan
    const length = Math.min(CHUNK, strip.length - this.#at)
    if (length < 2) {
      this.#ended = true
      return
    }
    const bytes = await readForTile(source, strip.offset + this.#at, length)
    for (let i = bytes.indexOf(0xff); i >= 0 && i + 1 < length; i = bytes.indexOf(0xff, i + 1)) {
      const marker = bytes[i + 1]!
      if (marker === END) this.#ended = true
      else if (marker >= RESTART && marker < RESTART + 8) {
        const start = this.#at + i + 2
        // Of a marker out of turn nobody can say how many are missing: what follows might be shown in a wrong place.
        if (marker === RESTART + ((starts.length - 1) & 7) && start <= starts.at(starts.length - 1) + longest) starts.push(start)
        else this.#ended = true
      }
      if (starts.length === total) this.#ended = true
      if (this.#ended) return
    }
    // The last byte may be the first of a marker.
    this.#at += length - 1
  }
}
