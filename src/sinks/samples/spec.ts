/** The samples sink: a few patches with what the model says of them, as one picture. */

import { oneOf, pixels, text, whole } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { modelOption } from '../common/model-option.js'
import { drawProblems } from '../picture/predictions.js'

const options = {
  file: text().default('{slide}.samples.png').describe('Name of the file, below the output folder: .png or .jpg.'),
  count: whole(1, 64).default(4).describe('How many patches.'),
  seed: whole(0, 2 ** 31 - 1)
    .default(1)
    .describe('Another seed, other patches; the same seed, the same patches.'),
  size: pixels(32).prefault('224 px').describe('Width of one patch in the picture.'),
  of: oneOf('all', 'classes').default('all').describe('Patches drawn from all, or as evenly as can be from each predicted class.'),
  model: modelOption(),
}

export default defineSink({
  name: 'samples',
  summary: 'A few patches of the slide, drawn at random by a seed, each with its predicted class, as one picture.',
  options,
  file: '{slide}.samples.png',
  endings: ['.png', '.jpg', '.jpeg'],
  problems: ({ size }, plan) => [
    ...(size > 1024 ? [`patches of ${size} px are too large for one picture: at most 1024 px`] : []),
    ...(plan.kind === 'set' ? ['patches: are pictures already; samples are drawn from slides: and tiles:'] : drawProblems(plan)),
  ],
  // At most 64 patches of 1024 px, as rows and as pixels.
  holds: ({ count, size }) => count * (size + 80) ** 2 * 3 * 2 + 8 * 1024 ** 2,
  examples: ['samples', 'samples: { count: 9, seed: 7 }', 'samples: { count: 18, of: classes, size: 160 px }'],
  load: () => import('./sink.js'),
})
