/**
 * Stains as directions of optical density, and how much of each lies in a pixel (Ruifrok and Johnston 2001); found in a picture as Macenko et al.
 * do (2009), with the choice of tissue and the percentiles of TIAToolbox. Pictures are RGB bytes, 3 a pixel.
 */

import { percentile } from './percentile.js'
import { principalAxes } from './principal-axes.js'

type Triple = readonly [number, number, number]

/** Haematoxylin and eosin: the optical densities of red, green and blue, of length 1. */
export type Stains = readonly [haematoxylin: Triple, eosin: Triple]

/** How a picture is stained: with what, and how much of each is in all but its darkest hundredth. */
export interface Staining {
  readonly stains: Stains
  readonly most: readonly [number, number]
}

/** Of Macenko's MATLAB code, published by mitkovetta/staining-normalization: what most programs take where no target is given. */
export const reference: Staining = {
  stains: [
    [0.5626, 0.7201, 0.4062],
    [0.2159, 0.8012, 0.5581],
  ],
  most: [1.9705, 1.0308],
}

/** Ruifrok's, as TIAToolbox has them. */
export const ruifrokStains: Stains = [
  [0.65, 0.7, 0.29],
  [0.07, 0.99, 0.11],
]

/** −ln(v / 255) of each byte; 0 counts as 1. */
const densities = Float64Array.from({ length: 256 }, (_, v) => Math.max(-Math.log(Math.max(v, 1) / 255), 1e-6))

/** 255 × e^−density at every 2048th; beyond 6 nothing of a byte is left. */
const bytesBy = Float64Array.from({ length: 6 * 2048 + 1 }, (_, i) => 255 * Math.exp(-i / 2048))

/** 255 × e^−density, at most 255, to a hundred thousandth. */
function byteOf(density: number): number {
  if (density <= 0) return 255
  if (density >= 6) return 0
  const place = density * 2048
  const below = place | 0
  const value = bytesBy[below]!
  return value + (bytesBy[below + 1]! - value) * (place - below)
}

/** How a picture is stained; null where its stains cannot be told, since hardly anything is stained. `found`: null, or the stains it has. */
export function stainingOf(pixels: Uint8Array, found: Stains | null): Staining | null {
  if (found === null) return null
  const amounts = amountsBy(found)
  if (amounts === null) return null
  const of = new Float32Array(pixels.length / 3)
  const most = amounts.map(([r, g, b]) => {
    for (let i = 0, p = 0; i < of.length; i++, p += 3)
      of[i] = r * densities[pixels[p]!]! + g * densities[pixels[p + 1]!]! + b * densities[pixels[p + 2]!]!
    return percentile(of, 99)
  })
  const [first = 0, second = 0] = most
  return first > 0 && second > 0 ? { stains: found, most: [first, second] } : null
}

/**
 * The picture as it would be with the staining `to` in the place of `from`, in its own memory: the amounts of both stains are told, brought to those of
 * `to`, and stained anew (Beer and Lambert). All of that is linear in the densities, so that what each byte adds to them is looked up.
 */
export function restain(pixels: Uint8Array, from: Staining, to: Staining): void {
  const amounts = amountsBy(from.stains)!
  const [h, e] = [to.most[0] / from.most[0], to.most[1] / from.most[1]]
  // What each byte of red, green and blue (256 each) adds to the density of each colour that is made.
  const added = [0, 1, 2].map((made) => {
    const shares = [0, 1, 2].map((given) => amounts[0][given]! * h * to.stains[0][made]! + amounts[1][given]! * e * to.stains[1][made]!)
    return Float64Array.from({ length: 3 * 256 }, (_, i) => shares[i >> 8]! * densities[i & 255]!)
  })
  const [ofRed, ofGreen, ofBlue] = added as [Float64Array, Float64Array, Float64Array]
  for (let p = 0; p < pixels.length; p += 3) {
    const [r, g, b] = [pixels[p]!, pixels[p + 1]! + 256, pixels[p + 2]! + 512]
    pixels[p] = byteOf(ofRed[r]! + ofRed[g]! + ofRed[b]!)
    pixels[p + 1] = byteOf(ofGreen[r]! + ofGreen[g]! + ofGreen[b]!)
    pixels[p + 2] = byteOf(ofBlue[r]! + ofBlue[g]! + ofBlue[b]!)
  }
}

/** The amounts of both stains by the densities of a pixel, by least squares; null where the stains are one. */
function amountsBy([h, e]: Stains): readonly [Triple, Triple] | null {
  const [hh, he, ee] = [dot(h, h), dot(h, e), dot(e, e)]
  const area = hh * ee - he * he
  if (!(area > 1e-9)) return null
  const by = (own: number, other: number, a: Triple, b: Triple): Triple => [
    (own * a[0] - other * b[0]) / area,
    (own * a[1] - other * b[1]) / area,
    (own * a[2] - other * b[2]) / area,
  ]
  return [by(ee, he, h, e), by(hh, he, e, h)]
}

const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/**
 * The densities of tissue lie about a plane; the stains are its outermost directions, but for a hundredth on either side. Null where there is no
 * tissue.
 */
export function macenkoStains(tissue: Uint8Array): Stains | null {
  const count = tissue.length / 3
  if (count < 2) return null
  const axes = principalAxes(covariance(tissue))
  if (axes === null) return null
  const angles = new Float32Array(count)
  for (let i = 0, p = 0; i < count; i++, p += 3) {
    const density: Triple = [densities[tissue[p]!]!, densities[tissue[p + 1]!]!, densities[tissue[p + 2]!]!]
    angles[i] = Math.atan2(dot(density, axes[1]), dot(density, axes[0]))
  }
  const [least, most] = [1, 99].map((p) => directionAt(axes, percentile(angles, p))) as [Triple, Triple]
  // Haematoxylin takes more red.
  return least[0] > most[0] ? [least, most] : [most, least]
}

function directionAt([first, second]: readonly [Triple, Triple], angle: number): Triple {
  const [x, y] = [Math.cos(angle), Math.sin(angle)]
  return unit([first[0] * x + second[0] * y, first[1] * x + second[1] * y, first[2] * x + second[2] * y])
}

function unit(vector: Triple): Triple {
  const length = Math.sqrt(dot(vector, vector))
  return [vector[0] / length, vector[1] / length, vector[2] / length]
}

/** Of the densities: of red and red, red and green, red and blue, green and green, green and blue, blue and blue. */
function covariance(pixels: Uint8Array): Float64Array {
  const sums = new Float64Array(3)
  const products = new Float64Array(6)
  for (let p = 0; p < pixels.length; p += 3) {
    const [r, g, b] = [densities[pixels[p]!]!, densities[pixels[p + 1]!]!, densities[pixels[p + 2]!]!]
    sums[0]! += r
    sums[1]! += g
    sums[2]! += b
    products[0]! += r * r
    products[1]! += r * g
    products[2]! += r * b
    products[3]! += g * g
    products[4]! += g * b
    products[5]! += b * b
  }
  const [r = 0, g = 0, b = 0] = sums.map((sum) => sum / (pixels.length / 3))
  const ofMeans = [r * r, r * g, r * b, g * g, g * b, b * b]
  return products.map((product, i) => product / (pixels.length / 3) - ofMeans[i]!)
}
