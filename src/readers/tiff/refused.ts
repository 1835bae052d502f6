/** TIFF-based formats that look readable and are not: read as plain TIFFs they would give wrong places or wrong colours. */

import { SlideError } from '../../core/errors.js'
import type { Page } from './page.js'
import { tags } from './tags.js'

interface Refused {
  readonly name: string
  readonly is: (page: Page, uri: string) => boolean
  readonly hint?: string
}

const convert = 'convert it to a pyramidal TIFF, for example with: vips tiffsave in out.tif --tile --pyramid --compression jpeg'
const NDPI_FORMAT = 65_420
const LSM_INFO = 34_412
const METAMORPH_PLANES = 33_629

const isQptiff = ({ description, directory }: Page) =>
  description.includes('<PerkinElmer-QPI-ImageDescription') || /^PerkinElmer-QPI/.test(directory.text(tags.Software) ?? '')

/** By what scanners write: as soon as one page of a file has it, the file is theirs. */
const scanners: readonly Refused[] = [
  { name: 'Hamamatsu NDPI', is: ({ directory }) => directory.has(NDPI_FORMAT), hint: convert },
  {
    name: 'Akoya QPTIFF (PerkinElmer)',
    // A brightfield QPTIFF holds RGB pages; a fluorescence one a page for each stain.
    is: (page) => isQptiff(page) && page.samples === 1,
    hint: 'fluorescence slides have channels, not colours: no model for stained tissue fits them',
  },
  // Which of its pages are levels and which is the overview is said in their XML alone.
  { name: 'Akoya QPTIFF (PerkinElmer) brightfield', is: isQptiff, hint: 'convert it to OME-TIFF with bfconvert' },
  { name: 'Olympus VSI', is: (_, uri) => /\.vsi$/i.test(uri), hint: 'its pixels are in .ets files; convert it to OME-TIFF with bfconvert' },
  {
    name: 'Philips TIFF',
    is: ({ description, directory }) => description.includes('DPUfsImport') || /^Philips/.test(directory.text(tags.Software) ?? ''),
    hint: convert,
  },
  { name: 'Leica SCN', is: ({ description }) => description.includes('leica-microsystems.com/scn'), hint: convert },
  {
    name: 'Ventana BIF',
    is: ({ description, directory }) =>
      description.includes('<iScan') ||
      /^level=\d/.test(description) ||
      (directory.text(tags.XMP) ?? '').includes('<iScan') ||
      /^ScanOutputManager/.test(directory.text(tags.Software) ?? ''),
    hint: convert,
  },
  {
    name: 'Trestle TIFF',
    // Its tiles overlap: side by side they show some of the tissue twice.
    is: ({ description, directory }) => /^MedScan/.test(directory.text(tags.Software) ?? '') || description.includes('OverlapsXY='),
    hint: convert,
  },
  {
    name: 'Argos AVS',
    // Of several focal planes, the middle one is the slide.
    is: ({ directory }) => (directory.text(tags.ArgosMetadata) ?? '').includes('<Argos'),
    hint: convert,
  },
]

const others: readonly Refused[] = [
  { name: 'Zeiss LSM', is: ({ directory }) => directory.has(LSM_INFO), hint: 'its samples are channels, not colours' },
  { name: 'MetaMorph STK', is: ({ directory }) => directory.has(METAMORPH_PLANES), hint: 'save the plane to be read as a TIFF of its own' },
  {
    name: 'volume (ImageDepth above 1)',
    is: ({ directory }) => [tags.ImageDepth, tags.TileDepth].some((tag) => (directory.number(tag) ?? 1) > 1),
    hint: 'extract the plane to be read into a file of its own',
  },
]

/** Any page may say it: the first of a BIF is its label. `known`: by its first page it is one that is read. */
export function refuseByName(pages: readonly Page[], uri: string, known: boolean): void {
  const format = [...(known ? [] : scanners), ...others].find((f) => pages.some((page) => f.is(page, uri)))
  if (format === undefined) return
  throw new SlideError(
    'SLIDE_UNSUPPORTED',
    `${uri} is a ${format.name} slide, which is not read yet`,
    format.hint === undefined ? {} : { hint: format.hint },
  )
}
