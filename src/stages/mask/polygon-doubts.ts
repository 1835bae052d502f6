/** What makes polygons of others doubtful: told, and drawn all the same. */

import type { SlideInfo } from '../../core/slide.js'
import { someOf } from '../../core/text/some-of.js'
import { type Classes, type Drawn, extentOf, type Polygon } from '../../geometry/polygons.js'
import type { Region, Size } from '../../geometry/region.js'
import { threeDigits } from '../../geometry/round.js'
import { isNameOf } from '../slide-names.js'

/** A sentence each, of all but how they are drawn; `doubt`: why they can hardly mean baseline pixels of this slide. */
export function polygonDoubts(
  drawn: Drawn,
  info: SlideInfo,
  asked: Classes | undefined,
): { readonly doubt: string | null; readonly told: readonly string[] } {
  const doubt = doubtOf(drawn, info, asked)
  const others = [...otherPixelsIn(drawn, info), ...slidesOf(drawn, info), ...odditiesOf(drawn, asked)]
  return { doubt, told: doubt === null ? others : [doubt, ...others] }
}

/** How far something reaches out of a box. */
export const beyond = ([left, top, right, bottom]: readonly [number, number, number, number], { x, y, width, height }: Region): number =>
  Math.max(0, x - left, y - top, right - x - width, bottom - y - height)

/** What a person may have meant otherwise. */
function odditiesOf({ polygons, flat, classes, unasked, missing, elsewhere, crs }: Drawn, asked: Classes | undefined): readonly string[] {
  const several = [...classes].filter((name) => name !== '').length > 1 || [...classes].some((name) => name.endsWith('*'))
  return [
    ...(crs === undefined ? [] : [`it names a coordinate system, ${crs}: its numbers are taken for baseline pixels all the same`]),
    ...(flat > 0 && polygons.length > 0 ? [`${flat} of its shapes are points or lines, which have no area: they are left out`] : []),
    ...(missing > 0 ? [`${missing} of its cores are missing, as QuPath calls them: they are left out`] : []),
    ...(elsewhere > 0 ? [`${elsewhere} of its shapes are of other planes than the first (z or t): they are drawn all the same`] : []),
    ...(several && asked === undefined
      ? [
          `its polygons are of the classes ${namesOf(classes)}: all of them are tissue (classes: "${[...classes].find(Boolean)}" takes one of them)`,
        ]
      : []),
    ...(polygons.length === 0 ? [] : nearly([...unasked], asked?.only)),
    ...nearly([...classes], asked?.not),
  ]
}

/** Drawn on a copy of another resolution. */
function otherPixelsIn({ pixel }: Drawn, { mpp }: SlideInfo): readonly string[] {
  const times = pixel === undefined || mpp === undefined ? 1 : pixel / mpp.x
  return Math.abs(Math.log(times)) < Math.log(1.1)
    ? []
    : [
        `it says that it was drawn on pixels of ${pixel} µm (MicronsPerPixel), and those of the slide are of ${threeDigits(mpp!.x)}: its numbers are taken for baseline pixels all the same`,
      ]
}

/** Of other slides than this one. Where each outline names another file, that is the picture of it. */
function slidesOf({ slides, pictures }: Drawn, info: SlideInfo): readonly string[] {
  if (slides.size === pictures || [...slides].every((said) => isNameOf(said, info))) return []
  return [`its polygons say that they are of ${someOf([...slides], 5)}: all are drawn on this slide (write a file for each)`]
}

/** Classes that are written as others are that are asked for, but for capitals and spaces, or are of those: QuPath calls a `Tumor: Positive` a Tumor. */
function nearly(names: readonly string[], asked: readonly string[] = []): readonly string[] {
  const isSaid = (name: string) => asked.some((one) => one.startsWith(`${name}:`))
  const like = names.filter(
    (name) => !asked.includes(name) && asked.some((one) => plain(one) === plain(name) || (name.startsWith(`${one}:`) && !isSaid(one))),
  )
  return like.length === 0
    ? []
    : [`its polygons of ${namesOf(new Set(like))} are not those of ${asked.join(' or ')}: name them, too, if they are meant`]
}

const plain = (name: string): string => name.trim().toLowerCase()

/** For a message: the first few, and those without a name last. */
const namesOf = (classes: ReadonlySet<string>): string =>
  someOf(
    [...classes].map((name) => name || 'no class'),
    5,
  )

/** Polygons that do not touch the slide, or a part of it. */
const outsideOf = (polygons: readonly Polygon[], { x = 0, y = 0, width, height }: Size & Partial<Region>): readonly Polygon[] =>
  polygons.filter((polygon) => {
    const extent = extentOf([polygon])
    return extent !== null && (extent[0] >= x + width || extent[1] >= y + height || extent[2] <= x || extent[3] <= y)
  })

/** Why polygons can hardly mean baseline pixels of this slide, if so. */
function doubtOf(
  { polygons, flat, isPlaced, countsPixels, unasked }: Drawn,
  { width, height, mpp, bounds }: SlideInfo,
  asked: Classes | undefined,
): string | null {
  const outside = outsideOf(polygons, { width, height })
  const all = extentOf(polygons)
  if (all === null && unasked.size > 0)
    return `none of its polygons is of ${asked?.only?.join(' or ')}: they are of ${namesOf(unasked)}; nothing is tissue`
  if (all === null) return `it has no polygon${flat > 0 ? `, but ${flat} points or lines, which have no area` : ''}: nothing is tissue`
  const remedy = isPlaced ? 'are they of another slide?' : 'polygons are in baseline pixels'
  if (outside.length > 0) return `${outside.length} of ${polygons.length} polygons lie wholly outside the slide; ${remedy}`
  const unscanned = bounds === undefined ? 0 : outsideOf(polygons, bounds).length
  if (unscanned > polygons.length / 2 && beyond(all, { x: 0, y: 0, width: bounds!.width, height: bounds!.height }) === 0)
    return `${unscanned} of ${polygons.length} polygons lie wholly outside of what was scanned (from ${bounds!.x}, ${bounds!.y} on), as they would if they counted from its corner; polygons count from that of the slide`
  if (isPlaced) return null
  const [, , right, bottom] = all
  if (right <= 1 && bottom <= 1) return `all its points lie within one pixel; ${remedy}`
  // Where a pixel is a good deal smaller than a µm, polygons in µm lie in the upper left part of the slide.
  if (!countsPixels && mpp !== undefined && mpp.x < 0.75 && mpp.y < 0.75 && right <= width * mpp.x && bottom <= height * mpp.y) {
    return `all polygons lie in the upper left ${Math.round(mpp.x * 100)} % of the slide, as they would if they were in µm; ${remedy}`
  }
  const slide = { x: 0, y: 0, width, height }
  if (right <= width / 10 && bottom <= height / 10)
    return `all polygons lie in the upper left tenth of the slide, as they would if they were in pixels of a smaller picture of it; ${remedy}`
  const far = beyond(all, slide)
  if (far > Math.max(width, height) / 5)
    return `its polygons reach ${Math.round(far)} pixels out of the slide of ${width} x ${height}, as they would if they were of a larger picture of it; ${remedy}`
  return null
}
