/** `infer`: ask a model. */

import { askedModels } from '../../core/asked.js'
import { deviceWords } from '../../core/device-words.js'
import { deviceNames } from '../../core/model.js'
import { derived, type Options, oneOf, oneOfAbout, oneOrMore, text } from '../../core/options.js'
import { outputColumns } from '../../core/output-columns.js'
import { picturesOf } from '../../core/pictures.js'
import { devicesFor, laneDevices, type Precision, precisions } from '../../core/precision.js'
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
  precision: oneOf(...precisions)
    .optional()
    .describe(
      'In which numbers the processor computes: bf16 takes its matrix units (AMX) by OpenVINO, auto whichever is fastest of what agrees with the graph; without it as the graph says.',
    ),
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
    answers: ({ model, device, as, vectors, precision }) => ({
      model,
      devices: devicesFor(device, precision),
      ...(as === undefined ? {} : { as }),
      ...(vectors === 'float16' ? { vectors } : {}),
      ...(precision === undefined ? {} : { precision }),
    }),
  },
  complete: (given, plan) => {
    const at = placeOf(given, plan)
    const { under } = askedModels(plan)[at]!
    return under === '' ? given : { ...given, under, pictures: picturesOf(plan).of[at]! }
  },
  problems: ({ model, device, precision }, plan) => [
    ...precisionProblems(model, device, precision, plan.card(model).precision),
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
    'infer: { model: models/encoder, precision: auto }',
  ],
})

/** What a precision cannot be asked of: a card, a graph of other numbers. */
function precisionProblems(model: string, device: readonly string[], asked: Precision | undefined, graph = 'float32'): string[] {
  if (asked === undefined) return []
  if (laneDevices(device).length === 0)
    return [
      `precision ${asked} is for the processor (cpu, openvino); a card computes as the graph says, see: tiastream models convert --fp16`,
    ]
  if (asked === 'int8' && graph !== 'int8')
    return [`the model '${model}' computes in ${graph}: for int8 make another of it, tiastream models quantize ${model}`]
  if (asked === 'fp32' && graph === 'int8')
    return [`the model '${model}' is quantised, and computes in int8: name the one it was made from`]
  return []
}

/** Which of the models that are asked is this one. */
const placeOf = ({ model, as }: InferOptions, plan: PlanContext): number =>
  plan.provided('answers').findIndex((other) => other.model === model && other.as === as)
