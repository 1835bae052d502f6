/**
 * A DICOM file of which all behind the first group is one deflate stream (PS3.5 A.5): nothing of it can be found without what lies before it, so it is
 * unpacked whole when it is opened, and read as the explicit file that it is then.
 */

import { constants, inflateRawSync } from 'node:zlib'
import { type ByteSource, truncated } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { malformed, tooLarge } from './elements.js'
import { type Header, readHeader } from './header.js'
import { unsupported } from './instance.js'
import type { Place } from './place.js'

/** Of a file that is unpacked: it is held as long as the slide is open, by each thread. */
const MOST = 64 * 2 ** 20

export interface HeaderIn {
  readonly header: Exclude<Header, { readonly deflatedAt: number }>
  /** The file, or what was unpacked of it; closes the file. */
  readonly source: ByteSource
  readonly place: Place
}

/** The header of a file, deflated or not. Throws SlideError. */
export async function headerIn(file: ByteSource, limits: Limits, signal?: AbortSignal, kinds?: readonly string[]): Promise<HeaderIn> {
  const place: Place = { uri: file.uri, base: 0, size: file.size }
  const header = await readHeader(file, place, limits, signal, kinds)
  if (!('deflatedAt' in header)) return { header, source: file, place }
  const source = await unpackedSource(file, header.deflatedAt, signal)
  const unpacked = { ...place, size: source.size }
  const inside = await readHeader(source, unpacked, limits, signal, kinds)
  if ('deflatedAt' in inside) throw malformed(file.uri, 'is deflated, and says so of what is unpacked, too')
  return { header: inside, source, place: unpacked }
}

const deflated = Buffer.from('1.2.840.10008.1.2.1.99')
const explicit = Buffer.from('1.2.840.10008.1.2.1\0\0\0')

async function unpackedSource(file: ByteSource, from: number, signal?: AbortSignal): Promise<ByteSource> {
  const { uri, size } = file
  const way = 'write it plain, for example with: dcmconv --write-xfer-little in.dcm out.dcm'
  if (size > MOST) throw unsupported(uri, `is deflated, and has ${size} bytes, more than ${MOST}: such a file is unpacked whole`, way)
  const all = await file.read(0, size, signal)
  let bytes: Buffer
  try {
    // One that ends early is told by what is missing.
    bytes = inflateRawSync(all.subarray(from), { maxOutputLength: MOST, finishFlush: constants.Z_SYNC_FLUSH })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(uri, `is deflated, and has more than ${MOST} bytes when it is unpacked`)
    throw malformed(uri, `is deflated, and damaged (${(cause as Error).message})`)
  }
  const head = Buffer.from(all.subarray(0, from))
  const at = head.indexOf(deflated)
  if (at >= 0) head.set(explicit, at)
  const whole = Buffer.concat([head, bytes])
  return {
    uri,
    size: whole.length,
    modified: file.modified,
    async read(offset, length, asked) {
      asked?.throwIfAborted()
      if (offset + length > whole.length) throw truncated(uri, offset, length, whole.length)
      return Uint8Array.prototype.slice.call(whole, offset, offset + length)
    },
    close: () => file.close(),
  }
}
