/** `mask`: which patches lie on tissue. */

import type { ModelCard } from '../../core/model.js'
import { derived, type Options, oneOf, oneOrMore, percent, real, resolution, scalar, text } from '../../core/options.js'
import { wordProblems } from '../../core/slide-in.js'
import { defineStage } from '../../core/stage.js'
import type { Resolution } from '../../geometry/resolution.js'
import { filesFor } from './choose.js'

const options = {
  method: oneOf('otsu', 'morphological', 'none', 'file')
    .optional()
    .describe(
      'How tissue is found. `otsu`: darker than the threshold; `morphological`: that, without specks and a little larger (by an ellipse of 32 µm, and specks are what is smaller); `file`: drawn by others. By default `file` where the list names one, else `otsu` for slides and `none` for tiles.',
    ),
  file: text()
    .optional()
    .describe(
      'Mask of each slide, relative to the pipeline; `{slide}` stands for its id: PNG or TIFF of any type, JPEG, WebP or .npy (what is not 0, nor NaN, nor transparent, nor what GDAL calls no data, is tissue), a segmentation in DICOM (of a fraction, half and more), or polygons in baseline pixels: GeoJSON (one text, or a feature on each line), XML of ASAP, ImageScope or HALO, annotations in DICOM, or of an NDPI the `.ndpa` of NDP.view (a pixel is tissue where its centre lies in one; where outlines are very long, pixels of 2, 4, … baseline pixels).',
    ),
  classes: oneOrMore(scalar())
    .optional()
    .describe(
      'Of a mask file: which of its classes are tissue, by the names of its polygons (QuPath, TIAToolbox; groups of ASAP, layers of ImageScope and HALO, titles or colours of NDP.view), labels or numbers of segments and of groups in DICOM, or the numbers of its pixels (of several channels, the first); `0` of a mask whose tissue is 0. What begins with ! is taken away, polygons of it out of the others: `["!Necrosis"]`. By default all polygons, and all numbers but 0.',
    ),
  model: text()
    .optional()
    .describe(
      'Folder or name of a model that finds tissue: its card has an output of kind `mask`. It sees the whole slide at once, or windows.',
    ),
  threshold: real().optional().describe('Tissue is where the model says more than this; by default what its card says.'),
  keep: percent()
    .prefault('0 %')
    .describe('Keep patches with more tissue than this share (and those that are all tissue); `0 %`: any tissue.'),
  at: resolution()
    .optional()
    .describe(
      'Resolution of the overview in which tissue is looked for; by default `1.25 power`. The shares of a mask that is read from a file do not depend on it.',
    ),
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
  provides: { mask: ({ method }) => (method === 'none' ? undefined : true) },
  complete: (given, plan) => ({
    ...given,
    // Said or not: it is the same mask.
    method: given.method ?? (given.file === undefined ? undefined : 'file'),
    // A model that sees windows was trained at a resolution.
    at: given.at ?? (given.model === undefined ? undefined : plan.card(given.model).inputs[0]?.at),
    grid: plan.provided('grid')[0]?.at,
  }),
  problems: ({ method, file, classes, model, threshold, at }, { kind, card }) => [
    ...(model !== undefined ? modelProblems(card(model), method, file, at) : []),
    ...(model === undefined && threshold !== undefined ? ['threshold is for masks that a model makes'] : []),
    ...wordProblems('file', file),
    ...(kind === 'set' ? ['a set of ready-cut patches has no mask'] : []),
    ...(classes !== undefined && (model !== undefined || (method !== undefined && method !== 'file'))
      ? ['classes are of a mask that is read from a file']
      : []),
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
  files: (options, ref, folder) => filesFor(ref, options, folder),
  // Overview, grey, mask and its sums at 1.25 power of a slide of 100,000 pixels a side at 40 power: 10 million pixels.
  holds: ({ method, model }, plan) => (method === 'none' ? 0 : 96 * 2 ** 20 + (model === undefined ? 0 : modelBytes(plan.card(model)))),
  examples: [
    'mask',
    'mask: { keep: 25 % }',
    'mask: { method: morphological, at: 4 mpp }',
    'mask: { file: "masks/{slide}.png", keep: 50 % }',
    'mask: { file: "qupath/{slide}.geojson", classes: [Tumor, Stroma] }',
    'mask: { file: "grandqc/{slide}.png", classes: 1 }',
    'mask: { method: none }',
    'mask: { model: tissue-unet, threshold: 0.6 }',
  ],
})

function modelProblems(
  { name, inputs, outputs }: ModelCard,
  method: string | undefined,
  file: string | undefined,
  at: Resolution | undefined,
): string[] {
  const whole = outputs.some(({ mask }) => mask?.view === 'whole')
  return [
    ...(outputs.some(({ kind }) => kind === 'mask') ? [] : [`the model '${name}' makes no mask: its card has no output of kind mask`]),
    ...(inputs.length === 1 ? [] : [`the model '${name}' takes ${inputs.length} pictures, a mask is made of one`]),
    ...(whole && at !== undefined && inputs[0]?.at === undefined
      ? [`the model '${name}' sees the whole slide at once, whatever its size: leave at out`]
      : []),
    ...(method === undefined && file === undefined
      ? []
      : [`a mask is made by a model or ${method === undefined || method === 'file' ? 'read from a file' : `by ${method}`}, not both`]),
  ]
}

/** The runtime, the weights twice, and for each byte of the windows asked about at once a hundred between layers. */
function modelBytes({ bytes, inputs, outputs }: ModelCard): number {
  const windows = outputs.some(({ mask }) => mask?.view === 'whole') ? 1 : 4
  const picture = inputs.reduce((sum, { width, height }) => sum + width * height * 3, 0)
  return 24 * 2 ** 20 + 2 * (bytes ?? 0) + windows * picture * 100
}
