/** The annotations sink: TIAToolbox's AnnotationStore, an SQLite file its viewer and its queries open. */

import { text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'

export default defineSink({
  name: 'annotations',
  summary: 'TIAToolbox AnnotationStore (SQLite): a polygon per patch in baseline pixels, with type, prob_<class> and an R-tree.',
  options: { file: text().default('{slide}.db').describe('Name of the file, below the output folder.'), model: modelOption() },
  file: '{slide}.db',
  endings: ['.db', '.sqlite', '.sqlite3'],
  problems: (_options, { columns }) => placeProblems(columns),
  // SQLite in WebAssembly, its page cache and a batch of rows.
  holds: () => 48 * 1024 ** 2,
  examples: ['annotations', 'annotations: { file: "{slide}.annotations.db" }'],
  load: () => import('./sink.js'),
  count: () => import('./count.js'),
})
