/** The zarr sink: the arrays TIAToolbox 2.x writes. */

import { flag, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { answerProblems, hasVector } from '../common/answers.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'
import { featureWidth } from '../common/row-bytes.js'
import { widthProblems } from '../common/vector-width.js'

const options = {
  file: text()
    .default('{slide}.zarr.zip')
    .describe('Name of the file, below the output folder; it ends in .zip, for a result is one file.'),
  probabilities: flag().default(true).describe('Also write the probability of every class, where the rows have them.'),
  features: flag()
    .default(true)
    .describe('Also write the vector of every patch, float32 or float16, where the rows have one (of several the first of the card).'),
  model: modelOption(),
}

export default defineSink({
  name: 'zarr',
  summary:
    'TIAToolbox 2.x zarr (version 2): predictions, probabilities, coordinates, labels, features. Patches without an answer are left out.',
  options,
  file: '{slide}.zarr.zip',
  endings: ['.zip'],
  problems: ({ features }, plan) => [
    ...placeProblems(plan.columns),
    ...widthProblems(plan.columns),
    ...(features && hasVector(plan) ? [] : answerProblems(plan)),
  ],
  // One chunk of each array, and its compressed twin.
  holds: (_options, plan) => (featureWidth(plan) === 0 ? 32 : 80) * 1024 ** 2,
  examples: ['zarr', 'zarr: { probabilities: false }'],
  load: () => import('./sink.js'),
})
