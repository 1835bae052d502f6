/** Opens a model from its card, in one step. */

import { mayFuse } from '../../core/fused-attention.js'
import type { ModelCard } from '../../core/model.js'
import { type OpenedModel, type OpenOptions, openPrepared } from './open-prepared.js'
import { prepareModel } from './prepare.js'

/** Throws ModelError: RUNTIME_MISSING, DEVICE_MISSING, MODEL_REFUSED, MODEL_CHANGED, or what is wrong with the file. */
export async function openModel(card: ModelCard, options: OpenOptions): Promise<OpenedModel> {
  return openPrepared(await prepareModel(card, { attention: mayFuse(options.devices, options.settings) }), options)
}
