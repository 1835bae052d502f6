/** The jsonl sink: one JSON object a line. */

import { text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'

export default defineSink({
  name: 'jsonl',
  summary: 'One JSON Lines file per slide: an object per row, vectors as lists.',
  options: { file: text().default('{slide}.jsonl').describe('Name of the file, below the output folder.') },
  file: '{slide}.jsonl',
  endings: ['.jsonl', '.ndjson'],
  holds: () => 8 * 1024 ** 2,
  examples: ['jsonl', 'jsonl: { file: "{slide}.rows.jsonl" }'],
  load: () => import('./sink.js'),
})
