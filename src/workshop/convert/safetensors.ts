/**
 * A safetensors file: `u64 length │ JSON header │ numbers`. The header says type, shape and place of each tensor.
 * Its own format asks for a header of at most 100 MB, and for places that lie inside the file.
 */

import { ModelError } from '../../core/errors.js'
import type { WeightBytes } from './bytes.js'
import { bytesOf, elementsOf, type StateDict, type StoredTensor, type StoredType, toFloat32, unreadable } from './tensors.js'

const largestHeader = 100_000_000

export async function openSafetensors(bytes: WeightBytes): Promise<StateDict> {
  const { subject } = bytes
  const length = Number((await bytes.read(0, 8)).readBigUInt64LE())
  if (length > largestHeader || 8 + length > bytes.size)
    throw unreadable(`${subject} claims a header of ${length} bytes in a file of ${bytes.size}`)
  let header: unknown
  try {
    header = JSON.parse((await bytes.read(8, length)).toString('utf8'))
  } catch (cause) {
    throw unreadable(`${subject} has a header that is no JSON`, cause)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw unreadable(`${subject} has a header that is no object`)
  const start = 8 + length
  const tensors = new Map<string, StoredTensor>()
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, tensorOf(bytes, start, name, entry))
  }
  if (tensors.size === 0) throw unreadable(`${subject} holds no tensors`)
  const said: unknown = (header as Readonly<Record<string, unknown>>).__metadata__
  const settings = new Map(Object.entries(typeof said === 'object' && said !== null ? said : {}))
  return { subject, format: 'safetensors', tensors, settings, close: () => bytes.close() }
}

function tensorOf(bytes: WeightBytes, start: number, name: string, entry: unknown): StoredTensor {
  const subject = `${name} in ${bytes.subject}`
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: string; shape?: number[]; data_offsets?: number[] }
  if (typeof dtype === 'string' && /^F[4-8](_|$)|^C64$/.test(dtype))
    throw new ModelError('WEIGHTS_UNREADABLE', `${subject} holds numbers of type ${dtype}, which are not read`, {
      hint: 'save them as float16 or float32, in Python: {k: v.float() for k, v in tensors.items()}; where a scale for each stands beside them, multiply by it',
    })
  if (typeof dtype !== 'string' || !Object.hasOwn(bytesOf, dtype)) throw unreadable(`${subject} has the unknown type ${String(dtype)}`)
  const type = dtype as StoredType
  const [from, to] = Array.isArray(offsets) ? offsets : []
  if (
    !Array.isArray(shape) ||
    !Number.isSafeInteger(from) ||
    !Number.isSafeInteger(to) ||
    from! < 0 ||
    to! < from! ||
    start + to! > bytes.size
  ) {
    throw unreadable(`${subject} lies at ${JSON.stringify(offsets)}, which is not inside the file`)
  }
  const count = elementsOf(shape, bytes.size, subject)
  if (count * bytesOf[type] !== to! - from!)
    throw unreadable(`${subject} has shape [${shape.join(', ')}] of ${type} but ${to! - from!} bytes`)
  return { shape, type, read: async () => toFloat32(await bytes.read(start + from!, to! - from!), type, subject) }
}
