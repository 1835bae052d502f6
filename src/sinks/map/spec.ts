/** The map sink: the merged predictions as a picture whose pixel values mean something. */

import { spokenClasses } from '../../core/columns/asked.js'
import { oneOf, resolution, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { mostClasses } from '../../geometry/merge.js'
import { modelOption } from '../common/model-option.js'
import { drawProblems } from '../picture/predictions.js'

const options = {
  file: text()
    .default('{slide}.map.tif')
    .describe('Name of the file, below the output folder: .tif up to 68 gigapixels, .png up to 268 megapixels, or .npy.'),
  at: resolution()
    .optional()
    .describe(
      'Resolution of the map. Default 4 mpp; where the pixel size is unknown, the resolution of the tile, at most 8192 pixels a side.',
    ),
  values: oneOf('classes', 'probabilities', 'bytes')
    .default('classes')
    .describe(
      'Numbers of the classes (0 is background, 1 the first class), probabilities of all classes as float32, or as bytes (255 is 1).',
    ),
  compat: oneOf('tiatoolbox')
    .optional()
    .describe(
      "Round, add up and divide as TIAToolbox 1.6's merge_predictions does with probabilities; thin patches at the edge may vanish.",
    ),
  model: modelOption(),
}

export default defineSink({
  name: 'map',
  summary: 'The prediction map of a slide: overlapping patches averaged, as a pyramidal TIFF with the colours of the classes.',
  options,
  file: '{slide}.map.tif',
  endings: ({ values }) => [...(values === 'classes' ? ['.tif', '.tiff', '.png'] : ['.tif', '.tiff']), '.npy'],
  problems: ({ values, compat }, plan) => [
    ...(plan.kind === 'set' ? ['patches: have no place on a slide, so there is no map of them'] : drawProblems(plan, compat)),
    ...(values === 'classes' && (spokenClasses(plan)?.classes.length ?? 0) > mostClasses
      ? [`${spokenClasses(plan)!.classes.length} classes do not go into one byte a pixel: say values: probabilities`]
      : []),
  ],
  holds: () => 96 * 1024 ** 2,
  examples: [
    'map',
    'map: { file: "{slide}.map.tif", at: 4 mpp }',
    'map: { at: 1.25 power, values: probabilities }',
    'map: { file: "{slide}.npy", compat: tiatoolbox }',
  ],
  load: () => import('./sink.js'),
})
