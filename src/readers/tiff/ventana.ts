/**
 * Ventana BIF (Roche). XMP of the first page: `<iScan Magnification="20" ScanRes="0.465">`, ScanRes in µm. Levels are described as
 * `level=0 mag=20 quality=90`; `Label Image` is the macro, `Thumbnail` the thumbnail. Where the tiles of level 0 lie says its own XMP (see
 * ventana-areas.ts); without it they lie side by side.
 *
 * A tile of level n holds 2^n × 2^n tiles of the camera, each of which has the place of its own.
 */

import { SlideError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import { fourDigits } from '../../geometry/round.js'
import { malformed } from '../malformed.js'
import { decimal } from './decimal.js'
import { type LevelLayout, tilesOf, wholePage } from './layout.js'
import { around } from './leica.js'
import type { Page } from './page.js'
import { tags } from './tags.js'
import type { Found, Vendor } from './vendor.js'
import { type Areas, areasOf } from './ventana-areas.js'
import { treeOf, within, type XmlNode } from './xml-tree.js'

export const ventana: Vendor = {
  marked: 'Ventana BIF',
  is: ({ directory }) => (directory.text(tags.XMP) ?? '').includes('<iScan'),

  find(trees, uri): Found {
    const pages = trees.map(({ page }) => page)
    const scan = scanOf(treeOf(pages[0]!.directory.text(tags.XMP)!, uri))
    if (scan === undefined) throw malformed(uri, 'is a Ventana BIF whose XMP has no iScan where it should be')
    const warnings: string[] = []
    const levels = levelsOf(pages, uri, warnings)
    const about = levels[0]!.page.directory.text(tags.XMP)
    const areas = about === undefined ? undefined : areasOf(treeOf(about, uri), levels[0]!.page, uri)
    const layout = levels.map((level) => (areas === undefined ? sideBySide(level) : placed(level, areas, uri)))
    const mpp = decimal(scan.said('ScanRes'))
    const power = decimal(scan.said('Magnification'))
    if (power !== undefined && power !== levels[0]!.mag)
      warnings.push(`says that its Magnification is ${power}, and of level 0 that its mag is ${levels[0]!.mag}: one of them is wrong`)
    const bounds = areas && around(areas.regions)
    return {
      vendor: 'ventana',
      levels: levels.map(({ page }) => page),
      layout,
      ...(bounds === undefined ? {} : { bounds }),
      associated: Object.fromEntries(pages.flatMap((page) => (names[page.description] ? [[names[page.description]!, page]] : []))),
      ...(mpp === undefined ? {} : { mpp: { x: mpp, y: mpp }, mppSource: 'Ventana ScanRes' }),
      ...(power === undefined ? {} : { power, powerSource: 'Ventana Magnification' }),
      warnings,
    }
  },
}

const names: Readonly<Record<string, string>> = { 'Label Image': 'macro', Label_Image: 'macro', Thumbnail: 'thumbnail' }

const scanOf = (root: XmlNode): XmlNode | undefined =>
  root.name === 'iScan' ? root : root.name === 'Metadata' ? within(root, 'iScan') : undefined

interface Level {
  readonly page: Page
  readonly mag: number
  readonly factor: number
}

function levelsOf(pages: readonly Page[], uri: string, warnings: string[]): Level[] {
  const levels: Level[] = []
  let magnification = Number.POSITIVE_INFINITY
  let first = 0
  for (const page of pages) {
    const said = /(?:^|\s)level=(\d+)(?:\s|$)/.exec(page.description)?.[1]
    if (said === undefined) continue
    const mag = decimal(/(?:^|\s)mag=(\S+)/.exec(page.description)?.[1])
    if (mag === undefined || mag >= magnification || Number(said) !== first++)
      throw malformed(uri, `describes a page as ${JSON.stringify(page.description.slice(0, 60))}, which is not the next level`)
    const base = levels[0]
    magnification = mag
    if (!page.tiled || (base !== undefined && (page.tile.width !== base.page.tile.width || page.tile.height !== base.page.tile.height)))
      throw malformed(uri, `has level ${said} in other tiles than level 0`)
    const factor = base === undefined ? 1 : base.mag / mag
    if (!Number.isInteger(factor) || factor > Math.min(page.tile.width, page.tile.height))
      warnings.push(`level ${said} is left out: it is ${fourDigits(factor)} times smaller, which is no whole number or too much`)
    else if (base !== undefined && !isSmaller(page, base.page, factor))
      warnings.push(
        `level ${said} is left out: by its mag it is ${factor} times smaller than level 0 of ${base.page.width} x ${base.page.height} pixels, and it has ${page.width} x ${page.height}`,
      )
    else levels.push({ page, mag, factor })
  }
  if (levels.length === 0) throw malformed(uri, 'is a Ventana BIF without a level')
  return levels
}

/** As large as it needs to be, and no more than a tile larger: levels may be filled up. One of few tiles may then be of another factor, which shows in its sizes. */
function isSmaller(page: Page, base: Page, factor: number): boolean {
  const fits = (by: number, more: Size) =>
    (['width', 'height'] as const).every((side) => page[side] >= base[side] / by - 1 && page[side] <= base[side] / by + more[side])
  const halvings = 2 ** Math.round(Math.log2(base.width / page.width))
  return fits(factor, page.tile) && (halvings === factor || !fits(halvings, { width: 1, height: 1 }))
}

const both = (n: number) => ({ x: n, y: n })

const sideBySide = ({ page, factor }: Level): LevelLayout => ({
  width: page.width,
  height: page.height,
  factor: both(factor),
  parts: [wholePage(page)],
})

function placed({ page, factor }: Level, { parts, width, height }: Areas, uri: string): LevelLayout {
  const level: LevelLayout = {
    // As large as its tiles need: the file does not say it.
    width: Math.ceil(width / factor),
    height: Math.ceil(height / factor),
    factor: both(factor),
    parts: parts.map(({ at, advance, ...tiles }) => ({
      ...tiles,
      page,
      cuts: factor,
      at: { x: at.x / factor, y: at.y / factor },
      advance: { x: advance.x / factor, y: advance.y / factor },
    })),
  }
  const { width: tile, height: tall } = page.tile
  const beyond = parts.find(
    ({ column, columns, row, rows }) =>
      Math.ceil((column + columns) / factor) > Math.ceil(page.width / tile) ||
      Math.ceil((row + rows) / factor) > Math.ceil(page.height / tall),
  )
  if (beyond !== undefined || tilesOf(level) === 0) {
    throw new SlideError(
      'SLIDE_MALFORMED',
      `${uri} has an area of ${beyond?.columns ?? 0} x ${beyond?.rows ?? 0} tiles that its level of ${page.width} x ${page.height} pixels has not`,
    )
  }
  return level
}
