/** Zstandard by zstddec (WebAssembly). */

import { ZSTDDecoder } from 'zstddec'
import { CodecError, type Unpack } from './types.js'

export async function loadZstd(): Promise<Unpack> {
  const decoder = new ZSTDDecoder()
  await decoder.init()
  return (bytes, size) => {
    let out: Uint8Array
    try {
      out = decoder.decode(bytes, size)
    } catch (cause) {
      throw new CodecError('the zstd data is damaged', { cause })
    }
    // An error code comes back as an absurd length.
    if (out.length === 0 || out.length > size) throw new CodecError('the zstd data is damaged or larger than its tile')
    return out
  }
}
