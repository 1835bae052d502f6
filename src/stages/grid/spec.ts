/** `grid`: where the patches of a slide lie. */

import { firstCard } from '../../core/columns/asked.js'
import type { ModelCard } from '../../core/model.js'
import { flag, type Options, pixelSize, resolution, text } from '../../core/options.js'
import type { Column } from '../../core/row.js'
import { fileOfSlide, wordProblems } from '../../core/slide-in.js'
import { defineStage, type PlanContext } from '../../core/stage.js'
import { mostPlaces } from '../../geometry/placed.js'

const options = {
  size: pixelSize()
    .optional()
    .describe('Width and height of a patch in pixels at the resolution; by default what the model was trained on.'),
  at: resolution().optional().describe('Resolution of the patches; by default what the model was trained on, for tiles `baseline`.'),
  stride: pixelSize()
    .optional()
    .describe(
      'Pixels from one patch to the next; by default the size, so that patches lie side by side, or without `size` what the card of the model says.',
    ),
  like: text().optional().describe('A model whose size, resolution and stride to take; by default the one of the first `infer`.'),
  within: flag()
    .prefault(false)
    .describe('Only patches that lie inside the slide; otherwise the last ones overhang and are filled with white.'),
  places: text()
    .optional()
    .describe(
      'Instead of a grid, where others laid their patches: a file of each slide, relative to the pipeline, `{slide}` stands for its id. CSV or Parquet with the columns x and y (or minx and miny of wsinfer, base_x and base_y of our own tables), or HDF5 with `coords` (CLAM, TRIDENT): top left corners in baseline pixels. Middles where the columns are called so (center_x and center_y, loc_x and loc_y of slideflow), and boxes of outlines (GeoParquet: LazySlide). They are taken from top to bottom; the column `place` is their number in the file.',
    ),
}

export type GridOptions = Options<typeof options>

const placeColumn: Column = { name: 'place', type: 'int32', about: 'Number of the patch in the file of places, from 0.' }

export default defineStage({
  name: 'grid',
  from: 'slide',
  to: 'patch',
  placement: 'address',
  summary: 'Lay a grid of patches over the slide, in rows from the top left.',
  options,
  provides: {
    grid: ({ size, at, stride, places }) =>
      size && at && stride ? { at, patch: size, stride, ...(places === undefined ? {} : { placed: true }) } : undefined,
  },
  complete,
  problems: ({ size, at, stride, within, places }, { kind }) => [
    ...(kind === 'set' ? ['a set of ready-cut patches needs no grid'] : []),
    ...(size === undefined ? ['the patches have no size: set size, or like: with the name of a model'] : []),
    ...(at === undefined ? ['the patches have no resolution: set at, for example 0.5 mpp, or like: with the name of a model'] : []),
    ...wordProblems('places', places),
    ...(places !== undefined && (within || String(stride) !== String(size))
      ? ['places say where patches lie: leave out stride and within']
      : []),
    ...(kind === 'tile' && at !== undefined && at.units !== 'baseline' ? ['tiles are taken as they are: set at: baseline'] : []),
  ],
  columns: ({ places }) => (places === undefined ? [] : [placeColumn]),
  files: ({ places }, ref, folder) => (places === undefined ? [] : [fileOfSlide(places, ref.id, folder)]),
  // Two numbers of a place, and its turn.
  holds: ({ places }) => (places === undefined ? 0 : 20 * mostPlaces),
  examples: [
    'grid: { size: 224 px, at: 0.5 mpp }',
    'grid: { size: 512 px, at: 20 power, stride: 256 px, within: true }',
    'grid: { size: [256 px, 192 px], at: baseline }',
    'grid: { size: 256 px, at: 20 power, places: "clam/patches/{slide}.h5" }',
  ],
})

function complete(given: GridOptions, plan: PlanContext): GridOptions {
  const card = modelFor(given, plan)
  const input = card?.inputs[0]
  const size = given.size ?? (input && ([input.width, input.height] as const))
  const ofCard = given.size === undefined && given.places === undefined ? card?.stride : undefined
  const stride = given.stride ?? (ofCard ? ([ofCard, ofCard] as const) : size)
  const at = given.at ?? (plan.kind === 'tile' ? ({ value: 1, units: 'baseline' } as const) : input?.at)
  return { ...given, size, stride, at }
}

function modelFor({ like }: GridOptions, plan: PlanContext): ModelCard | undefined {
  return like === undefined ? firstCard(plan) : plan.card(like)
}
