/** The qupath sink: GeoJSON that QuPath imports with classes, colours and measurements. */

import { oneOf, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'

const options = {
  file: text().default('{slide}.geojson').describe('Name of the file, below the output folder.'),
  objects: oneOf('tile', 'detection', 'annotation')
    .default('tile')
    .describe('What the patches become in QuPath; annotations are slow to draw from some ten thousand on.'),
  model: modelOption(),
}

export default defineSink({
  name: 'qupath',
  summary:
    'GeoJSON for QuPath: a tile object per patch with its class, its colour and its numbers as measurements, in pixels as QuPath counts them.',
  options,
  file: '{slide}.geojson',
  endings: ['.geojson', '.json'],
  problems: (_options, { columns }) => placeProblems(columns),
  holds: () => 8 * 1024 ** 2,
  examples: ['qupath', 'qupath: { objects: detection }'],
  load: () => import('./sink.js'),
})
