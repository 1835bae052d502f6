/** Asks a model where tissue is: the whole slide at once, or window by window over an overview. */

import { Bug } from '../../core/errors.js'
import type { PatchBatch } from '../../core/items.js'
import type { Model, ModelCard, ModelMask, ModelOutput } from '../../core/model.js'
import { mustAnswer } from '../../core/must-answer.js'
import { overviewOf, type Unread } from '../../core/overview.js'
import type { Slide } from '../../core/slide.js'
import type { Bitmap } from '../../geometry/coverage.js'
import type { Size } from '../../geometry/region.js'

/** Windows asked about at once. */
const windowsAtOnce = 4

/** Pictures that a mask's model is asked about at once: one when it sees the whole slide. */
export const picturesAtOnce = (card: ModelCard): number => (maskOutput(card)?.mask.view === 'whole' ? 1 : windowsAtOnce)

export interface AskedFor {
  /** More than this is tissue; absent: as the card says. */
  readonly threshold?: number | undefined
  /** Of the overview, for a model that sees windows. */
  readonly size: Size
  readonly signal: AbortSignal
  readonly unread?: Unread | undefined
}

/** Ones where the model finds tissue. */
export async function bitmapFromModel(slide: Slide, model: Model, { threshold, size, signal, unread }: AskedFor): Promise<Bitmap> {
  const { mask } = maskOutput(model.card)!
  const { width, height } = model.card.inputs[0]!
  const seen = mask.view === 'whole' ? { width, height } : size
  const { data: rgb } = await overviewOf(slide, seen, { signal, unread })
  const shares = await tissueIn(model, { ...seen, data: rgb }, signal)
  const least = threshold ?? mask.threshold
  return { ...seen, data: Uint8Array.from(shares, (share) => (share > least ? 1 : 0)) }
}

/** The output that is a mask, if the model has one. */
function maskOutput({ outputs }: ModelCard): (ModelOutput & { readonly mask: ModelMask }) | undefined {
  return outputs.find((output): output is ModelOutput & { readonly mask: ModelMask } => output.mask !== undefined)
}

/** What the model says of every pixel of a picture, row by row. Where a window reaches beyond the picture it sees white. */
export async function tissueIn(model: Model, picture: Size & { readonly data: Uint8Array }, signal: AbortSignal): Promise<Float32Array> {
  const output = maskOutput(model.card)
  const [input] = model.card.inputs
  if (!output || !input) throw new Bug(`${model.card.name} is asked for a mask and gives none`)
  const shares = new Float32Array(picture.width * picture.height)
  const corners: (readonly [number, number])[] = []
  for (let y = 0; y < picture.height; y += input.height) for (let x = 0; x < picture.width; x += input.width) corners.push([x, y])
  for (let from = 0; from < corners.length; from += windowsAtOnce) {
    signal.throwIfAborted()
    const some = corners.slice(from, from + windowsAtOnce)
    const { outputs } = await mustAnswer(model, windowsOf(picture, some, input))
    const { data, width } = outputs[output.name]!
    some.forEach((corner, i) => {
      paste(data.subarray(i * width, (i + 1) * width), output.mask, input, shares, picture, corner)
    })
  }
  return shares
}

function windowsOf(
  picture: Size & { readonly data: Uint8Array },
  corners: readonly (readonly [number, number])[],
  { width, height }: Size,
): PatchBatch {
  const data = new Uint8Array(corners.length * width * height * 3).fill(255)
  corners.forEach(([x, y], i) => {
    const across = Math.min(width, picture.width - x)
    for (let row = 0; row < Math.min(height, picture.height - y); row++) {
      const at = ((y + row) * picture.width + x) * 3
      data.set(picture.data.subarray(at, at + across * 3), (i * height + row) * width * 3)
    }
  })
  const patches = corners.map(([x, y], index) => ({
    slide: 'mask',
    index,
    column: 0,
    row: 0,
    bounds: [x, y, x + width, y + height] as const,
    region: { x, y, width, height },
    notes: {},
  }))
  return { patches, statuses: patches.map(() => ({ status: 'ok' })), inputs: [{ data, width, height }], outputs: {} }
}

/** Takes one number of each pixel out of a window's answer. */
function paste(
  answer: Float32Array,
  { channels, planar, channel }: ModelMask,
  { width, height }: Size,
  shares: Float32Array,
  picture: Size,
  [x, y]: readonly [number, number],
): void {
  const across = Math.min(width, picture.width - x)
  for (let row = 0; row < Math.min(height, picture.height - y); row++) {
    const to = (y + row) * picture.width + x
    for (let column = 0; column < across; column++) {
      const pixel = row * width + column
      shares[to + column] = answer[planar ? channel * width * height + pixel : pixel * channels + channel]!
    }
  }
}
