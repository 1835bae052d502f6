/** Reading a graph that is there: what is constant, who makes a value, who uses it; attributes and constants as JavaScript values. */

import { bytesOf } from '../../core/bytes-of.js'
import { fromHalf } from '../../geometry/half.js'
import { elementTypes } from './element-types.js'
import { type AttributeProto, type GraphProto, type NodeProto, type TensorProto, toNumber } from './schema.js'

export interface GraphView {
  readonly graph: GraphProto
  /** Initialisers, and what Constant nodes hold. */
  readonly constants: ReadonlyMap<string, TensorProto>
  readonly producers: ReadonlyMap<string, NodeProto>
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>
  readonly outputs: ReadonlySet<string>
  /** The one node that uses a value; null when there are several, or when it also leaves the graph. */
  only(value: string): NodeProto | null
}

export function viewOf(graph: GraphProto): GraphView {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  const producers = new Map<string, NodeProto>()
  const consumers = new Map<string, NodeProto[]>()
  for (const node of graph.node) {
    for (const output of node.output) if (output !== '') producers.set(output, node)
    for (const input of new Set(node.input)) {
      const known = consumers.get(input)
      if (known) known.push(node)
      else consumers.set(input, [node])
    }
    const value = heldBy(node)
    if (value) constants.set(node.output[0]!, value)
  }
  const outputs = new Set(graph.output.map(({ name }) => name))
  return {
    graph,
    constants,
    producers,
    consumers,
    outputs,
    only(value) {
      const users = consumers.get(value) ?? []
      return users.length === 1 && !outputs.has(value) ? users[0]! : null
    },
  }
}

/** The tensor of a Constant node, which may also be written as one number or a list of them. */
function heldBy(node: NodeProto): TensorProto | undefined {
  if (!isOp(node, 'Constant')) return undefined
  for (const { name, t, f, i, floats, ints } of node.attribute) {
    if (name === 'value') return t ?? undefined
    if (name === 'value_float') return tensorWith('', Float32Array.of(f ?? 0), [])
    if (name === 'value_int') return tensorWith('', BigInt64Array.of(BigInt(toNumber(i ?? 0))), [])
    if (name === 'value_floats') return tensorWith('', Float32Array.from(floats ?? []), [floats?.length ?? 0])
    if (name === 'value_ints')
      return tensorWith(
        '',
        BigInt64Array.from(ints ?? [], (one) => BigInt(toNumber(one))),
        [ints?.length ?? 0],
      )
  }
  return undefined
}

export const attribute = (node: NodeProto, name: string): AttributeProto | undefined => node.attribute.find((one) => one.name === name)

export function intOf(node: NodeProto, name: string, otherwise: number): number {
  const found = attribute(node, name)?.i
  return found === undefined ? otherwise : toNumber(found)
}

export const intsOf = (node: NodeProto, name: string): number[] | null => attribute(node, name)?.ints?.map(toNumber) ?? null

export const floatOf = (node: NodeProto, name: string, otherwise: number): number => attribute(node, name)?.f ?? otherwise

export const dimsOf = (tensor: TensorProto): number[] => tensor.dims.map(toNumber)

/** True for If, Loop, Scan: graphs inside of a node. */
export const holdsGraphs = (node: NodeProto): boolean => node.attribute.some(({ g, graphs }) => g || (graphs && graphs.length > 0))

/** True when the node is a standard operator of one of these names. */
export const isOp = (node: NodeProto | null | undefined, ...names: readonly string[]): boolean =>
  node !== null && node !== undefined && isStandard(node.domain) && names.includes(node.opType)

/** `ai.onnx` is another way to write the domain of the standard operators. */
export const isStandard = (domain: string | undefined): boolean => domain === undefined || domain === '' || domain === 'ai.onnx'

/** A constant of float32, float16 or float64 as floats; null when it holds something else, too little, or was not read from another file. */
export function floatsOf(tensor: TensorProto): Float32Array | null {
  const { dataType } = tensor
  if (dataType === elementTypes.float32) {
    const raw = rawOf(tensor, 4)
    return whole(tensor, raw ? new Float32Array(raw) : Float32Array.from(tensor.floatData ?? []))
  }
  if (dataType === elementTypes.float16) {
    const raw = rawOf(tensor, 2)
    return whole(tensor, Float32Array.from(raw ? new Uint16Array(raw) : (tensor.int32Data ?? []), fromHalf))
  }
  if (dataType !== elementTypes.float64) return null
  const raw = rawOf(tensor, 8)
  return whole(tensor, Float32Array.from(raw ? new Float64Array(raw) : (tensor.doubleData ?? [])))
}

/** A constant of whole numbers; null when it holds something else, or too little. */
export function wholesOf(tensor: TensorProto): readonly number[] | null {
  const { dataType } = tensor
  if (dataType === elementTypes.int64) {
    const raw = rawOf(tensor, 8)
    return whole(tensor, raw ? Array.from(new BigInt64Array(raw), Number) : (tensor.int64Data ?? []).map(toNumber))
  }
  if (dataType !== elementTypes.int32) return null
  const raw = rawOf(tensor, 4)
  return whole(tensor, raw ? Array.from(new Int32Array(raw)) : (tensor.int32Data ?? []))
}

/** A copy of the raw bytes: those of a file may begin anywhere, an array of floats must begin at a multiple of four. */
function rawOf({ rawData }: TensorProto, each: number): ArrayBuffer | null {
  if (!rawData || rawData.length === 0 || rawData.length % each !== 0) return null
  return new Uint8Array(rawData).buffer
}

function whole<T extends ArrayLike<number>>(tensor: TensorProto, values: T): T | null {
  return values.length === dimsOf(tensor).reduce((product, size) => product * size, 1) ? values : null
}

type Data = Float32Array | Uint8Array | Int8Array | Int32Array | Uint16Array | BigInt64Array

/** A tensor of these numbers. Uint16Array: the bits of halves. */
export function tensorWith(name: string, data: Data, dims: readonly number[]): TensorProto {
  const type =
    data instanceof Float32Array
      ? elementTypes.float32
      : data instanceof Int8Array
        ? elementTypes.int8
        : data instanceof Int32Array
          ? elementTypes.int32
          : data instanceof Uint16Array
            ? elementTypes.float16
            : data instanceof BigInt64Array
              ? elementTypes.int64
              : elementTypes.uint8
  return { name, dims: [...dims], dataType: type, rawData: bytesOf(data) }
}

/** Constants as initialisers only, in place of Constant nodes. */
export function withoutConstantNodes(graph: GraphProto): GraphProto {
  const held = new Map(graph.node.flatMap((node) => (heldBy(node) ? [[node, heldBy(node)!] as const] : [])))
  const moved = [...held].map(([node, tensor]): TensorProto => ({ ...tensor, name: node.output[0]! }))
  return { ...graph, node: graph.node.filter((node) => !held.has(node)), initializer: [...graph.initializer, ...moved] }
}

/** Values that a node uses: those it takes, and those of around it that the graphs inside of it take. */
export function usedBy(node: NodeProto): string[] {
  return [...node.input, ...usedInside(node)]
}

/** Values that the graphs inside of a node take, their own as well. */
export function usedInside({ attribute }: NodeProto): string[] {
  const inner = attribute.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])])
  return inner.flatMap((graph) => [...graph.node.flatMap(usedBy), ...graph.output.map(({ name }) => name)])
}

/** Without the initialisers among the inputs, where old exporters list them. */
export function withoutFilledInputs(graph: GraphProto): GraphProto {
  const filled = new Set(graph.initializer.map(({ name }) => name))
  return { ...graph, input: graph.input.filter(({ name }) => !filled.has(name)) }
}

/** Without the initialisers that no node uses any more. */
export function withoutUnused(graph: GraphProto): GraphProto {
  const used = new Set([...graph.node.flatMap(usedBy), ...graph.output.map(({ name }) => name)])
  return { ...graph, initializer: graph.initializer.filter((tensor) => used.has(tensor.name ?? '')) }
}
