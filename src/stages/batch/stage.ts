/**
 * Gathers pictures into batches. Those that lie side by side in one buffer already, as `extract` leaves them, are taken as they are. Stages before it see colours;
 * here those for quantised models become the values that these take.
 */

import { Bug } from '../../core/errors.js'
import type { BatchInput, PatchBatch, PatchImage } from '../../core/items.js'
import type { Head } from '../../core/pictures.js'
import type { Stage } from '../../core/stage.js'
import { lookUp } from './look-up.js'
import type { BatchOptions } from './spec.js'

export default ({ size = 16, heads = [] }: BatchOptions): Stage<'image', 'batch'> =>
  async function* (images, { signal }) {
    let gathered: PatchImage[] = []
    for await (const image of images) {
      signal.throwIfAborted()
      gathered.push(image)
      if (gathered.length < size) continue
      yield batchOf(gathered, heads)
      gathered = []
    }
    if (gathered.length > 0) yield batchOf(gathered, heads)
  }

function batchOf(images: readonly PatchImage[], heads: readonly Head[]): PatchBatch {
  const readable = images.filter((i) => i.status === 'ok')
  const pictures = readable[0]?.pixels.length ?? 0
  return {
    patches: images.map((i) => i.patch),
    statuses: images.map(({ status, error }) => (error === undefined ? { status } : { status, error })),
    inputs: Array.from({ length: pictures }, (_, head) => {
      const input = inputOf(readable, head)
      const { lookup } = heads[head] ?? {}
      if (lookup) lookUp(input.data, lookup)
      return input
    }),
    outputs: {},
  }
}

/** The first head's size is that of the patch; another's follows from its bytes, for pictures of one head have one shape. */
function inputOf(images: readonly PatchImage[], head: number): BatchInput {
  const parts = images.map((i) => i.pixels[head]!)
  const { width, height } = images[0]!.sizes?.[head] ?? sizeOf(images[0]!)
  const length = width * height * 3
  const odd = parts.findIndex((p) => p.length !== length)
  if (odd >= 0) throw new Bug(`patch ${images[odd]!.patch.index} has ${parts[odd]!.length} bytes where ${width} x ${height} need ${length}`)
  return { data: sideBySide(parts) ?? joined(parts), width, height }
}

function sizeOf({ patch: { bounds } }: PatchImage) {
  return { width: bounds[2] - bounds[0], height: bounds[3] - bounds[1] }
}

/** One view over all parts, when each begins where the one before ends. */
function sideBySide(parts: readonly Uint8Array[]): Uint8Array | null {
  const first = parts[0]!
  let at = first.byteOffset
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== at) return null
    at += part.length
  }
  return new Uint8Array(first.buffer, first.byteOffset, at - first.byteOffset)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const data = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}
