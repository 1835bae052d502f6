/** The wsinfer sink: the CSV of wsinfer's `model-outputs-csv`. */

import { text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { probabilityProblems } from '../common/answers.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'

export default defineSink({
  name: 'wsinfer',
  summary:
    'CSV as wsinfer writes it: minx, miny, width, height in baseline pixels and prob_<class>. Patches without an answer are left out.',
  options: { file: text().default('{slide}.wsinfer.csv').describe('Name of the file, below the output folder.'), model: modelOption() },
  file: '{slide}.wsinfer.csv',
  endings: ['.csv'],
  problems: (_options, plan) => [...placeProblems(plan.columns), ...probabilityProblems(plan)],
  holds: () => 8 * 1024 ** 2,
  examples: ['wsinfer', 'wsinfer: { file: "model-outputs-csv/{slide}.csv" }'],
  load: () => import('./sink.js'),
})
