/** A small picture of where patches lie: the class of the surest patch at each pixel, and the share of tissue. */

import { boxOf } from '../../geometry/merge.js'
import type { Region, Size } from '../../geometry/region.js'
import { type Rgb, rgbOf } from '../../sinks/picture/colors.js'
import { noClass, noClassColor } from '../given.js'

/** Longest side of the pictures of a page: 6 bytes a pixel are held while a table is read. */
export const longestSide = 900

const otherColor = rgbOf(noClassColor)
const hatchColor: Rgb = [128, 128, 128]

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

  /** `given`: as the table says it. `confidence` and `tissue`: 0 to 1. Returns how many pixels it took: a table may lay each patch over the whole slide. */
  add(region: Region, given: number, confidence: number, tissue: number | null): number {
    const box = boxOf(region, this.#scale)
    const { width, height } = this.size
    const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)]
    const [right, bottom] = [Math.min(width, box.right), Math.min(height, box.bottom)]
    const sure = 1 + Math.round(Math.min(1, Math.max(0, confidence)) * 254)
    const grey = tissue === null ? 0 : Math.round(Math.min(1, Math.max(0, tissue)) * 255)
    if (tissue !== null) this.#hasTissue = true
    for (let y = top; y < bottom; y++) {
      for (let i = y * width + left; i < y * width + right; i++) {
        if (grey > this.#tissue[i]!) this.#tissue[i] = grey
        if (sure <= this.#sure[i]!) continue
        this.#sure[i] = sure
        this.#labels[i] = given >= 0 ? given + 3 : given === noClass ? 2 : 1
      }
    }
    return Math.max(0, right - left) * Math.max(0, bottom - top)
  }

  /** RGBA: each class in its colour, nothing where no patch is; other answers are teal, patches without one hatched grey. */
  classes(colors: readonly string[]): Size & { readonly data: Uint8Array } {
    const rgb = colors.map(rgbOf)
    const { width } = this.size
    return this.#rgba((i, put) => {
      const label = this.#labels[i]!
      if (label === 0) return
      const color = label === 2 ? otherColor : rgb[label - 3]
      if (color) put(color, 255)
      else put(hatchColor, (i + Math.floor(i / width)) % 6 < 3 ? 200 : 40)
    })
  }

  /** RGBA: the more tissue, the more opaque; without a `tissue` column, the patches that were kept. */
  mask(): Size & { readonly data: Uint8Array } {
    return this.#rgba((i, put) => {
      const share = this.#hasTissue ? this.#tissue[i]! : this.#labels[i] === 0 ? 0 : 255
      if (share > 0) put(otherColor, 40 + Math.round((share / 255) * 215))
    })
  }

  /** A page has millions of these pixels: none of them is an object. */
  #rgba(paint: (pixel: number, put: (color: Rgb, alpha: number) => void) => void): Size & { readonly data: Uint8Array } {
    const data = new Uint8Array(this.#labels.length * 4)
    let at = 0
    const put = (color: Rgb, alpha: number) => {
      data[at] = color[0]
      data[at + 1] = color[1]
      data[at + 2] = color[2]
      data[at + 3] = alpha
    }
    for (let i = 0; i < this.#labels.length; i++, at += 4) paint(i, put)
    return { ...this.size, data }
  }
}
