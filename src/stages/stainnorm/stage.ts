/** Each picture of a patch is normalised by itself, as it will be shown to its model. */

import { SlideError } from '../../core/errors.js'
import { note } from '../../core/items.js'
import type { Slide } from '../../core/slide.js'
import type { Stage } from '../../core/stage.js'
import { decodeOf } from '../../readers/set/picture.js'
import { namedFile } from '../slide-file.js'
import { type Method, type Normaliser, normaliserFor } from './normaliser.js'
import type { StainnormOptions } from './spec.js'
import { mostTargetPixels, targetIn } from './target-file.js'

export default ({ method, target }: StainnormOptions): Stage<'image', 'image'> => {
  /** Once a slide: who the slide is follows from what its target was when it began. */
  const made = new WeakMap<Slide, Promise<Normaliser>>()
  return async function* (images, { slide, folder = '.', signal }) {
    const ready = made.get(slide) ?? normaliserOf(slide, method, target === undefined ? undefined : targetIn(target, folder))
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
async function normaliserOf(slide: Slide, method: Method, target: string | undefined): Promise<Normaliser> {
  const fail = (why: string, cause?: unknown) => {
    const { info, ref } = slide
    return new SlideError('TARGET_UNUSABLE', `${target === undefined ? info.uri : namedFile('target', target, slide)} ${why}`, {
      hint: 'target: is a PNG, JPEG, TIFF or WebP picture of stained tissue, such as a patch of a slide that looks as all shall look',
      at: { slide: ref.id, stage: 'stainnorm' },
      cause,
    })
  }
  if (target === undefined) return normaliserFor(method)!
  const { data } = await decodeOf(target, mostTargetPixels, slide.ref.remote).catch((cause: Error) => {
    throw fail(`cannot be used: ${cause.message}`, cause)
  })
  const normaliser = normaliserFor(method, data)
  if (normaliser === null) throw fail('has hardly anything stained: its stains cannot be told')
  return normaliser
}
