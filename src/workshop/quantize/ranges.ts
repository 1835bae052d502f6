/**
 * What values the tensors take on real patches: the float graph is run with those tensors as further outputs, twice. First for the
 * least and greatest value of each, then for how the values are spread between them.
 */

import { encodeModel, type ModelProto } from '../../models/onnx/schema.js'
import type { InferenceSession, Ort } from '../../models/session/ort.js'

/** Counts of values in evenly wide bins from `low` to `high`. */
export interface Spread {
  readonly low: number
  readonly high: number
  readonly counts: Float64Array
}

const bins = 2048

/** The model with these values as its outputs. */
export function withOutputs(model: ModelProto, values: readonly string[]): Uint8Array {
  const output = values.map((name) => ({ name }))
  return encodeModel({ ...model, graph: { ...model.graph!, output } })
}

export interface Watched {
  readonly ort: Ort
  /** Of the model `withOutputs` made. */
  readonly session: InferenceSession
  readonly input: string
  readonly width: number
  readonly height: number
  /** Of the graph; open ones are given one picture at a time, so that memory holds the tensors of one. */
  readonly batch: number | null
}

/** How the values of each tensor are spread over all pictures. */
export async function spreadsOf(watched: Watched, pictures: readonly Uint8Array[]): Promise<ReadonlyMap<string, Spread>> {
  const ends = new Map<string, { low: number; high: number }>()
  await eachTensor(watched, pictures, (name, values) => {
    let low = ends.get(name)?.low ?? Number.POSITIVE_INFINITY
    let high = ends.get(name)?.high ?? Number.NEGATIVE_INFINITY
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (value < low) low = value
      if (value > high) high = value
    }
    ends.set(name, { low, high })
  })
  const spreads = new Map([...ends].map(([name, { low, high }]): [string, Spread] => [name, { low, high, counts: new Float64Array(bins) }]))
  await eachTensor(watched, pictures, (name, values) => {
    const { low, high, counts } = spreads.get(name)!
    const scale = high > low ? bins / (high - low) : 0
    for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor((values[i]! - low) * scale))]!++
  })
  return spreads
}

async function eachTensor(
  { ort, session, input, width, height, batch }: Watched,
  pictures: readonly Uint8Array[],
  see: (name: string, values: Float32Array) => void,
): Promise<void> {
  const count = batch ?? 1
  const bytes = width * height * 3
  for (let from = 0; from < pictures.length; from += count) {
    const data = new Uint8Array(count * bytes)
    // A graph with a fixed batch sees its first picture again where they run out: a range does not mind.
    for (let i = 0; i < count; i++) data.set(pictures[from + i] ?? pictures[from]!, i * bytes)
    const results = await session.run({ [input]: new ort.Tensor('uint8', data, [count, height, width, 3]) })
    for (const [name, tensor] of Object.entries(results)) {
      see(name, tensor.data as Float32Array)
      tensor.dispose()
    }
  }
}

/** Ways to choose a range from the values seen; which is best depends on the model, so it is measured. */
export const rangeWays = {
  'all values': (spread: Spread) => [spread.low, spread.high] as const,
  '99.99 % of the values': (spread: Spread) => middle(spread, 0.9999),
  'least squared error': (spread: Spread) => leastError(spread),
} as const
export type RangeWay = keyof typeof rangeWays

/** The range without the outermost values, equally many on each side; a side that ends at 0 keeps its end. */
function middle(spread: Spread, share: number): readonly [number, number] {
  const total = spread.counts.reduce((a, b) => a + b, 0)
  const sides = spread.low < 0 && spread.high > 0 ? 2 : 1
  const cut = (total * (1 - share)) / sides
  const width = (spread.high - spread.low) / bins
  const skipped = (from: number, step: number) => {
    let sum = 0
    let i = from
    while (i >= 0 && i < bins && sum + spread.counts[i]! <= cut) {
      sum += spread.counts[i]!
      i += step
    }
    return Math.abs(i - from)
  }
  return [
    spread.low < 0 ? spread.low + skipped(0, 1) * width : spread.low,
    spread.high > 0 ? spread.high - skipped(bins - 1, -1) * width : spread.high,
  ]
}

/** The range whose 256 steps lose least: rounding inside costs step² ÷ 12, a value outside the square of how far it is. */
function leastError(spread: Spread): readonly [number, number] {
  const width = (spread.high - spread.low) / bins
  let best: readonly [number, number] = [spread.low, spread.high]
  let least = Number.POSITIVE_INFINITY
  for (let share = 1; share > 0.3; share -= 0.02) {
    const [low, high] = [Math.min(0, spread.low) * share, Math.max(0, spread.high) * share]
    const rounding = ((high - low) / 255) ** 2 / 12
    let error = 0
    for (let i = 0; i < bins; i++) {
      const value = spread.low + (i + 0.5) * width
      const outside = value < low ? low - value : value > high ? value - high : 0
      error += spread.counts[i]! * (outside === 0 ? rounding : outside * outside)
    }
    if (error >= least) continue
    least = error
    best = [low, high]
  }
  return best
}
