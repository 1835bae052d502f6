/**
 * GeoJSON as HistomicsUI (large_image) gives its annotations out: the kind of a shape is its `type`, what it shows stands in `label.value` or, as the
 * styles of its users have it, in `group`, and of a circle or an ellipse the outline is the box around it.
 */

import { pointsOfEllipse } from './ellipse.js'

interface Feature {
  readonly properties: Readonly<Record<string, unknown>>
  readonly geometry: unknown
}

/** As others would write it: with a class, and round where it is round. Null for a feature of others. */
export function fromHistomics({ properties, geometry }: { readonly properties?: unknown; readonly geometry?: unknown }): Feature | null {
  const said = (properties ?? {}) as Readonly<Record<string, unknown>>
  const own = kinds.get(said.type)
  if (own === undefined || !own.some((key) => said[key] !== undefined)) return null
  const label = (said.label as { readonly value?: unknown } | undefined)?.value ?? said.label
  const named = [label, said.group].find((one) => typeof one === 'string' && one !== '')
  const { label: _, type, ...others } = said
  const isRound = type === 'circle' || type === 'ellipse'
  return { properties: { ...others, ...(named === undefined ? {} : { class: named }) }, geometry: isRound ? rounded(geometry) : geometry }
}

/** Its kinds of shapes with an area, and what each has besides: a class of others may be called so, too. */
const style = ['group', 'lineColor', 'fillColor', 'lineWidth']
const kinds: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['polyline', style],
  ['rectangle', [...style, 'rotation']],
  ['circle', [...style, 'radius']],
  ['ellipse', [...style, 'rotation']],
])

/** Its four corners go round: from the first to the second along one axis, from the second to the third along the other. */
function rounded(geometry: unknown): unknown {
  const ring = (geometry as { readonly coordinates?: unknown } | null)?.coordinates
  const corners = Array.isArray(ring) && Array.isArray(ring[0]) ? ring[0].slice(0, 4) : []
  if (corners.length < 4 || !corners.every((one) => Array.isArray(one) && Number.isFinite(one[0]) && Number.isFinite(one[1])))
    return geometry
  const [a, b, c] = corners as readonly (readonly [number, number])[] as [Point, Point, Point]
  const outline = pointsOfEllipse({
    centre: [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2],
    long: [(b[0] - a[0]) / 2, (b[1] - a[1]) / 2],
    short: [(c[0] - b[0]) / 2, (c[1] - b[1]) / 2],
  })
  return { type: 'Polygon', coordinates: [[...outline, outline[0]]] }
}

type Point = readonly [number, number]
