/** `stainnorm`: patches with the colours of a target. */

import { type Options, oneOf, text } from '../../core/options.js'
import { patchPixels, pictureBytes } from '../../core/pictures.js'
import { defineStage } from '../../core/stage.js'
import { mostTargetPixels, targetIn } from './target-file.js'

const options = {
  method: oneOf('macenko', 'reinhard', 'ruifrok')
    .prefault('macenko')
    .describe(
      'How: `macenko` finds the two stains of each patch and brings their amounts to those of the target, `ruifrok` does so with fixed stains, `reinhard` gives the means and deviations of CIE L*a*b*.',
    ),
  target: text()
    .optional()
    .describe(
      'A picture (PNG, JPEG, TIFF, WebP) with the colours that are wanted, relative to the pipeline, at most 4 million pixels. Without one, `macenko` and `ruifrok` take the reference of the MATLAB code for Macenko.',
    ),
}

export type StainnormOptions = Options<typeof options>

export default defineStage({
  name: 'stainnorm',
  from: 'image',
  to: 'image',
  placement: 'pixels',
  summary: 'Normalise the stains of every patch: its colours become those of a target.',
  options,
  problems: ({ method, target }) =>
    method === 'reinhard' && target === undefined ? ['reinhard needs target:, a picture with the colours that are wanted'] : [],
  columns: () => [
    {
      name: 'stain_normalized',
      type: 'bool',
      nullable: true,
      about: 'Whether its colours were normalised; one in which hardly anything is stained stays as it is.',
    },
  ],
  files: ({ target }, _, folder) => (target === undefined ? [] : [targetIn(target, folder)]),
  oneForAll: true,
  // A float for each pixel, where it is, and a copy; of the target, too, while it is looked at.
  holds: ({ target }, plan) => (patchPixels(plan) ?? pictureBytes(plan) / 3) * 11 + (target === undefined ? 0 : mostTargetPixels * 14),
  examples: ['stainnorm', 'stainnorm: { target: he-target.png }', 'stainnorm: { method: reinhard, target: he-target.png }'],
})
