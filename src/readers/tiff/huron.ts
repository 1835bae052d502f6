/**
 * Huron. Make begins `Huron`; the description is a list of `key = value` lines. Tiled pages are levels, marked as reduced or not; of those in
 * strips the second page is the thumbnail, NewSubfileType 1 the label and 9 the macro.
 */

import { decimal } from './decimal.js'
import { fieldsOf } from './fields.js'
import type { Page } from './page.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { tags } from './tags.js'
import { type Found, isMask, pyramid, refuseTwins, type Vendor } from './vendor.js'

export const huron: Vendor = {
  marked: 'Huron',
  is: ({ directory, tiled }) => tiled && /^Huron/.test(directory.text(tags.Make) ?? ''),

  find(trees, uri): Found {
    const [first, ...rest] = trees.map(({ page }) => page) as [Page, ...Page[]]
    const tiled = rest.filter((page) => page.tiled && !isMask(page))
    refuseTwins(first, tiled, uri)
    const levels = pyramid(first, tiled)
    const warnings: string[] = []
    const left = tiled.length + 1 - levels.length
    if (left > 0) warnings.push(`${left} tiled ${left === 1 ? 'page is' : 'pages are'} no smaller picture of the first: left out`)
    const associated: Record<string, Page> = {}
    for (const [i, page] of rest.entries()) {
      const name = page.tiled ? undefined : i === 0 ? 'thumbnail' : names[page.subfile]
      if (name !== undefined) associated[name] ??= page
    }
    const mpp = resolutionOf(first, warnings)
    const power = decimal(fieldsOf(first.description.split('\n')).get('Objective'))
    return {
      vendor: 'huron',
      levels,
      associated,
      ...(mpp === undefined ? {} : { mpp, mppSource: byTags }),
      ...(power === undefined ? {} : { power, powerSource: 'Huron Objective' }),
      warnings,
    }
  },
}

const names: Readonly<Record<number, string>> = { 1: 'label', 9: 'macro' }
