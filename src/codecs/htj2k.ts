/** High-throughput JPEG 2000 (HTJ2K) by OpenJPH in WebAssembly. */

import load from '@cornerstonejs/codec-openjph/wasmjs'
import type { DecodeJpeg2000 } from './jpeg2000.js'
import { isSubsampled, MOST_TILES, readJpeg2000Header } from './jpeg2000-header.js'
import { readJpeg2000Marks } from './jpeg2000-marks.js'
import { wholeCodestream } from './jpeg2000-whole.js'
import { CodecError, UnsupportedData } from './types.js'

export async function loadHtj2k(): Promise<DecodeJpeg2000> {
  const { HTJ2KDecoder } = await load({ print: () => {}, printErr: () => {} })
  return (bytes, bounds) => {
    const header = readJpeg2000Header(bytes, bounds)
    const { width, height, steps, tiles } = header
    // Of plain JPEG 2000 it would give the last picture again, without an error.
    if (!readJpeg2000Marks(bytes).highThroughput) throw new CodecError('the data is plain JPEG 2000, not HTJ2K')
    if (!(tiles <= MOST_TILES)) throw new CodecError(`the HTJ2K data is cut into ${tiles} pieces, more than ${MOST_TILES}`)
    if (isSubsampled(header)) throw new UnsupportedData('the HTJ2K data has subsampled colours')
    const codestream = wholeCodestream(bytes, header)
    // One for each picture: it keeps the last one, and would give that for damaged data.
    const decoder = new HTJ2KDecoder()
    try {
      decoder.getEncodedBuffer(codestream.length).set(codestream)
      decoder.decode()
      const frame = decoder.getFrameInfo()
      const { buffer, byteOffset, length } = decoder.getDecodedBuffer()
      const same = frame.width === width && frame.height === height && frame.componentCount === steps.length && frame.bitsPerSample === 8
      if (!same || length !== width * height * steps.length)
        throw new CodecError(`the HTJ2K data decodes to ${frame.width} x ${frame.height}, its header says ${width} x ${height}`)
      return { width, height, channels: steps.length, data: new Uint8Array(buffer, byteOffset, length).slice() }
    } catch (error) {
      if (error instanceof CodecError) throw error
      throw new CodecError('the HTJ2K data is damaged or ends early', { cause: error })
    } finally {
      decoder.delete()
    }
  }
}
