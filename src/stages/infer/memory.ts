/** What a session holds, from what is known without running it. */

import { partOf } from '../../core/batches/parts.js'
import { kindOf } from '../../core/devices.js'
import type { ModelCard } from '../../core/model.js'
import type { PlanContext } from '../../core/stage.js'

/** What the runtime itself takes in each thread. */
const runtime = 24 * 2 ** 20

/**
 * Bytes between layers for one byte of the picture. The first layer of the usual networks gives 64 floats for every fourth pixel
 * (21 bytes for each of a pixel's three), and two or three such results live at once.
 */
const perPixelByte = 64

/** What CUDA, cuDNN and cuBLAS take of a card for a session, and of the machine: estimates, which no card was at hand to check. */
const libraries = { host: 128 * 2 ** 20, card: 512 * 2 ** 20 }

/**
 * On a card: the weights once, and what lies between layers. Here: the file while the session is made (in two forms, where attention may be said
 * in one word), and memory for what goes there and back.
 */
export function cardBytes(card: ModelCard, plan: PlanContext, fuses: boolean): { readonly host: number; readonly card: number } {
  const { weights, batch, picture, answers } = sizesOf(card, plan)
  return {
    host: libraries.host + (fuses ? 2 : 1) * weights + batch * (picture + answers),
    card: libraries.card + weights + batch * (picture * perPixelByte + answers),
  }
}

function sizesOf(card: ModelCard, plan: PlanContext) {
  const [asked = 1] = plan.provided('batch')
  const batch = card.batch ?? asked
  const picture = card.inputs.reduce((sum, { width, height }) => sum + width * height * 3, 0)
  const answers = card.outputs.reduce((sum, { width }) => sum + width * 4, 0)
  return { batch, picture, answers, weights: card.bytes ?? 0 }
}

/** The processor is; OpenVINO and cards take a batch whole, also those that share the machine's memory. What NVIDIA's hold, `cardBytes` says. */
export const isGivenInParts = (devices: readonly string[]): boolean =>
  devices.every((one) => ['cpu', 'cuda', 'tensorrt'].includes(kindOf(one)))

/**
 * Weights twice: as they are (a copy, while the session is made; one more is shared by all), and as the runtime packs them for this processor.
 * `inParts`: the batch is not given whole.
 */
export function modelBytes(card: ModelCard, plan: PlanContext, inParts: boolean): number {
  const { weights, batch, picture, answers } = sizesOf(card, plan)
  const atOnce = inParts && card.batch === null ? partOf(batch, false) : batch
  return runtime + 2 * weights + atOnce * picture * perPixelByte + batch * answers
}
