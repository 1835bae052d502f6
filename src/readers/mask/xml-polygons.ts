/**
 * Annotations in XML as polygons, in baseline pixels, read tag by tag: they may have a million points.
 *
 *     ASAP         ASAP_Annotations > Annotation Name Type PartOfGroup > Coordinate Order X Y
 *     ImageScope   Annotations > Annotation Name LineColor > Region Type Text NegativeROA > Vertex X Y
 *     HALO         the same, with types in words and V for Vertex
 *     NDP.view     annotations > ndpviewstate: see ndpa.ts
 */

import type { Glass } from '../../core/slide.js'
import { ellipseIn } from '../../geometry/ellipse.js'
import { addPolygons, type Classes, type Drawing, type Drawn, emptyDrawing, extentOf } from '../../geometry/polygons.js'
import { attributesOf, eachTag, withoutComments } from '../tiff/xml.js'
import { colourOf, nameOrColour } from './by-colour.js'
import { drawNdpa } from './ndpa.js'

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

/** A shape whose points are being read. */
interface Shape {
  readonly said: Attributes
  readonly name: string | undefined
  readonly points: Point[]
  /** Of ASAP: the place of each point among them, by which it lays them, wherever they stand. */
  readonly orders: number[]
}

/** `glass`: of the slide they are for. Throws RangeError with what is wrong. */
export function* drawingOfXml(xml: string, asked?: Classes, glass?: Glass): Generator<number, Drawn> {
  const drawn = emptyDrawing(asked)
  drawn.isWound = true
  drawn.countsPixels = true
  const from = rootOf(xml)
  if (from === 'annotations') {
    yield* drawNdpa(xml, drawn, glass)
    return drawn
  }
  let [layer, colour, shape, other]: [string | undefined, string | undefined, Shape | undefined, string | undefined] = [
    undefined,
    undefined,
    undefined,
    undefined,
  ]
  yield* eachTag(xml, (name, head, _, depth) => {
    if (name === 'Annotations') {
      // ImageScope's.
      const pixel = Number(attributesOf(head).get('MicronsPerPixel'))
      if (pixel > 0) drawn.pixel = pixel
    } else if (name === 'Annotation') {
      const said = attributesOf(head)
      layer = said.get('Name') || undefined
      colour = said.get('Color')?.toLowerCase() ?? colourOf(said.get('LineColor'))
      const group = said.get('PartOfGroup')
      const isAsap = from === 'ASAP_Annotations' || group !== undefined
      if (isAsap && !head.endsWith('/>'))
        shape = { said, name: nameOrColour(group === undefined || group === 'None' ? layer : group, colour, drawn), points: [], orders: [] }
    } else if (name === 'Region' && !head.endsWith('/>')) {
      const said = attributesOf(head)
      shape = { said, name: nameOrColour(layer ?? said.get('Text'), colour, drawn), points: [], orders: [] }
    } else if (name === 'Coordinate' || name === 'Vertex' || name === 'V') {
      // HALO's alone; those of ImageScope have the long name.
      if (name === 'V') drawn.isHalo = true
      if (shape === undefined) throw new RangeError(unknown(`${from} with a ${name} in no shape`))
      const said = attributesOf(head)
      shape.points.push(pointOf(said))
      shape.orders.push(Number(said.get('Order') || Number.NaN))
    } else if (from === 'Annotations' && depth === 1 && /^\w/.test(name)) other ??= name
    if ((name === '/Annotation' || name === '/Region') && shape !== undefined) {
      add(shape, drawn)
      shape = undefined
    }
  })
  if (other !== undefined && drawn.classes.size + drawn.unasked.size + drawn.flat === 0)
    throw new RangeError(unknown(`${from} of ${other}`))
  return drawn
}

const unknown = (what: string): string =>
  `it is XML (${what}), and no annotations of ASAP, ImageScope, HALO or NDP.view: bring its outlines to GeoJSON, in baseline pixels from the top left`

const roots = ['ASAP_Annotations', 'Annotations', 'annotations']

function rootOf(xml: string): string {
  // Comments and declarations may stand before it, and are short.
  const root = /<([A-Za-z_][\w.:-]*)/.exec(withoutComments(xml.slice(0, mostBefore)))?.[1]
  if (root === undefined) throw new RangeError('its XML is cut off')
  if (!roots.includes(root)) throw new RangeError(unknown(root))
  return root
}
const mostBefore = 2 ** 16

function pointOf(said: Attributes): Point {
  const [x, y] = [said.get('X'), said.get('Y')]
  const [left, top] = [Number(x), Number(y)]
  if (!x || !y || !Number.isFinite(left) || !Number.isFinite(top)) throw new RangeError(`["${x}","${y}"] is no point`)
  return [left, top]
}

/** Places that are not all there, or not each once, say nothing. */
function inOrder({ points, orders }: Shape): readonly Point[] {
  if (orders.every((order, i) => i === 0 || order > orders[i - 1]!)) return points
  if (!orders.every(Number.isInteger) || new Set(orders).size < orders.length) return points
  return points
    .map((_, i) => i)
    .sort((a, b) => orders[a]! - orders[b]!)
    .map((i) => points[i]!)
}

function add(outline: Shape, drawn: Drawing): void {
  const { said, name } = outline
  const points = inOrder(outline)
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
function between(points: readonly Point[], shape: 'box' | 'ellipse'): readonly Point[] {
  const [left, top, right, bottom] = extentOf([[points]])!
  if (shape === 'box') {
    return [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]
  }
  return ellipseIn([left, top, right, bottom])
}
