/**
 * A session of OpenVINO: the graph compiled for the shape of the batches that come. The bytes of a batch are read where they lie, and what
 * comes out is written into memory that lies ready. One thread, as every session in a lane.
 */

import { reasonOf } from '../device.js'
import { Lacking } from '../lacking.js'
import type { Asked, Numbers, Session } from '../session.js'
import { graphIn } from './graph-in.js'
import { type ElementType, elementTypes, type Handle, loadOpenVino, type OpenVino } from './library.js'

/** Compiled for one shape. */
interface Compiled {
  readonly model: Handle
  readonly request: Handle
  /** What was set to lie in memory of ours. */
  readonly tensors: readonly Handle[]
  /** By name; null: the shape is known only after a run. */
  readonly outputs: Readonly<Record<string, Numbers | null>>
}

/** What a graph needs that the library does not know. */
const otherDevice = 'another device (device: [openvino, cpu] goes on to the next)'

/** Shapes kept compiled: that of full batches, and one more. */
const mostShapes = 2

/** Throws an Error that says why it does not work here: no library, a graph that it cannot read. */
export async function openSession(asked: Asked): Promise<Session> {
  if (asked.sixteenBits)
    throw new Lacking('graphs quantised in steps of 16 bits are not given to OpenVINO, whose answers are others', otherDevice)
  const library = await loadOpenVino()
  const refused = (cause: unknown): never => {
    throw new Lacking(`OpenVINO ${library.version} does not take the graph: ${reasonOf(cause)}`, otherDevice, { cause })
  }
  const model = await graphIn(library, asked).catch(refused)
  const properties = propertiesOf(asked)
  const shapes = new Map<string, Compiled>()
  const compiledFor = (given: Readonly<Record<string, Numbers>>, names: readonly string[]): Compiled => {
    const key = Object.entries(given)
      .map(([name, { type, dims }]) => `${name} ${type} ${dims}`)
      .join()
    const known = shapes.get(key)
    if (known !== undefined) return known
    const [oldest] = shapes
    if (shapes.size >= mostShapes && oldest !== undefined) {
      release(library, oldest[1])
      shapes.delete(oldest[0])
    }
    const made = compile(library, model, properties, given, names)
    shapes.set(key, made)
    return made
  }
  return {
    precision: computedIn(asked),
    computedBy: `OpenVINO ${library.version}`,
    ready(given, names) {
      try {
        compiledFor(given, names)
      } catch (cause) {
        refused(cause)
      }
    },
    async run(given, names) {
      const compiled = compiledFor(given, names)
      const inputs = Object.entries(given).map(([name, { type, dims, data }]) => {
        const tensor = library.tensorOver(elementOf(type), dims, data as never)
        library.setTensor(compiled.request, name, tensor)
        return tensor
      })
      try {
        library.infer(compiled.request)
      } finally {
        for (const tensor of inputs) library.free('tensor', tensor)
      }
      return Object.fromEntries(names.map((name) => [name, compiled.outputs[name] ?? copied(library, compiled.request, name)]))
    },
    async release() {
      for (const one of shapes.values()) release(library, one)
      shapes.clear()
      library.free('model', model)
    },
  }
}

/**
 * One thread and one stream, since lanes are the threads, at no fixed core; float32 is asked for by name, because on a processor with AMX
 * OpenVINO takes bfloat16 unless told otherwise.
 */
function propertiesOf({ threads, settings: { computing = 'fp32' } }: Asked): Readonly<Record<string, string>> {
  return {
    INFERENCE_NUM_THREADS: String(threads),
    NUM_STREAMS: '1',
    ENABLE_CPU_PINNING: 'NO',
    PERFORMANCE_HINT: 'LATENCY',
    INFERENCE_PRECISION_HINT: computing === 'bf16' ? 'bf16' : 'f32',
    DYNAMIC_QUANTIZATION_GROUP_SIZE: '0',
  }
}

function compile(
  library: OpenVino,
  model: Handle,
  properties: Readonly<Record<string, string>>,
  given: Readonly<Record<string, Numbers>>,
  names: readonly string[],
): Compiled {
  library.reshape(
    model,
    Object.entries(given).map(([name, { dims }]) => [name, dims]),
  )
  const compiled = library.compile(model, properties)
  const request = library.request(compiled)
  const tensors: Handle[] = []
  const outputs: Record<string, Numbers | null> = {}
  const at = new Map<bigint, Numbers>()
  for (const name of names) {
    const shape = library.outputShape(compiled, name)
    if (shape === null) {
      outputs[name] = null
      continue
    }
    const { memory, numbers } = roomFor(shape.type, shape.dims)
    const tensor = library.tensorOver(shape.type, shape.dims, memory)
    library.setTensor(request, name, tensor)
    tensors.push(tensor)
    at.set(library.addressOf(tensor), numbers)
  }
  // Of two names of one output the later place holds it.
  for (const name of names) {
    if (outputs[name] === null) continue
    const tensor = library.tensorOf(request, name)
    outputs[name] = at.get(library.addressOf(tensor)) ?? null
    library.free('tensor', tensor)
  }
  return { model: compiled, request, tensors, outputs }
}

function release(library: OpenVino, { model, request, tensors }: Compiled): void {
  for (const tensor of tensors) library.free('tensor', tensor)
  library.free('infer_request', request)
  library.free('compiled_model', model)
}

function copied(library: OpenVino, request: Handle, name: string): Numbers {
  const tensor = library.tensorOf(request, name)
  try {
    const { type, dims, bytes } = library.contentOf(tensor)
    return { type, dims, data: new arrays[type](bytes.buffer) }
  } finally {
    library.free('tensor', tensor)
  }
}

const arrays = {
  bool: Uint8Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const

function roomFor(type: ElementType, dims: readonly number[]) {
  const memory = new arrays[type](dims.reduce((size, dim) => size * dim, 1))
  return { memory, numbers: { type, dims, data: memory } satisfies Numbers }
}

/** For receipts: floats of 16 bits in a graph are widened; bytes stay bytes, and what lies between them is as asked. */
function computedIn({ precision, settings: { computing } }: Asked): string {
  const floats = computing === 'bf16' ? 'bfloat16' : 'float32'
  if (precision !== 'int8') return floats
  return computing === 'bf16' ? 'int8/bfloat16' : 'int8'
}

function elementOf(type: string): ElementType {
  if (Object.hasOwn(elementTypes, type)) return type as ElementType
  throw new Error(`numbers of type ${type} are not given to it`)
}
