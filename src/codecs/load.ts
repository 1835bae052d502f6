/** The codecs by name, loaded when first needed; one of each for a thread and slide. */

import type { DecodeJpeg } from './jpeg-exact.js'
import type { DecodeJpeg2000 } from './jpeg2000.js'
import type { Unpack } from './types.js'

/** `exact`: libjpeg's own bytes, WebAssembly. `fast`: native code, within 4 grey levels. */
export type DecodeSpeed = 'exact' | 'fast'

export async function loadJpeg(speed: DecodeSpeed): Promise<DecodeJpeg> {
  return speed === 'fast' ? (await import('./jpeg-fast.js')).loadFastJpeg() : (await import('./jpeg-exact.js')).loadExactJpeg()
}

export async function loadJpeg2000(): Promise<DecodeJpeg2000> {
  return (await import('./jpeg2000.js')).loadJpeg2000()
}

export type ByteCompression = 'none' | 'lzw' | 'deflate' | 'packbits' | 'zstd'

export async function loadUnpack(compression: ByteCompression): Promise<Unpack> {
  if (compression === 'lzw') return (await import('./lzw.js')).unpackLzw
  if (compression === 'deflate') return (await import('./deflate.js')).unpackDeflate
  if (compression === 'packbits') return (await import('./packbits.js')).unpackPackBits
  if (compression === 'zstd') return (await import('./zstd.js')).loadZstd()
  return (bytes, size) => (bytes.length > size ? bytes.subarray(0, size) : bytes)
}
