/** The codecs by name, loaded when first needed. */

import { SlideError } from '../core/errors.js'
import type { DecodeSpeed } from '../core/slide.js'
import type { DecodeJpeg } from './jpeg-exact.js'
import type { JpegHeader } from './jpeg-header.js'
import type { DecodeJpegXr } from './jpeg-xr.js'
import type { DecodeJpeg2000 } from './jpeg2000.js'
import type { Picture, PictureBounds, Unpack } from './types.js'

/** A loaded decoder is shared by all slides of a thread: it holds nothing between two decodes, and a WebAssembly heap is large. */
const loaded = new Map<string, Promise<unknown>>()

function once<T>(name: string, load: () => Promise<T>): Promise<T> {
  let codec = loaded.get(name)
  if (codec === undefined) {
    codec = load()
    loaded.set(name, codec)
    // What failed to load may be installed later.
    codec.catch(() => loaded.delete(name))
  }
  return codec as Promise<T>
}

export function loadJpeg(speed: DecodeSpeed): Promise<DecodeJpeg> {
  if (speed === 'fast') return once('jpeg fast', loadFastJpeg)
  return once('jpeg exact', async () =>
    (await import('./jpeg-native.js')).nativeOr(await (await import('./jpeg-exact.js')).loadExactJpeg()),
  )
}

async function loadFastJpeg(): Promise<DecodeJpeg> {
  const whole = await (await import('./jpeg-fast.js')).loadFastJpeg()
  const smaller = await loadJpeg('exact')
  return (prefix, bytes, skip, memory, shrink = 1) =>
    shrink === 1 ? whole(prefix, bytes, skip, memory) : smaller(prefix, bytes, skip, memory, shrink)
}

/** Throws where JPEG cannot be decoded in half of its size: another way would give other bytes. */
export function mustShrinkJpeg(): Promise<void> {
  return once('jpeg smaller', async () => {
    if ((await (await import('./jpeg-native.js')).nativeJpeg()) !== null) return
    throw new SlideError('CODEC_MISSING', "decode 'fast' reads this slide in half of its size, which needs libjpeg-turbo and koffi", {
      hint: 'install libjpeg-turbo (Debian: apt install libturbojpeg0; macOS: brew install jpeg-turbo) and npm install koffi, or leave decode at exact',
    })
  })
}

export function loadJpeg2000(): Promise<DecodeJpeg2000> {
  return once('jpeg2000', async () => (await import('./jpeg2000.js')).loadJpeg2000())
}

export function loadHtj2k(): Promise<DecodeJpeg2000> {
  return once('htj2k', async () => (await import('./htj2k.js')).loadHtj2k())
}

export async function loadJpegLs(): Promise<(bytes: Uint8Array, bounds: PictureBounds) => Picture> {
  return (await import('./jpeg-ls.js')).decodeJpegLs
}

export async function loadLosslessJpeg(): Promise<(bytes: Uint8Array, header: JpegHeader, bounds: PictureBounds) => Picture> {
  return (await import('./jpeg-lossless.js')).decodeLosslessJpeg
}

export function loadJpegXr(): Promise<DecodeJpegXr> {
  return once('jpeg-xr', async () => (await import('./jpeg-xr.js')).loadJpegXr())
}

export type ByteCompression = 'none' | 'lzw' | 'deflate' | 'packbits' | 'zstd'

export async function loadUnpack(compression: ByteCompression): Promise<Unpack> {
  if (compression === 'lzw') return (await import('./lzw.js')).unpackLzw
  if (compression === 'deflate') return (await import('./deflate.js')).unpackDeflate
  if (compression === 'packbits') return (await import('./packbits.js')).unpackPackBits
  if (compression === 'zstd') return once('zstd', async () => (await import('./zstd.js')).loadZstd())
  return (bytes, size) => (bytes.length > size ? bytes.subarray(0, size) : bytes)
}
