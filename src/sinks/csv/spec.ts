/** The csv sink: RFC 4180 with a header. */

import { oneOf, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'

const options = {
  file: text().default('{slide}.csv').describe('Name of the file, below the output folder.'),
  vectors: oneOf('refuse', 'json')
    .default('refuse')
    .describe('What becomes of vectors: refused when the pipeline is checked, or written as JSON lists.'),
}

export default defineSink({
  name: 'csv',
  summary: 'One CSV table per slide, with a header; null is an empty field.',
  options,
  file: '{slide}.csv',
  endings: ['.csv', '.txt'],
  problems: ({ vectors }, { columns }) => {
    const vector = columns.find((column) => column.type === 'vector')
    return vectors === 'refuse' && vector
      ? [`'${vector.name}' is a vector of ${vector.size} numbers: write it with arrow or parquet, or say vectors: json`]
      : []
  },
  holds: () => 8 * 1024 ** 2,
  examples: ['csv', 'csv: { file: "{slide}.predictions.csv" }', 'csv: { vectors: json }'],
  load: () => import('./sink.js'),
})
