/** Transfer syntaxes: how the elements of a file are written, and in what its pixels are compressed. */

import { SlideError } from '../../core/errors.js'

export type PixelCodec = 'none' | 'jpeg' | 'jpeg-lossless' | 'jpeg2000' | 'jpeg-ls' | 'rle' | 'deflate'

export interface Syntax {
  readonly explicit: boolean
  /** Numbers are written with their highest byte first; absent: with their lowest. */
  readonly bigEndian?: boolean
  /** Native pixels lie in words of two bytes, the second one first. */
  readonly swapped?: boolean
  /** Native pixels are pairs that share their colours: Y, Y, Cb, Cr. */
  readonly halved?: boolean
  /** All behind the first group is deflated: it is read when it is unpacked. */
  readonly deflated?: boolean
  /** Pixels lie in items, one or more a frame. */
  readonly encapsulated: boolean
  /** What the pixels are said to be in; of JPEG and JPEG 2000 the bytes themselves say which kind. */
  readonly codec: PixelCodec
  /** Its number, where its pixels are not read. */
  readonly unread?: string
}

const jpeg = (codec: PixelCodec): Syntax => ({ explicit: true, encapsulated: true, codec })

const syntaxes: Readonly<Record<string, Syntax>> = {
  '1.2.840.10008.1.2': { explicit: false, encapsulated: false, codec: 'none' },
  '1.2.840.10008.1.2.1': { explicit: true, encapsulated: false, codec: 'none' },
  '1.2.840.10008.1.2.1.99': { explicit: true, deflated: true, encapsulated: false, codec: 'none' },
  '1.2.840.10008.1.2.2': { explicit: true, bigEndian: true, encapsulated: false, codec: 'none' },
  // The same as the second, said to be fit to be encapsulated once more.
  '1.2.840.10008.1.2.1.98': { explicit: true, encapsulated: true, codec: 'none' },
  '1.2.840.10008.1.2.4.50': jpeg('jpeg'),
  '1.2.840.10008.1.2.4.51': jpeg('jpeg'),
  // Retired: progressive, by parts of the spectrum, and of the bits, too.
  '1.2.840.10008.1.2.4.53': jpeg('jpeg'),
  '1.2.840.10008.1.2.4.55': jpeg('jpeg'),
  '1.2.840.10008.1.2.4.57': jpeg('jpeg-lossless'),
  '1.2.840.10008.1.2.4.70': jpeg('jpeg-lossless'),
  '1.2.840.10008.1.2.4.80': jpeg('jpeg-ls'),
  '1.2.840.10008.1.2.4.81': jpeg('jpeg-ls'),
  '1.2.840.10008.1.2.4.90': jpeg('jpeg2000'),
  '1.2.840.10008.1.2.4.91': jpeg('jpeg2000'),
  '1.2.840.10008.1.2.4.201': jpeg('jpeg2000'),
  '1.2.840.10008.1.2.4.202': jpeg('jpeg2000'),
  '1.2.840.10008.1.2.4.203': jpeg('jpeg2000'),
  '1.2.840.10008.1.2.5': jpeg('rle'),
  // Each frame for itself.
  '1.2.840.10008.1.2.8.1': jpeg('deflate'),
}

const known: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.92': 'JPEG 2000 part 2',
  '1.2.840.10008.1.2.4.93': 'JPEG 2000 part 2',
  '1.2.840.10008.1.2.4.110': 'JPEG XL lossless',
  '1.2.840.10008.1.2.4.111': 'JPEG XL recompressed JPEG',
  '1.2.840.10008.1.2.4.112': 'JPEG XL',
}

/** What compresses pixels has its elements explicit, but for what deflates them to fetch the pixels elsewhere (JPIP). */
const compressesPixels = /^1\.2\.840\.10008\.1\.2\.4\.(?!(?:95|205)$)\d+$/

/** Of one that is not read, too, where its elements are. Throws SLIDE_UNSUPPORTED by name. */
export function syntaxNamed(uid: string, uri: string): Syntax {
  if (Object.hasOwn(syntaxes, uid)) return syntaxes[uid]!
  const syntax: Syntax = { explicit: true, encapsulated: true, codec: 'none', unread: uid }
  if (!compressesPixels.test(uid)) refuseUnread(syntax, uri)
  return syntax
}

/** Throws SLIDE_UNSUPPORTED by name. */
export function syntaxOf(uid: string, uri: string): Syntax {
  const syntax = syntaxNamed(uid, uri)
  refuseUnread(syntax, uri)
  return syntax
}

/** Throws SLIDE_UNSUPPORTED by name. */
export function refuseUnread({ unread }: Syntax, uri: string): void {
  if (unread === undefined) return
  const name = Object.hasOwn(known, unread) ? ` (${known[unread]})` : ''
  const isJxl = /^1\.2\.840\.10008\.1\.2\.4\.11[0-2]$/.test(unread)
  throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is written in the DICOM transfer syntax ${unread}${name}, which is not read`, {
    hint: isJxl
      ? 'export it in JPEG, JPEG 2000 or JPEG-LS: no decoder of JPEG XL keeps within bounds here'
      : 'write it in another one, for example with: gdcmconv --raw in.dcm out.dcm',
  })
}
