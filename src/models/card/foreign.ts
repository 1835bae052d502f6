/**
 * The `config.json` of timm or Hugging Face beside a graph: no card, but it says what one needs. Told as the command that writes the card, since it says
 * nothing of resolution and scale for sure.
 */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { saidWith } from './beside.js'
import { type Fields, isFields } from './said.js'

const marks = ['architectures', 'model_type', 'pretrained_cfg', 'id2label', 'num_features', 'transformers_version'] as const

/** True of what timm and transformers write, and wsinfer does not. */
export const isForeign = (written: unknown): written is Fields =>
  isFields(written) && !('spec_version' in written) && marks.some((mark) => mark in written)

/** CARD_MISSING, with the command. `onnx` is the name of the graph. */
export async function foreignError(written: Fields, folder: string, file: string, onnx: string): Promise<ModelError> {
  const { size = '…', classes, ...others } = await saidWith(written, folder)
  const said = [
    `--size ${size}`,
    '--at …',
    ...Object.entries(others).map(([option, value]) => `--${option} ${value}`),
    `--classes ${classes === undefined || classes.includes("'") ? '…' : `'${classes}'`}`,
  ]
  return new ModelError('CARD_MISSING', `${file} is of timm or Hugging Face, no card: ${folder} holds ${onnx}, but no model.yml`, {
    hint: `the card is written with: tiastream models import ${path.join(folder, onnx)} ${said.join(' ')}`,
  })
}
