/**
 * What of a slide could not be read for its mask, where patches that cannot be read are to be rows that say so: it counts as tissue, since what is no
 * tissue is no row, and nobody would hear of it.
 */

import { SlideError } from '../../core/errors.js'
import type { Tell } from '../../core/events.js'
import type { SlideInfo } from '../../core/slide.js'
import type { Bitmap } from '../../geometry/coverage.js'
import type { Region } from '../../geometry/region.js'

export class UnreadTissue {
  readonly #regions: Region[] = []
  #why: Error | undefined

  readonly note = (region: Region, why: Error): void => {
    this.#regions.push(region)
    this.#why ??= why
  }

  /** Ones where nothing was read, in a picture of the whole slide. Throws what stood in the way of more than half of it: that would be no mask. */
  over({ width, height, data }: Bitmap, slide: SlideInfo): void {
    const lost = this.#regions.reduce((sum, region) => sum + region.width * region.height, 0)
    if (this.#why && lost > (slide.width * slide.height) / 2) throw this.#why
    const [across, down] = [width / slide.width, height / slide.height]
    for (const { x, y, width: wide, height: tall } of this.#regions) {
      const [left, right] = [Math.max(0, Math.floor(x * across)), Math.min(width, Math.ceil((x + wide) * across))]
      const bottom = Math.min(height, Math.ceil((y + tall) * down))
      for (let row = Math.max(0, Math.floor(y * down)); row < bottom; row++) data.fill(1, row * width + left, row * width + right)
    }
  }

  say(tell: Tell, { uri }: SlideInfo): void {
    if (this.#why === undefined) return
    const message = `${uri}: what its mask could not read counts as tissue (${this.#why.message}): patches that cannot be read are rows that say so`
    tell({ type: 'warning', code: 'MASK_ODD', message })
  }
}

/** Where the first tile that cannot be read fails the slide: says how it would not. */
export function refuseUnread(_: Region, why: Error): never {
  throw new SlideError(why instanceof SlideError ? why.code : 'TILE_UNDECODABLE', why.message, {
    hint:
      (why instanceof SlideError ? why.hint : undefined) ??
      'with extract: { on_error: mark } what its mask cannot read counts as tissue, and the slide goes on without these patches',
    cause: why,
  })
}
