/**
 * Aperio SVS. Page 1 is level 0; page 2, in strips, the thumbnail; further tiled pages are levels; the last ones are label and macro.
 * The description of a page: two lines, then `|key = value` pairs: `…|AppMag = 20|MPP = 0.4990|…`. Scanners of Motic and Mikroscan write the same,
 * under their own names.
 */

import { SlideError } from '../../core/errors.js'
import { decimal } from './decimal.js'
import { fieldOf, fieldsOf } from './fields.js'
import type { Page } from './page.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { type Found, isBeside, isMask, pyramid, refuseTwins, sameShape, type Vendor } from './vendor.js'

const writers = /^(Aperio|Motic |Mikroscan)/

export const aperio: Vendor = {
  is: ({ description }) => writers.test(description),

  find(trees, uri): Found {
    const writer = writers.exec(trees[0]!.page.description)![0].trim()
    // What page 1 says counts for those without a description.
    const ofAperio = (page: Page): Page => ({ ...page, aperio: writer === 'Aperio' })
    const [first, ...rest] = trees.map(({ page }) => ofAperio(page)) as [Page, ...Page[]]
    const named = (page: Page, i: number) => nameOf(page, i, first)
    const isLevel = (page: Page, i: number) => page.tiled && named(page, i) === null && !isMask(page)
    // A macro may be larger than a slide that was cut out; a level may not.
    const larger = rest.find((page, i) => isLevel(page, i) && page.width * page.height > first.width * first.height)
    if (larger !== undefined) {
      throw new SlideError(
        'SLIDE_UNSUPPORTED',
        `${uri} has a tiled page of ${larger.width} x ${larger.height} that is larger than its page 1`,
      )
    }
    refuseTwins(first, rest.filter(isLevel), uri)
    const associated: Record<string, Page> = {}
    for (const [i, page] of rest.entries()) {
      const name = named(page, i)
      if (name !== null && !(name in associated)) associated[name] = page
    }
    const parts = first.description.split('|').slice(1)
    const fields = fieldsOf(parts)
    const warnings: string[] = []
    const read = (name: string) => {
      const written = fieldOf(fields, name)
      const value = decimal(written)
      if (written !== undefined && value === undefined) warnings.push(`${name} = ${JSON.stringify(written.slice(0, 40))} is not understood`)
      return value
    }
    // libvips and others keep the description of a picture that they made smaller.
    const described = /^\S+ \[\S+[ ,](\d+)x(\d+)\]/m.exec(first.description)
    if (described !== null && (Number(described[1]) !== first.width || Number(described[2]) !== first.height))
      warnings.push(`is described as ${described[1]} x ${described[2]} pixels: what is said of its resolution may be another picture's`)
    const mpp = read('MPP')
    // Without it the power would stand in for what is said under another name.
    const alike = mpp === undefined ? parts.find((part) => /mpp.|.mpp|micron|pixel ?size/i.test(part.split('=', 1)[0]!.trim())) : undefined
    if (alike !== undefined) warnings.push(`${alike.trim().slice(0, 80)} is not read: the size of a pixel is looked for as MPP`)
    const power = read('AppMag')
    // Converters that write such files say it in the tags alone, at times; the power stands in for neither.
    const tagged = mpp === undefined ? resolutionOf(first, []) : undefined
    return {
      vendor: writer.toLowerCase(),
      // libvips keeps the description, and may write levels as SubIFDs.
      levels: pyramid(first, [...trees[0]!.subs.map(ofAperio), ...rest.filter(isLevel)]),
      associated,
      ...(mpp === undefined ? {} : { mpp: { x: mpp, y: mpp }, mppSource: `${writer} MPP` }),
      ...(tagged === undefined ? {} : { mpp: tagged, mppSource: byTags }),
      ...(power === undefined ? {} : { power, powerSource: `${writer} AppMag` }),
      warnings,
    }
  },
}

function nameOf(page: Page, index: number, slide: Page): string | null {
  const second = page.description.split('\n')[1] ?? ''
  if (second.startsWith('label')) return 'label'
  if (second.startsWith('macro')) return 'macro'
  if (page.tiled) return isBeside(page) ? 'macro' : null
  // Some writers mark it as reduced, as labels are.
  if (index === 0 && sameShape(page, slide)) return 'thumbnail'
  if (page.subfile === 1) return 'label'
  if (page.subfile === 9) return 'macro'
  return index === 0 ? 'thumbnail' : null
}
