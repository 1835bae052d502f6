/** Makes pictures look like a target, by the method that is asked for. Pictures are RGB bytes, 3 a pixel. */

import { retone, tonesOf } from './reinhard.js'
import { macenkoStains, reference, restain, ruifrokStains, stainingOf } from './stains.js'

export type Method = 'macenko' | 'reinhard' | 'ruifrok'

/** Changes a picture in its own memory; false where nothing is stained in it, and it stays as it is. */
export type Normaliser = (pixels: Uint8Array) => boolean

/** `target`: pixels; without one, stains become those of the reference. Null where the target has nothing that could be aimed at. */
export function normaliserFor(method: Method, target?: Uint8Array): Normaliser | null {
  if (method === 'reinhard') {
    const tones = target && tonesOf(target)
    return tones ? (pixels) => retone(pixels, tones) : null
  }
  const staining = (pixels: Uint8Array) => stainingOf(pixels, method === 'macenko' ? macenkoStains(pixels) : ruifrokStains)
  const to = target === undefined ? reference : staining(target)
  if (to === null) return null
  return (pixels) => {
    const from = staining(pixels)
    if (from === null) return false
    restain(pixels, from, to)
    return true
  }
}
