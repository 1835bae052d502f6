/** Whether a picture has the same answer beside others as by itself. */

import { ModelError } from '../../core/errors.js'
import type { Model, ModelCard } from '../../core/model.js'
import { mustAnswer } from '../../core/must-answer.js'
import { openModel } from '../../models/session/open.js'
import { testBatch, typicalOf } from '../test-vector.js'
import { batchOf } from './ask.js'

/** Of what the numbers of an answer are like: beyond what other sums of the same numbers differ by, in halves too. */
const same = 2e-3
/** What of nothing is left by rounding. */
const nothing = 1e-7

/**
 * Null: it has, or the graph takes one alone. Else the reason why the model is to be asked one picture at a time: a graph may take the mean of all that it is given, or be
 * exported for one picture though its sizes say any number.
 */
export async function whyAlone(card: ModelCard): Promise<string | null> {
  const { batch, inputs, outputs } = card
  if (batch === 1 || inputs.some(({ form }) => form === 'pixels')) return null
  if (batch !== null) {
    await mustIgnoreOthers(card, batch)
    return null
  }
  const noise = [1, 2].map((seed) => testBatch(card, seed).inputs[0]!.data)
  // Pale, dark, white: they share neither mean nor range.
  const pictures = [noise[0]!.map((value) => 96 + (value >> 2)), noise[1]!.map((value) => value >> 1), noise[0]!.map(() => 255)]
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const alone = await mustAnswer(model, batchOf(card, pictures.slice(0, 1)))
    const beside = await together(model, pictures)
    if (beside === null) return 'it takes no others beside it, whatever its sizes say'
    for (const { name, width } of outputs) {
      const [a, b] = [alone.outputs[name]!.data, beside.outputs[name]!.data]
      if (!isSame(a.subarray(0, width), b.subarray(0, width))) return 'in a batch its answer follows from the others'
    }
    return null
  } finally {
    await model.close()
  }
}

/** A graph that always takes several pictures cannot be asked about one alone. Throws MODEL_WRONG where one's answer follows from the others. */
async function mustIgnoreOthers(card: ModelCard, batch: number): Promise<void> {
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    if (await ignoresOthers(model, batch)) return
  } finally {
    await model.close()
  }
  throw new ModelError(
    'MODEL_WRONG',
    `${card.name}: the graph takes ${batch} pictures at a time, always, and the answer of each follows from the others`,
    { hint: 'export it for one picture, or for any number (dynamic_axes, dynamic_shapes), and in inference mode: model.eval()' },
  )
}

/** Whether each of the pictures of a full batch has the same answer beside pale ones, dark ones, and in another place. */
export async function ignoresOthers(model: Model, batch: number): Promise<boolean> {
  const { card } = model
  const seen = Array.from({ length: batch }, (_, i) => testBatch(card, i + 1).inputs[0]!.data)
  const among = (others: readonly Uint8Array[], at: number) => [...others.slice(0, at), seen[0]!, ...others.slice(at, batch - 1)]
  const asked = [
    [among(seen.slice(1), 0), 0],
    [
      among(
        seen.slice(1).map((one) => one.map((value) => value >> 2)),
        batch - 1,
      ),
      batch - 1,
    ],
    [
      among(
        seen.slice(1).map((one) => one.map((value) => 192 + (value >> 2))),
        batch >> 1,
      ),
      batch >> 1,
    ],
  ] as const
  const answers: Readonly<Record<string, Float32Array>>[] = []
  for (const [pictures, at] of asked) {
    const { outputs } = await mustAnswer(model, batchOf(card, pictures))
    answers.push(Object.fromEntries(card.outputs.map(({ name, width }) => [name, outputs[name]!.data.slice(at * width, (at + 1) * width)])))
  }
  const [first, ...others] = answers
  return others.every((other) => Object.entries(first!).every(([name, row]) => isSame(row, other[name]!)))
}

/** Vectors of length 1 have numbers of a hundredth: what they differ by is held against those. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  const typical = typicalOf(a)
  return a.every((value, k) => Math.abs(value - b[k]!) <= same * Math.max(typical, Math.abs(value)) + nothing)
}

async function together(model: Model, pictures: readonly Uint8Array[]) {
  try {
    return await mustAnswer(model, batchOf(model.card, pictures))
  } catch (error) {
    if (error instanceof ModelError) return null
    throw error
  }
}
