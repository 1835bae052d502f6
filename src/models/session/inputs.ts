/** The pixels of a batch as tensors of one constant size: varying sizes make the runtime's memory grow without end. */

import { ModelError } from '../../core/errors.js'
import type { BatchInput } from '../../core/items.js'
import type { ModelCard, ModelInput } from '../../core/model.js'
import { byteInput } from './byte-input.js'
import type { Converter, Pixels } from './convert-pixels.js'
import type { Numbers } from './session.js'

/** One input of the session: its name there, and how bytes are made ready; null when the graph does that itself. */
export interface Feed {
  readonly input: ModelInput
  readonly name: string
  readonly convert: Converter | null
  /** A batch of the constant size, for fewer pictures than that; made when first needed. */
  spare: Uint8Array | null
}

export function feedOf(input: ModelInput, convert: Converter | null): Feed {
  return { input, name: convert ? input.name : byteInput(input), convert, spare: null }
}

/** Which pictures of a batch go where in a tensor of `size` pictures: picture `first + i` to `places[i]`. */
export interface Placing {
  readonly first: number
  readonly places: readonly number[]
  readonly size: number
}

/** A tensor of `size` pictures. A view of the batch's bytes whenever it is full; else what lies in the other places is not looked at. */
export function tensorOf(feed: Feed, batch: BatchInput, { first, places, size }: Placing): Numbers {
  const { width, height, layout, dtype } = feed.input
  const each = width * height * 3
  const view = batch.data.subarray(first * each, (first + places.length) * each)
  const bytes = places.length === size ? view : spread(feed, view, places, each, size)
  const data: Pixels = feed.convert ? feed.convert(bytes, size) : bytes
  const planar = feed.convert !== null && layout === 'NCHW'
  const pixels = feed.convert !== null && feed.input.form === 'pixels'
  const dims = pixels ? [size * height * width, 3] : planar ? [size, 3, height, width] : [size, height, width, 3]
  return { type: feed.convert ? dtype : 'uint8', data, dims }
}

function spread(feed: Feed, bytes: Uint8Array, places: readonly number[], each: number, size: number): Uint8Array {
  if (feed.spare?.length !== size * each) feed.spare = new Uint8Array(size * each)
  for (const [i, place] of places.entries()) feed.spare.set(bytes.subarray(i * each, (i + 1) * each), place * each)
  return feed.spare
}

/** Throws when the batch is not made for the model. */
export function checkBatch(card: ModelCard, inputs: readonly BatchInput[], pictures: number): void {
  if (inputs.length !== card.inputs.length) {
    throw new ModelError('SHAPE_MISMATCH', `${card.name} takes ${card.inputs.length} pictures a patch, the batch has ${inputs.length}`)
  }
  card.inputs.forEach(({ name, width, height }, i) => {
    const given = inputs[i]!
    const fits = given.width === width && given.height === height && given.data.length === pictures * width * height * 3
    if (fits) return
    const has = `${given.width} × ${given.height} px (${given.data.length} bytes for ${pictures} patches)`
    throw new ModelError('SHAPE_MISMATCH', `${card.name}: input '${name}' takes ${width} × ${height} px, the patches are ${has}`, {
      hint: 'cut patches as the model wants them, grid: { like: … }; ready-cut ones can be resized, patches: { resize: 224 px }',
    })
  })
}
