/** What a vendor's file says: which pages are levels, which are pictures beside them, and how large a pixel is. */

import { SlideError } from '../../core/errors.js'
import type { Region, Size } from '../../geometry/region.js'
import type { FoundScale } from '../scale.js'
import type { DirectoryTree } from './directory.js'
import type { LevelLayout } from './layout.js'
import type { Page } from './page.js'

export interface PageTree {
  readonly page: Page
  readonly subs: readonly Page[]
  readonly tree: DirectoryTree
  /** Of the directory in the file, from 0: pages that cannot be read are left out before it. */
  readonly number: number
}

export interface Found extends FoundScale {
  readonly vendor: string
  /** Level 0 first. */
  readonly levels: readonly Page[]
  /** Where the tiles of each level lie, when not as TIFF has it; then a level may be made of several pages. */
  readonly layout?: readonly LevelLayout[]
  /** What of the slide was scanned, in pixels of level 0. */
  readonly bounds?: Region
  readonly associated: Readonly<Record<string, Page | Picture>>
  /** The same as names of JPEGs that may lie beside the file. */
  readonly beside?: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

/** A picture that lies elsewhere than in a page: in a description, in a file beside. */
export interface Picture {
  readonly jpeg: () => Uint8Array | Promise<Uint8Array>
}

export interface Vendor {
  /** The name of a format that has a mark of its own: what looks like another scanner's mark on its pages is none. */
  readonly marked?: string
  is(first: Page): boolean
  /** Throws a SlideError when the file is one of this vendor's that we do not read. */
  find(trees: readonly PageTree[], uri: string): Found
}

/** The page has the shape of level 0, to a pixel's rounding: only such a page can be a level of it. */
export function sameShape(page: Size, base: Size): boolean {
  const off = Math.min(
    Math.abs(page.width - (base.width * page.height) / base.height),
    Math.abs(page.height - (base.height * page.width) / base.width),
  )
  const ratio = (page.width * base.height) / (page.height * base.width)
  return off <= 1 || (ratio > 0.99 && ratio < 1.01)
}

/** Those of `pages` that are smaller pictures of `base`, largest first, each size once: no masks, nor what is marked as a macro. */
export function pyramid(base: Page, pages: readonly Page[]): Page[] {
  const levels = [base]
  const pictures = pages.filter((page) => !isMask(page) && !isBeside(page))
  for (const page of pictures.sort((a, b) => b.width - a.width)) {
    const last = levels.at(-1)!
    if (page.width < last.width && page.height <= last.height && sameShape(page, base)) levels.push(page)
  }
  return levels
}

/** Of pages of one size nobody can say which one is the slide. */
export function refuseTwins({ width, height }: Page, others: readonly Page[], uri: string): void {
  const twins = others.filter((page) => page.width === width && page.height === height).length
  if (twins === 0) return
  throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has ${twins + 1} pages of the same size: a stack, channels or a series`, {
    hint: 'extract the page to be read into a file of its own',
  })
}

/** A camera's raw picture (DNG) has it so: page 1 is a preview, and the picture itself its SubIFD. */
export function refuseLargerSubs({ width, height }: Page, trees: readonly PageTree[], uri: string): void {
  const larger = trees.flatMap(({ subs }) => subs).find((sub) => !isMask(sub) && sub.width * sub.height > width * height)
  if (larger === undefined) return
  throw new SlideError(
    'SLIDE_UNSUPPORTED',
    `${uri} has a SubIFD of ${larger.width} x ${larger.height} pixels that is larger than its picture of ${width} x ${height}`,
    { hint: 'extract the picture to be read into a file of its own' },
  )
}

/** The pages marked as reduced that are of `base`: a larger picture of the same shape that comes between has its own. */
export function reducedOf(base: Page, trees: readonly PageTree[]): Page[] {
  const pages = trees.map(({ page }) => page)
  return pages.filter((page, i) => {
    if (page === base || !isReduced(page) || isMask(page) || isBeside(page)) return false
    const above = pages
      .slice(0, i)
      .findLast((p) => !isReduced(p) && !isMask(p) && p.tiled === page.tiled && p.width > page.width && sameShape(page, p))
    return above === undefined || above === base
  })
}

/** For a file without any other picture. */
export const onlyBeside = 'its only picture is called a label, a macro, an overview or a thumbnail: it may be no slide'

/** For a file whose largest picture says of itself that it was made of a larger one. */
export const onlyReduced = 'its largest picture is marked as reduced: the one that it was made of is not here'

export const isMask = ({ subfile }: Page): boolean => (subfile & 4) === 4
/** Bit 8 is no level's: Aperio and Huron mark macros so, DNG depth maps. */
export const isBeside = ({ subfile }: Page): boolean => (subfile & 8) === 8
export const isReduced = ({ subfile }: Page): boolean => (subfile & 1) === 1

/** The page with the most pixels, the first of equals: no page of a slide is larger than its level 0. */
export function largest(trees: readonly PageTree[]): PageTree {
  const pictures = trees.filter(({ page }) => !isMask(page))
  const area = ({ page }: PageTree) => page.width * page.height
  return (pictures.length > 0 ? pictures : trees).reduce((best, tree) => (area(tree) > area(best) ? tree : best))
}
