/** `infer`: ask a model. */

import { askedModels } from '../../core/columns/asked.js'
import { outputColumns } from '../../core/columns/output-columns.js'
import { deviceWords } from '../../core/device-words.js'
import { cardsPattern, kindOf, placesOf } from '../../core/devices.js'
import { mayFuse } from '../../core/fused-attention.js'
import { deviceNames } from '../../core/model.js'
import { bytes, derived, flag, type Options, oneOf, oneOfOr, oneOrMore, record, scalar, shape, text } from '../../core/options.js'
import { picturesOf } from '../../core/pictures.js'
import { devicesFor, laneDevices, type Precision, precisions } from '../../core/precision.js'
import { defineStage, type PlanContext } from '../../core/stage.js'
import { cardBytes, isGivenInParts, modelBytes } from './memory.js'

const extra = () => record(scalar()).optional().describe("Further options of the provider, by ONNX Runtime's own names.")

/** Of the CUDA provider. What is not said is set for equal bytes. */
const cuda = {
  layout: oneOf('nchw', 'nhwc')
    .optional()
    .describe('How pictures lie between convolutions; nhwc is what tensor cores take. nchw unless given.'),
  tf32: flag().optional().describe('Multiply float32 with 10 bits after the point: faster, and other answers. Off unless given.'),
  search: oneOf('heuristic', 'default', 'exhaustive')
    .optional()
    .describe('How cuDNN chooses its algorithms; exhaustive times them, so bytes may differ from run to run. heuristic unless given.'),
  attention: flag()
    .optional()
    .describe(
      'Attention is computed by one kernel where the graph shows it to be attention: faster, and other last digits. On unless given.',
    ),
  memory: bytes().optional().describe("Of the GPU's memory at most, for each session."),
  extra: extra(),
}

/** Of the TensorRT provider. */
const tensorrt = {
  fp16: flag().optional().describe('Compute in half precision where TensorRT finds that faster.'),
  cache: text().optional().describe('Folder for compiled engines, relative to the pipeline file: the next run need not compile.'),
  workspace: bytes().optional().describe('Memory that TensorRT may use while it compiles.'),
  extra: extra(),
}

const options = {
  model: text().describe(
    'Folder of the model (with model.yml), its address on a server (`s3://bucket/models/tumour`), or the name of one that comes with tiastream or was pulled.',
  ),
  as: text()
    .optional()
    .describe('What the names of its columns begin with; by default nothing, or of several `infer` stages the name of each model.'),
  device: oneOrMore(oneOfOr(deviceNames, cardsPattern, deviceWords))
    .prefault('cpu')
    .describe(
      'Where the model runs. A list is tried in its order; one alone means that or nothing. `cuda` is the first GPU, `cuda:1` the second, `cuda:0+cuda:1` both at once.',
    ),
  precision: oneOf(...precisions)
    .optional()
    .describe(
      'In which numbers the processor computes: bf16 takes its matrix units (AMX) by OpenVINO, auto whichever is fastest of what agrees with the graph; without it as the graph says.',
    ),
  cuda: shape(cuda).optional().describe('How sessions on CUDA are made (docs/gpu.md).'),
  tensorrt: shape(tensorrt).optional().describe('How sessions on TensorRT are made (docs/gpu.md).'),
  session: record(scalar())
    .optional()
    .describe("Entries of ONNX Runtime's session configuration, by its own names: `session: { ep.context_enable: 1 }`."),
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
    answers: ({ model, device, as, vectors, precision, cuda, tensorrt, session }) => ({
      model,
      devices: devicesFor(device, precision),
      ...(cuda || tensorrt || session ? { settings: { cuda, tensorrt, session } } : {}),
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
  problems: ({ model, device, precision, cuda, tensorrt, session }, plan) => [
    ...precisionProblems(model, device, precision, plan.card(model).precision),
    ...(plan.card(model).inputs.some(({ lookup }) => lookup !== undefined) && plan.provided('lookups').length === 0
      ? [
          `the quantised model '${model}' takes other values than colours, which the stage batch gives it: the one that stands there does not; write batch in its place, or ask the model's parent`,
        ]
      : []),
    ...(new Set(device).size < device.length ? [`a device is there twice: ${device.join(', ')}`] : []),
    ...device.flatMap(whyNot),
    // What TensorRT does not know, CUDA does.
    ...unused('cuda', cuda, device, ['cuda', 'tensorrt']),
    ...unused('tensorrt', tensorrt, device, ['tensorrt']),
    // OpenVINO knows none of ONNX Runtime's entries.
    ...unused(
      'session',
      session,
      device,
      deviceNames.filter((name) => name !== 'openvino'),
    ),
    ...(plan.card(model).outputs.some(({ kind }) => kind === 'mask')
      ? [`the model '${model}' says of pixels whether they are tissue: write mask: { model: ${model} }`]
      : []),
  ],
  columns: (given, plan) => outputColumns(askedModels(plan)[placeOf(given, plan)]!.card.outputs),
  holds: ({ model, device, precision }, plan) => modelBytes(plan.card(model), plan, isGivenInParts(devicesFor(device, precision))),
  holdsOnCard: ({ model, device, cuda }, plan) => cardBytes(plan.card(model), plan, mayFuse(device, { cuda })),
  examples: [
    'infer: { model: stain }',
    'infer: { model: models/tissue9, device: [cuda, cpu] }',
    'infer: { model: models/encoder, device: cuda:0+cuda:1, cuda: { tf32: true } }',
    'infer: { model: models/encoder, as: embedding, vectors: float16 }',
    'infer: { model: models/encoder, precision: auto }',
  ],
})

/** What a precision cannot be asked of: a card, a graph of other numbers. */
function precisionProblems(model: string, device: readonly string[], asked: Precision | undefined, graph = 'float32'): string[] {
  if (asked === undefined) return []
  if (laneDevices(device).length === 0)
    return [
      `precision ${asked} is for the processor (cpu, openvino); a GPU computes as the graph says, see: tiastream models convert --fp16`,
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

/** What is wrong with an entry of the list. */
function whyNot(device: string): string[] {
  try {
    placesOf(device)
    return []
  } catch (error) {
    return [`${device} ${(error as Error).message}`]
  }
}

const unused = (name: string, given: object | undefined, devices: readonly string[], those: readonly string[]): string[] =>
  given === undefined || devices.some((device) => those.includes(kindOf(device)))
    ? []
    : [`${name}: says how a device is used that device: does not name (${devices.join(', ')})`]
