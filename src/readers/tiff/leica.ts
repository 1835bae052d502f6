/**
 * Leica SCN. The first description is XML; lengths are in nm:
 *
 *     <scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">
 *       <collection sizeX sizeY>                       the glass
 *         <image> <pixels> <dimension sizeX sizeY ifd r z/> …     a page for each level
 *                 <view sizeX sizeY offsetX offsetY/>             where it lies on the glass
 *                 <scanSettings> <objectiveSettings> <objective>20  <illuminationSettings> <illuminationSource>brightfield
 *
 * The image that shows all of the glass is the macro; every other one is an area that was scanned. All areas together are the slide, each at its
 * place; what lies between is white. Of focal planes (z) the first is read.
 */

import { SlideError } from '../../core/errors.js'
import type { Region } from '../../geometry/region.js'
import { fourDigits } from '../../geometry/round.js'
import { malformed } from '../malformed.js'
import { decimal } from './decimal.js'
import { type LevelLayout, wholePage } from './layout.js'
import type { Page } from './page.js'
import type { Found, PageTree, Vendor } from './vendor.js'
import { childrenOf, treeOf, within, type XmlNode } from './xml-tree.js'

export const leica: Vendor = {
  marked: 'Leica SCN',
  is: ({ description }) => description.includes('leica-microsystems.com/scn/2010/'),

  find(trees, uri): Found {
    const collection = within(treeOf(trees[0]!.page.description, uri), 'collection')
    if (collection === undefined) throw malformed(uri, 'is a Leica SCN without a collection')
    const glass = regionOf(collection, uri)
    const images = childrenOf(collection, 'image').map((image) => imageOf(image, uri))
    const isMacro = ({ view }: Image) => view.x === 0 && view.y === 0 && view.width === glass.width && view.height === glass.height
    const scanned = images.filter((image) => !isMacro(image))
    const areas = scanned.filter(({ light }) => light === 'brightfield')
    refuseUnlike(areas, scanned, uri)
    const pageOf = pagesOf(trees, uri)
    const layout = areas[0]!.dimensions.map((_, k) => levelOf(k, areas, glass, pageOf, uri))
    const scales = areas.map(({ view, dimensions: [first] }) => ({ x: view.width / first!.width, y: view.height / first!.height }))
    const macro = images.find((image) => isMacro(image) && image.light === 'brightfield')?.dimensions[0]
    const power = decimal(areas[0]!.objective)
    return {
      vendor: 'leica',
      levels: layout.map(({ parts }) => parts[0]!.page),
      layout: layout.map((level) => ({ ...level, factor: { x: level.scale / layout[0]!.scale, y: level.scale / layout[0]!.scale } })),
      bounds: around(layout[0]!.parts.map(({ at, page }) => ({ ...at, width: page.width, height: page.height }))),
      associated: macro === undefined ? {} : { macro: pageOf(macro) },
      mpp: { x: layout[0]!.scale / 1000, y: Math.min(...scales.map(({ y }) => y)) / 1000 },
      mppSource: 'Leica view and dimension',
      ...(power === undefined ? {} : { power, powerSource: 'Leica objective' }),
      warnings: [
        ...(images.some(({ planes }) => planes) ? ['of its focal planes the first (z 0) is read'] : []),
        ...scanned.flatMap(({ light, view }) =>
          light === 'brightfield'
            ? []
            : [
                `the area at ${nmInMm(view.x)}, ${nmInMm(view.y)} mm is left out, and white: it is lit by ${light || 'nothing that is said'}`,
              ],
        ),
      ],
    }
  },
}

const nmInMm = (nm: number) => fourDigits(nm / 1e6)

interface Dimension {
  readonly ifd: number
  readonly width: number
  readonly height: number
}

interface Image {
  readonly view: Region
  readonly light: string
  readonly objective: string | undefined
  /** The largest first. */
  readonly dimensions: readonly Dimension[]
  readonly planes: boolean
}

function imageOf(image: XmlNode, uri: string): Image {
  const view = within(image, 'view')
  if (view === undefined) throw malformed(uri, 'is a Leica SCN with an image that has no view')
  const settings = within(image, 'scanSettings')
  const all = childrenOf(within(image, 'pixels'), 'dimension')
  const first = all.filter((dimension) => ['0', undefined].includes(dimension.said('z')))
  return {
    view: regionOf(view, uri),
    light: within(settings, 'illuminationSettings', 'illuminationSource')?.text ?? '',
    objective: within(settings, 'objectiveSettings', 'objective')?.text,
    dimensions: first
      .map((dimension) => ({
        ifd: number(dimension, 'ifd', uri),
        width: positive(dimension, 'sizeX', uri),
        height: positive(dimension, 'sizeY', uri),
      }))
      .sort((a, b) => b.width - a.width),
    planes: first.length < all.length,
  }
}

/** Areas are one slide when they were scanned alike. `all`: those of another light, too. */
function refuseUnlike(areas: readonly Image[], all: readonly Image[], uri: string): void {
  const first = areas[0]
  const unsupported = (fact: string, hint: string) => new SlideError('SLIDE_UNSUPPORTED', `${uri} is a Leica SCN ${fact}`, { hint })
  if (first === undefined && all.length > 0)
    throw unsupported(
      `of fluorescence: its areas are lit by ${[...new Set(all.map(({ light }) => light || 'nothing'))].join(', ')}`,
      'channels are no colours: no model for stained tissue fits them',
    )
  if (first === undefined) throw unsupported('without a scanned area', 'scan it anew: it holds the overview of the glass alone')
  const count = first.dimensions.length
  if (count === 0) throw malformed(uri, 'is a Leica SCN with an area that has no pixels')
  if (areas.some(({ objective, dimensions }) => objective !== first.objective || dimensions.length !== count))
    throw unsupported('whose areas were scanned in different ways', 'export each area into a file of its own')
  if (areas.some(({ dimensions }) => dimensions.some(({ width }, k) => k > 0 && width === dimensions[k - 1]!.width)))
    throw unsupported('with several pictures of one size: channels', 'channels are no colours: no model for stained tissue fits them')
}

/** No page shows two things. */
function pagesOf(trees: readonly PageTree[], uri: string): (dimension: Dimension) => Page {
  const used = new Set<number>()
  return ({ ifd, width, height }) => {
    const page = trees.find(({ number }) => number === ifd)?.page
    if (page === undefined) throw malformed(uri, `names page ${ifd + 1}, which it has not, or which cannot be read`)
    if (used.has(ifd)) throw malformed(uri, `names page ${ifd + 1} twice`)
    used.add(ifd)
    if (page.width !== width || page.height !== height)
      throw malformed(uri, `says page ${ifd + 1} has ${width} x ${height} pixels, and it has ${page.width} x ${page.height}`)
    return page
  }
}

/** `scale`: nm of a pixel, of the finest of the areas, which may differ by a rounding. */
function levelOf(
  k: number,
  areas: readonly Image[],
  glass: Region,
  pageOf: (dimension: Dimension) => Page,
  uri: string,
): Omit<LevelLayout, 'factor'> & { readonly scale: number } {
  const scales = areas.map(({ view, dimensions }) => view.width / dimensions[k]!.width)
  const scale = Math.min(...scales)
  if (scales.some((one) => Math.abs(one - scales[0]!) > 0.02 * scales[0]!))
    throw new SlideError(
      'SLIDE_UNSUPPORTED',
      `${uri} is a Leica SCN whose areas have pixels of ${scales.map(Math.round).join(', ')} nm in one level`,
    )
  return {
    scale,
    width: Math.ceil(glass.width / scale),
    height: Math.ceil(glass.height / scale),
    // Where two overlap, OpenSlide shows the first.
    parts: areas
      .map(({ view, dimensions }) => wholePage(pageOf(dimensions[k]!), { x: Math.trunc(view.x / scale), y: Math.trunc(view.y / scale) }))
      .reverse(),
  }
}

/** nm. */
function regionOf(node: XmlNode, uri: string): Region {
  const offset = (name: string) => (node.said(name) === undefined ? 0 : number(node, name, uri))
  return { x: offset('offsetX'), y: offset('offsetY'), width: positive(node, 'sizeX', uri), height: positive(node, 'sizeY', uri) }
}

function number(node: XmlNode, name: string, uri: string): number {
  const text = node.said(name)
  if (text === undefined || !/^-?\d{1,15}$/.test(text))
    throw malformed(uri, `is a Leica SCN with a ${node.name} whose ${name} is no whole number`)
  return Number(text)
}

function positive(node: XmlNode, name: string, uri: string): number {
  const value = number(node, name, uri)
  if (value < 1) throw malformed(uri, `is a Leica SCN with a ${node.name} whose ${name} is ${value}`)
  return value
}

/** The smallest region that holds all of them. */
export function around(regions: readonly Region[]): Region {
  const x = Math.min(...regions.map((one) => one.x))
  const y = Math.min(...regions.map((one) => one.y))
  const width = Math.max(...regions.map((one) => one.x + one.width)) - x
  return { x, y, width, height: Math.max(...regions.map((one) => one.y + one.height)) - y }
}
