/**
 * Akoya (PerkinElmer) QPTIFF. Every page has XML of its own:
 *
 *     <PerkinElmer-QPI-ImageDescription>
 *       <ImageType>   FullResolution, ReducedResolution (the levels), Thumbnail, Overview, Label
 *       <Name>        of the stain, where a page shows one
 *       <Objective>10x  <ScanProfile> … <ScanResolution> <Magnification>20
 *
 * Brightfield: pages in colour, in strips or tiles. Fluorescence has a page for each stain and level, and is refused. NewSubfileType says nothing.
 */

import { SlideError } from '../../core/errors.js'
import { decimal } from './decimal.js'
import type { Page } from './page.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { tags } from './tags.js'
import { type Found, pyramid, type Vendor } from './vendor.js'
import { elements } from './xml.js'

export const qptiff: Vendor = {
  marked: 'Akoya QPTIFF (PerkinElmer)',
  is: ({ description, directory }) =>
    description.includes('<PerkinElmer-QPI-ImageDescription') || /^PerkinElmer-QPI/.test(directory.text(tags.Software) ?? ''),

  find(trees, uri): Found {
    const pages = trees.map(({ page }) => page)
    const of = (type: string) => pages.filter((page) => textOf(page, 'ImageType') === type)
    const full = of('FullResolution')
    const first = full[0]
    if (first === undefined) {
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is an Akoya QPTIFF (PerkinElmer) without a page of ImageType FullResolution`, {
        hint: 'convert it to OME-TIFF, for example with: bfconvert in out.ome.tif',
      })
    }
    if (first.samples === 1 || full.length > 1) throw fluorescence(full, uri)
    const reduced = of('ReducedResolution')
    const levels = pyramid(first, reduced)
    const warnings: string[] = []
    const left = reduced.length + 1 - levels.length
    if (left > 0) warnings.push(`${left} reduced ${left === 1 ? 'page is' : 'pages are'} no smaller picture of the first: left out`)
    const mpp = resolutionOf(first, warnings)
    const scan = elements(first.description, 'ScanResolution')[0]
    const magnification = decimal(scan && inside(scan.whole, 'Magnification'))
    const power = magnification ?? decimal(textOf(first, 'Objective'))
    return {
      vendor: 'qptiff',
      levels,
      associated: firstOf({ label: of('Label'), macro: of('Overview'), thumbnail: of('Thumbnail') }),
      ...(mpp === undefined ? {} : { mpp, mppSource: byTags }),
      ...(power === undefined ? {} : { power, powerSource: `QPTIFF ${magnification === undefined ? 'Objective' : 'Magnification'}` }),
      warnings,
    }
  },
}

/** The text of the first element of that name. */
function inside(xml: string, name: string): string | undefined {
  const found = elements(xml, name)[0]
  return found?.whole.slice(found.head.length, found.whole.lastIndexOf('</')).trim()
}

const textOf = ({ description }: Page, name: string) => inside(description, name)

function firstOf(pages: Readonly<Record<string, readonly Page[]>>): Record<string, Page> {
  return Object.fromEntries(Object.entries(pages).flatMap(([name, [page]]) => (page === undefined ? [] : [[name, page]])))
}

function fluorescence(pages: readonly Page[], uri: string): SlideError {
  const stains = pages.map((page) => textOf(page, 'Name') ?? '').filter((name) => name !== '')
  const said = stains.length === 0 ? '' : ` (${stains.slice(0, 8).join(', ')}${stains.length > 8 ? ' …' : ''})`
  const channels = `${pages.length} ${pages.length === 1 ? 'channel' : 'channels'}${said}`
  return new SlideError(
    'SLIDE_UNSUPPORTED',
    `${uri} is a fluorescence slide of Akoya QPTIFF (PerkinElmer): it has ${channels}, not colours`,
    {
      hint: 'no model for stained tissue fits channels; QuPath can export them as rendered RGB',
    },
  )
}
