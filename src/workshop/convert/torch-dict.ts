/** Finds the tensors in what a PyTorch pickle holds: a state dict, or a checkpoint with one under a usual name. */

import { type StoredTensor, unreadable } from './tensors.js'

const wrappers = ['state_dict', 'model_state_dict', 'model', 'net', 'desc']

export function tensorsIn(value: unknown, subject: string): ReadonlyMap<string, StoredTensor> {
  if (!(value instanceof Map)) throw unreadable(`${subject} holds no dict of tensors`)
  const inner = wrappers.map((name) => value.get(name) as unknown).find((v) => v instanceof Map)
  const tensors = new Map<string, StoredTensor>()
  for (const [key, tensor] of (inner ?? value) as Map<unknown, unknown>) {
    if (typeof key === 'string' && isTensor(tensor)) tensors.set(key, tensor)
    else if (inner === undefined || isTensor(tensor))
      throw unreadable(`${subject} holds no plain dict of tensors: ${String(key).slice(0, 100)} is none`)
  }
  if (tensors.size === 0) throw unreadable(`${subject} holds no tensors`)
  return withoutPrefix(tensors, 'module.')
}

function isTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && 'shape' in value && 'read' in value
}

/** DataParallel puts `module.` before every name. */
function withoutPrefix(tensors: Map<string, StoredTensor>, prefix: string): Map<string, StoredTensor> {
  if (![...tensors.keys()].every((key) => key.startsWith(prefix))) return tensors
  return new Map([...tensors].map(([key, tensor]) => [key.slice(prefix.length), tensor]))
}
