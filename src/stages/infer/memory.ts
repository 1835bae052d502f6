/** What a session holds, from what is known without running it. */

import type { ModelCard } from '../../core/model.js'
import type { PlanContext } from '../../core/stage.js'

/** What the runtime itself takes in each thread. */
const runtime = 24 * 2 ** 20

/**
 * Bytes between layers for one byte of the picture. The first layer of the usual networks gives 64 floats for every fourth pixel
 * (21 bytes for each of a pixel's three), and two or three such results live at once.
 */
const perPixelByte = 64

/** Weights twice: as they are (a copy, while the session is made; one more is shared by all), and as the runtime packs them for this processor. */
export function modelBytes(card: ModelCard, plan: PlanContext): number {
  const [asked = 1] = plan.provided('batch')
  const batch = card.batch ?? asked
  const picture = card.inputs.reduce((sum, { width, height }) => sum + width * height * 3, 0)
  const answers = card.outputs.reduce((sum, { width }) => sum + width * 4, 0)
  return runtime + 2 * (card.bytes ?? 0) + batch * (picture * perPixelByte + answers)
}
