/** Places in a CSV list: the first line names the columns, among them those of the corner, and if wanted of the size. */

import { encodingOf } from '../../core/csv/encoding.js'
import { csvLines } from '../../core/csv/lines.js'
import { mostPlaces, type Places } from '../../geometry/placed.js'

/** Corners, and what the size beside them is called. Our own x0 and y0 are not of baseline pixels, and no corner. */
const names = [
  ['base_x', 'base_y', 'base_w', 'base_h'],
  ['minx', 'miny', 'width', 'height'],
  ['x', 'y', 'width', 'height'],
  ['x_min', 'y_min', 'width', 'height'],
  ['xmin', 'ymin', 'width', 'height'],
  ['left', 'top', 'width', 'height'],
] as const

/** Columns that say of which slide a place is. */
const ofSlides = ['slide', 'slide_id', 'image', 'filename', 'file', 'wsi', 'uri']

/** All of a list. Throws RangeError. */
export async function placesInCsv(bytes: Uint8Array): Promise<Places> {
  let places: PlaceList | undefined
  const corners = names.map(([x]) => x)
  await csvLines(textOf(bytes), corners, (fields, line) => {
    if (places === undefined) places = new PlaceList(fields)
    else places.take(fields, line)
  })
  if (places === undefined) throw new RangeError('it is empty')
  return places.all()
}

const pieceBytes = 2 ** 20

async function* textOf(bytes: Uint8Array): AsyncGenerator<string> {
  const encoding = encodingOf(bytes.subarray(0, 64))
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield decoder.decode(bytes.subarray(at, at + pieceBytes), { stream: true })
    yield decoder.decode()
  } catch {
    throw new RangeError(`it is no ${encoding.toUpperCase()} text: save it as CSV in UTF-8`)
  }
}

/** Grows with what is taken. */
class PlaceList {
  readonly #header: readonly string[]
  readonly #at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number; readonly slide: number }
  #x = new Float64Array(1024)
  #y = new Float64Array(1024)
  #count = 0
  #size: { width: number; height: number } | undefined
  #slide: string | undefined

  /** Of the names of the columns. */
  constructor(fields: readonly string[]) {
    this.#header = fields.map((name) => name.toLowerCase())
    const at = (name: string) => this.#header.indexOf(name)
    const found = names.find(([x, y]) => at(x) >= 0 && at(y) >= 0)
    if (found === undefined)
      throw new RangeError(`its columns are ${this.#header.slice(0, 8).join(', ')}, and none are x and y of a corner`)
    const [x, y, width, height] = found
    const slide = this.#header.findIndex((name) => ofSlides.includes(name))
    this.#at = { x: at(x), y: at(y), width: at(width), height: at(height), slide }
  }

  take(fields: readonly string[], line: number): void {
    const number = (at: number) => {
      const value = fields[at] === undefined || fields[at] === '' ? Number.NaN : Number(fields[at])
      if (!Number.isFinite(value))
        throw new RangeError(`line ${line} has '${fields[at] ?? ''}' for ${this.#header[at]}, which is no number`)
      return value
    }
    const { x, y, width, height, slide } = this.#at
    if (this.#count === this.#x.length) this.#grow()
    this.#x[this.#count] = number(x)
    this.#y[this.#count] = number(y)
    if (width >= 0 && height >= 0) this.#mustBeOfOneSize({ width: number(width), height: number(height) }, line)
    this.#slide ??= fields[slide]
    if (fields[slide] !== this.#slide)
      throw new RangeError(`it holds places of several slides (${this.#slide}, ${fields[slide]}): make one list a slide`)
    this.#count++
  }

  all(): Places {
    const [x, y] = [this.#x, this.#y].map((numbers) => numbers.slice(0, this.#count)) as [
      Float64Array<ArrayBuffer>,
      Float64Array<ArrayBuffer>,
    ]
    return { x, y, ...(this.#size === undefined ? {} : { size: this.#size }) }
  }

  #grow(): void {
    const length = this.#count * 2
    if (this.#count >= mostPlaces) throw new RangeError(`it has more than ${mostPlaces} places, and no more are read`)
    const longer = (numbers: Float64Array) => {
      const grown = new Float64Array(length)
      grown.set(numbers)
      return grown
    }
    this.#x = longer(this.#x)
    this.#y = longer(this.#y)
  }

  #mustBeOfOneSize(own: { readonly width: number; readonly height: number }, line: number): void {
    this.#size ??= own
    const size = this.#size
    if (Math.abs(own.width - size.width) + Math.abs(own.height - size.height) <= 2) return
    throw new RangeError(`line ${line} is a patch of ${own.width} x ${own.height}, and the first one of ${size.width} x ${size.height}`)
  }
}
