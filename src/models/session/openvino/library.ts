/**
 * OpenVINO's C library, called through koffi. A status that is not 0 becomes an Error with what the library says. Pointers are numbers here;
 * whoever makes something frees it.
 */

import { type Koffi, keepLoaded, loadKoffi } from '../../../core/host/native.js'
import { type Place, placeOfOpenVino } from './places.js'
import { sentenceOf } from './said.js'
import { mustBeKnown, versionOf } from './version.js'

/** A pointer. */
export type Handle = bigint

/** Numbers of ov_element_type_e since 2025.1, which `mustAgree` holds the library to. */
export const elementTypes = {
  bool: 1,
  float16: 3,
  float32: 4,
  float64: 5,
  int8: 7,
  int16: 8,
  int32: 9,
  int64: 10,
  uint8: 16,
  uint16: 17,
  uint32: 18,
  uint64: 19,
} as const
export type ElementType = keyof typeof elementTypes

export const elementBytes: Readonly<Record<ElementType, number>> = {
  bool: 1,
  float16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
}

/** The functions of openvino.h that are used. */
export interface OpenVino {
  readonly version: string
  readFile(file: string): Handle
  readBytes(bytes: Uint8Array): Handle
  /** Gives inputs the shapes that will come. */
  reshape(model: Handle, shapes: readonly (readonly [name: string, dims: readonly number[]])[]): void
  /** For the processor, with pairs of names and values. */
  compile(model: Handle, properties: Readonly<Record<string, string>>): Handle
  request(compiled: Handle): Handle
  /** A tensor that lies in memory of ours, which must stay where it is. */
  tensorOver(type: ElementType, dims: readonly number[], memory: ArrayBufferView): Handle
  setTensor(request: Handle, name: string, tensor: Handle): void
  tensorOf(request: Handle, name: string): Handle
  infer(request: Handle): void
  /** Null when it is known only after a run. */
  outputShape(compiled: Handle, name: string): { readonly type: ElementType; readonly dims: readonly number[] } | null
  /** Bytes of a tensor of the library, copied, with its type and shape. */
  contentOf(tensor: Handle): { readonly type: ElementType; readonly dims: readonly number[]; readonly bytes: Uint8Array<ArrayBuffer> }
  addressOf(tensor: Handle): bigint
  free(kind: 'model' | 'compiled_model' | 'infer_request' | 'tensor', handle: Handle): void
}

let loading: Promise<OpenVino> | undefined

/** The library of this machine, loaded once a thread. Throws an Error that says why there is none. */
export function loadOpenVino(): Promise<OpenVino> {
  loading ??= placeOfOpenVino(process.env).then(boundAt)
  return loading
}

async function boundAt(place: Place): Promise<OpenVino> {
  const koffi = await loadKoffi()
  if (koffi === undefined) throw new Error('the package koffi, which calls OpenVINO, is not installed (npm install koffi)')
  return bound(koffi, place)
}

function bound(koffi: Koffi, place: Place): OpenVino {
  const library = koffi.load(place.file)
  keepLoaded(koffi, place.file)
  const made = koffi.out(koffi.pointer('void *'))
  const Shape = koffi.struct({ rank: 'int64_t', dims: 'int64_t *' })
  const Extent = koffi.struct({ min: 'int64_t', max: 'int64_t' })
  const PartialShape = koffi.struct({ rank: Extent, dims: koffi.pointer(Extent) })
  const call = (name: string, result: string, given: readonly unknown[]) =>
    library.func(name, result, given as never) as unknown as (...given: unknown[]) => unknown
  const lastError = call('ov_get_last_err_msg', 'const char *', [])
  const status = (name: string, given: readonly unknown[]) => {
    const raw = call(name, 'int', given)
    return (...values: unknown[]): void => {
      const code = raw(...values) as number
      if (code !== 0) throw new Error(sentenceOf(String(lastError() ?? ''), name, code))
    }
  }
  /** Of functions that end with a place for what they make. */
  const making = (name: string, given: readonly unknown[]) => {
    const checked = status(name, [...given, made])
    return (...values: unknown[]): Handle => {
      const into: [Handle | null] = [null]
      checked(...values, into)
      return into[0]!
    }
  }

  const version = versionOf(koffi, library)
  mustBeKnown(version, place.file)

  const createCore = making('ov_core_create', [])
  const readModel = making('ov_core_read_model', ['void *', 'str', 'str'])
  const readMemory = making('ov_core_read_model_from_memory_buffer', ['void *', 'void *', 'size_t', 'void *'])
  const reshapeOne = status('ov_model_reshape', ['void *', koffi.pointer('str'), koffi.pointer(PartialShape), 'size_t'])
  const compileModel = library.func('int ov_core_compile_model(void *, void *, str, size_t, _Out_ void **, ...)') as unknown as (
    ...given: unknown[]
  ) => number
  const makeRequest = making('ov_compiled_model_create_infer_request', ['void *'])
  const makeTensor = making('ov_tensor_create_from_host_ptr', ['int', Shape, 'void *'])
  const emptyTensor = making('ov_tensor_create', ['int', Shape])
  const setTensor = status('ov_infer_request_set_tensor', ['void *', 'str', 'void *'])
  const getTensor = making('ov_infer_request_get_tensor', ['void *', 'str'])
  const infer = status('ov_infer_request_infer', ['void *'])
  const outputPort = making('ov_compiled_model_output_by_name', ['void *', 'str'])
  const portShape = call('ov_const_port_get_shape', 'int', ['void *', koffi.out(koffi.pointer(Shape))])
  const portType = status('ov_port_get_element_type', ['void *', koffi.out(koffi.pointer('int'))])
  const freePort = call('ov_output_const_port_free', 'void', ['void *'])
  const freeShape = call('ov_shape_free', 'int', [koffi.pointer(Shape)])
  const tensorShape = status('ov_tensor_get_shape', ['void *', koffi.out(koffi.pointer(Shape))])
  const tensorType = status('ov_tensor_get_element_type', ['void *', koffi.out(koffi.pointer('int'))])
  const tensorBytes = status('ov_tensor_get_byte_size', ['void *', koffi.out(koffi.pointer('size_t'))])
  const tensorData = making('ov_tensor_data', ['void *'])
  const frees = Object.fromEntries(
    ['model', 'compiled_model', 'infer_request', 'tensor'].map((kind) => [kind, call(`ov_${kind}_free`, 'void', ['void *'])]),
  )
  const free = (kind: string, handle: Handle) => void frees[kind]!(handle)

  const dimsIn = (shape: { rank?: bigint | number; dims?: Handle | null }): number[] => {
    const rank = Number(shape.rank ?? 0)
    if (rank === 0 || !shape.dims) return []
    return Array.from(koffi.decode(shape.dims, koffi.array('int64_t', rank)) as ArrayLike<bigint | number>, Number)
  }
  const shapeOf = (dims: readonly number[]) => ({ rank: dims.length, dims: BigInt64Array.from(dims, BigInt) })
  const typeNamed = (code: number): ElementType => {
    const found = Object.entries(elementTypes).find(([, value]) => value === code)
    if (found === undefined) throw new Error(`it gives numbers of a type (${code}) that is not known here`)
    return found[0] as ElementType
  }

  mustAgree((type) => {
    const tensor = emptyTensor(elementTypes[type], shapeOf([3]))
    const size: [number] = [0]
    tensorBytes(tensor, size)
    free('tensor', tensor)
    return Number(size[0]) / 3
  }, version)

  const core = createCore()
  return {
    version,
    readFile: (file) => readModel(core, file, null),
    readBytes: (bytes) => readMemory(core, bytes, bytes.length, null),
    reshape: (model, shapes) => {
      const partial = shapes.map(([, dims]) => ({
        rank: { min: dims.length, max: dims.length },
        dims: dims.map((size) => ({ min: size, max: size })),
      }))
      reshapeOne(
        model,
        shapes.map(([name]) => name),
        partial,
        shapes.length,
      )
    },
    compile: (model, properties) => {
      const pairs = Object.entries(properties).flat()
      const into: [Handle | null] = [null]
      const code = compileModel(core, model, 'CPU', pairs.length, into, ...pairs.flatMap((text) => ['str', text]))
      if (code !== 0) throw new Error(sentenceOf(String(lastError() ?? ''), 'ov_core_compile_model', code))
      return into[0]!
    },
    request: (compiled) => makeRequest(compiled),
    tensorOver: (type, dims, memory) => makeTensor(elementTypes[type], shapeOf(dims), memory),
    setTensor: (request, name, tensor) => setTensor(request, name, tensor),
    tensorOf: (request, name) => getTensor(request, name),
    infer: (request) => infer(request),
    outputShape: (compiled, name) => {
      const port = outputPort(compiled, name)
      try {
        const shape = {}
        if (portShape(port, shape) !== 0) return null
        const dims = dimsIn(shape)
        freeShape(shape)
        const type: [number] = [0]
        portType(port, type)
        return { type: typeNamed(type[0]), dims }
      } finally {
        freePort(port)
      }
    },
    contentOf: (tensor) => {
      const shape = {}
      tensorShape(tensor, shape)
      const dims = dimsIn(shape)
      freeShape(shape)
      const type: [number] = [0]
      tensorType(tensor, type)
      const size: [number | bigint] = [0]
      tensorBytes(tensor, size)
      const bytes = new Uint8Array(koffi.view(tensorData(tensor), Number(size[0]))).slice()
      return { type: typeNamed(type[0]), dims, bytes }
    },
    addressOf: (tensor) => tensorData(tensor),
    free,
  }
}

/** Versions before 2025.1 number the types of elements otherwise: a wrong one would read wrong numbers. */
function mustAgree(bytesOf: (type: ElementType) => number, version: string): void {
  for (const [type, bytes] of Object.entries(elementBytes) as [ElementType, number][]) {
    const found = bytesOf(type)
    if (found !== bytes)
      throw new Error(`OpenVINO ${version} numbers its types otherwise (${type} has ${found} bytes): it needs 2025.1 or later`)
  }
}
