/**
 * Philips TIFF. The first description is XML: objects with attributes, of which some hold arrays of objects.
 *
 *     DataObject DPUfsImport
 *       PIM_DP_SCANNED_IMAGES
 *         DataObject  PIM_DP_IMAGE_TYPE WSI, DICOM_PIXEL_SPACING, DICOM_DERIVATION_DESCRIPTION,
 *                     PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE: for each level a DICOM_PIXEL_SPACING, "row" "column" in mm
 *         DataObject  PIM_DP_IMAGE_TYPE LABELIMAGE or MACROIMAGE, PIM_DP_IMAGE_DATA: a JPEG in base64
 *
 * Tiled pages are the levels, each but the first marked as reduced. Every level is filled up to whole tiles: its factor follows from its
 * spacing, and its size from that of level 0. Tiles without bytes lie between the regions that were scanned.
 */

import { SlideError } from '../../core/errors.js'
import { fourDigits } from '../../geometry/round.js'
import { malformed } from '../malformed.js'
import { decimal } from './decimal.js'
import type { Page } from './page.js'
import { tags } from './tags.js'
import { type Found, isReduced, type Picture, type Vendor } from './vendor.js'
import { childrenOf, treeOf, within, type XmlNode } from './xml-tree.js'

export const philips: Vendor = {
  marked: 'Philips TIFF',
  is: ({ directory, description }) => /^Philips/.test(directory.text(tags.Software) ?? '') || description.includes('DPUfsImport'),

  find(trees, uri): Found {
    const pages = trees.map(({ page }) => page)
    const root = pages[0]!.description.includes('DPUfsImport') ? treeOf(pages[0]!.description, uri) : undefined
    const images = root === undefined ? [] : arrayOf(root, 'PIM_DP_SCANNED_IMAGES')
    const scans = images.filter((image) => textOf(image, 'PIM_DP_IMAGE_TYPE') === 'WSI')
    if (scans.length !== 1) {
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is a Philips TIFF whose description speaks of ${scans.length} scans, not of one`, {
        hint: 'export each scan from the image management system into a file of its own',
      })
    }
    const scan = scans[0]!
    const warnings: string[] = []
    const spacings = arrayOf(scan, 'PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE').map((one) => spacingOf(textOf(one, 'DICOM_PIXEL_SPACING')))
    const mpp = spacingOf(textOf(scan, 'DICOM_PIXEL_SPACING')) ?? spacings[0]
    const power = powerOf(textOf(scan, 'DICOM_DERIVATION_DESCRIPTION'))
    return {
      vendor: 'philips',
      levels: levelsOf(pages, spacings, uri, warnings),
      associated: picturesOf(pages, images),
      ...(mpp === undefined ? {} : { mpp: { x: mpp.x * 1000, y: mpp.y * 1000 }, mppSource: 'Philips DICOM_PIXEL_SPACING' }),
      ...(power === undefined ? {} : { power, powerSource: 'Philips DICOM_DERIVATION_DESCRIPTION' }),
      warnings,
    }
  },
}

interface Spacing {
  readonly x: number
  readonly y: number
}

function levelsOf(pages: readonly Page[], spacings: readonly (Spacing | undefined)[], uri: string, warnings: string[]): Page[] {
  const tiled = pages.filter((page) => page.tiled)
  const base = tiled[0]
  if (base === undefined) throw malformed(uri, 'is a Philips TIFF without a tiled page')
  const odd = tiled.find((page, i) => i > 0 && (!isReduced(page) || page.width > tiled[i - 1]!.width || page.height > tiled[i - 1]!.height))
  if (odd !== undefined)
    throw malformed(uri, `has a tiled page of ${odd.width} x ${odd.height} that is no smaller level of the page before`)
  if (tiled.length > 1 && spacings.length !== tiled.length) {
    warnings.push(`${spacings.length} spacings are said of ${tiled.length} levels: only level 0 is read`)
    return [base]
  }
  const levels = [base]
  for (const [i, page] of tiled.entries()) {
    if (i === 0) continue
    const [first, own] = [spacings[0], spacings[i]]
    // Whole numbers so far, as for OpenSlide.
    const [x, y] = first === undefined || own === undefined ? [Number.NaN, Number.NaN] : [own.x / first.x, own.y / first.y]
    const factor = Math.abs(x - y) > 0.05 * x ? Number.NaN : Math.round((x + y) / 2)
    const [width, height] = [Math.floor(base.width / factor), Math.floor(base.height / factor)]
    const fits = (size: number, stored: number, tile: number) => size > 0 && Math.ceil(size / tile) === Math.ceil(stored / tile)
    if (fits(width, page.width, page.tile.width) && fits(height, page.height, page.tile.height))
      levels.push({ ...page, width, height, factor })
    else
      warnings.push(
        `the page of ${page.width} x ${page.height} is left out: ${Number.isNaN(x) ? 'no spacing is said of it, or of level 0' : `it is no level of the factor ${factor || `${fourDigits(x)} x ${fourDigits(y)}`} that its spacing says`}`,
      )
  }
  // In a few tiles fits what is not so.
  if (levels.some((level, i) => i > 0 && level.factor! <= (levels[i - 1]!.factor ?? 1))) {
    warnings.push(
      `the spacings say levels ${levels
        .slice(1)
        .map(({ factor }) => factor)
        .join(', ')} times smaller, which are out of order: only level 0 is read`,
    )
    return [base]
  }
  return levels
}

function picturesOf(pages: readonly Page[], images: readonly XmlNode[]): Record<string, Page | Picture> {
  const found: Record<string, Page | Picture> = {}
  for (const [name, title, type] of [
    ['label', 'Label', 'LABELIMAGE'],
    ['macro', 'Macro', 'MACROIMAGE'],
  ] as const) {
    const page = pages.find((one) => !one.tiled && one.description.startsWith(title))
    const data = textOf(
      images.find((image) => textOf(image, 'PIM_DP_IMAGE_TYPE') === type),
      'PIM_DP_IMAGE_DATA',
    )
    if (page !== undefined) found[name] = page
    else if (data !== undefined && data !== '') found[name] = { jpeg: () => Buffer.from(data, 'base64') }
  }
  return found
}

const attributeOf = (object: XmlNode | undefined, name: string) =>
  childrenOf(object, 'Attribute').find((attribute) => attribute.said('Name') === name)
const textOf = (object: XmlNode | undefined, name: string) => attributeOf(object, name)?.text
const arrayOf = (object: XmlNode, name: string) => childrenOf(within(attributeOf(object, name), 'Array'), 'DataObject')

/** `"row" "column"`: y first. */
function spacingOf(text: string | undefined): Spacing | undefined {
  const [y, x, ...more] = (text ?? '').replaceAll('"', ' ').trim().split(/\s+/).map(decimal)
  return x === undefined || y === undefined || more.length > 0 ? undefined : { x, y }
}

/** `tiff-useBigTIFF=1-useRgb=0-levels=40,10001,0-processing=0-…-sourceFilename="…"`: the first of levels, unless it is one of the others' kind. */
function powerOf(text = ''): number | undefined {
  const before = text.split('-sourceFilename=')[0]!
  const power = decimal(/(?:^|-)levels=(\d+)/.exec(before)?.[1])
  return power !== undefined && power <= 200 ? power : undefined
}
