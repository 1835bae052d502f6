/**
 * What a JPEG-LS stream (ITU T.87) says of itself before it is decoded.
 *
 *     FF D8
 *     FF F7 length P HH HH WW WW N (id, sampling, 0) …      start of frame: precision, height, width, components
 *     FF F8 length 1 MAXVAL T1 T2 T3 RESET (16 bits each)   other parameters than the usual ones
 *     FF DA length N (id, table) … NEAR ILV Al              start of a scan; its bits follow
 */

import { CodecError, checkBounds, type PictureBounds, UnsupportedData } from './types.js'

export interface JpegLsScan {
  /** Its components, in the order of the frame. */
  readonly components: readonly number[]
  /** The largest error of a sample; 0 without loss. */
  readonly near: number
  /** 0: one component; 1: a line of each in turn; 2: a sample of each in turn. */
  readonly interleave: number
  /** Where its bits begin. */
  readonly start: number
  /** 0 where the usual one counts. */
  readonly parameters: { readonly largest: number; readonly thresholds: readonly [number, number, number]; readonly reset: number }
}

export interface JpegLsHeader {
  readonly width: number
  readonly height: number
  /** The names of its components. */
  readonly names: readonly number[]
  /** The first; others follow where the bits of one end. */
  readonly scan: JpegLsScan
}

const usual: JpegLsScan['parameters'] = { largest: 0, thresholds: [0, 0, 0], reset: 0 }

/** Throws UnsupportedData for what is not three components of 8 bits, each of its own size. */
export function readJpegLsHeader(bytes: Uint8Array, bounds: PictureBounds): JpegLsHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new CodecError('the JPEG-LS data does not begin with FF D8')
  let frame: { readonly width: number; readonly height: number; readonly names: readonly number[] } | undefined
  let parameters = usual
  for (const { marker, at, length } of segments(bytes, 2)) {
    if (marker === 0xf7) frame = frameOf(bytes, at, length, bounds)
    else if (marker === 0xf8) parameters = parametersOf(bytes, at, length)
    else if (marker === 0xdd) throw new UnsupportedData('the JPEG-LS data has restart markers')
    else if (marker === 0xe8 && Buffer.from(bytes.subarray(at, at + 4)).toString('latin1') === 'mrfx' && bytes[at + 4] !== 0) {
      throw new UnsupportedData("the JPEG-LS data has HP's transform of its colours")
    } else if (marker === 0xda && frame !== undefined) {
      const { width, height, names } = frame
      return { width, height, names, scan: scanOf(bytes, at, length, names, parameters) }
    }
  }
  throw new CodecError('the JPEG-LS data has no frame header, or no scan')
}

/** The scan that follows the bits of another, which end at `from`; undefined at the end of the picture. */
export function nextScan(bytes: Uint8Array, from: number, { names }: JpegLsHeader, last: JpegLsScan): JpegLsScan | undefined {
  let now = last.parameters
  for (const { marker, at, length } of segments(bytes, from)) {
    if (marker === 0xf8) now = parametersOf(bytes, at, length)
    else if (marker === 0xda) return scanOf(bytes, at, length, names, now)
  }
  return undefined
}

/** The segments from `at` on, up to the end of the picture or what is none; `length` is that of what lies in one. */
function* segments(bytes: Uint8Array, from: number): Generator<{ readonly marker: number; readonly at: number; readonly length: number }> {
  for (let at = from; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff || marker === 0xd9) return
    if (marker === 0xff) {
      at++
      continue
    }
    const length = ((bytes[at + 2]! << 8) | bytes[at + 3]!) - 2
    if (length < 0 || at + 4 + length > bytes.length) return
    yield { marker, at: at + 4, length }
    at += 4 + length
  }
}

function frameOf(bytes: Uint8Array, at: number, length: number, bounds: PictureBounds) {
  const word = (i: number) => (bytes[at + i]! << 8) | bytes[at + i + 1]!
  const [precision, height, width, components] = [bytes[at]!, word(1), word(3), bytes[at + 5]!]
  if (length < 6) throw new CodecError('the JPEG-LS frame header ends early')
  if (precision !== 8) throw new UnsupportedData(`the JPEG-LS data has ${precision} bits a sample, not 8`)
  const { components: wanted = 3 } = bounds
  if (components !== wanted)
    throw new UnsupportedData(`the JPEG-LS data has ${components} components, where ${wanted === 3 ? 'RGB has 3' : 'one is to be'}`)
  if (length < 6 + 3 * components) throw new CodecError('the JPEG-LS frame header ends early')
  const places = [0, 1, 2].slice(0, components).map((i) => at + 6 + 3 * i)
  if (places.some((place) => bytes[place + 1] !== 0x11)) throw new UnsupportedData('the JPEG-LS data has subsampled colours')
  checkBounds('JPEG-LS header', width, height, bounds)
  return { width, height, names: places.map((place) => bytes[place]!) }
}

function parametersOf(bytes: Uint8Array, at: number, length: number): JpegLsScan['parameters'] {
  if (bytes[at] !== 1) throw new UnsupportedData('the JPEG-LS data has a palette, or sizes beyond 65,535')
  if (length < 11) throw new CodecError('the parameters of the JPEG-LS data end early')
  const word = (i: number) => (bytes[at + i]! << 8) | bytes[at + i + 1]!
  const largest = word(1)
  if (largest > 255) throw new CodecError(`the JPEG-LS data has samples up to ${largest}, with 8 bits each`)
  return { largest, thresholds: [word(3), word(5), word(7)], reset: word(9) }
}

function scanOf(bytes: Uint8Array, at: number, length: number, names: readonly number[], parameters: JpegLsScan['parameters']): JpegLsScan {
  const count = bytes[at]!
  if (length < 4 + 2 * count) throw new CodecError('the scan header of the JPEG-LS data ends early')
  const components = Array.from({ length: count }, (_, i) => names.indexOf(bytes[at + 1 + 2 * i]!))
  const tail = at + 1 + 2 * count
  const [near, interleave, point] = [bytes[tail]!, bytes[tail + 1]!, bytes[tail + 2]!]
  if (components.some((one, i) => one < 0 || bytes[at + 2 + 2 * i] !== 0 || components.indexOf(one) !== i)) {
    throw new CodecError('the scan of the JPEG-LS data names components that its frame does not have')
  }
  if (interleave > 2 || count < 1 || (interleave === 0) !== (count === 1)) {
    throw new CodecError(`the scan of the JPEG-LS data has ${count} components in order ${interleave}`)
  }
  if (point !== 0) throw new UnsupportedData('the JPEG-LS data leaves out low bits (point transform)')
  if (near > 127) throw new CodecError(`the JPEG-LS data may be ${near} off, more than half of its range`)
  return { components, near, interleave, start: at + length, parameters }
}
