/**
 * The `config.json` of timm or Hugging Face beside a graph: no card, but it says what one needs. Told as the command that writes the card, since it says
 * nothing of resolution and scale for sure.
 */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { inList } from '../../core/name-list.js'

type Fields = Readonly<Record<string, unknown>>

const marks = ['architectures', 'model_type', 'pretrained_cfg', 'id2label', 'num_features', 'transformers_version'] as const

/** True of what timm and transformers write, and wsinfer does not. */
export const isForeign = (written: unknown): written is Fields =>
  isFields(written) && !('spec_version' in written) && marks.some((mark) => mark in written)

/** CARD_MISSING, with the command. `onnx` is the name of the graph. */
export async function foreignError(written: Fields, folder: string, file: string, onnx: string): Promise<ModelError> {
  const config = isFields(written.pretrained_cfg) ? written.pretrained_cfg : written
  const pictures = await preprocessor(folder)
  // What is cut out of the middle is what the network sees; `size` is what the picture is brought to before.
  const cut = pictures.do_center_crop === false ? null : sideIn(pictures.crop_size)
  const size = sideIn(config.input_size) ?? cut ?? sideIn(pictures.size) ?? sideIn(config.image_size)
  const normal = pictures.do_normalize === false ? {} : pictures
  const mean = tripleIn(config.mean ?? normal.image_mean)
  const std = tripleIn(config.std ?? normal.image_std)
  const scale = scaleIn(pictures)
  const names = namesIn(config.label_names) ?? (isFields(written.id2label) ? namesIn(Object.values(written.id2label)) : null)
  const classes = names?.every((name) => /^[^']+$/.test(name)) && names.length <= 20 ? `'${names.map(inList).join(',')}'` : '…'
  const said = [
    `--size ${size ?? '…'}`,
    '--at …',
    ...(scale ? [`--scale ${scale}`] : []),
    ...(mean ? [`--mean ${mean}`] : []),
    ...(std ? [`--std ${std}`] : []),
    `--classes ${classes}`,
  ]
  return new ModelError('CARD_MISSING', `${file} is of timm or Hugging Face, no card: ${folder} holds ${onnx}, but no model.yml`, {
    hint: `the card is written with: tiastream models import ${path.join(folder, onnx)} ${said.join(' ')}`,
  })
}

/** What Hugging Face's pictures are brought to; empty where it does not lie there. */
async function preprocessor(folder: string): Promise<Fields> {
  try {
    const read: unknown = JSON.parse(await readFile(path.join(folder, 'preprocessor_config.json'), 'utf8'))
    return isFields(read) ? read : {}
  } catch {
    return {}
  }
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** 224, [3, 224, 224] or { height: 224, width: 224 }. */
function sideIn(value: unknown): number | null {
  const side = Array.isArray(value) ? value.at(-1) : isFields(value) ? (value.width ?? value.shortest_edge) : value
  return Number.isInteger(side) ? (side as number) : null
}

/** Pixels are multiplied by 1/255 where it says nothing else. */
function scaleIn({ do_rescale: does, rescale_factor: factor }: Fields): string | null {
  if (does === false) return '1'
  if (typeof factor !== 'number' || Math.abs(factor * 255 - 1) < 1e-3) return null
  return Math.abs(factor * 127.5 - 1) < 1e-3 ? '1/127.5' : String(factor)
}

const tripleIn = (value: unknown): string | null =>
  Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number') ? value.join(',') : null

const namesIn = (value: unknown): readonly string[] | null =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string') ? value : null
