/** `infer`: ask a model. */

import { askedModels } from '../../core/asked.js'
import { deviceWords } from '../../core/device-words.js'
import { deviceNames } from '../../core/model.js'
import { derived, type Options, oneOf, oneOfAbout, oneOrMore, text } from '../../core/options.js'
import { outputColumns } from '../../core/output-columns.js'
import { picturesOf } from '../../core/pictures.js'
import { defineStage, type PlanContext } from '../../core/stage.js'
import { modelBytes } from './memory.js'

const options = {
  model: text().describe('Folder of the model (with model.yml), or the name of one that comes with tiastream or was pulled.'),
  as: text()
    .optional()
    .describe('What the names of its columns begin with; by default nothing, or of several `infer` stages the name of each model.'),
  device: oneOrMore(oneOfAbout(deviceNames, deviceWords))
    .prefault('cpu')
    .describe('Where the model runs. A list is tried in its order; one alone means that or nothing.'),
  vectors: oneOf('float32', 'float16')
    .default('float32')
    .describe('How the vectors of its features are kept; float16 rounds each number to the nearest of 16 bits, which halves the table.'),
  /** Which pictures of the batch it is shown, where other models are shown some, too. */
  pictures: derived<readonly number[]>(),
  /** What the names of its columns begin with. */
  under: derived<string>(),
}

export type InferOptions = Options<typeof options>

export default defineStage({
  name: 'infer',
  from: 'batch',
  to: 'batch',
  placement: 'model',
  summary:
    'Ask a model about every patch. Several stand one after another: each patch is read once, and shown to each model as it wants it.',
  options,
  provides: {
    answers: ({ model, device, as, vectors }) => ({
      model,
      devices: device,
      ...(as === undefined ? {} : { as }),
      ...(vectors === 'float16' ? { vectors } : {}),
    }),
  },
  complete: (given, plan) => {
    const at = placeOf(given, plan)
    const { under } = askedModels(plan)[at]!
    return under === '' ? given : { ...given, under, pictures: picturesOf(plan).of[at]! }
  },
  problems: ({ model, device }, plan) => [
    ...(new Set(device).size < device.length ? [`a device is there twice: ${device.join(', ')}`] : []),
    ...(plan.card(model).outputs.some(({ kind }) => kind === 'mask')
      ? [`the model '${model}' says of pixels whether they are tissue: write mask: { model: ${model} }`]
      : []),
  ],
  columns: (given, plan) => outputColumns(askedModels(plan)[placeOf(given, plan)]!.card.outputs),
  holds: ({ model }, plan) => modelBytes(plan.card(model), plan),
  examples: [
    'infer: { model: stain }',
    'infer: { model: models/tissue9, device: [cuda, cpu] }',
    'infer: { model: models/encoder, as: embedding, vectors: float16 }',
  ],
})

/** Which of the models that are asked is this one. */
const placeOf = ({ model, as }: InferOptions, plan: PlanContext): number =>
  plan.provided('answers').findIndex((other) => other.model === model && other.as === as)
