/**
 * OME-TIFF (Bio-Formats, QuPath). The first description is OME-XML; the smaller levels are SubIFDs of page 1, or later pages marked as
 * reduced. Only what is a single picture in colour is read: stacks, time series and channels are refused.
 */

import { SlideError } from '../../core/errors.js'
import { tags } from './tags.js'
import { type Found, pyramid, type Vendor } from './vendor.js'
import { attribute, elements } from './xml.js'

/** µm of one unit; a unit that is none of length (pixel, reference frame) is not here. */
const micrometres: Readonly<Record<string, number>> = {
  µm: 1,
  μm: 1,
  um: 1,
  micron: 1,
  nm: 1e-3,
  mm: 1e3,
  cm: 1e4,
  m: 1e6,
  Å: 1e-4,
  in: 25_400,
  pt: 25_400 / 72,
}

export const ome: Vendor = {
  is: ({ description }) => /<(?:\w+:)?OME[\s>]/.test(description),

  find(trees, uri): Found {
    const first = trees[0]!
    const xml = first.page.description
    if (elements(xml, 'BinaryOnly').length > 0) {
      throw unsupported(uri, 'is one of several files of a multi-file OME-TIFF', 'join the files into one, or open them with Bio-Formats')
    }
    const image = elements(xml, 'Image')[0]
    const pixels = elements(image?.whole ?? xml, 'Pixels')[0]
    if (pixels !== undefined) refusePlanes(pixels.head, pixels.whole, uri)
    const later = trees.slice(1).map(({ page }) => page)
    const reduced = later.filter((page) => (page.subfile & 1) === 1)
    const mpp = pixels && sizeOf(pixels.head)
    const power = powerOf(xml, image?.whole)
    return {
      vendor: /QuPath/i.test(`${xml.slice(0, 2000)} ${first.page.directory.text(tags.Software) ?? ''}`) ? 'qupath' : 'ome',
      levels: pyramid(first.page, first.subs.length > 0 ? first.subs : reduced),
      associated: namedImages(xml, trees),
      ...(mpp === undefined ? {} : { mpp, mppSource: 'OME PhysicalSizeX' }),
      ...(power === undefined ? {} : { power, powerSource: 'OME NominalMagnification' }),
      warnings: [],
    }
  },
}

function refusePlanes(head: string, whole: string, uri: string): void {
  const count = (name: string) => Number(attribute(head, name) ?? 1)
  const [z, t, c] = [count('SizeZ'), count('SizeT'), count('SizeC')]
  if (z > 1) throw unsupported(uri, `is a stack of ${z} planes (SizeZ)`)
  if (t > 1) throw unsupported(uri, `is a time series of ${t} pictures (SizeT)`)
  const samples = elements(whole, 'Channel').map(({ head }) => Number(attribute(head, 'SamplesPerPixel') ?? 1))
  if (c > 1 && samples.length > 0 && samples.every((n) => n === 1))
    throw unsupported(uri, `has ${c} separate channels (fluorescence), where RGB is needed`)
}

function unsupported(uri: string, fact: string, hint?: string): SlideError {
  return new SlideError('SLIDE_UNSUPPORTED', `${uri} ${fact}`, hint === undefined ? {} : { hint })
}

/** One missing axis is as the other. Units count: 250 nm is 0.25 µm. */
function sizeOf(head: string): { x: number; y: number } | undefined {
  const along = (axis: string) => {
    const value = Number(attribute(head, `PhysicalSize${axis}`) ?? Number.NaN)
    const unit = micrometres[attribute(head, `PhysicalSize${axis}Unit`) ?? 'µm']
    return value > 0 && unit !== undefined ? value * unit : undefined
  }
  const x = along('X') ?? along('Y')
  const y = along('Y') ?? x
  return x === undefined || y === undefined ? undefined : { x, y }
}

/** The objective the picture names, else the only one there is. */
function powerOf(xml: string, image: string | undefined): number | undefined {
  const objectives = elements(xml, 'Objective')
  const settings = image === undefined ? undefined : elements(image, 'ObjectiveSettings')[0]
  const id = settings && attribute(settings.head, 'ID')
  const objective =
    id === undefined ? (objectives.length === 1 ? objectives[0] : undefined) : objectives.find((o) => attribute(o.head, 'ID') === id)
  const value = objective === undefined ? Number.NaN : Number(attribute(objective.head, 'NominalMagnification') ?? Number.NaN)
  return value > 0 ? value : undefined
}

/** Further pictures called label, macro or thumbnail: the n-th Image is the n-th page that is no level. */
function namedImages(xml: string, trees: Parameters<Vendor['find']>[0]): Found['associated'] {
  const found: Record<string, Found['levels'][number]> = {}
  const pages = trees.map(({ page }) => page).filter((page) => (page.subfile & 1) === 0)
  for (const [i, { head }] of elements(xml, 'Image').entries()) {
    const name = /label|macro|thumbnail/.exec((attribute(head, 'Name') ?? '').toLowerCase())?.[0]
    const page = pages[i]
    if (i > 0 && name !== undefined && page !== undefined) found[name] ??= page
  }
  return found
}
