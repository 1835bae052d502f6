/** What makes probabilities of a model's answers: an operator inside of its graph, or what is applied to them here. */

import { ModelError } from '../../core/errors.js'
import type { PatchBatch } from '../../core/items.js'
import type { Activation, ModelCard } from '../../core/model.js'
import { mustAnswer } from '../../core/must-answer.js'
import { threeDigits } from '../../geometry/round.js'
import { openModel } from '../../models/session/open.js'
import { testBatch } from '../test-vector.js'
import { batchOf } from './ask.js'
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
    if (given === undefined || given === 'none' || given === ending) {
      if (ending === 'softmax') await mustDiffer(card)
      return { inside: ending, apply: 'none' }
    }
    throw new ModelError('CARD_INVALID', `the graph ends with ${ending}, and --activation says ${given}`, {
      hint: 'leave --activation out',
    })
  }
  if (given === 'none') return { inside: 'none', apply: given }
  const { off, sums, low, high, differ } = await answersToNoise(card)
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
  const numbers = `which are ${threeDigits(low)} to ${threeDigits(high)} for noise`
  // That it says one thing of everything is told where it is tried.
  const one = differ && low >= 0 && width > 1 && alike(sums)
  const plain = one || (differ && low >= 0 && high <= 1) ? await answersToPlain(card) : null
  if (one && plain && plain.low >= 0 && alike([...sums, ...plain.sums])) {
    const whole = threeDigits(sums[0]!)
    throw new ModelError('CARD_INVALID', `its answers sum to about ${whole}: they are shares of that, and probabilities are wanted`, {
      hint: 'export it without the factor',
    })
  }
  // Those of a network without an activation are rarely so for black and white, too.
  if (plain && low >= 0 && high <= 1 && plain.low >= 0 && plain.high <= 1)
    throw new ModelError('CARD_INVALID', `its answers, ${numbers}, may be probabilities or not: the graph does not show it`, {
      hint: '--activation none keeps them as they are, --activation softmax and --activation sigmoid make probabilities of them',
    })
  const [usual, other] = width === 1 ? (['sigmoid', 'none'] as const) : (['softmax', 'sigmoid'] as const)
  assumed.push(`${usual} makes probabilities of its answers, ${numbers} (--activation ${other} otherwise)`)
  return { inside: 'none', apply: usual }
}

export interface KnownOfMask extends Known {
  readonly threshold: number | undefined
  /** It is the logarithm of this. */
  readonly logarithm: Activation
}

/** The same of numbers of pixels, which are compared with a threshold: one that nobody said is a half, of shares. */
export async function activationOfMask(card: ModelCard, known: KnownOfMask, { found, assumed }: Notes): Promise<Ends> {
  const { ending, withinOne, given, threshold, logarithm } = known
  const [{ mask }] = card.outputs as readonly [ModelCard['outputs'][number]]
  if (ending !== 'none') found.push(`${ending} is inside of the graph`)
  if (ending === 'softmax') await mustBeOfChannels(card)
  if (given !== undefined && given !== 'none') {
    if (ending === given) return { inside: ending, apply: 'none' }
    if (ending === 'none' && !withinOne && logarithm === 'none') return { inside: 'none', apply: given }
    throw new ModelError('CARD_INVALID', `the graph brings its own activation to the pixels, and --activation says ${given}`, {
      hint: 'leave --activation out',
    })
  }
  const asItIs = { inside: ending, apply: 'none' } as const
  if (given === 'none' || ending !== 'none' || withinOne || threshold !== undefined) return asItIs
  const { low, high } = await answersToNoise(card)
  if (low >= -0.001 && high <= 1.001) return asItIs
  const numbers = `of pixels are ${threeDigits(low)} to ${threeDigits(high)} for noise`
  if (logarithm === 'none' && mask?.channels === 1 && low < 0) {
    assumed.push(`sigmoid makes shares of its numbers, which ${numbers} (--activation none otherwise)`)
    return { inside: 'none', apply: 'sigmoid' }
  }
  throw new ModelError('CARD_INVALID', `its numbers ${numbers}, no shares of 0 to 1: nobody says from where on they are tissue`, {
    hint: 'export it with a softmax over the channels, or a sigmoid, inside; or say --threshold',
  })
}

/** A softmax over the width of a picture, as exports of another layout have it, makes shares of a row of pixels. */
async function mustBeOfChannels(card: ModelCard): Promise<void> {
  const [{ name, width, mask }] = card.outputs as readonly [ModelCard['outputs'][number]]
  if (!mask) return
  const model = await openModel(card, { devices: ['cpu'] })
  try {
    const { outputs } = await mustAnswer(model, testBatch(card, 1))
    const { data } = outputs[name]!
    const pixels = width / mask.channels
    const [by, step] = mask.planar ? [1, pixels] : [mask.channels, 1]
    const sumAt = (pixel: number) =>
      Array.from({ length: mask.channels }, (_, k) => data[pixel * by + k * step]!).reduce((a, b) => a + b, 0)
    const some = Array.from({ length: Math.min(pixels, 64) }, (_, i) => sumAt(Math.floor((i * pixels) / 64)))
    if (mask.channels > 1 && some.every((sum) => Math.abs(sum - 1) < 1e-2)) return
  } finally {
    await model.close()
  }
  throw new ModelError(
    'CARD_INVALID',
    'the numbers of a pixel do not sum to 1: the softmax of the graph is over another axis than the channels',
    {
      hint: 'export it with a softmax over the channels, or a sigmoid where there is one',
    },
  )
}

/** Within half a percent: what is rounded to whole numbers of 255 is. */
const alike = (sums: readonly number[]): boolean => Math.max(...sums) - Math.min(...sums) <= 0.005 * Math.max(...sums)

/** A softmax over an axis of one says 1 of everything. */
async function mustDiffer(card: ModelCard): Promise<void> {
  if (card.outputs[0]!.width === 1 || (await answersToNoise(card)).low < 0.9999) return
  throw new ModelError('CARD_INVALID', 'the graph says 1 for every class of noise: its softmax is over another axis than the classes', {
    hint: 'export it with a softmax over the classes, or without any',
  })
}

const answersToNoise = (card: ModelCard) =>
  answersTo(
    card,
    [1, 2, 3].map((seed) => testBatch(card, seed)),
  )

/** To a black and a white picture. */
function answersToPlain(card: ModelCard) {
  const [{ width, height }] = card.inputs as readonly [ModelCard['inputs'][number]]
  const plain = (grey: number) => batchOf(card, [new Uint8Array(width * height * 3).fill(grey)])
  return answersTo(card, [plain(0), plain(255)])
}

/** The sums of rows, how far they are from 1, the least and greatest number, and whether the rows differ. */
async function answersTo(card: ModelCard, batches: readonly PatchBatch[]) {
  const model = await openModel(card, { devices: ['cpu'] })
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const sums: number[] = []
  let first: ArrayLike<number> | null = null
  let differ = false
  try {
    for (const batch of batches) {
      const { outputs } = await mustAnswer(model, batch)
      const { data } = outputs[card.outputs[0]!.name]!
      const one: ArrayLike<number> = first ?? data
      differ ||= data.some((value, k) => value !== one[k])
      first = one
      sums.push(data.reduce((a, b) => a + b, 0))
      low = data.reduce((a, b) => Math.min(a, b), low)
      high = data.reduce((a, b) => Math.max(a, b), high)
    }
    return { sums, off: Math.max(...sums.map((sum) => Math.abs(sum - 1))), low, high, differ }
  } finally {
    await model.close()
  }
}
