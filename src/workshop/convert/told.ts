/**
 * What a file of weights says of its network in words. Its tensors do not say all: networks with other pooling, activations or strides have the very
 * same ones, and answer otherwise.
 */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { inAnotherOrder } from '../../core/text/name-list.js'
import { fieldsOf, isFields } from '../../models/card/said.js'

export type Settings = ReadonlyMap<string, unknown>

/** Where trainers write the name of the network. */
const nameKeys = 'arch architecture model_name model model_arch backbone encoder encoder_name network net_name base_model timm_name'.split(
  ' ',
)
/** Networks with the tensors of another: blurred or averaged steps, other activations, strides of Caffe, dilated ones. */
const twins = /blur|resnetaa|silu|swish|gelu|mish|caffe|msra|dilated/i

const isOther: Readonly<Record<string, (value: unknown) => boolean>> = {
  gp: isOtherPool,
  global_pool: isOtherPool,
  aa_layer: (value) => typeof value === 'string' && value !== '',
  act_layer: (value) => typeof value === 'string' && !/^(relu6?|hard_?swish)?$/i.test(value),
  output_stride: (value) => typeof value === 'number' && value !== 32,
  replace_stride_with_dilation: (value) => Array.isArray(value) && value.includes(true),
}

function isOtherPool(value: unknown): boolean {
  return typeof value === 'string' && !/^(fast)?(avg)?$/.test(value)
}

/** The names that the file gives its network. Throws MODEL_UNCONVERTIBLE where its words are those of a network with the same tensors and other answers. */
export function namesTold(file: string, architecture: string, settings: Settings): readonly string[] {
  const told = nameKeys.flatMap((key) => {
    const value = settings.get(key)
    return typeof value === 'string' && value !== '' ? [value] : []
  })
  const twin = [...told, path.basename(file)].find((name) => twins.test(name))
  const knob = Object.entries(isOther).find(([key, other]) => other(settings.get(key)))
  const said = twin ?? (knob && `${knob[0]}: ${String(settings.get(knob[0]))}`)
  if (said === undefined) return [...new Set(told)]
  throw new ModelError(
    'MODEL_UNCONVERTIBLE',
    `${file} has the tensors of ${architecture}, but says '${said}': such a network answers otherwise with the same tensors`.slice(0, 400),
    { hint: 'export it to ONNX in Python, and make a model of that with: tiastream models import' },
  )
}

/** Throws CARD_INVALID where the file names the same classes in another order: nothing else would show it. */
export function mustBeInOrder(file: string, classes: readonly string[], settings: Settings): void {
  const names = settings.get('label_names') ?? settings.get('class_names') ?? settings.get('classes')
  if (!Array.isArray(names) || !inAnotherOrder(classes, names)) return
  throw new ModelError(
    'CARD_INVALID',
    `${file}, or config.json beside it, names the same classes in another order: ${names.join(', ')}`.slice(0, 400),
    {
      hint: 'give --classes in that order',
    },
  )
}

/** What the config.json of timm beside a file says, and the file itself; the config is of the network, the file of a training. */
export async function withConfig(file: string, settings: Settings): Promise<Settings> {
  const config = await fieldsOf(path.join(path.dirname(file), 'config.json'))
  if (typeof config?.architecture !== 'string') return settings
  const { pretrained_cfg: pictures, model_args: changed, ...rest } = config
  return new Map(Object.entries({ ...Object.fromEntries(settings), ...rest, ...asFields(pictures), ...asFields(changed) }))
}

/** Mean and deviation, as options are written; null: nobody says. */
export function normalTold(settings: Settings): string | null {
  const [mean, std] = ['mean', 'std'].map((key) => settings.get(key))
  const triple = (value: unknown) => Array.isArray(value) && value.length === 3 && value.every(Number.isFinite)
  return triple(mean) && triple(std) ? `--mean ${mean} --std ${std}` : null
}

const asFields = (value: unknown) => (isFields(value) ? value : {})
