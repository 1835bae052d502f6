/** What a table of places says in its columns, in CSV and Parquet alike: the corner (or the middle) of each patch, its size, and its slide. */

import { isDecimal } from '../../core/text/is-decimal.js'
import { mostPlaces, type Places } from '../../geometry/placed.js'
import { ofFiles, ofSlides } from '../../geometry/slide-columns.js'

interface Meaning {
  readonly names: readonly [x: string, y: string]
  readonly size?: readonly [width: string, height: string]
  /** The lower right corner, which says the size, too. */
  readonly far?: readonly [right: string, bottom: string]
  /** The corner at the resolution of a run of ours. */
  readonly own?: readonly [x: string, y: string]
  readonly centred?: true
}

const size = ['width', 'height'] as const

/** The first whose names are there. Our own x0 and y0 are not of baseline pixels, and no corner by themselves. */
const meanings: readonly Meaning[] = [
  { names: ['base_x', 'base_y'], size: ['base_w', 'base_h'], own: ['x0', 'y0'] },
  { names: ['minx', 'miny'], size, far: ['maxx', 'maxy'] },
  { names: ['x', 'y'], size },
  { names: ['x', 'y'], size: ['w', 'h'] },
  { names: ['x_min', 'y_min'], size, far: ['x_max', 'y_max'] },
  { names: ['xmin', 'ymin'], size, far: ['xmax', 'ymax'] },
  { names: ['left', 'top'], size, far: ['right', 'bottom'] },
  // slideflow's.
  { names: ['loc_x', 'loc_y'], centred: true },
  { names: ['center_x', 'center_y'], size, centred: true },
  { names: ['x_center', 'y_center'], size, centred: true },
]

/** Columns that say from which level of the slide a patch is read. */
const ofLevels = ['level', 'patch_level', 'read_level']

const has = (header: readonly string[], pair: readonly string[] | undefined): boolean =>
  pair?.every((name) => header.includes(name)) ?? false

/** What columns of a corner or a middle are called. */
export const placeNames: readonly string[] = meanings.map(({ names: [x] }) => x)

/** Whether columns are of a corner or a middle. */
export const sayPlaces = (names: readonly string[]): boolean => {
  const header = names.map((name) => name.toLowerCase())
  return meanings.some(({ names }) => has(header, names))
}

export class PlaceTable {
  #x = new Float64Array(1024)
  #y = new Float64Array(1024)
  readonly #own: { readonly x: number[]; readonly y: number[] } = { x: [], y: [] }
  readonly #at: Readonly<Record<'x' | 'y' | 'width' | 'height' | 'right' | 'bottom' | 'ownX' | 'ownY', number>>
  readonly #centred: boolean
  readonly #header: readonly string[]
  readonly #atSlide: number
  readonly #mayBePictures: boolean
  readonly #atLevel: number
  #level: number | undefined
  readonly #slides = new Set<string>()
  #size: { width: number; height: number } | undefined
  #rows = 0

  /** Throws RangeError where no columns are of a corner. */
  constructor(names: readonly string[]) {
    const header = names.map((name) => name.toLowerCase())
    const known = meanings.filter(({ names }) => has(header, names))
    const meaning = known.find(({ size, far }) => has(header, size) || has(header, far)) ?? known[0]
    if (meaning === undefined) throw new RangeError(`its columns are ${header.slice(0, 8).join(', ')}, and none are x and y of a corner`)
    const at = (name: string | undefined) => {
      const found = name === undefined ? -1 : header.indexOf(name)
      if (found !== header.lastIndexOf(name ?? '') && found >= 0)
        throw new RangeError(`it has the column ${name} twice (${names[found]}, ${names[header.lastIndexOf(name!)]}): rename one of them`)
      return found
    }
    const [width, height] = has(header, meaning.size) ? meaning.size! : []
    const [right, bottom] = has(header, meaning.far) ? meaning.far! : []
    const [ownX, ownY] = has(header, meaning.own) ? meaning.own! : []
    this.#at = {
      x: at(meaning.names[0]),
      y: at(meaning.names[1]),
      width: at(width),
      height: at(height),
      right: at(right),
      bottom: at(bottom),
      ownX: at(ownX),
      ownY: at(ownY),
    }
    this.#centred = meaning.centred ?? false
    this.#header = header
    const slide = header.findIndex((name) => ofSlides.includes(name))
    this.#mayBePictures = slide < 0
    this.#atLevel = header.findIndex((name) => ofLevels.includes(name))
    this.#atSlide = slide < 0 ? header.findIndex((name) => ofFiles.includes(name)) : slide
  }

  /** The columns that are asked for. */
  get columns(): readonly number[] {
    return [...Object.values(this.#at), this.#atSlide, this.#atLevel].filter((at) => at >= 0)
  }

  /** `named`: as people find the row. Throws RangeError. */
  add(valueAt: (column: number) => unknown, named: string): void {
    const number = (at: number) => {
      const value = valueAt(at)
      const found = typeof value === 'string' ? (isDecimal(value.trim()) ? Number(value) : Number.NaN) : numberOf(value)
      if (!Number.isFinite(found)) throw new RangeError(`${named} has '${String(value ?? '')}' for ${this.#header[at]}, which is no number`)
      return found
    }
    const [x, y] = [number(this.#at.x), number(this.#at.y)]
    if (this.#rows === this.#x.length) this.#grow()
    this.#x[this.#rows] = x
    this.#y[this.#rows] = y
    const { width, height, right, bottom, ownX, ownY } = this.#at
    if (ownX >= 0) {
      this.#own.x.push(Number(valueAt(ownX)))
      this.#own.y.push(Number(valueAt(ownY)))
    }
    if (width >= 0) this.#sized({ width: number(width), height: number(height) }, named)
    else if (right >= 0) this.#sized({ width: number(right) - x, height: number(bottom) - y }, named)
    if (this.#atSlide >= 0) this.#slides.add(String(valueAt(this.#atSlide) ?? ''))
    if (this.#atLevel >= 0) this.#level ??= Number(valueAt(this.#atLevel)) || undefined
    this.#rows++
    if (this.#slides.size < 2 || (this.#mayBePictures && this.#slides.size === this.#rows)) return
    const [first, second] = this.#slides
    throw new RangeError(`it holds places of several slides (${first}, ${second}): make one list a slide`)
  }

  places(): Places {
    const [slide] = this.#slides
    return {
      x: this.#x.slice(0, this.#rows),
      y: this.#y.slice(0, this.#rows),
      ...(this.#at.ownX < 0 ? {} : { own: { x: Float64Array.from(this.#own.x), y: Float64Array.from(this.#own.y) } }),
      ...(this.#centred ? { centred: true } : {}),
      ...(this.#size === undefined ? {} : { size: this.#size }),
      ...(this.#level === undefined ? {} : { level: this.#level }),
      ...(slide === undefined || slide === '' || this.#mayBePictures ? {} : { of: slide }),
    }
  }

  #grow(): void {
    const length = this.#rows * 2
    if (this.#rows >= mostPlaces) throw new RangeError(`it has more than ${mostPlaces} places, and no more are read`)
    const longer = (numbers: Float64Array) => {
      const grown = new Float64Array(length)
      grown.set(numbers)
      return grown
    }
    this.#x = longer(this.#x)
    this.#y = longer(this.#y)
  }

  #sized(own: { readonly width: number; readonly height: number }, named: string): void {
    this.#size ??= own
    const { width, height } = this.#size
    if (Math.abs(own.width - width) + Math.abs(own.height - height) > 2)
      throw new RangeError(`${named} is a patch of ${own.width} x ${own.height}, and the first one of ${width} x ${height}`)
  }
}

const numberOf = (value: unknown): number => (typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN)
