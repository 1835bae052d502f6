/** Which mask a slide gets, from what the pipeline and its list say: the one place where that is decided. */

import type { SlideRef } from '../../core/slide.js'
import { fileOfSlide } from '../../core/slide-in.js'
import type { Classes } from '../../geometry/polygons.js'

type Method = 'otsu' | 'morphological' | 'none' | 'file'

/** Of the options of the stage: those that decide it. */
interface Choice {
  readonly method?: Method | undefined
  readonly file?: string | undefined
  readonly model?: string | undefined
  readonly classes?: readonly string[] | undefined
}

/** What a list says of a slide wins over what the pipeline says of all. A relative `file` starts in `folder`. */
export function fileFor(ref: SlideRef, { file }: Choice, folder: string): string | undefined {
  if (ref.mask !== undefined || file === undefined) return ref.mask
  return fileOfSlide(file, ref.id, folder)
}

export function methodFor(ref: SlideRef, { method, model, file, classes }: Choice): Method | 'model' {
  // Only a file has classes: without one, all that is dark would be tissue.
  if (ref.mask !== undefined || classes !== undefined) return 'file'
  if (model !== undefined) return 'model'
  if (method !== undefined) return method
  if (file !== undefined) return 'file'
  return ref.kind === 'slide' ? 'otsu' : 'none'
}

/** The files that the mask of a slide is read from. Null: it is read from one, and nobody says which. */
export function filesFor(ref: SlideRef, options: Choice, folder: string): readonly string[] | null {
  if (methodFor(ref, options) !== 'file') return []
  const file = fileFor(ref, options, folder)
  return file === undefined ? null : [file]
}

/** `[Tumor, "!Necrosis"]`: what begins with ! is taken away, as in patterns of files. */
export function wantedOf(classes: readonly string[] | undefined): Classes | undefined {
  if (classes === undefined) return undefined
  const only = classes.filter((name) => !name.startsWith('!'))
  return { ...(only.length === 0 ? {} : { only }), not: classes.filter((name) => name.startsWith('!')).map((name) => name.slice(1)) }
}
