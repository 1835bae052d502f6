/**
 * The first steps of a graph that takes bytes: Transpose, Gather (RGB to BGR), Cast, and arithmetic with a number for each channel.
 * They depend on nothing but the channel and the grey level, so a quantised model needs none of them: a table of 3 × 256 bytes says
 * what each grey level becomes, and is applied while pixels are cropped.
 *
 *     bytes ─Transpose─▶ ─Cast─▶ ─Mul─▶ ─Add─▶ x          before
 *     table[bytes] ─Transpose─▶ ─DequantizeLinear─▶ x     after
 */

import { elementTypes } from '../../models/onnx/element-types.js'
import type { GraphProto, NodeProto } from '../../models/onnx/schema.js'
import { dimsOf, floatsOf, type GraphView, intOf, intsOf, isOp, viewOf, wholesOf } from '../../models/onnx/view.js'

export interface PixelSteps {
  /** Name of the input that takes bytes. */
  readonly input: string
  /** The value all steps lead to. */
  readonly value: string
  /** All of the steps. */
  readonly nodes: ReadonlySet<NodeProto>
  /** Those that move bytes and stay: Transpose, Gather. */
  readonly moves: readonly NodeProto[]
  /** x = grey level × factor + offset, for red, green and blue. */
  readonly factor: readonly number[]
  readonly offset: readonly number[]
}

/** Null when the graph does not begin so. */
export function pixelSteps(graph: GraphProto): PixelSteps | null {
  const view = viewOf(graph)
  const ports = graph.input.filter(({ name }) => !view.constants.has(name))
  const [port] = ports
  if (ports.length !== 1 || port?.type?.tensorType?.elemType !== elementTypes.uint8) return null
  const nodes = new Set<NodeProto>()
  const moves: NodeProto[] = []
  // In the order of the graph's channels: which of red, green and blue it is, and what has become of it.
  let order = [0, 1, 2]
  let factor = [1, 1, 1]
  let offset = [0, 0, 0]
  let axis = 3
  let floats = false
  let value = port.name
  for (let node = view.only(value); node; node = view.only(value)) {
    if (isOp(node, 'Transpose')) {
      const perm = intsOf(node, 'perm')
      if (perm?.length !== 4) break
      axis = perm.indexOf(axis)
      moves.push(node)
    } else if (isOp(node, 'Gather') && intOf(node, 'axis', 0) === axis) {
      const tensor = view.constants.get(node.input[1]!)
      const picked = tensor && wholesOf(tensor)
      if (picked?.length !== 3 || picked.some((i) => !(i in order))) break
      order = picked.map((i) => order[i]!)
      factor = picked.map((i) => factor[i]!)
      offset = picked.map((i) => offset[i]!)
      moves.push(node)
    } else if (isOp(node, 'Cast') && intOf(node, 'to', 0) === elementTypes.float32) {
      floats = true
    } else {
      const numbers = floats ? channelNumbers(node, value, axis, view) : null
      if (!numbers) break
      const { opType } = node
      if (opType === 'Mul' || opType === 'Div') {
        const by = opType === 'Mul' ? numbers : numbers.map((n) => 1 / n)
        factor = factor.map((f, c) => f * by[c]!)
        offset = offset.map((o, c) => o * by[c]!)
      } else {
        const sign = opType === 'Add' ? 1 : -1
        offset = offset.map((o, c) => o + sign * numbers[c]!)
      }
    }
    nodes.add(node)
    value = node.output[0]!
  }
  if (!floats || ![...factor, ...offset].every(Number.isFinite)) return null
  const ofColor = (numbers: readonly number[]) => [0, 1, 2].map((color) => numbers[order.indexOf(color)] ?? 0)
  return { input: port.name, value, nodes, moves, factor: ofColor(factor), offset: ofColor(offset) }
}

/** The other operand as three numbers, when it is constant and depends on nothing but the channel. */
function channelNumbers(node: NodeProto, value: string, axis: number, { constants }: GraphView): number[] | null {
  if (!isOp(node, 'Mul', 'Add', 'Sub', 'Div')) return null
  const first = node.input[0] === value
  if (!first && !isOp(node, 'Mul', 'Add')) return null
  const tensor = constants.get(node.input[first ? 1 : 0]!)
  const numbers = tensor && floatsOf(tensor)
  if (!numbers) return null
  if (numbers.length === 1) return [0, 1, 2].map(() => numbers[0]!)
  const dims = dimsOf(tensor)
  return numbers.length === 3 && dims[dims.length - 4 + axis] === 3 ? [...numbers] : null
}

export interface PixelTable {
  readonly scale: number
  readonly zero: number
  /** Null when every grey level stays what it is. */
  readonly lookup: Uint8Array | null
}

/** One scale for all channels, as wide as any of them: level g of colour c becomes round(x ÷ scale) + zero. */
export function pixelTable({ factor, offset }: PixelSteps): PixelTable {
  const ends = factor.flatMap((f, c) => [offset[c]!, 255 * f + offset[c]!])
  const { scale, zero } = gridOf(Math.min(...ends), Math.max(...ends))
  const lookup = new Uint8Array(768)
  for (let color = 0; color < 3; color++) {
    for (let grey = 0; grey < 256; grey++) {
      const level = Math.round((grey * factor[color]! + offset[color]!) / scale) + zero
      lookup[color * 256 + grey] = Math.min(255, Math.max(0, level))
    }
  }
  return { scale, zero, lookup: lookup.every((level, i) => level === i % 256) ? null : lookup }
}

export interface Grid8 {
  /** A float32, as the file holds it. */
  readonly scale: number
  readonly zero: number
}

/** 256 evenly spaced values over a range that is made to hold 0, which is one of them. */
export function gridOf(low: number, high: number): Grid8 {
  const [from, to] = [Math.min(0, low), Math.max(0, high)]
  const scale = Math.fround((to - from) / 255)
  if (!(scale > 1e-30)) return { scale: 1, zero: 0 }
  return { scale, zero: Math.min(255, Math.max(0, Math.round(-from / scale))) }
}
