/** The formats we know well enough to refuse by name, files and folders. */

import { SlideError } from '../core/errors.js'
import { begins, type Reader } from './format.js'

interface Foreign {
  readonly name: string
  readonly is: (head: Uint8Array, uri: string) => boolean
  /** What helps; none is known for some. */
  readonly hint?: string
  /** All its files, where OpenSlide may be asked to read it. */
  readonly parts?: NonNullable<Reader['parts']>
}

const bioformats = 'convert it to OME-TIFF, for example with: bfconvert in out.ome.tif'
const byOpenSlide = 'OpenSlide reads it: say readers: { openslide: auto } in slides: (tiastream doctor tells whether it is installed)'
const byVendor = 'nobody has written down how it is made: export it as SVS, TIFF or DICOM with the program of its scanner'
const toPng = 'convert it to PNG'
const unpack = 'unpack it'
const textIn = (head: Uint8Array) => Buffer.from(head).toString('latin1')
const again = 'it is not the slide itself: get that'

/** By their first bytes; where those are another format's, or differ from file to file, by their name. */
const foreign: readonly Foreign[] = [
  { name: 'the pixel file of an Olympus VSI slide (ETS)', is: (head) => begins(head, 'SIS\0'), hint: bioformats },
  {
    name: 'a Hamamatsu VMS slide',
    is: (head) => begins(head, '[Virtual Microscope Specimen]') || begins(head, '[Uncompressed Virtual Microscope Specimen]'),
    hint: byOpenSlide,
    parts: async (place, context) => ('uri' in place ? (await import('./openslide/vms.js')).vmsFiles(place, context) : []),
  },
  {
    name: 'a Sakura slide (SVSLIDE)',
    is: (head, uri) => begins(head, 'SQLite format 3') && /\.svslide$/i.test(uri),
    hint: byOpenSlide,
  },
  { name: 'an SQLite database', is: (head) => begins(head, 'SQLite format 3') },
  { name: 'a Leica LIF file', is: (head) => begins(head, [0x70, 0, 0, 0]) && begins(head, [0x2a], 8), hint: bioformats },
  { name: 'a Nikon ND2 file', is: (head) => begins(head, [0xda, 0xce, 0xbe, 0x0a]), hint: bioformats },
  {
    name: 'an iSyntax slide',
    is: (head, uri) => begins(head, '<DataObject ObjectType="DPUfsImport"') || /\.isyntax$/i.test(uri),
    hint: 'convert it to OME-TIFF, for example with: isyntax2raw and raw2ometiff',
  },
  { name: 'a KFBio slide (KFB)', is: (_, uri) => /\.kfb$/i.test(uri), hint: byVendor },
  { name: 'a Sqray slide (SDPC)', is: (_, uri) => /\.(sdpc|dyqx)$/i.test(uri), hint: byVendor },
  { name: 'a Motic slide (MDS)', is: (_, uri) => /\.mdsx?$/i.test(uri), hint: byVendor },
  { name: 'a Unic slide (TMAP)', is: (_, uri) => /\.tmap$/i.test(uri), hint: byVendor },
  {
    name: 'the list of the channels of an Aperio fluorescence slide (AFI)',
    is: (_, uri) => /\.afi$/i.test(uri),
    hint: 'fluorescence is not read; the .svs files that it names are grey, a channel each',
  },
  {
    name: 'a list of Hamamatsu slides (NDPIS)',
    is: (head) => begins(head, '[NanoZoomer Digital Pathology Image Set]'),
    hint: 'name the .ndpi files that it lists',
  },
  {
    name: 'a compound file (Olympus OIB, Zeiss ZVI)',
    is: (head) => begins(head, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    hint: bioformats,
  },
  {
    name: 'OME-XML, the pixels in it or in TIFFs that it names',
    is: (head, uri) => /\.ome(?:\.xml)?$/i.test(uri) && begins(head, '<'),
    hint: bioformats,
  },
  {
    name: 'a Deep Zoom picture (DZI), tiles made for a viewer',
    is: (head, uri) => /\.(?:dzi|dzc)$/i.test(uri) && begins(head, '<'),
    hint: 'name the slide it was made of',
  },
  { name: 'a JPEG XL picture', is: (head) => begins(head, [0xff, 0x0a]) || begins(head, [0, 0, 0, 12, 0x4a, 0x58]), hint: toPng },
  { name: 'a HEIC or AVIF picture', is: (head) => begins(head, 'ftyp', 4), hint: toPng },
  { name: 'a GIF picture', is: (head) => begins(head, 'GIF8'), hint: toPng },
  { name: 'a BMP picture', is: (head) => begins(head, 'BM'), hint: toPng },
  { name: 'a Photoshop picture', is: (head) => begins(head, '8BPS'), hint: toPng },
  { name: 'an HDF5 file', is: (head) => begins(head, [0x89, 0x48, 0x44, 0x46]), hint: 'convert the picture in it to TIFF' },
  { name: 'a PDF document', is: (head) => begins(head, '%PDF'), hint: again },
  { name: 'a ZIP archive', is: (head) => begins(head, 'PK\x03\x04'), hint: unpack },
  { name: 'a gzip archive', is: (head) => begins(head, [0x1f, 0x8b]), hint: unpack },
  { name: 'a bzip2 archive', is: (head) => begins(head, 'BZh'), hint: unpack },
  { name: 'an xz archive', is: (head) => begins(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), hint: unpack },
  { name: 'a Zstandard archive', is: (head) => begins(head, [0x28, 0xb5, 0x2f, 0xfd]), hint: unpack },
  { name: 'a 7-Zip archive', is: (head) => begins(head, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), hint: unpack },
  { name: 'a RAR archive', is: (head) => begins(head, 'Rar!\x1a\x07'), hint: unpack },
  // Its magic lies behind the first bytes: but its own fields in octal, and their ends, are no picture's.
  {
    name: 'a tar archive',
    is: (head) => /^[^\0]+\0+[0-7 ]{6,7}[\0 ]/.test(textIn(head.subarray(0, 108))),
    hint: unpack,
  },
  { name: 'what macOS keeps beside a file (AppleDouble, ._name)', is: (head) => begins(head, [0, 5, 0x16, 7]), hint: again },
  {
    name: "a server's answer in XML, an error perhaps",
    is: (head) => /^\s*(?:<\?xml[^>]*>\s*)?<(?:Error|ListBucketResult)[\s>]/i.test(textIn(head)),
    hint: again,
  },
  { name: 'an answer in JSON', is: (head) => /^\s*[[{]\s*["{[]/.test(textIn(head)), hint: again },
  {
    name: 'only zeros at its beginning, as a copy that was not finished',
    is: (head) => head.length === 256 && head.every((byte) => byte === 0),
    hint: 'copy it again',
  },
  {
    name: 'the place holder of a file in Git LFS',
    is: (head) => begins(head, 'version https://git-lfs'),
    hint: 'git lfs pull gets the file',
  },
  { name: 'a web page', is: (head) => /^\s*<(?:!doctype )?html/i.test(textIn(head)), hint: again },
]

/** By what lies in them: folders that are slides of a kind we do not read. */
const foreignFolders: readonly { readonly name: string; readonly has: (name: string) => boolean; readonly hint: string }[] = [
  { name: 'the data folder of an MRXS slide', has: (name) => name === 'Slidedat.ini', hint: 'name the .mrxs file beside it' },
]

/** Whether nobody here reads what this reader knows. */
export const isForeign = (reader: Reader): boolean => refused.includes(reader)

/** Whether it is known that OpenSlide reads what this reader refuses. */
export const isOfOpenSlide = ({ name }: Reader): boolean => foreign.some((one) => one.name === name && one.hint === byOpenSlide)

/** As readers: whoever comes before them, as those of plugins do, may know such a file better. */
export const refused: readonly Reader[] = [
  ...foreign.map(
    ({ name, is, hint, parts }): Reader => ({
      name,
      is,
      load: async () => ({ open: async ({ uri }) => refuse(uri, name, hint) }),
      ...(parts === undefined ? {} : { parts }),
    }),
  ),
  ...foreignFolders.map(
    ({ name, has, hint }): Reader => ({
      name: `${name}, a folder`,
      is: () => false,
      isFolder: (inside) => inside.some((one) => has(one.name)),
      load: async () => ({
        open: async ({ uri }) => refuse(uri, name),
        openFolder: async (_, { ref }) => refuse(ref.uri, name, hint),
      }),
    }),
  ),
]

/** A folder that nobody knows for a slide. */
export const refuseFolder = (uri: string): never =>
  refuse(
    uri,
    'a folder',
    'name a file in it, or the folder of one DICOM series or OME-Zarr; in a pipeline slides: { glob: "folder/*/" } finds those',
  )

function refuse(uri: string, name: string, hint?: string): never {
  throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is ${name}, which is not read`, hint === undefined ? {} : { hint })
}
