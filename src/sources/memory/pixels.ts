/** Pixels that a program has, as memory that threads share. */

import { isObject, onlyGiven, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import type { MemoryPixels, SlideRef } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import { safeId } from '../common/ids.js'
import { mustBeSaid } from './said.js'

/** RGB bytes, height × width × 3; a clamped array is what a canvas has. */
export type RgbBytes = Uint8Array | Uint8ClampedArray

export interface ImageOptions extends Size {
  /** µm a pixel; without it and `power` a grid has to say `at: baseline`. */
  readonly mpp?: number | undefined
  /** Objective power. */
  readonly power?: number | undefined
  /** Name of the slide, and so of its table; `image` unless given. */
  readonly id?: string | undefined
  readonly label?: string | undefined
}

/**
 * A picture in memory as a slide, for `slidesOf` and `openSlide`: RGB bytes, height × width × 3, copied once into memory that all threads read.
 * Throws PipelineError OPTION_INVALID when the bytes are not those of a picture of that size, or the id cannot be a file name.
 *
 * @example
 * slidesOf([imageSlide(pixels, { width: 2048, height: 2048, mpp: 0.5, id: 'field' })])
 */
export function imageSlide(pixels: RgbBytes, options: ImageOptions): SlideRef {
  mustBeSize('imageSlide', options)
  const { width, height, id = 'image', mpp, power, label } = options
  mustBeId('imageSlide', id)
  mustFit('imageSlide: the picture', pixels, options)
  mustBeSaid('imageSlide', onlyGiven(options))
  return {
    kind: 'slide',
    id,
    uri: `memory:${id}`,
    ...onlyGiven({ mpp, power, label }),
    carried: {},
    pixels: shared([pixels], { width, height }),
  }
}

/** One below the other; `size` is that of all together. */
export function shared(pictures: readonly RgbBytes[], { width, height }: Size): MemoryPixels {
  const data = new Uint8Array(new SharedArrayBuffer(width * height * 3))
  let at = 0
  for (const picture of pictures) {
    data.set(picture, at)
    at += picture.length
  }
  return { data, width, height }
}

export function mustBeSize(who: string, size: Size): void {
  const { width, height } = isObject(size) ? size : ({} as Partial<Size>)
  if ([width, height].every((side) => Number.isInteger(side) && side! > 0)) return
  throw new PipelineError('OPTION_INVALID', `${who}: a picture of ${shown(width)} x ${shown(height)} pixels is none`, {
    hint: 'give width and height in whole pixels',
  })
}

export function mustBeId(who: string, id: unknown): void {
  if (typeof id !== 'string')
    throw new PipelineError('OPTION_INVALID', `${who}: the id is ${shown(id)}, which is no text`, { hint: 'give a text, or leave it out' })
  if (safeId(id) === id) return
  throw new PipelineError('OPTION_INVALID', `${who}: the id '${id}' cannot be a file name`, { hint: `give ${safeId(id)}` })
}

/** Not by its class alone: an array may come from another realm. */
const kindOf = (given: unknown): string => Object.prototype.toString.call(given).slice(8, -1)

/** Whether it holds bytes, so that nothing is lost where it is copied: floats of 0 to 1 would all be black, 16 bits would keep their lower half. */
export const isRgbBytes = (given: unknown): given is RgbBytes => ['Uint8Array', 'Uint8ClampedArray'].includes(kindOf(given))

/** Throws unless these are the bytes of a picture of that size. */
export function mustFit(what: string, given: RgbBytes, { width, height }: Size): void {
  if (!isRgbBytes(given)) {
    const kind = kindOf(given)
    const hint = kind.startsWith('Float')
      ? 'pixels are 0 to 255: Uint8ClampedArray.from(floats, (v) => v * 255) where they are 0 to 1'
      : 'give a Uint8Array of RGB pixels, each 0 to 255'
    throw new PipelineError('OPTION_INVALID', `${what} is of type ${kind}, not bytes`, { hint })
  }
  const { length } = given
  const pixels = width * height
  if (length === pixels * 3) return
  const hint =
    length === pixels * 4 ? 'leave the alpha channel out' : length === pixels ? 'write each grey level three times' : 'is the size right?'
  throw new PipelineError('OPTION_INVALID', `${what} has ${length} bytes, and ${width} x ${height} RGB pixels have ${pixels * 3}`, { hint })
}
