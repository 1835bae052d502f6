/** The formats we read, one line each: a reader is found by the first bytes of a file, and loaded when it is used. Those that are refused come first. */

import { schemeOf } from '../core/address.js'
import { refused } from './foreign.js'
import { begins, isDicom, isJpeg, isJpeg2000, isPng, isTiff, isWebp, type Reader } from './format.js'

const image = () => import('./image/open.js')

export const readers: readonly Reader[] = [
  // Before the archives that are refused.
  {
    name: 'ome-zarr-zip',
    is: (head, uri) => begins(head, 'PK\x03\x04') && /\.(ozx|zarr\.zip)$/i.test(uri),
    load: () => import('./zarr/open-zip.js'),
  },
  // By its address alone: what comes from there is always a series.
  { name: 'dicomweb', is: (_, uri) => schemeOf(uri) === 'dicomweb', load: () => import('./dicom/web.js') },
  ...refused,
  // Before TIFF: a file may be both, and is a DICOM file then.
  {
    name: 'dicom',
    is: (head, uri) => isDicom(head) || /\.dcm$/i.test(uri),
    isFolder: (inside) => inside.some(({ name }) => name === 'DICOMDIR' || /\.dcm$/i.test(name)),
    // As archives and PACS name them: IM000001.
    isFolderOf: isDicom,
    parts: async (place) => ('uri' in place ? [place.uri] : place.flatMap(({ uri, isFolder }) => (isFolder ? [] : [uri]))),
    load: () => import('./dicom/open.js'),
  },
  {
    name: 'mrxs',
    // Its first bytes are those of a JPEG: a small picture of the slide.
    is: (_, uri) => /\.mrxs$/i.test(uri),
    parts: async (place, context) => (await import('./mrxs/files.js')).partsOf(place, context),
    load: () => import('./mrxs/open.js'),
  },
  {
    name: 'ome-zarr',
    is: () => false,
    isFolder: (inside) => inside.some(({ name }) => ['zarr.json', '.zgroup', '.zattrs', '.zarray'].includes(name)),
    isUnlisted: (uri) => /\.zarr\/?$/i.test(uri),
    parts: async (_, context) => (await import('./zarr/parts.js')).partsOf(context),
    load: () => import('./zarr/open.js'),
  },
  { name: 'czi', is: (head) => begins(head, 'ZISRAWFILE'), load: () => import('./czi/open.js') },
  { name: 'tiff', is: isTiff, load: () => import('./tiff/open.js') },
  { name: 'jp2', is: isJpeg2000, load: () => import('./jp2/open.js') },
  { name: 'png', is: isPng, load: image },
  { name: 'jpeg', is: isJpeg, load: image },
  { name: 'webp', is: isWebp, load: image },
]
