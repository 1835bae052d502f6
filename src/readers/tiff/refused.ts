/** TIFF-based formats that look readable and are not: read as plain TIFFs they would give wrong places or wrong colours. */

import { SlideError } from '../../core/errors.js'
import { article } from '../../core/text/article.js'
import type { Page } from './page.js'
import { philips } from './philips.js'
import { qptiff } from './qptiff.js'
import { tags } from './tags.js'
import { trestle } from './trestle.js'
import type { Vendor } from './vendor.js'

interface Refused {
  readonly name: string
  readonly is: (page: Page, uri: string) => boolean
  readonly hint?: string
}

const LSM_INFO = 34_412
const METAMORPH_PLANES = 33_629

/**
 * By what scanners write: as soon as one page of a file has it, the file is theirs. Those whose first page has it are read by their own rules; of
 * the others pages were lost, or put together anew, and their tiles may overlap, be channels, or be filled up.
 */
const scanners: readonly Refused[] = [
  { name: 'Hamamatsu NDPI', is: ({ directory }) => directory.has(tags.NdpiFormat) },
  asAlways(qptiff),
  asAlways(philips),
  { name: 'Leica SCN', is: ({ description }) => description.includes('leica-microsystems.com/scn') },
  {
    name: 'Ventana BIF',
    is: ({ description, directory }) =>
      description.includes('<iScan') ||
      /^level=\d/.test(description) ||
      (directory.text(tags.XMP) ?? '').includes('<iScan') ||
      /^ScanOutputManager/.test(directory.text(tags.Software) ?? ''),
  },
  asAlways(trestle),
  { name: 'Argos AVS', is: ({ directory }) => (directory.text(tags.ArgosMetadata) ?? '').includes('<Argos') },
]

/** Known by any page as by the first. */
function asAlways({ marked, is }: Vendor): Refused {
  return { name: marked!, is }
}

const others: readonly Refused[] = [
  { name: 'Olympus VSI', is: (_, uri) => /\.vsi$/i.test(uri), hint: 'its pixels are in .ets files; convert it to OME-TIFF with bfconvert' },
  { name: 'Zeiss LSM', is: ({ directory }) => directory.has(LSM_INFO), hint: 'its samples are channels, not colours' },
  { name: 'MetaMorph STK', is: ({ directory }) => directory.has(METAMORPH_PLANES), hint: 'save the plane to be read as a TIFF of its own' },
  {
    name: 'volume (ImageDepth above 1)',
    is: ({ directory }) => [tags.ImageDepth, tags.TileDepth].some((tag) => (directory.number(tag) ?? 1) > 1),
    hint: 'extract the plane to be read into a file of its own',
  },
]

/** Any page may say it. `known`: by its first page the file is a scanner's. */
export function refuseByName(pages: readonly Page[], uri: string, known: boolean): void {
  const found = (formats: readonly Refused[]) => formats.find((format) => pages.some((page) => format.is(page, uri)))
  const torn = known ? undefined : found(scanners)
  if (torn !== undefined) {
    throw new SlideError(
      'SLIDE_UNSUPPORTED',
      `${uri} has a page of ${article(torn.name)} ${torn.name} slide, and its first page is not as such a slide has it`,
      {
        hint: 'get the file as the scanner wrote it',
      },
    )
  }
  const format = found(others)
  if (format === undefined) return
  throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is ${article(format.name)} ${format.name} slide, which is not read`, {
    ...(format.hint === undefined ? {} : { hint: format.hint }),
  })
}
