/** Where a patch lies and how it fared, as columns. A ready-cut picture has no place on a slide. */

import type { Column } from '../../core/row.js'
import type { SlideKind } from '../../core/slide.js'

const first: readonly Column[] = [
  { name: 'slide', type: 'category', about: 'Id of the slide.' },
  { name: 'index', type: 'int32', about: 'Position among all patches, in raster order, before any was left out.' },
]

const place: readonly Column[] = [
  { name: 'grid_x', type: 'int32', about: 'Cell of the grid of patches, counted from the left, from 0.' },
  { name: 'grid_y', type: 'int32', about: 'Cell of the grid of patches, counted from the top, from 0.' },
  { name: 'x0', type: 'int32', about: 'Left edge, in pixels at the requested resolution.' },
  { name: 'y0', type: 'int32', about: 'Top edge, in pixels at the requested resolution.' },
  { name: 'x1', type: 'int32', about: 'Right edge (exclusive), in pixels at the requested resolution.' },
  { name: 'y1', type: 'int32', about: 'Bottom edge (exclusive), in pixels at the requested resolution.' },
  { name: 'base_x', type: 'float64', about: 'Left edge, in baseline pixels.' },
  { name: 'base_y', type: 'float64', about: 'Top edge, in baseline pixels.' },
  { name: 'base_w', type: 'float64', about: 'Width, in baseline pixels.' },
  { name: 'base_h', type: 'float64', about: 'Height, in baseline pixels.' },
]

const fate: readonly Column[] = [
  { name: 'status', type: 'category', about: "'ok'; 'unreadable': no model was asked; 'unanswered': the model gave no number." },
  { name: 'error', type: 'string', nullable: true, about: 'Why there is no answer for the patch.' },
]

export const addressColumns = (kind: SlideKind): readonly Column[] => (kind === 'set' ? [...first, ...fate] : [...first, ...place, ...fate])
