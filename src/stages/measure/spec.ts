/** `measure`: numbers of the picture itself, without a model. */

import { patchPixels } from '../../core/pictures.js'
import type { Column } from '../../core/row.js'
import { defineStage } from '../../core/stage.js'

const columns: readonly Column[] = [
  { name: 'brightness', type: 'float32', nullable: true, about: 'Mean grey of the patch (ITU-R BT.601), 0 to 255.' },
  { name: 'saturation', type: 'float32', nullable: true, about: 'Mean saturation of the patch (HSV), 0 to 1.' },
  { name: 'sharpness', type: 'float32', nullable: true, about: 'Variance of the Laplacian of its grey: low where out of focus.' },
]

export default defineStage({
  name: 'measure',
  from: 'image',
  to: 'image',
  placement: 'pixels',
  summary: 'Note the brightness, saturation and sharpness of every patch.',
  options: {},
  columns: () => columns,
  // The grey of one patch, in floats.
  holds: (_, plan) => (patchPixels(plan) ?? 0) * 4,
  examples: ['measure'],
})
