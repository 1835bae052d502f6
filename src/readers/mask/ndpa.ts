/**
 * Annotations of NDP.view (`slide.ndpi.ndpa`) as polygons. They are in nm from the middle of the slide of glass.
 *
 *     annotations > ndpviewstate > title, coordformat, annotation type displayname color
 *     annotation of an area or a line     closed (1 or 0), pointlist > point > x, y
 *     annotation that is a circle         x, y, radius
 *     pin, ruler, arrow                   x, y or x1, y1, x2, y2: no area
 */

import type { Glass } from '../../core/slide.js'
import { ellipseIn } from '../../geometry/ellipse.js'
import { addPolygons, type Drawing } from '../../geometry/polygons.js'
import { attributesOf, eachTag } from '../tiff/xml.js'
import { nameOrColour } from './by-colour.js'

/** One that is being read. */
interface View {
  readonly title: string
  readonly colour: string | undefined
  /** What stands in it, by names; x and y of the point that is being read. */
  readonly said: Map<string, string>
  readonly points: (readonly [number, number])[]
}

/** Adds them to `drawn`. Throws RangeError with what is wrong. */
export function* drawNdpa(xml: string, drawn: Drawing, glass: Glass | undefined): Generator<number, void> {
  let [title, unit, view]: [string, string, View | undefined] = ['', '', undefined]
  drawn.isPlaced = true
  yield* eachTag(xml, (name, head, text, depth) => {
    const value = text.trim()
    if (depth === 1 && /^\w/.test(name) && name !== 'ndpviewstate') throw new RangeError(unknownIn(name))
    if (name === 'ndpviewstate') [title, unit] = ['', '']
    else if (name === '/title' && view === undefined) title = value
    else if (name === '/coordformat') unit = value.toLowerCase()
    else if (name === 'annotation' && !head.endsWith('/>')) {
      if (unit !== '' && unit !== 'nanometers')
        throw new RangeError(
          `its places are in '${unit}', and not in nanometers as NDP.view's: bring its outlines to GeoJSON, in baseline pixels`,
        )
      view = { title, colour: attributesOf(head).get('color')?.toLowerCase(), said: new Map(), points: [] }
    } else if (name === '/annotation' && view !== undefined) {
      add(view, drawn, glass)
      view = undefined
    } else if (name === '/point' && view !== undefined) {
      view.points.push([numberOf(view, 'x'), numberOf(view, 'y')])
      view.said.delete('x')
      view.said.delete('y')
    } else if (view !== undefined && name.startsWith('/')) view.said.set(name.slice(1), value)
  })
}

function unknownIn(name: string): string {
  const isCvat = ['version', 'meta', 'image', 'track'].includes(name)
  const writer = isCvat
    ? 'of CVAT (points of each polygon are a ring, in pixels of the picture it was drawn on)'
    : `(annotations of ${name})`
  return `it is XML ${writer}, and no annotations of NDP.view: bring its outlines to GeoJSON, in baseline pixels`
}

function add(view: View, drawn: Drawing, glass: Glass | undefined): void {
  const { title, colour, said, points } = view
  const radius = said.has('radius') ? numberOf(view, 'radius') : undefined
  if (radius === undefined && (points.length === 0 || said.get('closed') === '0')) {
    drawn.flat++
    return
  }
  if (glass === undefined) throw new RangeError(unplaced)
  const { x, y, nm } = glass
  const [left, top] = radius === undefined ? [0, 0] : [numberOf(view, 'x'), numberOf(view, 'y')]
  const outline = radius === undefined ? points : ellipseIn([left - radius, top - radius, left + radius, top + radius])
  const ring = outline.map(([across, down]) => [x + across / nm.x, y + down / nm.y] as const)
  addPolygons([[ring]], nameOrColour(title, colour, drawn), drawn)
}

const unplaced =
  "it is NDP.view's, in nm from the middle of the glass, and the slide does not say where that lies in it (an NDPI with XOffsetFromSlideCentre, YOffsetFromSlideCentre and its resolution does): give the NDPI itself, or bring its outlines to GeoJSON, in baseline pixels"

function numberOf({ said, title }: View, name: string): number {
  const text = said.get(name)
  const number = Number(text)
  if (!text || !Number.isFinite(number))
    throw new RangeError(`its annotation '${title}' has '${text ?? ''}' for ${name}, which is no number`)
  return number
}
