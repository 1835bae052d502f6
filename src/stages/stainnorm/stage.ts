/** Each picture is normalised as it will be shown to its model. */

import { SlideError } from '../../core/errors.js'
import { note } from '../../core/items.js'
import type { Slide } from '../../core/slide.js'
import type { Stage } from '../../core/stage.js'
import { decodeOf } from '../../readers/set/picture.js'
import { namedFile } from '../slide-file.js'
import { byPatch, bySlide, type Normaliser } from './normaliser.js'
import { sampleOf } from './sample.js'
import type { StainnormOptions } from './spec.js'
import { mostTargetPixels, targetIn } from './target-file.js'

export default (options: StainnormOptions): Stage<'image', 'image'> => {
  /** Once a slide: who the slide is follows from what its target was when it began. */
  const made = new WeakMap<Slide, Promise<Normaliser>>()
  return async function* (images, { slide, folder = '.', signal }) {
    const ready = made.get(slide) ?? normaliserOf(slide, options, folder, signal)
    made.set(slide, ready)
    const normalise = await ready
    for await (const image of images) {
      signal.throwIfAborted()
      // Of several pictures the first speaks for the patch: each has its own pixels.
      const normalised = image.status === 'ok' ? (image.pixels.map(normalise)[0] ?? null) : null
      yield { ...image, patch: note(image.patch, { stain_normalized: normalised }) }
    }
  }
}

/** Throws SlideError. */
async function normaliserOf(
  slide: Slide,
  { method, fit, target, at }: StainnormOptions,
  folder: string,
  signal: AbortSignal,
): Promise<Normaliser> {
  const aim = target === undefined ? undefined : targetIn(target, folder)
  const fail = (why: string, cause?: unknown) =>
    new SlideError('TARGET_UNUSABLE', `${namedFile('target', aim!, slide)} ${why}`, {
      hint: 'target: is a PNG, JPEG, TIFF or WebP picture of stained tissue, such as a patch of a slide that looks as all shall look',
      at: { slide: slide.ref.id, stage: 'stainnorm' },
      cause,
    })
  const wanted =
    aim === undefined
      ? undefined
      : await decodeOf(aim, mostTargetPixels, slide.ref.remote).catch((cause: Error) => {
          throw fail(`cannot be used: ${cause.message}`, cause)
        })
  const normaliser =
    fit === 'slide' && at !== undefined ? bySlide(method, await sampleOf(slide, at, signal), wanted?.data) : byPatch(method, wanted?.data)
  // The reference is always one.
  if (normaliser === null) throw fail('has hardly anything stained: its stains cannot be told')
  return normaliser
}
