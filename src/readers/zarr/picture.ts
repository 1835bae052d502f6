/**
 * Where the pictures of a store lie. The folder itself is one, or bioformats2raw has laid each picture of a file into a group of its own: 0, 1 …,
 * named in `OME/METADATA.ome.xml`: the slide, its label, its macro.
 */

import { SlideError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import { besideNameIn, isBesideName } from '../beside-names.js'
import type { OpenContext } from '../format.js'
import { type Factor, factorOf, type SaidOfLevel } from '../level-factor.js'
import { attribute, elements } from '../tiff/xml.js'
import { type LevelArray, levelArray } from './array.js'
import { listOf, numberOf, objectOf, textOf } from './json.js'
import { type Multiscale, multiscaleOf, requireRgb, unsupported } from './multiscale.js'
import { type Documents, isAbsent, type Node, nodeAt } from './node.js'

export interface Picture {
  readonly multiscale: Multiscale
  readonly arrays: readonly LevelArray[]
  /** Of each array, how many times smaller it is than the first. */
  readonly factors: readonly Factor[]
  /** Of levels that are left out. */
  readonly warnings: readonly string[]
}

export interface Store {
  readonly documents: Documents
  readonly slide: Picture
  /** Pictures beside the slide: by their names, the groups. */
  readonly beside: ReadonlyMap<string, Node>
  readonly warnings: readonly string[]
}

/** Pictures that bioformats2raw made of one file. */
const MOST_PICTURES = 256
const hint = 'name the folder that has multiscales in its attributes, as bioformats2raw and ome-zarr write it'

/** Reads what a store says of itself; `ifNone`: the way out where none lies. Throws a SlideError. */
export async function storeAt(context: OpenContext, ifNone = hint): Promise<Store> {
  const { uri } = context.ref
  const documents: Documents = new Map()
  const root = await nodeAt('', context, documents)
  if (root === null)
    throw new SlideError('SLIDE_MISSING', `${uri} has no zarr.json, .zattrs or .zgroup: no Zarr store lies there`, { hint: ifNone })
  const { attributes } = root
  if (attributes.plate !== undefined || attributes.well !== undefined)
    throw unsupported(uri, 'is an OME-Zarr plate of many pictures', 'name the folder of one picture in it')
  if (attributes['image-label'] !== undefined)
    throw unsupported(uri, 'is a label image of an OME-Zarr, whose pixels are numbers of objects')
  if (listOf(attributes.multiscales).length > 0)
    return { documents, slide: await pictureAt(root, context, documents), beside: new Map(), warnings: [] }
  if (root.array !== undefined) throw unsupported(uri, 'is a Zarr array and no OME-Zarr: nothing says what its axes are', hint)
  if (attributes.spatialdata_attrs !== undefined)
    throw unsupported(
      uri,
      'is a SpatialData store of several elements',
      'name the picture in it, which lies below images: in.zarr/images/NAME',
    )
  if (attributes['bioformats2raw.layout'] === undefined) throw unsupported(uri, 'is a Zarr store without multiscales: no OME-Zarr', hint)
  return ofSeries(root, context, documents)
}

async function ofSeries(root: Node, context: OpenContext, documents: Documents): Promise<Store> {
  const said = (await nodeAt('OME', context, documents, root.version))?.attributes.series
  const paths = listOf(said).flatMap((path) => textOf(path) ?? [])
  const images = await imagesIn(context, documents)
  const names = images.map(({ name }) => name)
  // Without a list they are counted from 0, and their names say how many there are.
  if (paths.length === 0) paths.push(...Array.from({ length: Math.max(1, images.length) }, (_, i) => `${i}`))
  const main = await largestOf(paths, images, (path) => nodeAt(path, context, documents, root.version))
  const slide = paths[main]!
  const first = await nodeAt(slide, context, documents, root.version)
  if (first === null) throw new SlideError('SLIDE_MALFORMED', `${context.ref.uri} has no group ${slide}, in which its slide should lie`)
  const beside = new Map<string, Node>()
  const warnings: string[] = []
  for (let i = 0; i < Math.min(paths.length, MOST_PICTURES); i++) {
    if (i === main) continue
    const name = besideNameIn(names[i])
    const node = name === undefined || beside.has(name) ? null : await nodeAt(paths[i]!, context, documents, root.version)
    if (node === null) warnings.push(`its picture ${paths[i]} (${names[i] || 'without a name'}) is left out: the slide is ${slide}`)
    else beside.set(name!, node)
  }
  return { documents, slide: await pictureAt(first, context, documents), beside, warnings: warnings.slice(0, 3) }
}

/**
 * A file may have its label or macro before the slide, and not say what they are (Leica's have no names): of those that are not called so the largest
 * is the slide, the first of equals. Where one does not say how large it is, that is asked of its own array.
 */
async function largestOf(
  paths: readonly string[],
  images: readonly Image[],
  nodeOf: (path: string) => Promise<Node | null>,
): Promise<number> {
  const pixels = await Promise.all(
    paths.slice(0, MOST_PICTURES).map(async (path, i) => {
      // (A slide's own name may have such a word in it.)
      if (isBesideName(images[i]?.name)) return -1
      return paths.length === 1 ? 0 : (images[i]?.pixels ?? (await pixelsOf(path, nodeOf)))
    }),
  )
  return Math.max(0, pixels.indexOf(Math.max(...pixels)))
}

/** 0 where that is not to be found out: opening it says why. */
async function pixelsOf(path: string, nodeOf: (path: string) => Promise<Node | null>): Promise<number> {
  const level = textOf(objectOf(listOf(objectOf(listOf((await nodeOf(path))?.attributes.multiscales)[0]).datasets)[0]).path)
  const node = level === undefined ? null : await nodeOf(`${path}/${level}`)
  const [height, width] = listOf(node?.array?.shape).slice(-2)
  return (numberOf(width) ?? 0) * (numberOf(height) ?? 0)
}

interface Image {
  readonly name: string
  /** Where it is said. */
  readonly pixels?: number
}

async function imagesIn({ files, limits }: OpenContext, documents: Documents): Promise<Image[]> {
  const path = 'OME/METADATA.ome.xml'
  const uri = files.inside(path)
  try {
    const bytes = await files.read(uri, limits.tagBytes)
    documents.set(path, bytes)
    const images = elements(Buffer.from(bytes).toString('utf8'), 'Image')
    return images.slice(0, MOST_PICTURES).map(({ head, whole }) => {
      const pixels = elements(whole, 'Pixels')[0]?.head
      const count = pixels === undefined ? Number.NaN : Number(attribute(pixels, 'SizeX')) * Number(attribute(pixels, 'SizeY'))
      return { name: attribute(head, 'Name') ?? '', ...(count > 0 ? { pixels: count } : {}) }
    })
  } catch (error) {
    if (isAbsent(error, uri)) return []
    throw error
  }
}

/** A picture in colour with its levels. */
export async function pictureAt({ path, version, attributes }: Node, context: OpenContext, documents: Documents): Promise<Picture> {
  const { limits } = context
  const uri = path === '' ? context.ref.uri : context.files.inside(path)
  const multiscale = multiscaleOf(attributes, uri, limits.directories)
  const { axes } = multiscale
  const arrays: LevelArray[] = []
  const factors: Factor[] = []
  const warnings: string[] = []
  for (const [i, level] of multiscale.paths.entries()) {
    const at = path === '' ? level : `${path}/${level}`
    const array = levelArray(await nodeAt(at, context, documents, version), at, axes, uri, limits)
    refusePlanes(array, axes, uri)
    if (arrays.length === 0) requireRgb(attributes, array.shape[axes.indexOf('c')] ?? 1, uri)
    else refuseOtherShape(arrays, array, axes, uri)
    const sizes = { level: sizeOf(array.shape, axes), base: sizeOf((arrays[0] ?? array).shape, axes), tile: sizeOf(array.inFile, axes) }
    const factor = factorOf({ ...sizes, ...saidOf(multiscale.places, i) })
    if (typeof factor === 'string') warnings.push(`level ${level} is left out: ${factor}`)
    else {
      arrays.push(array)
      factors.push(factor)
    }
  }
  return { multiscale, arrays, factors, warnings }
}

const sizeOf = (shape: readonly number[], axes: Multiscale['axes']): Size => ({
  width: shape[axes.indexOf('x')]!,
  height: shape[axes.indexOf('y')]!,
})

/** What scales and translations say of a level beside the first; where one is not told, nothing. */
function saidOf(places: Multiscale['places'], level: number): Pick<SaidOfLevel, 'said' | 'at'> {
  const [first, own] = [places[0]!, places[level]!]
  const said = { x: own.pixel.x / first.pixel.x, y: own.pixel.y / first.pixel.y }
  const at = { x: (own.begin.x - first.begin.x) / first.pixel.x, y: (own.begin.y - first.begin.y) / first.pixel.y }
  return { ...(isNumber(said) ? { said } : {}), ...(isNumber(at) ? { at } : {}) }
}

const isNumber = ({ x, y }: Factor) => Number.isFinite(x) && Number.isFinite(y)

function refusePlanes({ shape }: LevelArray, axes: Multiscale['axes'], uri: string): void {
  const count = (name: 't' | 'z') => shape[axes.indexOf(name)] ?? 1
  if (count('z') > 1)
    throw unsupported(uri, `is a stack of ${count('z')} planes (axis z)`, 'write the plane to be read as a picture of its own')
  if (count('t') > 1)
    throw unsupported(uri, `is a time series of ${count('t')} pictures (axis t)`, 'write the one to be read as a picture of its own')
}

/** Levels have the colours of the first and shrink both ways. */
function refuseOtherShape(before: readonly LevelArray[], { path, shape }: LevelArray, axes: Multiscale['axes'], uri: string): void {
  const last = before.at(-1)!
  const grows = (['x', 'y'] as const).some((name) => shape[axes.indexOf(name)]! > last.shape[axes.indexOf(name)]!)
  if (!grows && shape[axes.indexOf('c')] === 3) return
  throw new SlideError(
    'SLIDE_MALFORMED',
    `${uri} has a level ${path} of ${shape} after ${last.path} of ${last.shape} (${axes}): no smaller copy`,
  )
}
