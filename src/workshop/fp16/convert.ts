/** Makes a model in half precision of a float one, for GPUs, and compares the two here. */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { threeDigits } from '../../geometry/round.js'
import { elementTypes } from '../../models/onnx/element-types.js'
import { readOnnx } from '../../models/onnx/onnx-file.js'
import { withTensors, writeModel } from '../../models/onnx/outside.js'
import type { ModelProto } from '../../models/onnx/schema.js'
import { byteInput } from '../../models/session/byte-input.js'
import { makeSession } from '../../models/session/device.js'
import { openModel } from '../../models/session/open.js'
import { loadOrt } from '../../models/session/ort.js'
import { preambled } from '../../models/session/preamble.js'
import { cardYaml } from '../own/card-yaml.js'
import { type Agreement, agreementOf, answersOf } from '../own/compare.js'
import { mayReplace } from '../own/may-replace.js'
import { publishFolder } from '../own/publish-folder.js'
import { pixelSteps } from '../quantize/pixels.js'
import { spreadsOf, withOutputs } from '../quantize/ranges.js'
import { settled, typesOf } from '../settle.js'
import { testBatch } from '../test-vector.js'
import { computesInHalf, inHalves } from './half-graph.js'

export interface HalfOptions {
  /** Folder to make, absolute. */
  readonly out: string
  readonly force: boolean
}

export interface HalfReport {
  readonly card: ModelCard
  readonly parent: ModelCard
  readonly agreement: Agreement
  readonly bytes: { readonly parent: number; readonly own: number }
  /** Results that stay in floats because they come near the largest half. */
  readonly large: readonly string[]
}

/** Half of the largest half: pictures other than these may give larger numbers. */
const safe = 32752
/** Eleven bits in every layer: more than this is no rounding. Of probabilities, and as a share of how large numbers usually are. */
const expected = 0.02

export async function convertToHalf(parent: ModelCard, { out, force }: HalfOptions): Promise<HalfReport> {
  await mayReplace(out, force, [parent.folder])
  const onnx = await readOnnx(parent.file)
  const refuse = (why: string, hint: string) =>
    new ModelError('MODEL_UNCONVERTIBLE', `${parent.name} cannot be converted to half precision: ${why}`, { hint })
  const done = onnx.model.graph!.node.find(({ opType }) => /^(QuantizeLinear|DequantizeLinear|QLinear\w+)$/.test(opType))
  if (done) throw refuse(`it is quantised (${done.opType})`, 'convert the model it was made from')
  const folder = path.dirname(parent.file)
  const model = await settled(await withTensors(onnx), parent, folder)
  const graph = model.graph!
  if (graph.initializer.every(({ dataType }) => dataType !== elementTypes.float32))
    throw refuse('it holds no floats', 'it may be in half precision already')
  const pictures = picturesFor(parent)
  const { types } = await typesOf(model, folder)
  const large = await largeResults(parent, model, types, pictures)
  const steps = pixelSteps(graph)
  const keep = new Set([...large, ...[...(steps?.nodes ?? [])].map((node) => node.output[0]!)])
  const halves = { ...model, producerName: 'tiastream', graph: inHalves(graph, types, keep, parent.name) }
  const { test: _test, bytes: _bytes, ...card } = parent
  const own = {
    ...card,
    name: path.basename(out),
    parent: parent.name,
    about: parent.about === '' ? `${parent.name} in half precision.` : `${parent.about} (half precision)`,
  }
  let agreement: Agreement | undefined
  const made = await publishFolder({
    out,
    force,
    reads: [parent.folder],
    tolerance: expected,
    make: async (folder) => {
      const file = path.join(folder, 'model.onnx')
      const written = { ...own, ...(await writeModel(file, halves)) }
      agreement = await compare(parent, { ...written, folder, file }, pictures)
      const facts = {
        compared_on: agreement.pictures,
        mean_difference: threeDigits(agreement.mean),
        largest_difference: threeDigits(agreement.most),
      }
      return (test) => cardYaml(written, { comment: 'Written by tiastream models convert --fp16.', facts, ...(test ? { test } : {}) })
    },
  })
  return { card: made, parent, agreement: agreement!, bytes: { parent: parent.bytes ?? 0, own: made.bytes ?? 0 }, large }
}

/** Noise, and the two plain pictures there are. */
function picturesFor(card: ModelCard): readonly Uint8Array[] {
  const noise = [1, 2, 3, 4].map((seed) => testBatch(card, seed).inputs[0]!.data)
  return [...noise, new Uint8Array(noise[0]!.length).fill(255), new Uint8Array(noise[0]!.length)]
}

/** Names of the results whose numbers come near the largest half. */
async function largeResults(
  card: ModelCard,
  model: ModelProto,
  types: ReadonlyMap<string, number>,
  pictures: readonly Uint8Array[],
): Promise<readonly string[]> {
  const wrapped = card.inputs.length === 1 ? preambled(model, card.inputs) : null
  if (!wrapped) return []
  const watched = wrapped.graph!.node.filter(
    (node) => computesInHalf(node) && /^(Conv|ConvTranspose|Gemm|MatMul|Add|Mul|Sub|Div|BatchNormalization)$/.test(node.opType),
  )
  const values = watched.map((node) => node.output[0]!).filter((name) => types.get(name) === elementTypes.float32)
  const ort = await loadOrt()
  const session = await makeSession(ort, withOutputs(wrapped, values), 'cpu', 1, { folder: card.folder })
  try {
    const { width, height, name } = card.inputs[0]!
    const spreads = await spreadsOf({ ort, session, input: byteInput(card.inputs[0]!), width, height, batch: card.batch }, pictures)
    return [...spreads].filter(([value, { low, high }]) => value !== name && Math.max(-low, high) > safe).map(([value]) => value)
  } finally {
    await session.release()
  }
}

async function compare(parent: ModelCard, own: ModelCard, pictures: readonly Uint8Array[]): Promise<Agreement> {
  const first = await openModel(parent, { devices: ['cpu'] })
  try {
    const second = await openModel(own, { devices: ['cpu'] })
    try {
      const agreement = agreementOf(second, await answersOf(first, pictures), await answersOf(second, pictures), pictures.length)
      const most = agreement.of === 'probabilities' ? expected : expected * Math.max(agreement.typical, 1e-6)
      if (agreement.most <= most) return agreement
      throw new ModelError(
        'HALF_DIFFERS',
        `${parent.name} says something else in half precision: up to ${threeDigits(agreement.most)} apart, rounding makes ${threeDigits(most)}`,
        {
          hint: 'use it in floats, or in int8: tiastream models quantize',
        },
      )
    } finally {
      await second.close()
    }
  } finally {
    await first.close()
  }
}
