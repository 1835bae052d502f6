/** Any other TIFF: page 1 is level 0, its SubIFDs or the reduced (or smaller, tiled) pages of the same shape are its levels. */

import { SlideError } from '../../core/errors.js'
import type { Page } from './page.js'
import { tags } from './tags.js'
import { type Found, pyramid, sameShape, type Vendor } from './vendor.js'

const isReduced = ({ subfile }: Page) => (subfile & 1) === 1
const isMask = ({ subfile }: Page) => (subfile & 4) === 4

export const generic: Vendor = {
  is: () => true,

  find(trees, uri): Found {
    const first = trees[0]!
    const base = first.page
    const later = trees.slice(1).map(({ page }) => page)
    const twins = later.filter((page) => page.width === base.width && page.height === base.height && !isReduced(page) && !isMask(page))
    if (twins.length > 0) {
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has ${twins.length + 1} pages of the same size: a stack, channels or a series`, {
        hint: 'extract the page to be read into a file of its own',
      })
    }
    const smaller = later.filter((page) => !isMask(page) && (isReduced(page) || (page.tiled && base.tiled)))
    const subs = first.subs.filter((page) => !isMask(page))
    const associated: Record<string, Page> = {}
    for (const page of later) {
      const name = /label|macro|thumbnail/.exec(page.description.toLowerCase())?.[0]
      if (name !== undefined && !sameShape(page, base)) associated[name] ??= page
    }
    const mpp = resolutionOf(base)
    return {
      vendor: /vips/i.test(base.description.slice(0, 2000)) ? 'libvips' : 'generic',
      levels: pyramid(base, [...subs, ...smaller]),
      associated,
      ...(mpp === undefined ? {} : { mpp, mppSource: 'TIFF resolution tags' }),
      warnings: [],
    }
  },
}

/** µm in one ResolutionUnit: 2 inch, 3 centimetre; 1 is "no absolute unit". */
const units: Readonly<Record<number, number>> = { 2: 25_400, 3: 10_000 }

function resolutionOf({ directory }: Page): { x: number; y: number } | undefined {
  const unit = units[directory.number(tags.ResolutionUnit) ?? 2]
  const along = (tag: typeof tags.XResolution | typeof tags.YResolution) => {
    const perUnit = directory.real(tag) ?? 0
    return unit !== undefined && perUnit > 0 ? unit / perUnit : undefined
  }
  const x = along(tags.XResolution) ?? along(tags.YResolution)
  const y = along(tags.YResolution) ?? x
  return x === undefined || y === undefined ? undefined : { x, y }
}
