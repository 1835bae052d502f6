/** Reinhard et al. 2001, as TIAToolbox has it: each channel of CIE L*a*b* gets the mean and the standard deviation of a target. Pictures are RGB bytes. */

import { fromLab, toLab } from './lab.js'

/** Of L, a and b, in bytes. */
export type Tones = readonly { readonly mean: number; readonly deviation: number }[]

/** Null of a picture without two colours, which has no tones to be moved. */
export function tonesOf(pixels: Uint8Array): Tones | null {
  const lab = pixels.slice()
  toLab(lab)
  const count = lab.length / 3
  const tones = [0, 1, 2].map((channel) => {
    let [sum, squares] = [0, 0]
    for (let i = channel; i < lab.length; i += 3) {
      sum += lab[i]!
      squares += lab[i]! * lab[i]!
    }
    const mean = sum / count
    return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) }
  })
  return tones.every(({ deviation }) => deviation > 0) ? tones : null
}

/** In its own memory. */
export function retone(pixels: Uint8Array, from: Tones, to: Tones): void {
  const moved = from.map(({ mean, deviation }, channel) => {
    const { mean: wanted, deviation: wide } = to[channel]!
    return Uint8Array.from({ length: 256 }, (_, v) => Math.min(255, Math.max(0, ((v - mean) * wide) / deviation + wanted)))
  })
  toLab(pixels)
  for (let i = 0; i < pixels.length; i++) pixels[i] = moved[i % 3]![pixels[i]!]!
  fromLab(pixels)
}
