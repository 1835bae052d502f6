/**
 * What a stage of a plugin gives is nobody else's from then on: batches gather it, threads move it. A stage may use its objects and buffers
 * again for the next patch, so they are copied, all but the pixels and answers that it was lent and hands on.
 */

import type { Batch } from '../../../core/batch.js'
import { copyOf } from '../../../core/batches/rearrange.js'
import type { Item, Items, Patch, PatchBatch, PatchImage } from '../../../core/items.js'

export class Lent {
  readonly #lent = new WeakSet<object>()

  took(kind: Item, item: unknown): void {
    if (kind === 'image') for (const bytes of (item as PatchImage).pixels) this.#lent.add(bytes)
    if (kind === 'batch') {
      const { inputs, outputs } = item as PatchBatch
      for (const { data } of [...inputs, ...Object.values(outputs)]) this.#lent.add(data)
    }
    if (kind === 'rows') this.#lent.add(item as Batch)
  }

  /** The same item, found to be one before. */
  given(kind: Item, item: unknown): Items[Item] {
    if (kind === 'patch') return own(item as Patch)
    if (kind === 'image') return this.#image(item as PatchImage)
    if (kind === 'batch') return this.#batch(item as PatchBatch)
    return kind === 'rows' && !this.#lent.has(item as Batch) ? copyOf(item as Batch) : (item as Items[Item])
  }

  #image(image: PatchImage): PatchImage {
    return { ...image, patch: own(image.patch), pixels: image.pixels.map((bytes) => this.#own(bytes)) }
  }

  #batch(batch: PatchBatch): PatchBatch {
    const { patches, inputs, outputs } = batch
    return {
      ...batch,
      patches: patches.map(own),
      inputs: inputs.map((input) => ({ ...input, data: this.#own(input.data) })),
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, { ...output, data: this.#own(output.data) }])),
    }
  }

  #own<T extends Uint8Array | Float32Array>(data: T): T {
    return this.#lent.has(data) ? data : (data.slice() as T)
  }
}

const own = (patch: Patch): Patch => ({
  ...patch,
  bounds: [...patch.bounds],
  region: { ...patch.region },
  notes: { ...patch.notes },
})
