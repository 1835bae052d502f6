/**
 * RGB bytes as bytes of CIE L*a*b* (white of D65): L × 255 / 100, a + 128, b + 128; and back. By OpenCV's whole numbers, so that what others have
 * computed by it is the same here: light in 2,040 steps, its cube roots in 15 bits, light that becomes a byte again in 4,096 steps.
 */

import { encoded, linear } from './srgb.js'

/** Light of each byte, of 2040. */
const lights = Int32Array.from({ length: 256 }, (_, v) => Math.round(linear(v / 255) * 2040))

/** Below it the cube root goes over into a line. */
const dark = 0.008856

/** Of light in so many of 2,040 steps, × 2 ** 15; a little more than all of it comes by rounding. */
const roots = Int32Array.from({ length: 2040 + 16 }, (_, i) => {
  const light = i / 2040
  return Math.round((light > dark ? Math.cbrt(light) : 7.787 * light + 16 / 116) * 2 ** 15)
})

const white = [0.950456, 1, 1.088754] as const

/** Light of red, green and blue to X, Y and Z, of white 1 each, × 2 ** 12. */
const [ofX, ofY, ofZ] = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
].map((row, i) => row.map((share) => Math.round((share / white[i]!) * 2 ** 12))) as [number[], number[], number[]]

const scaled = ([r = 0, g = 0, b = 0]: readonly number[], red: number, green: number, blue: number) =>
  roots[(r * red + g * green + b * blue + 2 ** 11) >> 12]!

/** In its own memory. */
export function toLab(pixels: Uint8Array): void {
  for (let p = 0; p < pixels.length; p += 3) {
    const [red, green, blue] = [lights[pixels[p]!]!, lights[pixels[p + 1]!]!, lights[pixels[p + 2]!]!]
    const [x, y, z] = [scaled(ofX, red, green, blue), scaled(ofY, red, green, blue), scaled(ofZ, red, green, blue)]
    // 116 y − 16 of 100, × 2.55, in whole numbers.
    pixels[p] = (296 * y - 1336934 + 2 ** 14) >> 15
    pixels[p + 1] = asByte((500 * (x - y) + 128 * 2 ** 15 + 2 ** 14) >> 15)
    pixels[p + 2] = asByte((200 * (y - z) + 128 * 2 ** 15 + 2 ** 14) >> 15)
  }
}

const asByte = (value: number) => Math.min(255, Math.max(0, value))

/** X, Y and Z, of white 1 each, to light of red, green and blue. */
const fromXyz = [
  [3.240479, -1.53715, -0.498535],
  [-0.969256, 1.875991, 0.041556],
  [0.055648, -0.204043, 1.057311],
].map((row) => row.map((share, i) => share * white[i]!)) as [Triple, Triple, Triple]

type Triple = [number, number, number]

/** The byte of a light, of 4096. */
const bytes = Uint8Array.from({ length: 4096 }, (_, i) => Math.round(255 * encoded(i / 4096)))

const cube = (t: number) => (t * t * t > dark ? t * t * t : (t - 16 / 116) / 7.787)

/** In its own memory. */
export function fromLab(pixels: Uint8Array): void {
  for (let p = 0; p < pixels.length; p += 3) {
    const y = (pixels[p]! / 2.55 + 16) / 116
    const [x, z] = [cube(y + (pixels[p + 1]! - 128) / 500), cube(y - (pixels[p + 2]! - 128) / 200)]
    const light = cube(y)
    for (let c = 0; c < 3; c++) {
      const [ofX, ofY, ofZ] = fromXyz[c]!
      pixels[p + c] = bytes[Math.min(4095, Math.max(0, Math.round((ofX * x + ofY * light + ofZ * z) * 4096)))]!
    }
  }
}
