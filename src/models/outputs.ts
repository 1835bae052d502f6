/** What comes out of the graph, as rows of floats: converted, activated, and looked at before anybody believes it. */

import { ModelError } from '../core/errors.js'
import type { BatchOutput, Patch } from '../core/items.js'
import type { ModelCard, ModelOutput } from '../core/model.js'
import { fromHalf } from './half.js'
import type { Tensor } from './ort.js'

/** Room for the answers of a batch: a row for every patch, NaN where there is no picture. */
export function emptyOutputs(card: ModelCard, patches: number): Record<string, BatchOutput> {
  return Object.fromEntries(
    card.outputs.map(({ name, width }) => [name, { data: new Float32Array(patches * width).fill(Number.NaN), width }]),
  )
}

/**
 * Puts the rows of a tensor at `places` where they belong: row p is that of `patches[from + p]`. Sizes after the first are one row
 * ([N,C,1,1] is N × C). Throws SHAPE_MISMATCH, OUTPUT_NOT_FINITE or OUTPUT_NOT_PROBABILITY.
 */
export function fillOutput(
  card: ModelCard,
  output: ModelOutput,
  tensor: Tensor,
  into: BatchOutput,
  { from, places }: { readonly from: number; readonly places: readonly number[] },
  patches: readonly Patch[],
): void {
  const { width } = output
  const read = readerOf(tensor)
  // Of a mask made pixel by pixel the first size counts pixels.
  const rows = output.kind === 'mask' ? tensor.size / width : (tensor.dims[0] ?? 0)
  if (tensor.size !== rows * width || rows <= places.at(-1)!) {
    throw new ModelError(
      'SHAPE_MISMATCH',
      `${card.name}: output '${output.name}' came as [${tensor.dims}], the card says ${width} a patch`,
      {
        hint: 'make the card say what the graph gives',
      },
    )
  }
  for (const place of places) {
    const patch = patches[from + place]!
    const row = into.data.subarray((from + place) * width, (from + place + 1) * width)
    for (let k = 0; k < width; k++) row[k] = read(place * width + k)
    check(
      card,
      output,
      row,
      patch,
      Number.isFinite,
      'OUTPUT_NOT_FINITE',
      'the model cannot answer for this picture, or its card prepares it wrongly',
    )
    activate(row, output.apply)
    if (output.kind === 'classes') {
      check(
        card,
        output,
        row,
        patch,
        isProbability,
        'OUTPUT_NOT_PROBABILITY',
        `write apply: softmax (or sigmoid) for this output in the card`,
      )
    }
  }
}

/** Half-precision softmax may be off by a thousandth. */
const isProbability = (value: number) => value >= -0.002 && value <= 1.002

function check(
  card: ModelCard,
  output: ModelOutput,
  row: Float32Array,
  patch: Patch,
  good: (value: number) => boolean,
  code: string,
  hint: string,
): void {
  for (let k = 0; k < row.length; k++) {
    if (good(row[k]!)) continue
    const named = output.classes[k]
    const what = named ? `'${named.name}'` : `number ${k}`
    const where = `patch ${patch.index} of ${patch.slide}`
    throw new ModelError(code, `${card.name}: output '${output.name}' says ${row[k]} for ${what} of ${where}`, {
      hint,
      at: { slide: patch.slide, patch: patch.index, stage: 'infer' },
    })
  }
}

function activate(row: Float32Array, activation: ModelOutput['apply']): void {
  if (activation === 'sigmoid') {
    for (let k = 0; k < row.length; k++) row[k] = 1 / (1 + Math.exp(-row[k]!))
  }
  if (activation === 'softmax') {
    // Less the greatest: no exponential overflows.
    let greatest = Number.NEGATIVE_INFINITY
    for (const value of row) greatest = Math.max(greatest, value)
    let sum = 0
    for (let k = 0; k < row.length; k++) sum += Math.exp(row[k]! - greatest)
    for (let k = 0; k < row.length; k++) row[k] = Math.exp(row[k]! - greatest) / sum
  }
}

/** Half-precision comes as bits, or as floats where the JavaScript engine has an array of them. */
function readerOf(tensor: Tensor): (index: number) => number {
  const { data } = tensor
  if (Array.isArray(data)) throw new ModelError('SHAPE_MISMATCH', 'the model gives text, not numbers')
  if (data instanceof Uint16Array && tensor.type === 'float16') return (i) => fromHalf(data[i]!)
  return (i) => Number(data[i])
}
