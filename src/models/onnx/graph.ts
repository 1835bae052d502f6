/**
 * Builds an ONNX graph: nodes, initialisers, inputs and outputs, under names the caller chooses (stable: the same calls give
 * the same bytes). A value has the name of the node that makes it.
 */

import { bytesOf } from '../../core/bytes-of.js'
import { Bug } from '../../core/errors.js'
import { type ElementType, elementTypes } from './element-types.js'
import { type AttributeProto, encodeModel, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from './schema.js'

/** What is written: opset 17 is known to every ONNX Runtime since 1.12 (2022). */
const opset = 17
const irVersion = 8

/** A size, or the name of a size that is open (`N`). */
export type Dimension = number | string

/** A number is an int, a list are ints; floats are marked, since JavaScript cannot tell 1 from 1.0. */
export type Attribute = number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] }

/** Names the handle of a value in the graph. */
export type Value = string

export interface Graph {
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value
  /** Declares an existing value as an output. */
  output(name: Value, type: ElementType, shape: readonly Dimension[]): void
  /** A constant. The bytes are kept as they are given, not copied. */
  constant(name: string, data: ConstantData, shape?: readonly number[]): Value
  node(op: string, name: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value
  model(): ModelProto
  bytes(): Uint8Array
}

export type ConstantData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Int8Array

/** Starts an empty graph. `about` becomes its documentation. */
export function newGraph(name: string, about = ''): Graph {
  const nodes: NodeProto[] = []
  const initialisers: TensorProto[] = []
  const inputs: ValueInfoProto[] = []
  const outputs: ValueInfoProto[] = []
  const known = new Set<string>()
  const claim = (value: string) => {
    if (value === '' || known.has(value)) throw new Bug(`graph ${name}: value '${value}' is named twice or not at all`)
    known.add(value)
    return value
  }
  const need = (value: string) => {
    if (value !== '' && !known.has(value)) throw new Bug(`graph ${name}: value '${value}' is used before it is made`)
    return value
  }
  const graph: Graph = {
    input(value, type, shape) {
      inputs.push(valueInfo(claim(value), type, shape))
      return value
    },
    output(value, type, shape) {
      outputs.push(valueInfo(need(value), type, shape))
    },
    constant(value, data, shape = [data.length]) {
      const elements = shape.reduce((product, size) => product * size, 1)
      if (elements !== data.length) throw new Bug(`graph ${name}: constant ${value} [${shape}] has ${data.length} elements`)
      const rawData = bytesOf(data)
      initialisers.push({ name: claim(value), dims: [...shape], dataType: elementTypes[typeOf(data)], rawData })
      return value
    },
    node(opType, value, from, attributes = {}) {
      nodes.push({
        name: value,
        opType,
        input: from.map(need),
        output: [claim(value)],
        attribute: Object.entries(attributes).map(([key, attribute]) => attributeOf(key, attribute)),
      })
      return value
    },
    model: () => ({
      irVersion,
      opsetImport: [{ domain: '', version: opset }],
      producerName: 'tiastream',
      docString: about,
      graph: { name, node: nodes, initializer: initialisers, input: inputs, output: outputs },
    }),
    bytes: () => encodeModel(graph.model()),
  }
  return graph
}

function typeOf(data: ConstantData): ElementType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof Int32Array) return 'int32'
  return data instanceof Int8Array ? 'int8' : 'uint8'
}

function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } }
}

/** Type numbers are AttributeProto.AttributeType. */
function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return { name, type: 2, i: value }
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: 1, f: value.float }
  if ('floats' in value) return { name, type: 6, floats: [...value.floats] }
  return { name, type: 7, ints: [...value] }
}
