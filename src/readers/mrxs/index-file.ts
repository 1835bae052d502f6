/**
 * The index: where the images of each level and the other records lie. All numbers are int32, little endian.
 *
 *     "01.02"  SLIDE_ID  hierarchical root  other root
 *     hierarchical root → one pointer a level → 0, pointer → page: count, next page (0: none), count × (image, offset, length, file)
 *     other root → one pointer a record → 0, pointer → count, next, 0, 0, offset, length, file
 */

import { viewOf } from '../../core/bytes-of.js'
import { SlideError } from '../../core/errors.js'

/** Bytes of a data file. */
export interface Record {
  readonly file: number
  readonly offset: number
  readonly length: number
}

/** The images of a level, each once, by their number (row by row of all images of full resolution, of its upper left one). */
export interface ImageRecords {
  /** Ascending. */
  readonly image: Int32Array
  readonly offset: Int32Array
  readonly length: Int32Array
  readonly file: Int32Array
  /** Images that are named again, at another place. */
  readonly twice: number
}

const VERSION = '01.02'
const RECORD = 16

export class IndexFile {
  readonly #view: DataView
  readonly #uri: string
  readonly #files: number
  readonly #roots: number

  /** `files`: how many data files there are. Throws SLIDE_MALFORMED when it is the index of another slide. */
  constructor(bytes: Uint8Array, uri: string, id: string, files: number) {
    this.#view = viewOf(bytes)
    this.#uri = uri
    this.#files = files
    const head = Buffer.from(VERSION + id)
    this.#roots = head.length
    if (!head.equals(bytes.subarray(0, head.length))) {
      const version = Buffer.from(bytes.subarray(0, VERSION.length)).toString('latin1')
      throw this.#malformed(version === VERSION ? `is not the index of the slide ${id}` : `is no index of version ${VERSION}`)
    }
  }

  /** `across`, `down`: images of full resolution. Of an image that is named twice the last place counts. */
  images(level: number, across: number, down: number, concat: number): ImageRecords {
    const found: number[] = []
    const seen = new Set<number>()
    let page = this.#page(this.#int(this.#int(this.#roots) + 4 * level))
    do {
      if (seen.has(page)) throw this.#malformed(`has a loop in the pages of level ${level}`)
      seen.add(page)
      const count = this.#int(page)
      if (count < 0 || page + 8 + count * RECORD > this.#view.byteLength)
        throw this.#malformed(`has a page of ${count} images at byte ${page}, for which it is too short`)
      for (let i = 0; i < count; i++) {
        const at = page + 8 + i * RECORD
        const image = this.#int(at)
        const [x, y] = [image % across, Math.floor(image / across)]
        if (image < 0 || y >= down || x % concat !== 0 || y % concat !== 0)
          throw this.#malformed(`has an image ${image} in level ${level}, which is none of ${across} x ${down} by steps of ${concat}`)
        found.push(at)
      }
      page = this.#int(page + 4)
    } while (page !== 0)
    return this.#sorted(found)
  }

  /** Throws SLIDE_MALFORMED when it is not there. */
  record(number: number): Record {
    const page = this.#page(this.#int(this.#int(this.#roots + 4) + 4 * number))
    if (this.#int(page) < 1 || this.#int(page + 8) !== 0 || this.#int(page + 12) !== 0)
      throw this.#malformed(`has no record ${number} where it says so (byte ${page})`)
    return this.#place(page + 16)
  }

  /** The pointer at a place leads to 0 and the place of the first page. */
  #page(at: number): number {
    if (this.#int(at) !== 0) throw this.#malformed(`does not lead to a page at byte ${at}`)
    return this.#int(at + 4)
  }

  #int(at: number): number {
    if (at < 0 || at + 4 > this.#view.byteLength) throw this.#malformed(`leads to byte ${at}, and has ${this.#view.byteLength}`)
    return this.#view.getInt32(at, true)
  }

  /** Offset, length, file. */
  #place(at: number): Record {
    const [offset, length, file] = [this.#int(at), this.#int(at + 4), this.#int(at + 8)]
    if (offset < 0 || length < 0 || file < 0 || file >= this.#files)
      throw this.#malformed(`says of something that it has ${length} bytes at byte ${offset} of data file ${file} of ${this.#files}`)
    return { offset, length, file }
  }

  #sorted(found: readonly number[]): ImageRecords {
    // An image's number has 31 bits, its turn 22: both fit into one exact number, whose order is that of both.
    const turns = found.length
    const keys = Float64Array.from(found, (at, turn) => this.#int(at) * turns + turn).sort()
    const image = (key: number) => Math.floor(key / turns)
    const last = keys.filter((key, i) => i + 1 === keys.length || image(key) !== image(keys[i + 1]!))
    const offsetOf = (key: number) => this.#int(found[key - image(key) * turns]! + 4)
    const isOther = (key: number, i: number) => i > 0 && image(key) === image(keys[i - 1]!) && offsetOf(key) !== offsetOf(keys[i - 1]!)
    const records = {
      twice: keys.filter(isOther).length,
      image: Int32Array.from(last, image),
      offset: new Int32Array(last.length),
      length: new Int32Array(last.length),
      file: new Int32Array(last.length),
    }
    for (const [i, key] of last.entries()) {
      const { offset, length, file } = this.#place(found[key - records.image[i]! * turns]! + 4)
      records.offset[i] = offset
      records.length[i] = length
      records.file[i] = file
    }
    return records
  }

  #malformed(fact: string): SlideError {
    return new SlideError('SLIDE_MALFORMED', `${this.#uri} ${fact}`, { hint: 'copy the slide again, all of its files' })
  }
}
