/** The clam sink: the HDF5 file CLAM, TRIDENT and what follows them (slide-level learning) load, and that of STAMP. */

import { oneOf, text, whole } from '../../core/options.js'
import type { PatchGrid } from '../../core/roles.js'
import type { Column } from '../../core/row.js'
import { defineSink } from '../../core/sink.js'
import { hasVector, probabilityProblems } from '../common/answers.js'
import { modelOption } from '../common/model-option.js'
import { placeProblems } from '../common/place.js'

const options = {
  file: text().default('{slide}.h5').describe('Name of the file, below the output folder.'),
  layout: oneOf('clam', 'trident', 'stamp')
    .default('clam')
    .describe(
      "Whose names and attributes: patch_size is in baseline pixels in clam's, at the resolution of the grid in trident's; stamp has coords in µm, and feats in place of features.",
    ),
  features: oneOf('auto', 'vector', 'probabilities')
    .default('auto')
    .describe(
      "What the features are: the model's vector, or the probabilities of its classes; auto takes the vector where there is one, of several the first of its card.",
    ),
  chunk: whole(1, 65_536).default(1024).describe('Rows of a chunk: so many are held in memory.'),
  model: modelOption(),
}

/** The layouts have one number for a patch and one for the stride; what only the slide tells is found when it is at work. */
function squareProblems({ patch, stride }: PatchGrid): string[] {
  return Object.entries({ size: patch, stride }).flatMap(([name, [width, height]]) =>
    width === height ? [] : [`needs a square ${name}, for its layout has one number: it is ${width} x ${height} px`],
  )
}

/** HDF5 takes chunks below 4 GiB; in WebAssembly a chunk, and what it is packed into, must lie in memory. */
const largestChunk = 2 ** 29

const chunkProblems = (columns: readonly Column[], chunk: number): string[] =>
  columns
    .filter(({ size = 0 }) => size * 4 * chunk > largestChunk)
    .map(({ name, size }) => {
      const fits = Math.floor(largestChunk / (size! * 4))
      const fact = `a chunk of ${chunk} vectors '${name}' of ${size!.toLocaleString('en')} numbers is more than 512 MiB`
      return fits < 1 ? `${fact}, and so is one vector alone: write arrow` : `${fact}: say chunk: ${fits} or less`
    })

export default defineSink({
  name: 'clam',
  summary:
    'HDF5 as CLAM and TRIDENT load it: coords (baseline pixels) and features (float32); or as STAMP does. Patches without an answer are left out.',
  options,
  file: '{slide}.h5',
  endings: ['.h5', '.hdf5'],
  problems: ({ features, chunk }, plan) => [
    ...(features === 'probabilities' ? [] : chunkProblems(plan.columns, chunk)),
    ...plan.provided('grid').flatMap(squareProblems),
    ...placeProblems(plan.columns),
    ...(features === 'vector' && !hasVector(plan) ? ['features: vector needs a model with an output of kind features'] : []),
    ...(features === 'probabilities' || (features === 'auto' && !hasVector(plan)) ? probabilityProblems(plan) : []),
  ],
  // HDF5 in WebAssembly, and a chunk of wide vectors.
  holds: ({ chunk }) => 64 * 1024 ** 2 + chunk * 3 * 4 * 2048,
  examples: ['clam', 'clam: { layout: trident, features: vector }', 'clam: { file: "h5_files/{slide}.h5" }'],
  load: () => import('./sink.js'),
})
