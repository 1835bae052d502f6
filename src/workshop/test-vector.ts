/**
 * The test vector of a card: a picture made from a seed, and what the model must say of it. The picture is noise of every grey
 * level, so that scale, mean, channel order and layout all count.
 */

import { createHash } from 'node:crypto'
import type { PatchBatch } from '../core/items.js'
import type { Model, ModelCard, ModelTest } from '../core/model.js'
import { mustAnswer } from '../core/must-answer.js'
import { threeDigits } from '../geometry/round.js'

/** One patch of noise for each head. The bytes are those of the generator of Numerical Recipes: x ← 1664525 x + 1013904223. */
export function testBatch(card: ModelCard, seed: number): PatchBatch {
  let state = seed >>> 0
  const [first] = card.inputs
  const { width, height } = first ?? { width: 0, height: 0 }
  const inputs = card.inputs.map((input) => {
    const data = new Uint8Array(input.width * input.height * 3)
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      // The low bits of this generator repeat early.
      data[i] = state >>> 24
    }
    return { data, width: input.width, height: input.height }
  })
  const region = { x: 0, y: 0, width, height }
  const patch = { slide: 'test', index: 0, column: 0, row: 0, bounds: [0, 0, width, height] as const, region, notes: {} }
  return { patches: [patch], statuses: [{ status: 'ok' }], inputs, outputs: {} }
}

function sha256OfInputs({ inputs }: PatchBatch): string {
  const hash = createHash('sha256')
  for (const { data } of inputs) hash.update(data)
  return hash.digest('hex')
}

/** The root of the mean of the squares. */
export const typicalOf = (numbers: Float32Array | readonly number[]): number =>
  Math.sqrt((numbers as readonly number[]).reduce((sum, value) => sum + value * value, 0) / numbers.length)

/** The test vector of a model that is believed to be right. */
export async function makeTest(model: Model, seed: number, tolerance = 1e-4): Promise<ModelTest> {
  const batch = testBatch(model.card, seed)
  const sha256 = sha256OfInputs(batch)
  const { outputs } = await mustAnswer(model, batch)
  const expected = Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, [...data]]))
  // Numbers of thousands are rounded by more than those of 0 to 1.
  const typical = Object.values(expected).reduce((most, row) => Math.max(most, typicalOf(row)), 1)
  return { seed, sha256, expected, tolerance: typical > 1 ? threeDigits(tolerance * typical) : tolerance }
}

/** What the model answers otherwise than its card says: a sentence each; none when all is well, or when the card has no test. */
export async function checkTest(model: Model): Promise<readonly string[]> {
  const { test } = model.card
  if (!test) return []
  const batch = testBatch(model.card, test.seed)
  const sha256 = sha256OfInputs(batch)
  if (sha256 !== test.sha256) return [`the picture of seed ${test.seed} has sha256 ${sha256}, the card says ${test.sha256}`]
  const { outputs } = await model.predict(batch)
  return Object.entries(test.expected).flatMap(([name, row]) => {
    const said = outputs[name]?.data
    const off = row.findIndex((want, i) => !(Math.abs((said?.[i] ?? Number.NaN) - want) <= test.tolerance))
    return off < 0 ? [] : [`output '${name}' says ${said?.[off]} for number ${off}, the card says ${row[off]} within ${test.tolerance}`]
  })
}
