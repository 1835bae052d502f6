/**
 * What a session on a card needs besides its runs. It is tried before the run begins, with a batch of nothing: so a library that only the
 * first convolution asks for is missed then, and not at every slide. Where memory does not do for a batch, smaller ones are given. And after a
 * run that failed the same batch of nothing tells a card that is gone from pictures that the model cannot bear.
 */

import { type Place, placeName } from '../../core/devices.js'
import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { reasonOf } from './device.js'
import type { Numbers, Session } from './session.js'

export interface CardRuns {
  /** Pictures at once, at most. */
  readonly most: number
  /** Called after a failed run of `size` pictures. True: `most` is smaller now, ask again. False: the failure is that of the batch. Throws DEVICE_LOST. */
  again(cause: unknown, size: number): Promise<boolean>
  /** What a person should know by now. */
  readonly warnings: readonly string[]
}

export interface CardAsked {
  readonly session: Session
  readonly place: Place
  readonly card: ModelCard
  /** Pictures of a batch. */
  readonly batch: number
  /** A batch of nothing. */
  readonly nothing: (size: number) => Readonly<Record<string, Numbers>>
  /** Bytes of the card's memory; null when nobody knows. */
  readonly holds: number | null
}

/** As ONNX Runtime, CUDA and its libraries say that memory did not do. */
const noMemory = /out of memory|failed to allocate|ALLOC_FAILED|bad allocation|bad_alloc|CUDA failure 2\b/i

export const isOutOfMemory = (cause: unknown): boolean => noMemory.test(cause instanceof Error ? cause.message : String(cause))

/** Throws what the library says, or the sizes of a model that does not fit. */
export async function tryCard(asked: CardAsked): Promise<CardRuns> {
  const { session, place, card, batch, nothing } = asked
  const names = card.outputs.map(({ name }) => name)
  const run = (size: number) => session.run(nothing(size), names)
  const warnings: string[] = []
  let most = card.batch ?? batch
  for (;;) {
    try {
      await run(most)
      break
    } catch (cause) {
      if (!isOutOfMemory(cause)) throw cause
      if (most === 1 || card.batch !== null) throw new Error(tooLargeWords(asked, most), { cause })
      most = Math.ceil(most / 2)
    }
  }
  if (card.batch === null && most < batch) warnings.push(halvedWords(asked, batch, most))
  return {
    get most() {
      return most
    },
    warnings,
    async again(cause, size) {
      if (isOutOfMemory(cause) && size > 1 && card.batch === null) {
        most = Math.min(most, Math.ceil(size / 2))
        warnings.push(halvedWords(asked, batch, most))
        return true
      }
      try {
        await run(size)
        return false
      } catch (second) {
        throw new ModelError('DEVICE_LOST', `${placeName(place)} answers no more: ${reasonOf(cause)}`, {
          hint: 'tiastream doctor tries it; name others after it that the run may go on with, as device: [cuda, cpu]',
          cause: second,
        })
      }
    },
  }
}

const halvedWords = ({ place, card, holds }: CardAsked, from: number, to: number): string =>
  `${placeName(place)}: a batch of ${from} does not fit beside ${card.name} (${sizesOf(card, holds)}): it is given ${to} at once`

const tooLargeWords = ({ card, holds }: CardAsked, size: number): string =>
  `${card.name} does not fit, with ${size === 1 ? 'one picture' : `the ${size} pictures that its graph takes`} at once: ${sizesOf(card, holds)}, some of which may be taken by others`

/** `1.2 GiB of weights, 8.0 GiB on the GPU`. */
function sizesOf({ bytes }: ModelCard, holds: number | null): string {
  const weights = bytes === undefined ? 'weights of unknown size' : `${sizeText(bytes)} of weights`
  return holds === null ? weights : `${weights}, ${sizeText(holds)} on the GPU`
}

export const sizeText = (bytes: number): string =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
