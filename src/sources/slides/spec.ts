/** `slides:`, whole-slide images. */

import { defineSource } from '../../core/source.js'
import { fileOptions, readerChoice } from '../common/options.js'

export default defineSource({
  name: 'slides',
  kind: 'slide',
  summary: 'Whole-slide images, by pattern or from a CSV list; each becomes one table.',
  options: { ...fileOptions('slides', 'svs,tif,tiff'), readers: readerChoice() },
  examples: ['slides: { glob: "./slides/**/*.{svs,tif,tiff}" }', 'slides: { list: cohort.csv, mpp: 0.25, mask: "./masks/{slide}.png" }'],
  load: () => import('./source.js'),
})
