/** Asks a model about pictures that lie in memory, in batches of one size. */

import type { PatchBatch } from '../../core/items.js'
import type { Model, ModelCard } from '../../core/model.js'
import { mustAnswer } from '../../core/must-answer.js'

const ok = { status: 'ok' } as const

/**
 * Pictures (RGB bytes of the model's size) as a batch; colours go through the card's table, as in `batch`. A model that takes several of a
 * patch is given the bytes of each over again, as many as the others have: white stays white, and noise noise.
 */
export function batchOf({ inputs }: ModelCard, pictures: readonly Uint8Array[]): PatchBatch {
  const filled = inputs.map(({ width, height, lookup }) => {
    const each = width * height * 3
    const data = new Uint8Array(pictures.length * each)
    pictures.forEach((picture, i) => {
      for (let at = 0; at < each; at += picture.length) data.set(picture.subarray(0, each - at), i * each + at)
    })
    if (lookup) for (let i = 0; i < data.length; i++) data[i] = lookup[(i % 3) * 256 + data[i]!]!
    return { data, width, height }
  })
  const { width, height } = inputs[0]!
  const patch = {
    slide: 'pictures',
    column: 0,
    row: 0,
    bounds: [0, 0, width, height],
    region: { x: 0, y: 0, width, height },
    notes: {},
  } as const
  return {
    patches: pictures.map((_, index) => ({ ...patch, index })),
    statuses: pictures.map(() => ok),
    inputs: filled,
    outputs: {},
  }
}

/** The answers of each output, a row a picture, one after the other. */
export async function ask(model: Model, pictures: readonly Uint8Array[], size = 8): Promise<Record<string, Float32Array>> {
  const all = Object.fromEntries(model.card.outputs.map(({ name, width }) => [name, new Float32Array(width * pictures.length)]))
  for (let from = 0; from < pictures.length; from += size) {
    const { outputs } = await mustAnswer(model, batchOf(model.card, pictures.slice(from, from + size)))
    for (const [name, into] of Object.entries(all)) into.set(outputs[name]!.data, from * outputs[name]!.width)
  }
  return all
}
