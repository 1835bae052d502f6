/** The zarr sink: the arrays TIAToolbox 2.x writes. */

import { flag, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { answerProblems, modelOption } from '../common/answers.js'
import { placeProblems } from '../common/place.js'

const options = {
  file: text()
    .default('{slide}.zarr.zip')
    .describe('Name of the file, below the output folder; it ends in .zip, for a result is one file.'),
  probabilities: flag().default(true).describe('Also write the probability of every class, where the rows have them.'),
  model: modelOption(),
}

export default defineSink({
  name: 'zarr',
  summary: 'TIAToolbox 2.x zarr (version 2): predictions, probabilities, coordinates, labels. Patches without an answer are left out.',
  options,
  file: '{slide}.zarr.zip',
  endings: ['.zip'],
  problems: (_options, plan) => [...placeProblems(plan.columns), ...answerProblems(plan)],
  // One chunk of each array, and its compressed twin.
  holds: () => 32 * 1024 ** 2,
  examples: ['zarr', 'zarr: { probabilities: false }'],
  load: () => import('./sink.js'),
})
