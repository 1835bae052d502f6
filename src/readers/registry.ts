/** The formats we read, one line each, and the formats we know well enough to refuse by name. */

import { type DecodeSpeed, loadJpeg } from '../codecs/load.js'
import type { SlideKind } from '../core/slide.js'
import { begins, type Format } from './format.js'

const tiff = () => import('./tiff/open.js')
const image = () => import('./image/open.js')

export const formats: readonly Format[] = [
  { name: 'tiff', is: (head) => isTiff(head), load: tiff },
  { name: 'png', is: (head) => begins(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), load: image },
  { name: 'jpeg', is: (head) => begins(head, [0xff, 0xd8, 0xff]), load: image },
  { name: 'webp', is: (head) => begins(head, 'RIFF') && begins(head, 'WEBP', 8), load: image },
]

/** `II` or `MM`, then 42 (classic) or 43 (BigTIFF) in that byte order. */
function isTiff(head: Uint8Array): boolean {
  return [42, 43].some((n) => begins(head, [0x49, 0x49, n, 0]) || begins(head, [0x4d, 0x4d, 0, n]))
}

/** Loads the code that most slides of a kind need, before there is one to open. Never throws: what goes wrong is told when it is needed. */
export async function preload(kind: SlideKind, decode: DecodeSpeed): Promise<void> {
  await Promise.allSettled(kind === 'slide' ? [tiff(), loadJpeg(decode)] : [image()])
}

interface Foreign {
  readonly name: string
  readonly is: (head: Uint8Array, uri: string) => boolean
  readonly hint?: string
}

const bioformats = 'convert it to OME-TIFF, for example with: bfconvert in out.ome.tif'

/** By their first bytes; MIRAX alone by its name, for its index file is an ordinary JPEG. */
export const foreign: readonly Foreign[] = [
  { name: 'a MIRAX (MRXS) slide', is: (_, uri) => /\.mrxs$/i.test(uri), hint: bioformats },
  { name: 'a Zeiss CZI slide', is: (head) => begins(head, 'ZISRAWFILE'), hint: bioformats },
  { name: 'a DICOM file', is: (head) => begins(head, 'DICM', 128), hint: 'convert the series to OME-TIFF' },
  { name: 'the pixel file of an Olympus VSI slide (ETS)', is: (head) => begins(head, 'SIS\0'), hint: bioformats },
  { name: 'a JPEG 2000 picture (JP2)', is: (head) => begins(head, [0, 0, 0, 12, 0x6a, 0x50]) || begins(head, [0xff, 0x4f, 0xff, 0x51]) },
  { name: 'an HDF5 file', is: (head) => begins(head, [0x89, 0x48, 0x44, 0x46]) },
  { name: 'a GIF picture', is: (head) => begins(head, 'GIF8'), hint: 'convert it to PNG' },
  { name: 'a BMP picture', is: (head) => begins(head, 'BM'), hint: 'convert it to PNG' },
  { name: 'a PDF document', is: (head) => begins(head, '%PDF') },
  { name: 'a ZIP archive', is: (head) => begins(head, 'PK\x03\x04'), hint: 'unpack it' },
  { name: 'a gzip archive', is: (head) => begins(head, [0x1f, 0x8b]), hint: 'unpack it' },
  { name: 'an iSyntax slide', is: (head) => begins(head, '<DataObject ObjectType="DPUfsImport"'), hint: bioformats },
]

/** Files by which a folder is known to be a slide of a kind we do not read. */
export const foreignFolders: Readonly<Record<string, string>> = {
  '.zgroup': 'a Zarr store',
  '.zattrs': 'a Zarr store',
  '.zarray': 'a Zarr store',
  'zarr.json': 'a Zarr store (version 3)',
  DICOMDIR: 'a DICOM series',
  'Slidedat.ini': 'the data folder of a MIRAX slide',
}
