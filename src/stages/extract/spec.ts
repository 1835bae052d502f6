/** `extract`: the pixels of the patches. */

import { derived, type Options, oneOf, whole } from '../../core/options.js'
import { type Head, patchPixels, pictureBytes, picturesOf } from '../../core/pictures.js'
import { defineStage, type PlanContext } from '../../core/stage.js'

const options = {
  together: whole(1, 4096).prefault(64).describe('Patches read at once: neighbours share their compressed tiles.'),
  on_error: oneOf('fail', 'mark')
    .prefault('fail')
    .describe('A patch that cannot be read: `fail` the slide, or `mark` the row (no pixels are invented).'),
  compat: oneOf('tiatoolbox')
    .optional()
    .describe(
      '`tiatoolbox`: the pixels that TIAToolbox reads through OpenSlide, within 2 grey levels: shrunk cubic, enlarged by area, coarser levels moved by parts of a pixel.',
    ),
  decode: oneOf('exact', 'fast')
    .prefault('exact')
    .describe(
      'JPEG: `exact` as libjpeg-turbo, or `fast`: patches that are shrunk by two or more are decoded in a half, a quarter or an eighth of the size, 1.3 to 1.9 times as fast (docs/decoding.md says how far off); others by a faster transform, at most 4 grey levels off.',
    ),
  heads: derived<readonly Head[]>(),
  chunk: derived<number>(),
}

export type ExtractOptions = Options<typeof options>

export default defineStage({
  name: 'extract',
  from: 'patch',
  to: 'image',
  placement: 'pixels',
  summary: 'Read, decode and resample the pixels of the patches.',
  options,
  provides: { pixels: ({ decode, on_error }) => ({ decode, marks: on_error === 'mark' }) },
  complete,
  holds: (given, plan) => {
    const heads = given.heads?.reduce((sum, h) => sum + h.width * h.height * 3, 0)
    const patch = patchPixels(plan)
    return given.together * (heads ?? (patch === undefined ? pictureBytes(plan) : patch * 3))
  },
  examples: ['extract', 'extract: { on_error: mark }', 'extract: { compat: tiatoolbox, decode: fast, together: 32 }'],
})

function complete(given: ExtractOptions, plan: PlanContext): ExtractOptions {
  const { heads } = picturesOf(plan)
  const [chunk] = plan.provided('batch')
  return { ...given, heads: heads.length <= 1 ? undefined : heads.map(({ lookup, ...head }) => head), chunk }
}
