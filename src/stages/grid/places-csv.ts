/** Places in a CSV list: the first line names the columns, among them those of the corner, and if wanted of the size. */

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

export function placesInCsv(text: string): Places {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const first = lines[0]!
  if (first.trim() === '') throw new RangeError('it is empty, or its first line is')
  const separator = [';', '\t', ','].find((one) => first.includes(one)) ?? ','
  const fieldsOf = (line: string) => (line.includes('"') ? quoted(line, separator) : line.split(separator).map((field) => field.trim()))
  const header = fieldsOf(first).map((name) => name.toLowerCase())
  const found = names.find(([x, y]) => header.includes(x) && header.includes(y))
  if (found === undefined) throw new RangeError(`its columns are ${header.slice(0, 8).join(', ')}, and none are x and y of a corner`)
  const [atX, atY, atWidth, atHeight] = found.map((name) => header.indexOf(name)) as [number, number, number, number]
  const atSlide = header.findIndex((name) => ofSlides.includes(name))
  const count = lines.length - 1
  const [x, y] = [new Float64Array(count), new Float64Array(count)]
  let size: { width: number; height: number } | undefined
  let slide: string | undefined
  let rows = 0
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === '') continue
    const fields = fieldsOf(lines[i]!)
    const number = (at: number) => {
      const value = fields[at] === undefined || fields[at] === '' ? Number.NaN : Number(fields[at])
      if (!Number.isFinite(value)) throw new RangeError(`line ${i + 1} has '${fields[at] ?? ''}' for ${header[at]}, which is no number`)
      return value
    }
    x[rows] = number(atX)
    y[rows] = number(atY)
    if (atWidth >= 0 && atHeight >= 0) {
      const own = { width: number(atWidth), height: number(atHeight) }
      if (size !== undefined && Math.abs(own.width - size.width) + Math.abs(own.height - size.height) > 2)
        throw new RangeError(
          `line ${i + 1} is a patch of ${own.width} x ${own.height}, and the first one of ${size.width} x ${size.height}`,
        )
      size ??= own
    }
    slide ??= fields[atSlide]
    if (fields[atSlide] !== slide)
      throw new RangeError(`it holds places of several slides (${slide}, ${fields[atSlide]}): make one list a slide`)
    rows++
  }
  if (rows > mostPlaces) throw new RangeError(`it has ${rows} places, and ${mostPlaces} are read`)
  return { x: x.subarray(0, rows), y: y.subarray(0, rows), ...(size === undefined ? {} : { size }) }
}

function quoted(line: string, separator: string): string[] {
  const fields: string[] = []
  const one = new RegExp(`\\s*(?:"((?:[^"]|"")*)"|([^${separator}"]*))\\s*(?:${separator}|$)`, 'y')
  while (one.lastIndex < line.length) {
    const found = one.exec(line)
    if (found === null) throw new RangeError(`a line has an open quote: ${line.slice(0, 80)}`)
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2]!.trim())
  }
  return fields
}
