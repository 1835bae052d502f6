/** `mask`: which patches lie on tissue. */

import { derived, type Options, oneOf, percent, resolution, text } from '../../core/options.js'
import { defineStage } from '../../core/stage.js'
import type { Resolution } from '../../geometry/resolution.js'

const options = {
  method: oneOf('otsu', 'morphological', 'none', 'file')
    .optional()
    .describe(
      'How tissue is found. `otsu`: darker than the threshold; `morphological`: that, without specks and a little larger; `file`: drawn by others. By default `file` where the list names one, else `otsu` for slides and `none` for tiles.',
    ),
  file: text()
    .optional()
    .describe(
      'Mask of each slide, relative to the pipeline; `{slide}` stands for its id: PNG, JPEG or TIFF (black is no tissue), .npy, or GeoJSON polygons in baseline pixels.',
    ),
  keep: percent()
    .prefault('0 %')
    .describe('Keep patches with more tissue than this share (and those that are all tissue); `0 %`: any tissue.'),
  at: resolution().optional().describe('Resolution of the overview in which tissue is looked for; by default `1.25 power`.'),
  compat: oneOf('tiatoolbox')
    .optional()
    .describe('`tiatoolbox`: cut patch edges to whole mask pixels, as it does; otherwise edges count in part.'),
  grid: derived<Resolution>(),
}

export type MaskOptions = Options<typeof options>

export default defineStage({
  name: 'mask',
  from: 'patch',
  to: 'patch',
  placement: 'address',
  summary: 'Keep the patches that lie on tissue.',
  options,
  complete: (given, plan) => ({ ...given, grid: plan.options('grid')?.at as Resolution | undefined }),
  problems: ({ method, file }, { kind }) => [
    ...(kind === 'set' ? ['a set of ready-cut patches has no mask'] : []),
    ...(file !== undefined && method !== undefined && method !== 'file'
      ? [`a mask is made by ${method} or read from a file, not both`]
      : []),
  ],
  columns: () => [
    {
      name: 'tissue',
      type: 'float32',
      nullable: true,
      about: 'Share of the patch (of what lies on the slide) that is tissue, 0 to 1; nothing where no mask was made.',
    },
  ],
  // Overview, grey, mask and its sums at 1.25 power of a slide of 100,000 pixels a side at 40 power: 10 million pixels.
  holds: ({ method }) => (method === 'none' ? 0 : 96 * 2 ** 20),
  examples: [
    'mask',
    'mask: { keep: 25 % }',
    'mask: { method: morphological, at: 4 mpp }',
    'mask: { file: "masks/{slide}.png", keep: 50 % }',
    'mask: { method: none }',
  ],
  load: () => import('./stage.js'),
})
