/** The overlay sink: predictions laid over the picture of the slide, for people to look at. */

import { spokenClasses } from '../../core/columns/asked.js'
import { classColumns } from '../../core/columns/output-columns.js'
import { flag, oneOf, percent, resolution, text } from '../../core/options.js'
import { defineSink, type SinkPlan } from '../../core/sink.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { inList } from '../../core/text/name-list.js'
import { someOf } from '../../core/text/some-of.js'
import { modelOption } from '../common/model-option.js'
import { drawProblems } from '../picture/predictions.js'

const options = {
  file: text()
    .default('{slide}.overlay.png')
    .describe(
      'Name of the file, below the output folder: .png up to 268 megapixels, .jpg up to 33, .tif (pyramidal, no legend) up to 68 gigapixels.',
    ),
  at: resolution()
    .optional()
    .describe(
      'Resolution of the picture. Default 4 mpp; where the pixel size is unknown, the resolution of the tile, at most 8192 pixels a side.',
    ),
  class: text()
    .optional()
    .describe('Show the probability of this class, in colours from dark violet (0) to yellow (1), instead of the most probable class.'),
  alpha: percent().prefault('50 %').describe('How much of the colour covers the slide.'),
  min: percent().prefault('0 %').describe('Probabilities below this leave the slide as it is.'),
  legend: flag()
    .default(true)
    .describe(
      'A panel below the picture with the classes that are there (of more than 20 the rarest in one line), their colours as over glass, shares, areas, and a scale bar; never in a TIFF, whose pixels stay in place.',
    ),
  compat: oneOf('tiatoolbox')
    .optional()
    .describe("Merge as TIAToolbox 1.6's merge_predictions does with probabilities; thin patches at the edge may vanish."),
  model: modelOption(),
}

export default defineSink({
  name: 'overlay',
  summary: 'The predictions over the picture of the slide, with a legend and a scale bar; where there is no patch the slide shows.',
  options,
  file: '{slide}.overlay.png',
  endings: ['.png', '.jpg', '.jpeg', '.tif', '.tiff'],
  problems: ({ class: wanted, compat }, plan) => [
    ...(plan.kind === 'set' ? ['patches: have no place on a slide, so there is nothing to lay them over'] : drawProblems(plan, compat)),
    ...(wanted === undefined ? [] : classProblems(wanted, plan)),
  ],
  // The merged row, the strip of the slide, the tiles it is read from, the levels of a TIFF, and for a JPEG the whole picture.
  holds: ({ file }) => (/\.jpe?g$/i.test(file) ? 224 : 128) * 1024 ** 2,
  examples: [
    'overlay',
    'overlay: { file: "{slide}.overlay.png", at: 4 mpp, alpha: 50 % }',
    'overlay: { class: TUM, min: 20 % }',
    'overlay: { file: "{slide}.overlay.tif", at: 1 mpp }',
  ],
  load: () => import('./sink.js'),
})

function classProblems(wanted: string, plan: SinkPlan): string[] {
  const output = spokenClasses(plan)
  // That there are none is told.
  if (!output) return []
  const names = output.classes.map(({ name }) => name)
  const index = names.indexOf(wanted)
  if (index < 0)
    return [`the model has no class '${wanted}'${didYouMean(wanted, names) || `: its classes are ${someOf(names.map(inList), 20)}`}`]
  const column = classColumns(output, plan.schemaVersion).probabilities[index]
  return plan.columns.some(({ name }) => name === column) ? [] : [`the rows have no column '${column}', the probability of '${wanted}'`]
}
