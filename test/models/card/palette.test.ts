/** Colours that classes get of themselves do not vanish on H&E: distances in CIE Lab, computed here from the standard's definition. */

import test from 'ava'
import { colorOf } from '../../../src/models/card/palette.js'

type Triple = readonly [number, number, number]

/** IEC 61966-2-1 and CIE 15, D65. */
function labOf(rgb: Triple): Triple {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as unknown as Triple
  const f = (v: number) => (v > 216 / 24389 ? Math.cbrt(v) : ((24389 / 27) * v + 16) / 116)
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b)
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const distance = (a: Triple, b: Triple): number => {
  const [p, q] = [labOf(a), labOf(b)]
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
}

const rgbOf = (color: string): Triple => {
  const n = Number.parseInt(color.slice(1), 16)
  return [n >> 16, (n >> 8) & 255, n & 255]
}

/** Glass, and every mixture of the two stains by Beer and Lambert's law with Ruifrok and Johnston's vectors. */
const tones: readonly Triple[] = Array.from({ length: 9 }, (_, h) =>
  Array.from({ length: 7 }, (__, e): Triple => {
    const light = (hematoxylin: number, eosin: number) => 255 * 10 ** -(hematoxylin * h * 0.15 + eosin * e * 0.15)
    return [light(0.65, 0.072), light(0.704, 0.99), light(0.286, 0.105)]
  }),
).flat()

test('the measure is the standard one', (t) => {
  // Lindbloom's values for the primaries of sRGB.
  t.deepEqual(labOf([255, 0, 0]).map(Math.round), [53, 80, 67])
  t.deepEqual(labOf([0, 0, 255]).map(Math.round), [32, 79, -108])
})

test('no colour is near a tone of H&E or glass, and half of it over a tone is still seen', (t) => {
  for (let i = 0; i < 300; i++) {
    const color = rgbOf(colorOf(i))
    const pure = Math.min(...tones.map((tone) => distance(tone, color)))
    const half = Math.min(...tones.map((tone) => distance(tone, [0, 1, 2].map((c) => (tone[c]! + color[c]!) / 2) as unknown as Triple)))
    t.true(pure >= 35, `${i} ${colorOf(i)}: ${pure}`)
    t.true(half >= 20, `${i} ${colorOf(i)} at half its strength: ${half}`)
  }
})

test('the first twelve are told apart, over glass at half their strength, too', (t) => {
  const glassy = (color: Triple) => color.map((v) => (v + 255) / 2) as unknown as Triple
  for (let i = 0; i < 12; i++) {
    for (let k = 0; k < i; k++) {
      const [a, b] = [rgbOf(colorOf(i)), rgbOf(colorOf(k))]
      t.true(distance(a, b) >= 25, `${colorOf(i)} and ${colorOf(k)}: ${distance(a, b)}`)
      t.true(distance(glassy(a), glassy(b)) >= 10, `${colorOf(i)} and ${colorOf(k)} over glass: ${distance(glassy(a), glassy(b))}`)
    }
  }
})
