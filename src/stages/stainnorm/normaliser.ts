/** Makes pictures look like a target, by the method that is asked for. Pictures are RGB bytes, 3 a pixel. */

import { retone, type Tones, tonesOf } from './reinhard.js'
import { macenkoStains, reference, restain, ruifrokStains, type Staining, stainingOf } from './stains.js'
import { tissueOf } from './tissue.js'

export type Method = 'macenko' | 'reinhard' | 'ruifrok'

/** Changes a picture in its own memory; false where nothing is stained in it, and it stays as it is. */
export type Normaliser = (pixels: Uint8Array) => boolean

/** What a method sees of a picture, and how it makes one look like another. */
interface Way<Look> {
  /** Null where hardly anything is stained. `tissue`: the part of it that is. */
  readonly lookOf: (pixels: Uint8Array, tissue: Uint8Array) => Look | null
  /** In its own memory. */
  readonly change: (pixels: Uint8Array, from: Look, to: Look) => void
  /** What is aimed at without a target. */
  readonly usual: Look | null
}

const macenko: Way<Staining> = {
  lookOf: (pixels, tissue) => stainingOf(pixels, macenkoStains(tissue)),
  change: restain,
  usual: reference,
}
const ruifrok: Way<Staining> = { ...macenko, lookOf: (pixels) => stainingOf(pixels, ruifrokStains) }
const reinhard: Way<Tones> = { lookOf: tonesOf, change: retone, usual: null }

const ways = { macenko, ruifrok, reinhard } as const

/**
 * Each picture by what is seen of it alone, as TIAToolbox does. Without a target's pixels, stains become those of the reference. Null where the target
 * has nothing that could be aimed at.
 */
export const byPatch = (method: Method, target?: Uint8Array): Normaliser | null => patchwise(ways[method] as Way<unknown>, target)

/** All pictures by what is seen of a sample of their slide's pixels: of both, tissue alone counts. */
export const bySlide = (method: Method, sample: Uint8Array, target?: Uint8Array): Normaliser | null =>
  slidewise(ways[method] as Way<unknown>, sample, target)

function patchwise<Look>({ lookOf, change, usual }: Way<Look>, target?: Uint8Array): Normaliser | null {
  const look = (pixels: Uint8Array) => lookOf(pixels, tissueOf(pixels))
  const to = target === undefined ? usual : look(target)
  if (to === null) return null
  return (pixels) => {
    const from = look(pixels)
    if (from !== null) change(pixels, from, to)
    return from !== null
  }
}

function slidewise<Look>({ lookOf, change, usual }: Way<Look>, sample: Uint8Array, target?: Uint8Array): Normaliser | null {
  const look = (pixels: Uint8Array) => {
    const tissue = tissueOf(pixels)
    return lookOf(tissue, tissue)
  }
  const to = target === undefined ? usual : look(target)
  if (to === null) return null
  const from = look(sample)
  return (pixels) => {
    if (from !== null) change(pixels, from, to)
    return from !== null
  }
}
