/**
 * JPEG-LS (ITU T.87), lossless and near-lossless. Our own: CharLS in WebAssembly never ends on some damaged data, and nobody can stop it. Every
 * step here takes bits, of which there are no more than the bytes have.
 */

import { BitReader } from './jpeg-ls-bits.js'
import { JpegLsCoder } from './jpeg-ls-coder.js'
import { type JpegLsHeader, type JpegLsScan, nextScan, readJpegLsHeader } from './jpeg-ls-header.js'
import { CodecError, type Picture, type PictureBounds } from './types.js'

/** Three components of 8 bits, side by side, or one. Throws CodecError. */
export function decodeJpegLs(bytes: Uint8Array, bounds: PictureBounds): Picture {
  const header = readJpegLsHeader(bytes, bounds)
  const { width, height, names } = header
  const channels = names.length
  // A line is a bit at least.
  if (bytes.length * 8 < height) throw ended()
  const data = new Uint8Array(width * height * channels)
  let done = 0
  for (let scan: JpegLsScan | undefined = header.scan; scan !== undefined && done < channels; ) {
    const end = decodeScan(bytes, header, scan, data)
    done += scan.components.length
    scan = nextScan(bytes, end, header, scan)
  }
  if (done !== channels) throw new CodecError(`the JPEG-LS data has ${done} components in its scans, and ${channels} in its frame`)
  return { width, height, channels, data }
}

const ended = () => new CodecError('the JPEG-LS data ends early')

/** Answers where its bits end. */
function decodeScan(bytes: Uint8Array, { width, height, names }: JpegLsHeader, scan: JpegLsScan, data: Uint8Array): number {
  const { components, interleave } = scan
  const bits = new BitReader(bytes, scan.start)
  const coder = new JpegLsCoder(bits, scan, width)
  // With a sample to the left and to the right of each line.
  let above = components.map(() => new Uint8Array(width + 2))
  let lines = components.map(() => new Uint8Array(width + 2))
  for (let y = 0; y < height; y++) {
    for (const [i, line] of lines.entries()) {
      above[i]![width + 1] = above[i]![width]!
      line[0] = above[i]![1]!
    }
    if (interleave === 2) coder.samples(above, lines)
    else for (const [i, line] of lines.entries()) coder.line(above[i]!, line, i)
    for (const [i, component] of components.entries()) {
      const line = lines[i]!
      for (let x = 1, o = y * width * names.length + component; x <= width; x++, o += names.length) data[o] = line[x]!
    }
    ;[above, lines] = [lines, above]
  }
  return bits.end()
}
