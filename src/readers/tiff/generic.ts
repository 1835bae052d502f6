/** Any other TIFF: the largest page is level 0, its SubIFDs or the reduced pages of the same shape are its levels. */

import { isBesideName } from '../beside-names.js'
import { decimal } from './decimal.js'
import { fieldOf, fieldsOf } from './fields.js'
import type { Page } from './page.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { tags } from './tags.js'
import {
  type Found,
  isBeside,
  isMask,
  isReduced,
  largest,
  onlyBeside,
  pyramid,
  reducedOf,
  refuseTwins,
  sameShape,
  type Vendor,
} from './vendor.js'

export const generic: Vendor = {
  is: () => true,

  find(trees, uri): Found {
    const pictures = trees.filter(({ page }) => !isBesideName(page.description))
    const first = largest(pictures.length > 0 ? pictures : trees)
    const base = first.page
    const others = trees.filter((tree) => tree !== first).map(({ page }) => page)
    refuseTwins(
      base,
      others.filter((page) => !isReduced(page) && !isMask(page) && !isBesideName(page.description)),
      uri,
    )
    // What is said of the slide, too, names no other page: libvips writes all it knows, the sizes of label and macro too, on every level.
    const nameOf = ({ description }: Page) =>
      wordsIn(description).find((word) => isBesideName(description) || !wordsIn(base.description).includes(word))
    // A page may be as wide as a level and show another picture: only the mark, or being a SubIFD, makes it one.
    const isLevel = (page: Page) => !isMask(page) && !isBeside(page) && nameOf(page) === undefined
    const reduced = reducedOf(base, trees).filter(isLevel)
    // Huron marks its label, which is in strips, as reduced.
    const smaller = reduced.filter((page) => page.tiled || !base.tiled)
    const associated: Record<string, Page> = {}
    for (const page of others) {
      const name = nameOf(page)
      if (name !== undefined) associated[name] ??= page
    }
    const warnings = pictures.length > 0 ? [] : [onlyBeside]
    if (first !== trees[0]) {
      warnings.push(
        `page ${trees.indexOf(first) + 1} is the slide: it is larger than page 1 (${trees[0]!.page.width} x ${trees[0]!.page.height})`,
      )
    }
    // In strips may be a label; one of the slide's shape (ImageMagick's `ptif:`, whose pages are all of one kind) is smaller of it.
    const ignored = others.filter((page) => isLevel(page) && !isReduced(page) && (page.tiled || sameShape(page, base)))
    const [kind, count] = [ignored.every(({ tiled }) => tiled) ? 'tiled' : 'smaller', ignored.length]
    if (count > 0)
      warnings.push(
        `${count} ${kind} ${count === 1 ? 'page is' : 'pages are'} not marked as reduced, and no ${count === 1 ? 'level' : 'levels'}`,
      )
    const foreign = others.filter((page) => isLevel(page) && isReduced(page)).length - reduced.length
    if (foreign > 0)
      warnings.push(
        `${foreign} reduced ${foreign === 1 ? 'page follows' : 'pages follow'} another picture of that shape, and ${foreign === 1 ? 'is' : 'are'} no level of this one`,
      )
    const strips = reduced.length - smaller.length
    if (strips > 0) warnings.push(`${strips} reduced ${strips === 1 ? 'page is' : 'pages are'} in strips, and no level of a tiled slide`)
    const candidates = [...first.subs.filter(isLevel), ...smaller]
    const crooked = candidates.filter((page) => page.tiled && !sameShape(page, base)).length
    if (crooked > 0)
      warnings.push(
        `${crooked} reduced ${crooked === 1 ? 'page has another shape than the slide, and is no level' : 'pages have another shape than the slide, and are no levels'}`,
      )
    const nothing = base.directory.text(tags.GdalNoData)?.trim()
    if (nothing !== undefined && nothing !== '255')
      warnings.push(
        `it says that ${JSON.stringify(nothing.slice(0, 20))} is no data (GDAL): such pixels are read in their colour, which an otsu mask may take for tissue`,
      )
    // Of what does not count GDAL makes black in smaller levels, whatever it is in level 0.
    if (others.some((page) => isMask(page) && page.width === base.width && page.height === base.height))
      warnings.push(
        'it has a mask of which pixels count, which is not used: the others are read as they are, often black, which an otsu mask may take for tissue',
      )
    const said = saidIn(base.description)
    const byTag = resolutionOf(base, warnings)
    const mpp = said.mpp === undefined ? byTag : { x: said.mpp, y: said.mpp }
    return {
      vendor: /vips/i.test(base.description.slice(0, 2000)) ? 'libvips' : 'generic',
      levels: pyramid(base, candidates),
      associated,
      ...(mpp === undefined ? {} : { mpp, mppSource: said.mpp === undefined ? byTags : 'MPP in its description', meant: isOwn(base) }),
      ...(said.power === undefined ? {} : { power: said.power, powerSource: 'AppMag in its description' }),
      warnings,
    }
  },
}

/** As Aperio writes it, others do, too: `…|AppMag = 20|MPP = 0.25`. */
function saidIn(description: string): { readonly mpp: number | undefined; readonly power: number | undefined } {
  const fields = fieldsOf(description.split('|').slice(1))
  return { mpp: decimal(fieldOf(fields, 'MPP')), power: decimal(fieldOf(fields, 'AppMag')) }
}

/** Names of pictures beside a slide; "unlabelled" is none. */
const wordsIn = (description: string): readonly string[] => description.toLowerCase().match(/\b(?:label|macro|thumbnail)\b/g) ?? []

/** A picture that this program made: a map, an overlay, a thumbnail. */
const isOwn = ({ directory }: Page) => /^tiastream \d/.test(directory.text(tags.Software) ?? '')
