/** What makes probabilities of a model's answers: an operator inside of its graph, or what is applied to them here. */

import { ModelError } from '../../core/errors.js'
import type { Activation, ModelCard } from '../../core/model.js'
import { mustAnswer } from '../../core/must-answer.js'
import { openModel } from '../../models/session/open.js'
import { testBatch } from '../test-vector.js'
import type { Ends, Notes } from './import-form.js'

export interface Known {
  /** The operator the graph ends with. */
  readonly ending: Activation
  /** Its last operators keep its answers within 0 and 1. */
  readonly withinOne: boolean
  /** What the caller says is to be applied. */
  readonly given: Activation | undefined
}

/** The graph's last operator says it, or the caller, or its answers to noise. `card` has the answers as they come. */
export async function activationOf(card: ModelCard, { ending, withinOne, given }: Known, { found, assumed }: Notes): Promise<Ends> {
  if (ending !== 'none') {
    found.push(`${ending} is inside of the graph`)
    if (given === undefined || given === 'none' || given === ending) return { inside: ending, apply: 'none' }
    throw new ModelError('CARD_INVALID', `the graph ends with ${ending}, and --activation says ${given}`, {
      hint: 'leave --activation out',
    })
  }
  if (given === 'none') return { inside: 'none', apply: given }
  const { off, low, high } = await answersToNoise(card)
  const width = card.outputs[0]!.width
  if (low >= 0 && high <= 1.001 && off < 2e-3 && width > 1) {
    if (given !== undefined)
      throw new ModelError('CARD_INVALID', `the answers to noise are shares that sum to 1 already, and --activation says ${given}`, {
        hint: 'leave --activation out, or say --activation none',
      })
    assumed.push('softmax is inside of the graph: its answers to noise are shares that sum to 1')
    return { inside: 'softmax', apply: 'none' }
  }
  if (withinOne) {
    if (given !== undefined)
      throw new ModelError('CARD_INVALID', `the graph's last operators keep its answers within 0 and 1, and --activation says ${given}`, {
        hint: 'leave --activation out',
      })
    found.push("its last operators keep its answers within 0 and 1: nothing is applied to them, each class's is its own")
    return { inside: 'none', apply: 'none' }
  }
  if (given !== undefined) return { inside: 'none', apply: given }
  const [usual, other] = width === 1 ? (['sigmoid', 'none'] as const) : (['softmax', 'sigmoid'] as const)
  const range = `${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}`
  assumed.push(`${usual} makes probabilities of its answers, which are ${range} for noise (--activation ${other} otherwise)`)
  return { inside: 'none', apply: usual }
}

/** How far rows are from a sum of 1, and the least and greatest number. */
async function answersToNoise(card: ModelCard) {
  const model = await openModel(card, { devices: ['cpu'] })
  const answers = { off: 0, low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }
  try {
    for (const seed of [1, 2, 3]) {
      const { outputs } = await mustAnswer(model, testBatch(card, seed))
      const { data } = outputs[card.outputs[0]!.name]!
      const sum = data.reduce((a, b) => a + b, 0)
      answers.off = Math.max(answers.off, Math.abs(sum - 1))
      answers.low = data.reduce((a, b) => Math.min(a, b), answers.low)
      answers.high = data.reduce((a, b) => Math.max(a, b), answers.high)
    }
    return answers
  } finally {
    await model.close()
  }
}
