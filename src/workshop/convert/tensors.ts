/** Tensors as a file of weights stores them, and their values as float32. */

import { viewOf } from '../../core/bytes-of.js'
import { ModelError } from '../../core/errors.js'
import { fromHalf } from '../../geometry/half.js'

/** How numbers are stored, by the names of safetensors. */
export type StoredType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL'

export const bytesOf: Readonly<Record<StoredType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
}

export interface StoredTensor {
  readonly shape: readonly number[]
  readonly type: StoredType
  /** The values as float32, dense, in row-major order; read from the file now. Only for floating types. */
  read(): Promise<Float32Array>
}

/** The tensors of a file by name. Nothing of their values is held until one is read. */
export interface StateDict {
  readonly subject: string
  /** `torch zip`, `torch legacy` or `safetensors`. */
  readonly format: string
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** What else the file says, by name: settings of a training, metadata. */
  readonly settings: ReadonlyMap<string, unknown>
  close(): Promise<void>
}

export const isFloating = (type: StoredType): boolean => type === 'F64' || type === 'F32' || type === 'F16' || type === 'BF16'

/** How many elements a shape has; refuses sizes that are no sizes, and products beyond `most`. */
export function elementsOf(shape: readonly number[], most: number, subject: string): number {
  let product = 1
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) throw unreadable(`${subject} has a size of ${size}`)
    product *= size
    if (product > most) throw unreadable(`${subject} has shape [${shape.join(', ')}], more than the ${most} elements that are stored`)
  }
  return product
}

/** `bytes` are little-endian numbers of `type`. Floats are rounded to float32 once; the buffer is reused where it can be. */
export function toFloat32(bytes: Buffer, type: StoredType, subject: string): Float32Array {
  const count = bytes.length / bytesOf[type]
  const view = viewOf(bytes)
  if (type === 'F32' && bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count)
  const out = new Float32Array(count)
  const bits = new Uint32Array(out.buffer)
  for (let i = 0; i < count; i++) {
    if (type === 'F32') out[i] = view.getFloat32(i * 4, true)
    else if (type === 'F64') out[i] = view.getFloat64(i * 8, true)
    else if (type === 'BF16') bits[i] = view.getUint16(i * 2, true) << 16
    else if (type === 'F16') out[i] = fromHalf(view.getUint16(i * 2, true))
    else throw unreadable(`${subject} holds ${type}, not floating-point numbers`)
  }
  return out
}

/** Gathers a view (shape and strides in elements) out of a storage; copies nothing when it is dense already. */
export function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1)
  if (isDense(shape, strides)) return values.subarray(0, count)
  const out = new Float32Array(count)
  const index = new Array<number>(shape.length).fill(0)
  let from = 0
  for (let i = 0; i < count; i++) {
    out[i] = values[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      index[axis]!++
      if (index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return out
}

function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

export function unreadable(message: string, cause?: unknown): ModelError {
  return new ModelError('WEIGHTS_UNREADABLE', message, {
    hint: 'the file may be damaged: fetch it again, or save the weights again as a state dict',
    ...(cause === undefined ? {} : { cause }),
  })
}
