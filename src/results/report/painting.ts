/** A small picture of where patches lie: the class of the surest patch at each pixel, and the share of tissue. */

import { boxOf } from '../../geometry/merge.js'
import type { Region, Size } from '../../geometry/region.js'
import { rgbOf } from '../../sinks/picture/colors.js'
import { noClass, noClassColor } from '../given.js'

/** Longest side of the pictures of a page: 6 bytes a pixel are held while a table is read. */
export const longestSide = 900

const otherColor = rgbOf(noClassColor)

export class Painting {
  readonly size: Size
  readonly #scale: { readonly x: number; readonly y: number }
  /** 0: no patch. 1: a patch without an answer. 2: one with an answer that is no class. Then the classes. */
  readonly #labels: Uint32Array
  readonly #sure: Uint8Array
  readonly #tissue: Uint8Array
  #hasTissue = false

  constructor(slide: Size) {
    const factor = Math.min(1, longestSide / Math.max(slide.width, slide.height, 1))
    this.size = { width: Math.max(1, Math.round(slide.width * factor)), height: Math.max(1, Math.round(slide.height * factor)) }
    this.#scale = { x: this.size.width / Math.max(1, slide.width), y: this.size.height / Math.max(1, slide.height) }
    const pixels = this.size.width * this.size.height
    this.#labels = new Uint32Array(pixels)
    this.#sure = new Uint8Array(pixels)
    this.#tissue = new Uint8Array(pixels)
  }

  get hasTissue(): boolean {
    return this.#hasTissue
  }

  /** `given`: as the table says it. `confidence` and `tissue`: 0 to 1. */
  add(region: Region, given: number, confidence: number, tissue: number | null): void {
    const { left, top, right, bottom } = boxOf(region, this.#scale)
    const { width, height } = this.size
    const sure = 1 + Math.round(Math.min(1, Math.max(0, confidence)) * 254)
    const grey = tissue === null ? 0 : Math.round(Math.min(1, Math.max(0, tissue)) * 255)
    if (tissue !== null) this.#hasTissue = true
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      for (let i = y * width + Math.max(0, left); i < y * width + Math.min(width, right); i++) {
        if (grey > this.#tissue[i]!) this.#tissue[i] = grey
        if (sure <= this.#sure[i]!) continue
        this.#sure[i] = sure
        this.#labels[i] = given >= 0 ? given + 3 : given === noClass ? 2 : 1
      }
    }
  }

  /** RGBA: each class in its colour, nothing where no patch is; other answers are teal, patches without one hatched grey. */
  classes(colors: readonly string[]): Size & { readonly data: Uint8Array } {
    const rgb = colors.map(rgbOf)
    return this.#rgba((i) => {
      const label = this.#labels[i]!
      if (label === 0) return null
      if (label === 2) return [...otherColor, 255]
      const color = rgb[label - 3]
      return color ? [color[0], color[1], color[2], 255] : [128, 128, 128, (i + Math.floor(i / this.size.width)) % 6 < 3 ? 200 : 40]
    })
  }

  /** RGBA: the more tissue, the more opaque; without a `tissue` column, the patches that were kept. */
  mask(): Size & { readonly data: Uint8Array } {
    return this.#rgba((i) => {
      const share = this.#hasTissue ? this.#tissue[i]! : this.#labels[i] === 0 ? 0 : 255
      return share === 0 ? null : [...otherColor, 40 + Math.round((share / 255) * 215)]
    })
  }

  #rgba(colorOf: (pixel: number) => readonly [number, number, number, number] | null): Size & { readonly data: Uint8Array } {
    const data = new Uint8Array(this.#labels.length * 4)
    for (let i = 0; i < this.#labels.length; i++) {
      const color = colorOf(i)
      if (color) data.set(color, i * 4)
    }
    return { ...this.size, data }
  }
}
