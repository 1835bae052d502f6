/** The thumbnail sink: a small picture of the slide beside its results. */

import { pixels, resolution, text } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'

const options = {
  file: text()
    .default('{slide}.thumbnail.jpg')
    .describe('Name of the file, below the output folder: .jpg up to 41 megapixels, .png up to 268, .tif up to 68 gigapixels.'),
  at: resolution().optional().describe('Resolution of the picture, for example that of the map.'),
  longest: pixels(16).optional().describe('Pixels of the longer side instead of a resolution. Default 1024 px.'),
}

export default defineSink({
  name: 'thumbnail',
  summary: 'A picture of the slide at a resolution, or of a given size.',
  options,
  file: '{slide}.thumbnail.jpg',
  endings: ['.jpg', '.jpeg', '.png', '.tif', '.tiff'],
  problems: ({ at, longest }, { kind }) => [
    ...(at && longest ? ["say 'at' or 'longest', not both"] : []),
    ...(kind === 'set' ? ['patches: are no picture as a whole, so there is no thumbnail of them'] : []),
  ],
  holds: ({ file }) => (/\.jpe?g$/i.test(file) ? 192 : 128) * 1024 ** 2,
  examples: ['thumbnail', 'thumbnail: { longest: 2048 px }', 'thumbnail: { file: "{slide}.png", at: 4 mpp }'],
  load: () => import('./sink.js'),
})
