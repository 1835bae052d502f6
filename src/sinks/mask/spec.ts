/** The mask sink: the tissue mask as a picture, white on black. */

import { text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'

const options = {
  file: text()
    .default('{slide}.mask.png')
    .describe('Name of the file, below the output folder: .png. It can be drawn in and given back as `mask: { file: … }`.'),
}

export default defineSink({
  name: 'mask',
  summary:
    'The tissue mask of the slide as a picture: tissue white, the rest black; of polygons, which are drawn finer, at the `at` of the stage.',
  options,
  file: '{slide}.mask.png',
  endings: ['.png'],
  problems: (_options, plan) => (plan.provided('mask').length > 0 ? [] : ['there is no mask to save: the pipeline makes none']),
  holds: () => 1024 ** 2,
  examples: ['mask', 'mask: { file: "masks/{slide}.png" }'],
  load: () => import('./sink.js'),
})
