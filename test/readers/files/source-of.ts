/** Bytes in memory as a source. */

import { type ByteSource, truncated } from '../../../src/readers/byte-source.js'

export function sourceOf(bytes: Uint8Array, uri = 'memory'): ByteSource {
  return {
    uri,
    size: bytes.length,
    modified: 0,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      if (offset + length > bytes.length) throw truncated(uri, offset, length, bytes.length)
      return bytes.slice(offset, offset + length)
    },
    close: async () => undefined,
  }
}
