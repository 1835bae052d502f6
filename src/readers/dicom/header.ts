/** The header of a DICOM file: read piece by piece until its pixels begin. */

import { SlideError } from '../../core/errors.js'
import { type ByteSource, truncated } from '../byte-source.js'
import { isDicom } from '../format.js'
import type { Limits } from '../limits.js'
import { type Bytes, bytesOf, DataSet, type Element, elementAt, endOf, groupAt, malformed, NeedsMore, tooLarge } from './elements.js'
import type { Place } from './place.js'
import { type Syntax, syntaxNamed } from './syntax.js'
import { tags } from './tags.js'

/** An object of a class that is asked for; of another one, what it says of itself; of one that is deflated, where that begins. */
export type Header = SlideHeader | { readonly other: string } | { readonly deflatedAt: number }

export interface SlideHeader {
  readonly set: DataSet
  /** It may be one that is not read. */
  readonly syntax: Syntax
  /** Where the value of the pixels lies in the file; absent when it has none. */
  readonly pixels?: Element
}

/** Enough for most: then four times as much, until the pixels begin. */
const FIRST = 16 * 1024

/** `kinds`: the classes of objects that are asked for. Of a deflated file use `headerIn`. Throws SlideError. */
export async function readHeader(
  source: ByteSource,
  { uri, base, size }: Place,
  limits: Limits,
  signal?: AbortSignal,
  kinds: readonly string[] = [WSI],
): Promise<Header> {
  for (let length = Math.min(FIRST, size); ; ) {
    const bytes = bytesOf(uri, await source.read(base, length, signal), length < size)
    try {
      return parsed(bytes, limits, kinds)
    } catch (error) {
      if (!(error instanceof NeedsMore)) throw error
      if (error.end > size) throw truncated(uri, 0, error.end, size)
      if (error.end > limits.tagBytes) throw tooLarge(uri, `has a DICOM header of more than ${limits.tagBytes} bytes`)
      length = Math.min(Math.max(4 * length, error.end + FIRST), size, limits.tagBytes)
    }
  }
}

/** The class of VL Whole Slide Microscopy Images. */
export const WSI = '1.2.840.10008.5.1.4.1.1.77.1.6'

/** Tags from here on come after all that describes the pixels. */
const PIXELS = 0x7fe0_0008

function parsed(bytes: Bytes, limits: Limits, kinds: readonly string[]): Header {
  const { uri, view } = bytes
  if (!isDicom(new Uint8Array(view.buffer, view.byteOffset, Math.min(132, view.byteLength)))) {
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has no DICM at byte 128: it is no DICOM file as part 10 of the standard has it`, {
      hint: 'write it as one, for example with: dcmconv --write-file in.dcm out.dcm',
    })
  }
  let at = 132
  const size = view.byteLength
  const ends = () => at >= size && !bytes.more
  const meta = new Map<number, Element>()
  // What follows may be written without types.
  while (!ends() && groupAt(bytes, at) === 2) {
    const element = elementAt(bytes, at, true)
    at = endOf(bytes, element, true)
    if (at > size) throw new NeedsMore(at)
    meta.set(element.tag, element)
    refuseMany(meta, uri, limits)
  }
  const said = new DataSet(bytes, true, meta)
  const kind = said.text(tags.MediaStorageSOPClassUID)
  // Before what it is written in, which may be nothing we know.
  if (kind !== undefined && !kinds.includes(kind)) return { other: kind }
  const uid = said.text(tags.TransferSyntaxUID)
  if (uid === undefined) throw malformed(uri, 'does not say its DICOM transfer syntax')
  const syntax = syntaxNamed(uid, uri)
  if (syntax.deflated) return { deflatedAt: at }
  const { explicit, bigEndian = false } = syntax
  const elements = new Map<number, Element>()
  const written = { ...bytes, little: !bigEndian }
  const set = new DataSet(written, explicit, elements)
  const header = (pixels?: Element): Header => {
    const own = set.text(tags.SOPClassUID) ?? kind ?? 'it does not say which'
    return kinds.includes(own) ? { set, syntax, ...(pixels === undefined ? {} : { pixels }) } : { other: own }
  }
  while (!ends()) {
    const element = elementAt(written, at, explicit)
    if (element.tag >= PIXELS) return header(element.tag === tags.PixelData ? element : undefined)
    at = endOf(written, element, explicit)
    if (at > size) throw new NeedsMore(at)
    if (!elements.has(element.tag)) elements.set(element.tag, element)
    refuseMany(elements, uri, limits)
  }
  return header()
}

function refuseMany(elements: ReadonlyMap<number, Element>, uri: string, { entries }: Limits): void {
  if (elements.size > entries) throw tooLarge(uri, `has more than ${entries} elements in its DICOM header`)
}
