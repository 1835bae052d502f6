/** The tiatoolbox-json sink: what TIAToolbox 1.6 writes as `<n>.raw.json`, under the name of the slide. */

import { flag, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { answerProblems } from '../common/answers.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'

const options = {
  file: text().default('{slide}.raw.json').describe('Name of the file, below the output folder.'),
  probabilities: flag().default(true).describe('Also write the probability of every class, where the rows have them.'),
  model: modelOption(),
}

export default defineSink({
  name: 'tiatoolbox-json',
  summary: 'TIAToolbox 1.6 raw.json: predictions, coordinates and probabilities as lists. Patches without an answer are left out.',
  options,
  file: '{slide}.raw.json',
  endings: ['.json'],
  problems: (_options, plan) => [...placeProblems(plan.columns), ...answerProblems(plan)],
  holds: () => 8 * 1024 ** 2,
  examples: ['tiatoolbox-json', 'tiatoolbox-json: { probabilities: false }'],
  load: () => import('./sink.js'),
})
