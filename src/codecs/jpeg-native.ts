/**
 * JPEG by the system's own libjpeg-turbo (Debian: libturbojpeg0), called through koffi: the bytes of the WebAssembly decoder, three to four
 * times as fast. Where either is missing, nobody misses it but the clock. (Of damaged data that no decoder notices the bytes may differ:
 * vector instructions saturate where plain ones overflow.)
 *
 * It also makes pictures of half, a quarter or an eighth of the size from the lower frequencies of each block alone, as Pillow's `draft` and
 * libvips' `shrink` do: the same call, told of the smaller size. No other decoder here does that.
 */

import { loadKoffi } from '../core/host/native.js'
import { shrunkByArea } from './by-area.js'
import type { DecodeJpeg } from './jpeg-exact.js'
import { isSampled, type JpegHeader, readJpegHeader } from './jpeg-header.js'
import { CodecError, shrunk } from './types.js'

const libraries: Readonly<Record<string, string>> = { linux: 'libturbojpeg.so.0', darwin: 'libturbojpeg.dylib', win32: 'turbojpeg.dll' }

/** TJPF_RGB and TJPF_GRAY of turbojpeg.h. */
const format = { 3: 0, 1: 6 } as const

/** TJFLAG_ACCURATEDCT and TJFLAG_STOPONWARNING: the exact transform; a missing end or stray bytes are an error, as in WebAssembly. */
const flags = 4096 | 8192

type Decompress = (
  handle: unknown,
  encoded: Uint8Array,
  length: number,
  out: Uint8Array,
  width: number,
  pitch: number,
  height: number,
  format: number,
  flags: number,
) => number

/** The native decoder, handing what it does not take to `other`; `other` itself where there is no native one. */
export async function nativeOr(other: DecodeJpeg): Promise<DecodeJpeg> {
  const native = await bind()
  if (native === null) return other
  const { decompress, handle } = native
  let joined = new Uint8Array(0)
  let out = new Uint8Array(0)
  return (prefix, bytes, skip, memory, shrink = 1) => {
    const header = readJpegHeader(bytes)
    if (!isUsual(header) || (shrink > 1 && isTiny(header))) return shrunkByArea(other(prefix, bytes, skip), shrink)
    const width = shrunk(header.width, shrink)
    const height = shrunk(header.height, shrink)
    const channels = header.components as 1 | 3
    const length = prefix.length + bytes.length - skip
    const isWhole = prefix.length === 0 && skip === 0
    if (!isWhole) {
      if (joined.length < length) joined = new Uint8Array(length * 2)
      joined.set(prefix)
      joined.set(bytes.subarray(skip), prefix.length)
    }
    const pitch = width * channels
    const stays = memory !== undefined && channels === 3
    if (!stays && out.length !== pitch * height) out = new Uint8Array(pitch * height)
    const data = stays ? memory(pitch * height) : out
    if (decompress(handle, isWhole ? bytes : joined, length, data, width, pitch, height, format[channels], flags) !== 0)
      throw new CodecError('the JPEG data is damaged or ends early')
    return { width, height, channels, data, stays }
  }
}

/** The name of the library in use, or null. */
export async function nativeJpeg(): Promise<string | null> {
  return (await bind()) === null ? null : libraries[process.platform]!
}

/**
 * Grey, 4:4:4, 4:2:2 and 4:2:0: every version since 1.0 gives the same bytes for them. How it enlarges other chroma (4:4:0) has changed
 * between versions.
 */
const isUsual = (header: JpegHeader): boolean => isSampled(header, [0x11, 0x21, 0x22])

/** Of so few pixels the size does not say by how much they are shrunk: 3 × 3 in half are 2 × 2, and in five eighths, too. */
const isTiny = ({ width, height }: JpegHeader): boolean => width < 8 && height < 8

async function bind(): Promise<{ readonly decompress: Decompress; readonly handle: unknown } | null> {
  const name = libraries[process.platform]
  if (name === undefined) return null
  try {
    const koffi = await loadKoffi()
    if (koffi === undefined) return null
    const library = koffi.load(name)
    const handle: unknown = library.func('void *tjInitDecompress()')()
    const decompress = library.func(
      'int tjDecompress2(void *handle, const uint8_t *encoded, unsigned long length, uint8_t *out, int width, int pitch, int height, int format, int flags)',
    ) as unknown as Decompress
    return handle === null ? null : { decompress, handle }
  } catch {
    return null
  }
}
