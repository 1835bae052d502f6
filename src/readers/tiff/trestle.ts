/**
 * Trestle (MedScan). All pages are levels, in order. The description of the first is a list of `key=value;`:
 *
 *     Objective Power=20;Background Color=FFFFFF;OverlapsXY=64 64 32 32 ;      pixels by which the tiles of each page overlap, x y x y …
 *
 * A level is smaller than its page by the overlaps. XResolution and YResolution are the size of a pixel in µm. `name.Full` beside `name.tif` is a
 * JPEG of the whole glass.
 */

import { nameIn } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { malformed } from '../malformed.js'
import { bothAxes } from '../scale.js'
import { decimal } from './decimal.js'
import { fieldsOf } from './fields.js'
import { type LevelLayout, wholePage } from './layout.js'
import type { Page } from './page.js'
import { tags } from './tags.js'
import type { Found, Vendor } from './vendor.js'

export const trestle: Vendor = {
  marked: 'Trestle TIFF',
  is: ({ description, directory }) => /^MedScan/.test(directory.text(tags.Software) ?? '') || description.includes('OverlapsXY='),

  find(trees, uri): Found {
    const pages = trees.map(({ page }) => page)
    const strips = pages.find((page) => !page.tiled)
    if (strips !== undefined)
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is a Trestle TIFF with a page of ${strips.width} x ${strips.height} in strips`, {
        hint: 'its pages are levels in tiles: convert it to a pyramidal TIFF',
      })
    const first = pages[0]!
    const fields = fieldsOf(first.description.split(';'))
    const overlaps = (fields.get('OverlapsXY') ?? '').split(/\s+/).filter((text) => text !== '')
    const warnings: string[] = []
    const levels = levelsOf(pages, overlaps, uri, warnings)
    const mpp = bothAxes((axis) => {
      const value = first.directory.real(axis === 'X' ? tags.XResolution : tags.YResolution) ?? 0
      return value > 0 ? value : undefined
    }, warnings)
    const power = decimal(fields.get('Objective Power'))
    return {
      vendor: 'trestle',
      levels: levels.map(({ parts }) => parts[0]!.page),
      layout: levels,
      associated: {},
      beside: { macro: nameIn(uri).replace(/(\.[^.]*)?$/, '.Full') },
      ...(mpp === undefined ? {} : { mpp, mppSource: 'Trestle XResolution' }),
      ...(power === undefined ? {} : { power, powerSource: 'Trestle Objective Power' }),
      warnings,
    }
  },
}

function levelsOf(pages: readonly Page[], overlaps: readonly string[], uri: string, warnings: string[]): LevelLayout[] {
  const levels: LevelLayout[] = []
  for (const [i, page] of pages.entries()) {
    const part = wholePage(page)
    const x = overlapOf(overlaps[2 * i], page.tile.width, uri)
    const y = overlapOf(overlaps[2 * i + 1], page.tile.height, uri)
    const width = page.width - (part.columns - 1) * x
    const height = page.height - (part.rows - 1) * y
    const [base, last] = [levels[0], levels.at(-1)]
    if (last !== undefined && (width >= last.width || height >= last.height)) {
      warnings.push(`page ${i + 1} (${width} x ${height}) is left out: it is no smaller level of the page before`)
      continue
    }
    levels.push({
      width,
      height,
      factor: base === undefined ? { x: 1, y: 1 } : { x: base.width / width, y: base.height / height },
      parts: [{ ...part, advance: { x: page.tile.width - x, y: page.tile.height - y } }],
    })
  }
  return levels
}

/** At most half of a tile: else a box would meet any number of them. */
function overlapOf(text: string | undefined, side: number, uri: string): number {
  if (text === undefined) return 0
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= side / 2)) throw malformed(uri, `has tiles of ${side} pixels that overlap by ${JSON.stringify(text.slice(0, 20))}`)
  return value
}
