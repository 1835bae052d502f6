/** What comes out of the graph, as rows of floats: converted, activated, and looked at before anybody believes it. */

import { ModelError } from '../../core/errors.js'
import type { BatchOutput, Patch } from '../../core/items.js'
import type { ModelCard, ModelOutput } from '../../core/model.js'
import { fromHalf } from '../../geometry/half.js'
import type { Numbers } from './session.js'

/** Room for the answers of a batch: a row for every patch, NaN where there is no picture. */
export function emptyOutputs(card: ModelCard, patches: number): Record<string, BatchOutput> {
  return Object.fromEntries(
    card.outputs.map(({ name, width }) => [name, { data: new Float32Array(patches * width).fill(Number.NaN), width }]),
  )
}

/**
 * Puts the rows of a tensor at `places` where they belong: row p is that of `patches[from + p]`; the graph was `given` so many. Sizes after the first are one row
 * ([N,C,1,1] is N × C). A row with NaN or an infinity in it is told to `silent`: the model has no answer for that patch, the others' stand.
 * Throws SHAPE_MISMATCH or OUTPUT_NOT_PROBABILITY.
 */
export function fillOutput(
  card: ModelCard,
  output: ModelOutput,
  tensor: Numbers,
  into: BatchOutput,
  { from, places, given }: { readonly from: number; readonly places: readonly number[]; readonly given: number },
  patches: readonly Patch[],
  silent: (i: number, why: string) => void,
): void {
  const { width } = output
  const read = readerOf(tensor)
  const size = tensor.dims.reduce((product, dim) => product * dim, 1)
  // Of a mask made pixel by pixel the first size counts pixels; what is squeezed of one picture has no place for the number of pictures.
  const rows = output.kind === 'mask' || (given === 1 && size === width) ? size / width : (tensor.dims[0] ?? 1)
  if (size !== rows * width || rows < given) {
    throw new ModelError(
      'SHAPE_MISMATCH',
      `${card.name}: output '${output.name}' came as [${tensor.dims}], the card says ${width} a patch`,
      {
        hint: 'make the card say what the graph gives',
      },
    )
  }
  // A graph that folds what does not fit into the number of pictures: x.view(-1, 256) of another size than it was made for.
  if (rows > given && output.kind !== 'mask')
    throw new ModelError(
      'SHAPE_MISMATCH',
      `${card.name}: output '${output.name}' came as [${tensor.dims}], ${rows} answers for ${given} ${given === 1 ? 'patch' : 'patches'}`,
      { hint: 'give it patches of the size that it was made for; its first size must be the number of pictures' },
    )
  const floats = tensor.data instanceof Float32Array ? tensor.data : null
  for (const place of places) {
    const i = from + place
    const row = into.data.subarray(i * width, (i + 1) * width)
    if (floats) row.set(floats.subarray(place * width, (place + 1) * width))
    else for (let k = 0; k < width; k++) row[k] = read(place * width + k)
    const strange = row.findIndex((value) => !Number.isFinite(value))
    if (strange >= 0) {
      silent(i, sentence(card, output, row, strange))
      continue
    }
    activate(row, output.apply)
    const odd = output.kind === 'classes' ? row.findIndex((value) => !isProbability(value)) : -1
    if (odd < 0) continue
    const { slide, index } = patches[i]!
    throw new ModelError('OUTPUT_NOT_PROBABILITY', `${sentence(card, output, row, odd)} of patch ${index} of ${slide}`, {
      hint: 'write apply: softmax (or sigmoid) for this output in the card',
      at: { slide, patch: index, stage: 'infer' },
    })
  }
}

function sentence({ name }: ModelCard, output: ModelOutput, row: Float32Array, k: number): string {
  const named = output.classes[k]
  return `${name}: output '${output.name}' says ${row[k]} for ${named ? `'${named.name}'` : `number ${k}`}`
}

/** Half-precision softmax may be off by a thousandth. */
const isProbability = (value: number) => value >= -0.002 && value <= 1.002

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
function readerOf({ type, data }: Numbers): (index: number) => number {
  if (Array.isArray(data)) throw new ModelError('SHAPE_MISMATCH', 'the model gives text, not numbers')
  if (data instanceof Uint16Array && type === 'float16') return (i) => fromHalf(data[i]!)
  return (i) => Number(data[i])
}
