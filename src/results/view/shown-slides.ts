/** The slides of a run as they are asked for: a few stay open, each is opened once however many ask. */

import { PipelineError } from '../../core/errors.js'
import { placeIn } from '../../pipeline/store/slide-place.js'
import type { Results, SlideResult } from '../open.js'
import { ShownSlide } from './shown-slide.js'

/** Slides open at once; the one not used for longest is closed. */
const mostOpen = 4

export class ShownSlides {
  readonly #byId: ReadonlyMap<string, SlideResult>
  readonly #open = new Map<string, Promise<ShownSlide>>()

  constructor(readonly results: Results) {
    this.#byId = new Map(results.slides.map((slide) => [slide.id, slide]))
  }

  /** Null for an id that is not of this run. Throws what opening it throws. */
  async get(id: string): Promise<ShownSlide | null> {
    const slide = this.#byId.get(id)
    if (!slide) return null
    const known = this.#open.get(id)
    if (known) {
      this.#open.delete(id)
      this.#open.set(id, known)
      return known
    }
    const { table, model } = slide
    if (table === null) {
      const why = slide.receipt.error?.message ?? 'this run wrote no Parquet table'
      throw new PipelineError('NO_TABLE', `${id} cannot be shown: ${why}`)
    }
    const opening = ShownSlide.open({ id, table, model }, placeIn(slide.receipt))
    this.#open.set(id, opening)
    opening.catch(() => this.#open.delete(id))
    for (const [other, shown] of this.#open) {
      if (this.#open.size <= mostOpen) break
      this.#open.delete(other)
      void shown.then((one) => one.close()).catch(() => undefined)
    }
    return opening
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(all.map((shown) => shown.then((one) => one.close()).catch(() => undefined)))
  }
}
