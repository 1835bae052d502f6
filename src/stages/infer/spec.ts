/** `infer`: ask the model. */

import { deviceWords } from '../../core/device-words.js'
import { deviceNames } from '../../core/model.js'
import { oneOfAbout, oneOrMore, text } from '../../core/options.js'
import { outputColumns } from '../../core/output-columns.js'
import { defineStage } from '../../core/stage.js'
import { modelBytes } from './memory.js'

export default defineStage({
  name: 'infer',
  from: 'batch',
  to: 'batch',
  placement: 'model',
  summary: 'Ask a model about every patch.',
  options: {
    model: text().describe('Folder of the model (with model.yml), or the name of one that comes with tiastream or was pulled.'),
    device: oneOrMore(oneOfAbout(deviceNames, deviceWords))
      .prefault('cpu')
      .describe('Where the model runs. A list is tried in its order; one alone means that or nothing.'),
  },
  provides: { answers: ({ model, device }) => ({ model, devices: device }) },
  problems: ({ model, device }, plan) => [
    ...(new Set(device).size < device.length ? [`a device is there twice: ${device.join(', ')}`] : []),
    ...(plan.card(model).outputs.some(({ kind }) => kind === 'mask')
      ? [`the model '${model}' says of pixels whether they are tissue: write mask: { model: ${model} }`]
      : []),
  ],
  columns: ({ model }, plan) => outputColumns(plan.card(model).outputs),
  holds: ({ model }, plan) => modelBytes(plan.card(model), plan),
  examples: ['infer: { model: stain }', 'infer: { model: models/tissue9, device: [cuda, cpu] }'],
})
