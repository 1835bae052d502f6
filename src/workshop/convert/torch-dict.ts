/** Finds the tensors in what a PyTorch pickle holds: a state dict, or a checkpoint with one under a usual name. */

import { ModelError } from '../../core/errors.js'
import { Inert } from './inert.js'
import { type StoredTensor, unreadable } from './tensors.js'

const wrappers = ['state_dict', 'model_state_dict', 'model', 'net', 'desc']
/** Averages of the weights over the training, and teachers, which are such. */
const averaged = /ema|teacher|swa|averaged/i

export function tensorsIn(value: unknown, subject: string): ReadonlyMap<string, StoredTensor> {
  if (isModule(value)) throw program(value, subject)
  if (!(value instanceof Map)) throw unreadable(`${subject} holds no dict of tensors`)
  const inner = innerOf(value, subject)
  if (inner === undefined) refuseOthers(value, subject)
  const tensors = new Map<string, StoredTensor>()
  for (const [key, tensor] of (inner ?? value) as Map<unknown, unknown>) {
    if (typeof key === 'string' && isTensor(tensor)) tensors.set(key, tensor)
    else if (tensor instanceof Inert && /\._?rebuild_/.test(tensor.name)) throw unknownTensor(String(key), tensor, subject)
    else if (inner === undefined || isTensor(tensor))
      throw unreadable(`${subject} holds no plain dict of tensors: ${String(key).slice(0, 100)} is none`)
  }
  if (tensors.size === 0) throw unreadable(`${subject} holds no tensors`)
  return tensors
}

/** The dict of tensors under a usual name, or the only one that there is. */
function innerOf(value: ReadonlyMap<unknown, unknown>, subject: string): ReadonlyMap<unknown, unknown> | undefined {
  if ([...value.values()].some(isTensor)) return undefined
  const dicts = [...value].filter((entry): entry is [string, Map<unknown, unknown>] => entry[1] instanceof Map && holdsTensors(entry[1]))
  const usual = wrappers.map((name) => dicts.find(([key]) => key === name)).find(Boolean) ?? (dicts.length === 1 ? dicts[0] : undefined)
  const other = usual && dicts.find(([key, dict]) => key !== usual[0] && averaged.test(key) && dict.size >= usual[1].size)
  if (other)
    throw new ModelError(
      'WEIGHTS_UNREADABLE',
      `${subject} holds two networks, '${usual[0]}' and '${other[0]}', the average of its training`,
      {
        hint: `save the one that is meant by itself, in Python: torch.save(torch.load(file)['${other[0]}'], …)`,
      },
    )
  return usual?.[1]
}

/** A checkpoint without a dict that is meant: a network pickled whole in it, or several dicts. */
function refuseOthers(value: ReadonlyMap<unknown, unknown>, subject: string): void {
  for (const one of value.values()) if (isModule(one)) throw program(one, subject)
  const dicts = [...value].filter(([, one]) => one instanceof Map && holdsTensors(one)).map(([key]) => String(key))
  if (dicts.length > 1)
    throw new ModelError('WEIGHTS_UNREADABLE', `${subject} holds several networks: ${dicts.slice(0, 8).join(', ')}`.slice(0, 400), {
      hint: `save the one that is meant by itself, in Python: torch.save(torch.load(file)['${dicts[0]}'], …)`,
    })
}

const holdsTensors = (dict: ReadonlyMap<unknown, unknown>): boolean => [...dict.values()].some(isTensor)

function isTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && 'shape' in value && 'read' in value
}

/** A network pickled whole, with its code by name. */
const isModule = (value: unknown): value is Inert => value instanceof Inert && value.fields.has('_modules')

const program = ({ name }: Inert, subject: string): ModelError =>
  new ModelError('PICKLE_REFUSED', `${subject} holds a whole network, the Python object ${name}`.slice(0, 400), {
    hint: 'only state dicts are read, nothing in the file is ever executed: in Python, torch.save(model.state_dict(), …) or save safetensors',
  })

const unknownTensor = (key: string, { name }: Inert, subject: string): ModelError =>
  new ModelError('WEIGHTS_UNREADABLE', `${key} in ${subject} is made by ${name}, a kind of tensor that is not read`.slice(0, 400), {
    hint: 'save plain ones, in Python: torch.save({k: v.dequantize() if v.is_quantized else v.to_dense().float() for k, v in model.state_dict().items()}, …)',
  })

/** What a checkpoint says of its network and training beside the tensors, by name, however deep: the first of each name. */
export function settingsIn(whole: unknown): ReadonlyMap<string, unknown> {
  const settings = new Map<string, unknown>()
  let level: unknown[] = [whole]
  for (let depth = 0; depth < 5; depth++) {
    const deeper: unknown[] = []
    for (const one of level) {
      const fields = one instanceof Inert ? one.fields : one
      if (!(fields instanceof Map) || holdsTensors(fields)) continue
      for (const [key, held] of fields) {
        // OmegaConf keeps each value in an object.
        const value = held instanceof Inert && held.fields.has('_val') ? held.fields.get('_val') : held
        if (typeof key === 'string' && !settings.has(key)) settings.set(key, value)
        deeper.push(held)
      }
    }
    level = [...new Set(deeper)]
  }
  return settings
}
