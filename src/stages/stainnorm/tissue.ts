/** Which pixels of a picture are tissue, as TIAToolbox tells it before it looks for stains. */

import { linear } from './srgb.js'

/** CIE L* of four fifths of 255, when it is rounded to a byte: as much light, of 1. */
const brightest = ((203.5 / 2.55 + 16) / 116) ** 3

/** The pixels that are tissue, one after the other. */
export function tissueOf(pixels: Uint8Array): Uint8Array {
  const isTissue = tissueIn(pixels)
  const tissue = new Uint8Array(pixels.length)
  let at = 0
  for (let p = 0; p < pixels.length; p += 3) {
    if (!isTissue(p)) continue
    tissue[at] = pixels[p]!
    tissue[at + 1] = pixels[p + 1]!
    tissue[at + 2] = pixels[p + 2]!
    at += 3
  }
  return tissue.subarray(0, at)
}

/** Whether the pixel at a byte is tissue: dark, once the picture's contrast is stretched from its 2nd to its 98th percentile. */
function tissueIn(pixels: Uint8Array): (p: number) => boolean {
  const [low, high] = stretch(pixels)
  const light = [0.212671, 0.71516, 0.072169].map((weight) =>
    Float64Array.from({ length: 256 }, (_, v) => {
      const stretched = high > low ? Math.floor(((Math.min(high, Math.max(low, v)) - low) / (high - low)) * 255) : v
      return weight * linear(stretched / 255)
    }),
  ) as [Float64Array, Float64Array, Float64Array]
  return (p) => light[0][pixels[p]!]! + light[1][pixels[p + 1]!]! + light[2][pixels[p + 2]!]! < brightest
}

/** The 2nd and 98th percentile of all bytes; where they are one, the least and the largest. */
function stretch(pixels: Uint8Array): readonly [number, number] {
  const counts = new Uint32Array(256)
  for (let i = 0; i < pixels.length; i++) counts[pixels[i]!]!++
  const at = (rank: number) => {
    let [value, left] = [0, rank]
    while (left >= counts[value]!) left -= counts[value++]!
    return value
  }
  const share = (p: number) => {
    const place = ((pixels.length - 1) * p) / 100
    const low = Math.floor(place)
    return at(low) + (at(Math.min(low + 1, pixels.length - 1)) - at(low)) * (place - low)
  }
  const [low, high] = [share(2), share(98)]
  return low < high ? [low, high] : [at(0), at(pixels.length - 1)]
}
