/**
 * Annotations in XML as polygons, in baseline pixels, read tag by tag: they may have a million points.
 *
 *     ASAP         ASAP_Annotations > Annotation Name Type PartOfGroup > Coordinate Order X Y
 *     ImageScope   Annotations > Annotation Name > Region Type Text NegativeROA > Vertex X Y
 *     HALO         the same, with types in words and V for Vertex
 */

import { addPolygons, type Classes, type Drawing, type Drawn, emptyDrawing, extentOf } from '../../geometry/polygons.js'
import { attributesOf, tagEnd } from '../tiff/xml.js'

type Point = readonly [number, number]
type Attributes = ReadonlyMap<string, string>

/** ImageScope numbers its shapes, HALO and ASAP name them. Others (arrows, rulers, pins, dots) have no area. */
const shapes: Readonly<Record<string, 'ring' | 'box' | 'ellipse'>> = {
  '0': 'ring',
  '1': 'box',
  '2': 'ellipse',
  polygon: 'ring',
  freehand: 'ring',
  spline: 'ring',
  rectangle: 'box',
  ellipse: 'ellipse',
}
const pointsOfEllipse = 256

/** A shape whose points are being read. */
interface Shape {
  readonly said: Attributes
  readonly name: string | undefined
  readonly points: Point[]
}

/** Throws RangeError with what is wrong. */
export function* drawingOfXml(xml: string, asked?: Classes): Generator<number, Drawn> {
  const drawn = emptyDrawing(asked)
  drawn.isWound = true
  let [isAsap, layer, shape]: [boolean | undefined, string | undefined, Shape | undefined] = [undefined, undefined, undefined]
  for (let at = xml.indexOf('<'); at >= 0; ) {
    const end = xml.startsWith('<!--', at) ? xml.indexOf('-->', at) + 2 : tagEnd(xml, at)
    if (end <= at) throw new RangeError('its XML is cut off')
    const head = xml.slice(at, end + 1)
    const name = /^<(\/?[\w.:-]+)/.exec(head)?.[1] ?? ''
    yield head.length
    if (isAsap === undefined && name !== '') {
      if (name !== 'ASAP_Annotations' && name !== 'Annotations') throw new RangeError(unknown(name))
      isAsap = name === 'ASAP_Annotations'
    } else if (name === 'Annotation') {
      const said = attributesOf(head)
      layer = said.get('Name') || undefined
      const group = said.get('PartOfGroup')
      if (isAsap && !head.endsWith('/>')) shape = { said, name: group === undefined || group === 'None' ? layer : group, points: [] }
    } else if (name === 'Region' && !head.endsWith('/>')) {
      const said = attributesOf(head)
      shape = { said, name: layer ?? (said.get('Text') || undefined), points: [] }
    } else if (name === 'Coordinate' || name === 'Vertex' || name === 'V') shape?.points.push(pointOf(attributesOf(head)))
    if ((name === '/Annotation' || name === '/Region') && shape !== undefined) {
      add(shape, drawn)
      shape = undefined
    }
    at = xml.indexOf('<', end)
  }
  if (shape !== undefined || isAsap === undefined) throw new RangeError('its XML is cut off')
  return drawn
}

function unknown(root: string): string {
  if (root === 'annotations')
    return "it is NDP.view's XML, in nm from the middle of the glass: bring its outlines to GeoJSON, in baseline pixels"
  return `it is XML (${root}), and no annotations of ASAP, ImageScope or HALO: bring its outlines to GeoJSON, in baseline pixels from the top left`
}

function pointOf(said: Attributes): Point {
  const [x, y] = [said.get('X'), said.get('Y')]
  const [left, top] = [Number(x), Number(y)]
  if (!x || !y || !Number.isFinite(left) || !Number.isFinite(top)) throw new RangeError(`["${x}","${y}"] is no point`)
  return [left, top]
}

function add({ said, name, points }: Shape, drawn: Drawing): void {
  const shape = shapes[said.get('Type')?.toLowerCase() ?? '0']
  if (shape === undefined || points.length === 0) drawn.flat++
  else
    addPolygons(
      [[shape === 'ring' || (shape === 'box' && points.length > 2) ? points : between(points, shape)]],
      name,
      drawn,
      said.get('NegativeROA') === '1',
    )
}

/** What lies between corners, one at least: a box, or the ellipse in it. */
function between(points: readonly Point[], shape: 'box' | 'ellipse'): Point[] {
  const [left, top, right, bottom] = extentOf([[points]])!
  if (shape === 'box') {
    return [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]
  }
  return Array.from({ length: pointsOfEllipse }, (_, i) => {
    const angle = (2 * Math.PI * i) / pointsOfEllipse
    return [(left + right + (right - left) * Math.cos(angle)) / 2, (top + bottom + (bottom - top) * Math.sin(angle)) / 2] as const
  })
}
