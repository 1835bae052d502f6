/** `stainnorm`: patches with the colours of a target. */

import { derived, type Options, oneOf, text } from '../../core/options.js'
import { patchPixels, pictureBytes } from '../../core/pictures.js'
import type { SlideKind } from '../../core/slide.js'
import { defineStage } from '../../core/stage.js'
import type { Resolution } from '../../geometry/resolution.js'
import { sampleBytes } from './sample.js'
import { mostTargetPixels, targetIn } from './target-file.js'

const options = {
  method: oneOf('macenko', 'reinhard', 'ruifrok')
    .prefault('macenko')
    .describe(
      'How: `macenko` finds the two stains and brings their amounts to those of the target, `ruifrok` does so with fixed stains, `reinhard` gives the means and deviations of CIE L*a*b*.',
    ),
  fit: oneOf('slide', 'patch')
    .optional()
    .describe(
      'By what: `slide`, the tissue in 144 windows laid evenly over the slide, so that all of it is changed alike; or `patch`, each patch alone, as TIAToolbox does, which goes wrong where a patch shows one stain only. Of ready-cut patches it is `patch`, else `slide` unless given.',
    ),
  target: text()
    .optional()
    .describe(
      'A picture (PNG, JPEG, TIFF, WebP) with the colours that are wanted, relative to the pipeline, at most 4 million pixels. Without one, `macenko` and `ruifrok` take the reference of the MATLAB code for Macenko.',
    ),
  at: derived<Resolution>(),
}

export type StainnormOptions = Options<typeof options>

export default defineStage({
  name: 'stainnorm',
  from: 'image',
  to: 'image',
  placement: 'pixels',
  summary: 'Normalise the stains of every patch: its colours become those of a target.',
  options,
  complete: (given, plan) => ({ ...given, fit: given.fit ?? (plan.kind === 'set' ? 'patch' : 'slide'), at: plan.provided('grid')[0]?.at }),
  problems: ({ method, target, fit, at }, { kind }) => [
    ...(method === 'reinhard' && target === undefined ? ['reinhard needs target:, a picture with the colours that are wanted'] : []),
    ...(fit === 'slide' && at === undefined ? [unseen(kind)] : []),
  ],
  columns: () => [
    {
      name: 'stain_normalized',
      type: 'bool',
      nullable: true,
      about: 'Whether its colours were normalised; where hardly anything is stained they stay as they are.',
    },
  ],
  files: ({ target }, _, folder) => (target === undefined ? [] : [targetIn(target, folder)]),
  oneForAll: true,
  // The tissue of a patch, and a float for each pixel of it; of what is looked at when a slide begins, twice as much.
  holds: ({ target, fit }, plan) =>
    (patchPixels(plan) ?? pictureBytes(plan) / 3) * 7 +
    (fit === 'slide' ? sampleBytes * 4 : 0) +
    (target === undefined ? 0 : mostTargetPixels * 14),
  examples: ['stainnorm', 'stainnorm: { target: he-target.png }', 'stainnorm: { method: reinhard, fit: patch, target: he-target.png }'],
})

const unseen = (kind: SlideKind): string =>
  kind === 'set'
    ? 'ready-cut patches have no slide to be looked at: fit: patch'
    : 'no grid says at which resolution the slide is to be looked at: fit: patch'
