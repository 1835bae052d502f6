/** What a mask may be that is not read, by its first bytes: who wrote it, and how it becomes one that is. */

import { RS } from '../../geometry/polygons.js'
import { begins } from '../format.js'

const others: readonly (readonly [is: (head: Uint8Array) => boolean, what: string])[] = [
  [(head) => begins(head, 'PK'), 'an archive (.npz, or GeoJSON that was zipped?): save one array with numpy.save, or unpack it'],
  [(head) => begins(head, [0x1f, 0x8b]), 'compressed by gzip: unpack it'],
  [
    (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    'a pickle (contours of CLAM?), which may run code: save it as GeoJSON or .npy',
  ],
  [(head) => begins(head, [0xac, 0xed]), "QuPath's own data: export its annotations as GeoJSON"],
  [(head) => begins(head, 'MATLAB'), 'a file of MATLAB: save the array as TIFF or .npy'],
  [(head) => begins(head, 'Iout'), 'a region of ImageJ: save it as a mask (PNG), or its outline as GeoJSON'],
  [(head) => begins(head, 'PAR1'), 'Parquet: bring its outlines to GeoJSON, or its places to grid: { places: … } as CSV'],
  [(head) => begins(head, 'SQLite format 3'), "SQLite (TIAToolbox's annotations?): export it as GeoJSON, with to_geojson"],
  [
    (head) => begins(head, 'HDF', 1),
    'HDF5 (patches of CLAM or TRIDENT?), which holds places of patches and no outlines of tissue: give it to grid: { places: … }',
  ],
  [
    (head) => begins(head, 'BM') || begins(head, 'jP', 4) || /^P[1-7]\s/.test(textOf(head)),
    'a picture of a kind that is not read here: save it as PNG',
  ],
  [(head) => begins(head, [0xff, 0xfe]) || begins(head, [0xfe, 0xff]), 'a text in UTF-16: save it in UTF-8'],
  [
    (head) => /^(MULTI)?POLYGON\b/i.test(textOf(head)),
    'WKT (of Cytomine, or of shapely?): bring its outlines to GeoJSON, in baseline pixels from the top left',
  ],
  [
    (head) => /^"?[A-Za-z_][\w ."]*[,;\t]/.test(textOf(head)),
    'a list (CSV): bring its outlines to GeoJSON, in baseline pixels; places of patches are for grid: { places: … }',
  ],
]

export const otherFormat = (head: Uint8Array): string => `it is ${others.find(([is]) => is(head))?.[1] ?? 'of no known format'}`

/** The beginning of a text, without the marks of UTF-8 and of a sequence. */
export const textOf = (head: Uint8Array): string =>
  new TextDecoder('latin1')
    .decode(head)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .replaceAll(RS, '')
    .trimStart()

/** Objects of DICOM that are no mask, by their classes. */
const objects: Readonly<Record<string, string>> = {
  '1.2.840.10008.5.1.4.1.1.77.1.6': 'a whole slide image, and no segmentation of one',
  '1.2.840.10008.5.1.4.1.1.30':
    'a parametric map, which has no segments: save its pixels as a TIFF of the whole slide, and give the threshold that you want',
}

/** `kind`: its class, a UID. */
export const otherObject = (kind: string): string => {
  const report = kind.startsWith('1.2.840.10008.5.1.4.1.1.88.')
    ? 'a structured report: bring the outlines in it (SCOORD, SCOORD3D) to GeoJSON, in baseline pixels'
    : undefined
  return `it is DICOM, ${objects[kind] ?? report ?? `of a class (${kind}) that has neither segments nor annotations`}`
}
