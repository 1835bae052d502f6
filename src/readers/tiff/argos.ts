/**
 * Argos AVS. Tag 65000 of the first page is XML: `<Argos.Scan.Metadata>` with MinZ, MaxZ, ObjectiveMagnification. Tiled pages are the levels of
 * one focal plane after the other, each plane from its largest to its smallest; the middle plane is the slide. Of the pages in strips the last
 * but one is the thumbnail, the last the macro. Tiles without bytes are blank.
 */

import { SlideError } from '../../core/errors.js'
import { malformed } from '../malformed.js'
import { decimal } from './decimal.js'
import type { Page } from './page.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { tags } from './tags.js'
import { type Found, pyramid, type Vendor } from './vendor.js'
import { treeOf, within, type XmlNode } from './xml-tree.js'

export const argos: Vendor = {
  marked: 'Argos AVS',
  is: ({ directory }) => (directory.text(tags.ArgosMetadata) ?? '').includes('<Argos.Scan.Metadata'),

  find(trees, uri): Found {
    const pages = trees.map(({ page }) => page)
    const about = treeOf(pages[0]!.directory.text(tags.ArgosMetadata)!, uri)
    const planes = planesOf(pages)
    const middle = planes[middleOf(about, planes.length, uri)]
    if (middle === undefined) throw malformed(uri, `has pages of ${planes.length} focal planes, fewer than its description says`)
    const warnings: string[] = []
    if (planes.length > 1) warnings.push(`of ${planes.length} focal planes the middle one is read`)
    const [first, ...smaller] = middle as [Page, ...Page[]]
    const mpp = resolutionOf(first, warnings)
    const power = decimal(within(about, 'ObjectiveMagnification')?.text)
    const [thumbnail, macro] = pages.length > 1 ? pages.slice(-2).map((page) => (page.tiled ? undefined : page)) : []
    return {
      vendor: 'argos',
      levels: pyramid(first, smaller),
      associated: { ...(thumbnail === undefined ? {} : { thumbnail }), ...(macro === undefined ? {} : { macro }) },
      ...(mpp === undefined ? {} : { mpp, mppSource: byTags }),
      ...(power === undefined ? {} : { power, powerSource: 'Argos ObjectiveMagnification' }),
      warnings,
    }
  },
}

/** A page that is no smaller than the one before begins the next plane. */
function planesOf(pages: readonly Page[]): Page[][] {
  const planes: Page[][] = []
  for (const page of pages) {
    if (!page.tiled) continue
    const last = planes.at(-1)
    if (last !== undefined && page.width < last.at(-1)!.width) last.push(page)
    else planes.push([page])
  }
  return planes
}

function middleOf(about: XmlNode, planes: number, uri: string): number {
  const [least, most] = ['MinZ', 'MaxZ'].map((name) => {
    const text = within(about, name)?.text
    return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined
  })
  if (least !== undefined && most !== undefined && most >= least) return Math.floor((most - least) / 2)
  if (planes === 1) return 0
  throw new SlideError(
    'SLIDE_UNSUPPORTED',
    `${uri} is an Argos AVS slide of ${planes} focal planes that does not say which one is the middle`,
    {
      hint: 'export one focal plane from its viewer',
    },
  )
}
