/**
 * The mask of patches, made of a finished table: white where its patches lie. It is no mask of tissue, which a table does not hold, but the
 * same kind of picture, and so no sink of a run.
 */

import { spokenClasses } from '../../core/columns/asked.js'
import { classColumns } from '../../core/columns/output-columns.js'
import { oneOf, oneOrMore, resolution, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'

const options = {
  file: text()
    .default('{slide}.patch-mask.png')
    .describe(
      'Name of the file: .png up to 268 megapixels, or .tif up to 68 gigapixels. It can be drawn in and given back as `mask: { file: … }`.',
    ),
  at: resolution()
    .optional()
    .describe('Resolution of the mask. Default 4 mpp; where the pixel size is unknown, that of the tile, at most 8192 pixels a side.'),
  classes: oneOrMore(text()).optional().describe('Only patches of these classes.'),
  rows: oneOf('answered', 'all')
    .default('answered')
    .describe('`answered`: patches whose status is ok; `all`: also those that could not be read or got no answer.'),
  model: modelOption(),
}

export default defineSink({
  name: 'mask',
  summary: 'The area of the patches of a table as a picture: where one lies white, the rest black.',
  options,
  file: '{slide}.patch-mask.png',
  endings: ['.png', '.tif', '.tiff'],
  problems: ({ classes, rows }, plan) => [
    ...(plan.kind === 'set' ? ['patches: have no place on a slide, so there is no mask of them'] : placeProblems(plan.columns)),
    ...(classes !== undefined && !plan.columns.some(({ name }) => name === classColumns(spokenClasses(plan) ?? { classes: [] }).class)
      ? ['the rows name no classes to choose from']
      : []),
    ...(classes !== undefined && rows === 'all' ? ['patches without an answer have no class: leave out classes, or rows'] : []),
  ],
  holds: () => 96 * 1024 ** 2,
  examples: [],
  load: () => import('./patches-sink.js'),
})
