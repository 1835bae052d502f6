/** What a JPEG 2000 codestream says of how it is coded: by which of the two block coders, and whether its components were transformed. */

import { viewOf } from '../core/bytes-of.js'
import { CodecError } from './types.js'

export interface Jpeg2000Marks {
  /** HTJ2K (part 15): another decoder. */
  readonly highThroughput: boolean
  /** The multiple component transform: a decoder undoes it, and what comes out is RGB. */
  readonly transformed: boolean
}

const [SIZ, CAP, COD, SOT] = [0xff51, 0xff50, 0xff52, 0xff90]

/**
 * The main header, from the start of the codestream:
 *
 *     FF 4F | FF 51 Lsiz Rsiz … | FF 50 Lcap Pcap (32 bits) … | FF 52 Lcod Scod progression layers (16) MCT … | FF 90 first tile
 *
 * Bit 17 of Pcap (14 of Rsiz): there is high throughput.
 */
export function readJpeg2000Marks(bytes: Uint8Array): Jpeg2000Marks {
  const view = viewOf(bytes)
  let highThroughput = false
  let transformed: boolean | undefined
  for (let at = startOf(view) + 2; at + 4 <= view.byteLength; ) {
    const marker = view.getUint16(at)
    const length = view.getUint16(at + 2)
    if (marker === SOT || length < 2 || at + 2 + length > view.byteLength) break
    if (marker === SIZ && length >= 4 && (view.getUint16(at + 4) & 0x4000) !== 0) highThroughput = true
    if (marker === CAP && length >= 6 && (view.getUint32(at + 4) & 0x0002_0000) !== 0) highThroughput = true
    if (marker === COD && length >= 7) transformed = view.getUint8(at + 8) === 1
    at += 2 + length
  }
  if (transformed === undefined) throw new CodecError('the JPEG 2000 data does not say how it is coded')
  return { highThroughput, transformed }
}

/** In a JP2 file the codestream follows a handful of small boxes. */
function startOf(view: DataView): number {
  const end = Math.min(view.byteLength - 4, 65_536)
  for (let at = 0; at <= end; at++) if (view.getUint32(at) === 0xff4f_ff51) return at
  throw new CodecError('the JPEG 2000 data has no codestream header')
}
