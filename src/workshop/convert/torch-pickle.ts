/**
 * The Python names that a PyTorch state dict is made of: OrderedDict, the rebuilding of a tensor from a storage, and
 * the storage types. A tensor is rebuilt as a description; its numbers are read when asked for.
 */

import { ModelError } from '../../core/errors.js'
import { Inert } from './inert.js'
import { type PickleName, Tuple } from './pickle.js'
import { bytesOf, elementsOf, gather, isFloating, type StoredTensor, type StoredType, toFloat32, unreadable } from './tensors.js'

const storageTypes: Readonly<Record<string, StoredType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

/** A storage as a pickle mentions it: a run of numbers somewhere else in the file. */
export interface Storage {
  readonly key: string
  readonly type: StoredType
  readonly elements: number
}

/** Reads `count` elements of a storage from element `from` on. */
export type ReadStorage = (storage: Storage, from: number, count: number) => Promise<Buffer>

/** `('storage', type, key, location, elements)`, with a view description behind it in the legacy format. */
export function storageOf(id: unknown, subject: string): Storage {
  const [tag, type, key, , elements, view] = id instanceof Tuple ? id.items : []
  const stored = storageTypes[(type as PickleName | undefined)?.name ?? '']
  if (tag !== 'storage' || stored === undefined || !Number.isSafeInteger(elements) || (elements as number) < 0) {
    throw type instanceof Inert ? unknownNumbers(subject, type.name) : unreadable(`${subject} mentions a storage that is none`)
  }
  if (view !== undefined && view !== null) throw unreadable(`${subject} has a storage that is a view of another, which is too old a format`)
  return { key: String(key), type: stored, elements: elements as number }
}

/** The layers of a quantised network hold packed objects beside their numbers, of which Python makes no floats tensor by tensor. */
function unknownNumbers(subject: string, name: string): ModelError {
  const [what, hint] = /^torch\.QU?Int/.test(name)
    ? ['a quantised network has such', 'save the network as it was before it was quantised, in Python: torch.save(model.state_dict(), …)']
    : ['8-bit floats are stored so', 'save them as floats, in Python: torch.save({k: v.float() for k, v in model.state_dict().items()}, …)']
  return new ModelError('WEIGHTS_UNREADABLE', `${subject} stores numbers as ${name}, which is not read (${what})`.slice(0, 400), { hint })
}

/** The allowed names for one file. */
export function torchNames(subject: string, read: ReadStorage): ReadonlyMap<string, PickleName> {
  const rebuild = (args: readonly unknown[]) => tensorOf(args, subject, read)
  const names: [string, PickleName][] = [
    ['collections OrderedDict', { name: 'OrderedDict', call: (args) => orderedDict(args, subject) }],
    ['torch._utils _rebuild_tensor_v2', { name: '_rebuild_tensor_v2', call: rebuild }],
    ['torch._utils _rebuild_parameter', { name: '_rebuild_parameter', call: ([data]) => data }],
    ['torch._utils _rebuild_parameter_with_state', { name: '_rebuild_parameter_with_state', call: ([data]) => data }],
    ['torch._tensor _rebuild_from_type_v2', { name: '_rebuild_from_type_v2', call: ofSubclass }],
  ]
  for (const name of Object.keys(storageTypes)) names.push([`torch ${name}`, { name }])
  return new Map(names)
}

/** `_rebuild_from_type_v2(function, class, arguments, state)`: a tensor of a class of its own, as MONAI's and fastai's are. */
function ofSubclass([rebuild, , args]: readonly unknown[]): unknown {
  const { call } = (rebuild ?? {}) as Partial<PickleName>
  return typeof call === 'function' && args instanceof Tuple ? call(args.items) : rebuild
}

function orderedDict(args: readonly unknown[], subject: string): Map<unknown, unknown> {
  const [pairs] = args
  if (pairs === undefined) return new Map()
  if (!Array.isArray(pairs)) throw unreadable(`${subject} makes a dict of something that is no list`)
  return new Map(
    pairs.map((pair): [unknown, unknown] => {
      const items = pair instanceof Tuple ? pair.items : Array.isArray(pair) ? pair : []
      return [items[0], items[1]]
    }),
  )
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`: checked against the storage before anything is read. */
function tensorOf(args: readonly unknown[], subject: string, read: ReadStorage): StoredTensor {
  const [storage, offset, size, stride] = args as [Storage | undefined, unknown, unknown, unknown]
  if (typeof storage?.key !== 'string' || !(size instanceof Tuple) || !(stride instanceof Tuple))
    throw unreadable(`${subject} has a tensor without a storage`)
  const shape = size.items as number[]
  const strides = stride.items as number[]
  const name = `a tensor of storage ${storage.key} in ${subject}`
  const count = elementsOf(shape, storage.elements, name)
  const whole = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0
  if (strides.length !== shape.length || !strides.every(whole) || !whole(offset))
    throw unreadable(`${name} has strides [${strides.join(', ')}]`)
  const span = count === 0 ? 0 : shape.reduce((last, n, axis) => last + (n - 1) * strides[axis]!, 1)
  if (offset + span > storage.elements) {
    throw unreadable(`${name} reaches to element ${offset + span} of ${storage.elements}`)
  }
  return {
    shape,
    type: storage.type,
    async read() {
      if (!isFloating(storage.type)) throw new ModelError('WEIGHTS_MISMATCH', `${name} holds ${storage.type}, not floating-point numbers`)
      const bytes = await read(storage, offset, span)
      if (bytes.length !== span * bytesOf[storage.type]) throw unreadable(`${name} is cut off`)
      return gather(toFloat32(bytes, storage.type, name), shape, strides)
    },
  }
}
