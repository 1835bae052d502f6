/**
 * What a JPEG stream says of itself before it is decoded: size, components, and the marks that tell its colours.
 *
 *     FF D8                          start
 *     FF En length …                 APPn: E0 "JFIF\0", EE "Adobe" version (2) flags (2 + 2) transform (0 RGB, 1 YCbCr)
 *     FF C0 length P HH HH WW WW N   start of frame: precision, height, width, components (id, sampling, table)
 *     FF DA …                        start of scan: compressed data follows
 */

import { CodecError, UnsupportedData } from './types.js'

export interface JpegHeader {
  readonly width: number
  readonly height: number
  readonly components: number
  /** Of each component: 16 × horizontal + vertical factor. */
  readonly sampling: readonly number[]
  readonly progressive: boolean
  /** Predicted samples (process C3), not a transform. */
  readonly lossless: boolean
  /** The components are named R, G and B. */
  readonly named: boolean
  readonly jfif: boolean
  /** The transform of Adobe's marker, where there is one. */
  readonly adobe?: number
  /** Where the markers lie that say something of colours. */
  readonly marks: readonly number[]
}

/** Grey, or three components of which the first has one of these samplings, and the others one sample for it. */
export const isSampled = ({ components, sampling: [luma, ...chroma] }: JpegHeader, lumas: readonly number[]): boolean =>
  components === 1 || (components === 3 && lumas.includes(luma!) && chroma.every((one) => one === 0x11))

const START_OF_SCAN = 0xda
const END_OF_IMAGE = 0xd9

/** C0, C1, C2 are what libjpeg decodes; C4, C8, CC are no frames; the rest are lossless, hierarchical or arithmetic. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/** Throws UnsupportedData for what libjpeg does not decode; `orLossless`: the lossless process is none of that. */
export function readJpegHeader(bytes: Uint8Array, orLossless?: 'or lossless'): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new CodecError('the JPEG data does not begin with FF D8')
  let jfif = false
  let adobe: number | undefined
  const marks: number[] = []
  let at = 2
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new CodecError(`byte ${at} of the JPEG data is no marker`)
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) break
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (length < 2 || at + 2 + length > bytes.length) break
    if (marker === 0xe0 && startsWith(bytes, at + 4, 'JFIF')) {
      jfif = true
      marks.push(at)
    } else if (marker === 0xee && length >= 14 && startsWith(bytes, at + 4, 'Adobe')) {
      adobe = bytes[at + 15]!
      marks.push(at)
    } else if (isFrame(marker)) {
      const lossless = marker === 0xc3 && orLossless !== undefined
      if (marker > 0xc2 && !lossless)
        throw new UnsupportedData(`JPEG process ${marker.toString(16)} (lossless, hierarchical or arithmetic) is not supported`)
      if (length < 8) break
      const precision = bytes[at + 4]!
      if (precision !== 8) throw new UnsupportedData(`the JPEG data has ${precision} bits a sample, not 8`)
      const components = bytes[at + 9]!
      if (length < 8 + 3 * components) break
      return {
        height: (bytes[at + 5]! << 8) | bytes[at + 6]!,
        width: (bytes[at + 7]! << 8) | bytes[at + 8]!,
        components,
        progressive: marker === 0xc2,
        lossless,
        sampling: Array.from({ length: components }, (_, i) => bytes[at + 11 + 3 * i]!),
        named: components === 3 && isRgb(bytes[at + 10]!, bytes[at + 13]!, bytes[at + 16]!),
        jfif,
        ...(adobe === undefined ? {} : { adobe }),
        marks,
      }
    }
    at += 2 + length
  }
  throw new CodecError('the JPEG data has no frame header')
}

/** True when JPEG tables hold more than tables: a frame or a scan. */
export function holdsPicture(tables: Uint8Array): boolean {
  for (let at = 2; at + 4 <= tables.length; ) {
    if (tables[at] !== 0xff) return false
    const marker = tables[at + 1]!
    if (isFrame(marker) || marker === START_OF_SCAN) return true
    if (marker === END_OF_IMAGE) return false
    at += marker === 0xff ? 1 : 2 + ((tables[at + 2]! << 8) | tables[at + 3]!)
  }
  return false
}

/** `R`, `G`, `B` or `r`, `g`, `b`. */
const isRgb = (first: number, second: number, third: number) => {
  const name = String.fromCharCode(first, second, third)
  return name === 'RGB' || name === 'rgb'
}

function startsWith(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false
  return true
}
