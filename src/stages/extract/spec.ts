/** `extract`: the pixels of the patches. */

import { derived, type Options, oneOf, whole } from '../../core/options.js'
import { askedCard, inputBytes, patchPixels } from '../../core/plan-model.js'
import { defineStage, type PlanContext } from '../../core/stage.js'
import type { Resolution } from '../../geometry/resolution.js'

/** One input head of the model: its pictures, around the centre of the patch. */
export interface Head {
  readonly width: number
  readonly height: number
  /** Absent: the resolution of the patch. */
  readonly at?: Resolution
  /** For a quantised input: 3 × 256 bytes that take the place of the grey levels. */
  readonly lookup?: Uint8Array
}

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
      'JPEG: `exact` as libjpeg-turbo, or `fast`: off by at most 4 grey levels, three times the speed where the system has no libjpeg-turbo.',
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
    return given.together * (heads ?? (patch === undefined ? inputBytes(plan) : patch * 3))
  },
  examples: ['extract', 'extract: { on_error: mark }', 'extract: { compat: tiatoolbox, decode: fast, together: 32 }'],
})

function complete(given: ExtractOptions, plan: PlanContext): ExtractOptions {
  const inputs = askedCard(plan)?.inputs ?? []
  const plain = inputs.length <= 1 && inputs[0]?.lookup === undefined
  // The first head sees the patch itself: the grid was laid for it.
  const heads = inputs.map(({ width, height, at, lookup }, i) => ({
    width,
    height,
    ...(at === undefined || i === 0 ? {} : { at }),
    ...(lookup === undefined ? {} : { lookup }),
  }))
  const [chunk] = plan.provided('batch')
  return { ...given, heads: plain ? undefined : heads, chunk }
}
