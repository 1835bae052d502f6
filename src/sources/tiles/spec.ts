/** `tiles:`, plain large images: one level, no resolution of their own. */

import { defineSource } from '../../core/source.js'
import { fileOptions } from '../common/options.js'

export default defineSource({
  name: 'tiles',
  kind: 'tile',
  summary:
    'Plain large images (PNG, JPEG, TIFF), by pattern or from a CSV list; their pixels are the baseline, and nothing is masked unless asked.',
  options: fileOptions('tiles', 'png,jpg,tif'),
  examples: ['tiles: { glob: "./tiles/*.{png,jpg,tif}" }', 'tiles: { list: tiles.csv, mpp: 0.5 }'],
  load: () => import('./source.js'),
})
