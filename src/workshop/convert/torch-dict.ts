/** Finds the tensors in what a PyTorch pickle holds: a state dict, or a checkpoint with one under a usual name. */

import { ModelError } from '../../core/errors.js'
import { type StoredTensor, unreadable } from './tensors.js'

const wrappers = ['state_dict', 'model_state_dict', 'model', 'net', 'desc']
/** Averages of the weights over the training, and teachers, which are such. */
const averaged = /ema|teacher|swa|averaged/i

export function tensorsIn(value: unknown, subject: string): ReadonlyMap<string, StoredTensor> {
  if (!(value instanceof Map)) throw unreadable(`${subject} holds no dict of tensors`)
  const inner = innerOf(value, subject)
  const tensors = new Map<string, StoredTensor>()
  for (const [key, tensor] of (inner ?? value) as Map<unknown, unknown>) {
    if (typeof key === 'string' && isTensor(tensor)) tensors.set(key, tensor)
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
        hint: 'save the state dict that is meant by itself',
      },
    )
  return usual?.[1]
}

const holdsTensors = (dict: ReadonlyMap<unknown, unknown>): boolean => [...dict.values()].some(isTensor)

function isTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && 'shape' in value && 'read' in value
}
