/** Opens a model from its card, in one step. */

import { above0, aFlag, aFunction, anObject, isObject, type Kind, mustBeOptions, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import { mayFuse } from '../../core/fused-attention.js'
import type { ModelCard } from '../../core/model.js'
import { type OpenedModel, type OpenOptions, openPrepared } from './open-prepared.js'
import { prepareModel } from './prepare.js'

const optionKinds = {
  devices: {
    is: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string'),
    words: "a list of names, as ['cuda', 'cpu']",
  },
  threads: above0,
  batch: above0,
  settings: anObject,
  apart: aFlag,
  ran: aFunction,
} satisfies Record<keyof OpenOptions, Kind>

/** Throws ModelError: RUNTIME_MISSING, DEVICE_MISSING, MODEL_REFUSED, MODEL_CHANGED, or what is wrong with the file. */
export async function openModel(card: ModelCard, options: OpenOptions): Promise<OpenedModel> {
  if (!isObject(card) || !('sha256' in card))
    throw new PipelineError('OPTION_INVALID', `openModel takes the card of a model, and is given ${shown(card)}`, {
      hint: "write openModel(await readCard(await findModel('stain')), { devices: ['cpu'] })",
    })
  mustBeOptions('openModel', options, optionKinds)
  return openPrepared(await prepareModel(card, { attention: mayFuse(options.devices, options.settings) }), options)
}
