/**
 * Looks into an ONNX file without running it: inputs, outputs, opset, which other files it names and which operators it needs.
 * The file is untrusted: nothing of it is handed to onnxruntime before this has looked.
 */

import { type ElementType, elementTypeOf } from './element-types.js'
import { type ModelProto, type NodeProto, type TensorProto, toNumber, type ValueInfoProto } from './schema.js'
import { isStandard } from './view.js'
import { walkModel } from './walk.js'

/** One input or output. A size is a number, the name of an open one, or null when nothing is said; the shape null when absent. */
export interface OnnxPort {
  readonly name: string
  readonly type: ElementType | null
  readonly shape: readonly (number | string | null)[] | null
  readonly holds: 'tensor' | 'a sequence' | 'a map' | 'an optional value' | 'a sparse tensor'
}

export interface OnnxFacts {
  /** Without those that have a value in the file. */
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  /** Version of the standard operators; 0 when the file does not say. */
  readonly opset: number
  /** Other files that hold tensors, as the model names them; each once, sorted. */
  readonly externalFiles: readonly string[]
  /** Operators that neither the standard domains nor functions inside the file define: `domain.Operator`, sorted. */
  readonly customOperators: readonly string[]
}

/**
 * Domains whose operators are part of every onnxruntime build: the standard ones (`''` is another way to write `ai.onnx`),
 * classical machine learning, and onnxruntime's own (what its optimiser and quantiser write). Any other domain would need a
 * library of machine code loaded from a file, so it is refused.
 */
export const allowedDomains: readonly string[] = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']

export function inspectOnnx(model: ModelProto): OnnxFacts {
  const graph = model.graph!
  const filled = new Set(graph.initializer.map((tensor) => tensor.name))
  const local = new Set((model.functions ?? []).map((made) => operator(made.domain ?? '', made.name)))
  const external = new Set<string>()
  const custom = new Set<string>()
  const see = {
    node(node: NodeProto) {
      const domain = node.domain ?? ''
      const name = operator(domain, node.opType)
      if (!allowedDomains.includes(domain) && !local.has(name)) custom.add(name)
    },
    tensor(tensor: TensorProto) {
      const place = (tensor.externalData ?? []).find((entry) => entry.key === 'location')
      if (tensor.dataLocation === 1 || place !== undefined) external.add(place?.value ?? '')
    },
  }
  walkModel(model, see)
  const standard = model.opsetImport.find(({ domain }) => isStandard(domain))
  return {
    inputs: graph.input.filter(({ name }) => !filled.has(name)).map(portOf),
    outputs: graph.output.map(portOf),
    opset: standard === undefined ? 0 : toNumber(standard.version),
    externalFiles: [...external].sort(),
    customOperators: [...custom].sort(),
  }
}

const operator = (domain: string, name: string) => `${domain}.${name}`

function portOf({ name, type }: ValueInfoProto): OnnxPort {
  const tensor = type?.tensorType
  if (!tensor) return { name, type: null, shape: null, holds: heldIn(type) }
  const shape = tensor.shape?.dim.map((dim) => {
    if (dim.value === 'dimValue') return toNumber(dim.dimValue ?? 0)
    return dim.value === 'dimParam' ? (dim.dimParam ?? null) : null
  })
  return { name, type: elementTypeOf(tensor.elemType), shape: shape ?? null, holds: 'tensor' }
}

/** Where nothing is said, the runtime finds it out, and mostly it is a tensor. */
function heldIn(type: ValueInfoProto['type']): OnnxPort['holds'] {
  if (type?.sequenceType) return 'a sequence'
  if (type?.mapType) return 'a map'
  if (type?.optionalType) return 'an optional value'
  return type?.sparseTensorType ? 'a sparse tensor' : 'tensor'
}

/** `uint8 [N, 224, 224, 3]`, for messages. */
export function describePort({ type, shape }: OnnxPort): string {
  return `${type ?? 'unknown type'} [${shape === null ? '?' : shape.map((size) => size ?? '?').join(', ')}]`
}
