/** GeoJSON as polygons. Coordinates are baseline pixels. */

import { fromHistomics } from './histomics.js'
import { eachOf } from './json-list.js'
import { ofFiles, ofSlides } from './slide-columns.js'

type Ring = readonly (readonly [number, number])[]
export type Polygon = readonly Ring[]

const deepest = 8
/** Before each feature of a GeoJSON text sequence (RFC 8142); in JSON it cannot be. */
export const RS = '\x1e'

/** Which classes of a drawing are wanted. */
export interface Classes {
  /** Absent: all. */
  readonly only?: readonly string[]
  /** What is of these is cut out of the others. */
  readonly not: readonly string[]
}

/** Those that are wanted, and those that are cut out. */
export const namesAsked = ({ only = [], not }: Classes = { not: [] }): readonly string[] => [...only, ...not]

/** What a GeoJSON text draws. */
export interface Drawn {
  readonly polygons: Polygon[]
  /** What is cut out of them. */
  readonly cut: Polygon[]
  /** Its outlines are of programs for which what they go round twice is inside, too. */
  isWound: boolean
  /** Points and lines: they have no area. */
  flat: number
  /** Of the polygons, where the program that drew them names one. */
  readonly classes: Set<string>
  /** Of the polygons that are left out, since others are asked for. */
  readonly unasked: Set<string>
  /** Slides or pictures that its features name, and how many name a picture, which may be that of the feature alone. */
  readonly slides: Set<string>
  pictures: number
  /** Cores of tissue arrays that QuPath calls missing: they are left out. */
  missing: number
  /** Shapes of another plane than the first: of a stack, or of a time. */
  elsewhere: number
  /** A viewer of slides drew them, and those count in pixels: what is drawn near the corner is near the corner, and not in µm. */
  countsPixels: boolean
  /** Whether they are QuPath's, which names the kind of its objects. */
  isQupath: boolean
  /** µm of a pixel of the picture that they were drawn on, where they say it. */
  pixel?: number
  /** They are HALO's. */
  isHalo: boolean
  /** They were given in places on the glass: nobody can have taken other pixels for those of the slide. */
  isPlaced: boolean
  /** They are tiles that the sink `qupath` wrote. */
  isOwn: boolean
  /** The coordinate system that it names, where that is not of pixels. */
  crs?: string
}

/**
 * FeatureCollection, Feature, geometry, a bare list of features, or one on each line; pauses now and then. Of `asked` classes alone, where
 * there are any. Throws RangeError with what is wrong.
 */
export function* drawing(text: string, asked?: Classes): Generator<number, Drawn> {
  const drawn = emptyDrawing(asked)
  const rest = yield* eachOf(asList(text.replace(/^\uFEFF/, '').replaceAll(RS, '')), (feature) => collect(feature, drawn, 2))
  collect(rest, drawn, 0)
  return drawn
}

/** While it is drawn. */
export interface Drawing extends Drawn {
  readonly asked?: Classes
}

export const emptyDrawing = (asked: Classes | undefined): Drawing => ({
  polygons: [],
  cut: [],
  isWound: false,
  flat: 0,
  classes: new Set(),
  unasked: new Set(),
  slides: new Set(),
  pictures: 0,
  missing: 0,
  elsewhere: 0,
  countsPixels: false,
  isQupath: false,
  isHalo: false,
  isPlaced: false,
  isOwn: false,
  ...(asked === undefined ? {} : { asked }),
})

/** Features of which each is a line, as TIAToolbox (`to_ndjson`) and GDAL (GeoJSONSeq) write them, as a list. */
function asList(text: string): string {
  const end = text.indexOf('\n')
  const first = text.slice(0, Math.max(0, end)).trim()
  if (!first.startsWith('{') || !first.endsWith('}') || !text.slice(end).trimStart().startsWith('{')) return text
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return `[${lines.join(',')}]`
}

/** The same without a pause. */
export function polygonsFrom(text: string): readonly Polygon[] {
  const work = drawing(text)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value.polygons
  }
}

function collect(value: unknown, drawn: Drawing, depth: number, name?: string): void {
  if (depth > deepest) throw new RangeError(`geometries are nested more than ${deepest} deep`)
  if (Array.isArray(value)) {
    for (const v of value) collect(v, drawn, depth + 1)
    return
  }
  if (typeof value !== 'object' || value === null) throw new RangeError('a feature is no object')
  const g = value as Record<string, unknown>
  const crs = systemOf(g.crs)
  if (crs !== undefined) drawn.crs ??= crs
  if (g.tiastream !== undefined) drawn.isOwn = true
  if (g.type === 'FeatureCollection') collect(g.features ?? [], drawn, depth + 1)
  else if (g.type === 'Feature') {
    const histomics = fromHistomics(g)
    const properties = (histomics?.properties ?? g.properties ?? {}) as { readonly objectType?: unknown; readonly isMissing?: unknown }
    if (histomics) drawn.countsPixels = true
    if (typeof properties.objectType === 'string') drawn.isQupath = drawn.countsPixels = true
    noteSlide(properties, drawn)
    if (properties.isMissing === true) drawn.missing++
    else collect(histomics?.geometry ?? g.geometry ?? [], drawn, depth + 1, classOf(properties, drawn.asked))
  } else if (g.type === 'GeometryCollection') for (const one of listOf(g.geometries ?? [])) collect(one, drawn, depth + 2, name)
  else if (g.type === 'Polygon') add([g.coordinates], g.plane, name, drawn)
  else if (g.type === 'MultiPolygon') add(listOf(g.coordinates), g.plane, name, drawn)
  else if (['Point', 'MultiPoint', 'LineString', 'MultiLineString'].includes(String(g.type))) drawn.flat++
  else if (typeof g.type === 'string') throw new RangeError(`'${g.type}' is no GeoJSON type`)
  else throw new RangeError(`it is JSON${writerOf(g)}, and no GeoJSON: an object in it has no type, but ${namesIn(g)}`)
}

/** A table of outlines (GeoPandas) may be of many slides, or name the picture of each. */
function noteSlide(properties: Readonly<Record<string, unknown>>, drawn: Drawing): void {
  const named = (keys: readonly string[]) => keys.map((key) => properties[key]).find((one) => typeof one === 'string' && one !== '')
  const slide = named(ofSlides)
  const said = slide ?? named(ofFiles)
  if (said === undefined) return
  drawn.slides.add(said as string)
  if (slide === undefined) drawn.pictures++
}

/** `plane` is what QuPath says of a shape that is not of the first: `{ "c": -1, "z": 2, "t": 0 }`. */
function add(polygons: readonly unknown[], plane: unknown, name: string | undefined, drawn: Drawing): void {
  const { z, t } = (plane ?? {}) as { readonly z?: unknown; readonly t?: unknown }
  if (polygons.length > 0 && [z, t].some((at) => typeof at === 'number' && at > 0)) drawn.elsewhere++
  addPolygons(polygons, name, drawn)
}

/** `isHole`: cut out of the others, where its class is wanted. */
export function addPolygons(polygons: readonly unknown[], name: string | undefined, drawn: Drawing, isHole = false): void {
  const read = polygons.map(polygonOf)
  const { only, not = [] } = drawn.asked ?? {}
  const isWanted = only === undefined || (name !== undefined && only.includes(name))
  const isTaken = name !== undefined && not.includes(name)
  // A hole in what is taken away would have to be put back: nobody draws one.
  if (isHole && isTaken) return
  const isCut = isTaken || (isHole && isWanted)
  const isAsked = isCut || (isWanted && !isHole)
  if (isAsked) for (const polygon of read) (isCut ? drawn.cut : drawn.polygons).push(polygon)
  if (read.length > 0 && !isCut && !isHole) (isAsked ? drawn.classes : drawn.unasked).add(name ?? '')
}

/** As GeoJSON of 2008 has it: `"crs": { "type": "name", "properties": { "name": "EPSG:3857" } }`. Systems of a plane without a place are of pixels. */
function systemOf(crs: unknown): string | undefined {
  if (crs === undefined || crs === null) return undefined
  const { properties } = crs as { properties?: { name?: unknown; code?: unknown; href?: unknown } | null }
  const name = [crs, properties?.name, properties?.code, properties?.href].find((one) => typeof one === 'string' || typeof one === 'number')
  if (name === undefined) return 'one without a name'
  return /pixel|\bpx\b|image|local|cartesian|engineering|undefined|unknown|none/i.test(String(name)) ? undefined : String(name).slice(0, 80)
}

/**
 * As QuPath writes it: `"properties": { "classification": { "name": "Tumor" } }`, and of a class below another `"names": ["Tumor", "Positive"]`;
 * TIAToolbox writes `"type": "Tumor"`, others `class` or `label`. What has none has the name that it was given, where that is asked for.
 */
function classOf(properties: Readonly<Record<string, unknown>>, asked: Classes | undefined): string | undefined {
  const found = classKeys.map((key) => properties[key]).find((one) => one !== undefined && one !== null)
  const { name, names } = parted(found)
  const said = Array.isArray(names) ? names.filter((one) => typeof one === 'string').join(': ') : name
  if ((typeof said === 'string' && said !== '') || typeof said === 'number') return String(said)
  return namesAsked(asked).find((one) => one === properties.name)
}

const classKeys = ['classification', 'class', 'label', 'type', 'category', 'class_name']

/** GDAL, and with it GeoPandas, keeps what QuPath wrote as an object as its text. */
function parted(found: unknown): { readonly name?: unknown; readonly names?: unknown } {
  if (typeof found === 'object' && found !== null) return found
  if (typeof found !== 'string' || !found.startsWith('{')) return { name: found }
  try {
    return JSON.parse(found)
  } catch {
    return { name: found }
  }
}

function polygonOf(coordinates: unknown): Polygon {
  return listOf(coordinates).map((ring) =>
    listOf(ring).map((point) => {
      const [x, y] = listOf(point)
      if (!Number.isFinite(x) || !Number.isFinite(y)) throw new RangeError(`${JSON.stringify([x, y].map(plainly))} is no point`)
      return [x, y] as [number, number]
    }),
  )
}

/** For a message: what is in a list may be of any size. */
const plainly = (value: unknown) => (typeof value === 'object' && value !== null ? 'a list' : value)

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new RangeError('coordinates are no list')
  return value
}

/** All of them, so far to the right and down. */
export const shifted = (polygons: readonly Polygon[], { x, y }: { readonly x: number; readonly y: number }): Polygon[] =>
  polygons.map((polygon) => polygon.map((ring) => ring.map(([px, py]) => [px + x, py + y] as const)))

/** The smallest box around all of them: left, top, right, bottom; null where there is no point. */
export function extentOf(polygons: readonly Polygon[]): readonly [number, number, number, number] | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const polygon of polygons) {
    for (const ring of polygon) {
      for (const [x, y] of ring) {
        left = Math.min(left, x)
        top = Math.min(top, y)
        right = Math.max(right, x)
        bottom = Math.max(bottom, y)
      }
    }
  }
  return left <= right ? [left, top, right, bottom] : null
}

/** Who writes objects with such names, and how their outlines become GeoJSON in baseline pixels. */
const writers: readonly (readonly [names: readonly string[], writer: string])[] = [
  [['annotations', 'categories'], 'COCO (each segmentation is a ring, its pixels are those of the picture it was drawn on)'],
  [['elements'], 'HistomicsUI (points of its closed polylines are a ring)'],
  [['annotation'], 'HistomicsUI (points of its closed polylines are a ring)'],
  [['shapes'], 'LabelMe (points of each shape are a ring, in pixels of the picture it was drawn on)'],
  [['_via_img_metadata'], 'VIA (all_points_x and all_points_y are a ring, in pixels of the picture it was drawn on)'],
  [['collection'], 'Cytomine (each location is WKT, whose y counts from the bottom)'],
  [['annotations', 'data'], 'Label Studio (its points are in per cent of the picture)'],
  [['geometryType'], 'ArcGIS (rings are those of a polygon)'],
]

const writerOf = (object: object): string => {
  const found = writers.find(([names]) => names.every((name) => Object.hasOwn(object, name)))
  return found ? ` of ${found[1]}` : ''
}

/** What an object has instead, where nobody is known by it. */
function namesIn(object: object): string {
  const names = Object.keys(object)
  return names.length === 0 ? 'nothing' : `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
}
