/** Looks whether a model does here what its card says: its test vector, finite answers, probabilities, the same answer twice and in any batch. */

import { ModelError } from '../../core/errors.js'
import type { Model, ModelCard, ModelOutput } from '../../core/model.js'
import { threeDigits } from '../../geometry/round.js'
import { openModel } from '../../models/session/open.js'
import { ignoresOthers } from '../own/alone.js'
import { ask, batchOf } from '../own/ask.js'
import { saysOneThing } from '../sees.js'
import { checkTest, testBatch, typicalOf } from '../test-vector.js'

export interface Finding {
  readonly what: string
  /** Null: there was nothing to look at. */
  readonly good: boolean | null
  readonly says: string
}

export interface Verified {
  readonly card: ModelCard
  readonly findings: readonly Finding[]
  /** Milliseconds a patch on one thread, in batches of `batch`; the best of some rounds. */
  readonly ms: number
  readonly batch: number
  readonly warnings: readonly string[]
}

const pictures = 8

export async function verifyModel(card: ModelCard): Promise<Verified> {
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const seen = noise(card)
    const findings: Finding[] = [await testVector(model)]
    const answers = await orFailure(() => ask(model, seen, card.batch ?? pictures))
    if (answers instanceof ModelError) findings.push({ what: 'answers', good: false, says: answers.message })
    else {
      findings.push(...card.outputs.map((output) => rangeOf(output, answers[output.name]!)))
      findings.push(same('same twice', answers, await ask(model, seen, card.batch ?? pictures), `${pictures} pictures asked about twice`))
      findings.push(await anyBatch(card, seen, answers))
      findings.push(await sees(model, answers))
    }
    const { ms, batch } = answers instanceof ModelError ? { ms: Number.NaN, batch: 1 } : await timed(model, seen)
    return { card, findings, ms, batch, warnings: model.warnings }
  } finally {
    await model.close()
  }
}

/** Noise of every grey level, and one white picture: half of most slides is that. */
function noise(card: ModelCard): readonly Uint8Array[] {
  const made = Array.from({ length: pictures - 1 }, (_, i) => testBatch(card, i + 1).inputs[0]!.data)
  return [...made, new Uint8Array(made[0]!.length).fill(255)]
}

async function testVector(model: Model): Promise<Finding> {
  const what = 'test vector'
  const { test } = model.card
  if (!test) return { what, good: null, says: 'the card has none' }
  const wrong = await orFailure(() => checkTest(model))
  if (wrong instanceof ModelError) return { what, good: false, says: wrong.message }
  return { what, good: wrong.length === 0, says: wrong[0] ?? `the answers of the card, each within ${test.tolerance}` }
}

/** A model that refuses is a finding, not the end. */
async function orFailure<T>(work: () => Promise<T>): Promise<T | ModelError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ModelError) return error
    throw error
  }
}

function rangeOf({ name, kind, width, inGraph, apply }: ModelOutput, data: Float32Array): Finding {
  const [low, high] = [data.reduce((a, b) => Math.min(a, b)), data.reduce((a, b) => Math.max(a, b))]
  const range = `${short(low)} to ${short(high)} over ${pictures} pictures`
  if (kind !== 'classes') return { what: `output ${name}`, good: true, says: `${width} finite numbers, ${range}` }
  const by = inGraph !== 'none' ? `${inGraph} in the graph` : apply !== 'none' ? `${apply} applied here` : 'no activation'
  const off = Math.max(
    ...Array.from({ length: data.length / width }, (_, row) =>
      Math.abs(data.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0) - 1),
    ),
  )
  const sums = inGraph === 'softmax' || apply === 'softmax'
  const rows = off < 2e-3 ? `rows sum to 1 within ${short(off)}` : `rows do not sum to 1 (off by up to ${short(off)})`
  const good = low >= 0 && high <= 1.002 && (!sums || off < 2e-3)
  return { what: `output ${name}`, good, says: `${width} probabilities, ${range}; ${rows}; ${by}` }
}

async function sees(model: Model, answers: Record<string, Float32Array>): Promise<Finding> {
  const one = await saysOneThing(model, answers)
  const says = one ? 'the same answer for white, black and noise: no picture is seen' : 'other answers for other pictures'
  return { what: 'pictures', good: !one, says }
}

async function anyBatch(card: ModelCard, seen: readonly Uint8Array[], answers: Record<string, Float32Array>): Promise<Finding> {
  if (card.batch === 1) return { what: 'any batch', good: null, says: 'one at a time, always' }
  // Opened again: a model keeps the largest batch it has seen.
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    if (card.batch !== null) {
      const good = await ignoresOthers(model, card.batch)
      const what = `the graph takes ${card.batch} at a time, always`
      return { what: 'any batch', good, says: good ? what : `${what}, and the answer of a picture follows from the others` }
    }
    return same('any batch', answers, await ask(model, seen, 1), `one at a time and ${pictures} at once`)
  } finally {
    await model.close()
  }
}

/** Of what the numbers of an output are like. */
const rounding = 5e-4

function same(what: string, a: Record<string, Float32Array>, b: Record<string, Float32Array>, of: string): Finding {
  let most = 0
  let good = true
  for (const [name, values] of Object.entries(a)) {
    const off = values.reduce((far, value, i) => Math.max(far, Math.abs(value - b[name]![i]!)), 0)
    most = Math.max(most, off)
    // Some kernels add in another order for another batch: that is rounding, not disorder.
    good &&= off <= rounding * typicalOf(values)
  }
  return { what, good, says: most === 0 ? `${of}: every bit equal` : `${of}: up to ${short(most)} apart` }
}

async function timed(model: Model, seen: readonly Uint8Array[]) {
  const batch = model.card.batch ?? pictures
  let ms = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const some = batchOf(model.card, seen.slice(0, batch))
    const start = performance.now()
    await model.predict(some)
    ms = Math.min(ms, (performance.now() - start) / some.patches.length)
  }
  return { ms, batch }
}

const short = (value: number): string => String(threeDigits(value))
