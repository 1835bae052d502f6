/**
 * Between which numbers the values of a graph lie, whatever goes in, as its last operators show: a sigmoid gives 0 to 1, and so does the mean of
 * two, one that is clipped, or one in each branch of an If. Interval arithmetic from the output backwards; what is not known has no bounds.
 */

import { roundHalfEven } from '../../geometry/round.js'
import type { GraphProto, NodeProto } from './schema.js'
import { attribute, floatOf, floatsOf, type GraphView, isOp, viewOf, wholesOf } from './view.js'

export interface Bounds {
  readonly low: number
  readonly high: number
}

const none: Bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
const shares: Bounds = { low: 0, high: 1 }
const both: Bounds = { low: -1, high: 1 }

/** Values whose numbers stay those of their first input: moved, chosen, averaged, or stored in bytes. */
const movers =
  'Reshape Flatten Squeeze Unsqueeze Identity Cast Slice Transpose Gather GatherElements Expand Tile Split Dropout TopK QuantizeLinear DequantizeLinear ReduceMean ReduceMax ReduceMin MaxPool GlobalMaxPool GlobalAveragePool'.split(
    ' ',
  )
const zeroToOne = 'Sigmoid HardSigmoid Softmax Hardmax Greater GreaterOrEqual Less LessOrEqual Equal And Or Xor Not IsNaN IsInf'.split(' ')
const quantised = 'QLinearSigmoid QLinearSoftmax'.split(' ')
/** Far enough: heads are short. */
const deepest = 40
const mostNumbers = 65_536

/** True when an output is 0 to 1 for every picture: an activation more would be one too many. */
export function isWithinOne(graph: GraphProto, output: string): boolean {
  const { low, high } = boundsOf(scopeOf(graph), output, deepest)
  return low >= -1e-6 && high <= 1 + 1e-6
}

/** What an output reaches at most, from 0 on, whatever goes in; null where it may be less than that, or without an end. */
export function mostOf(graph: GraphProto, output: string): number | null {
  const { low, high } = boundsOf(scopeOf(graph), output, deepest)
  return low >= 0 && Number.isFinite(high) ? Math.round(high * 1e4) / 1e4 : null
}

/** A graph, and those around it whose values it sees. */
interface Scope {
  readonly view: GraphView
  readonly outer: Scope | null
  readonly known: Map<string, Bounds>
}

const scopeOf = (graph: GraphProto, outer: Scope | null = null): Scope => ({ view: viewOf(graph), outer, known: new Map() })

function boundsOf(scope: Scope, value: string, depth: number): Bounds {
  const known = scope.known.get(value)
  if (known) return known
  const { constants, producers } = scope.view
  const constant = constants.get(value)
  const node = producers.get(value)
  const found = constant
    ? boundsIn(floatsOf(constant) ?? wholesOf(constant) ?? [])
    : node
      ? depth > 0
        ? afterNode(scope, node, value, depth - 1)
        : none
      : scope.outer
        ? boundsOf(scope.outer, value, depth)
        : none
  scope.known.set(value, found)
  return found
}

function boundsIn(numbers: ArrayLike<number>): Bounds {
  if (numbers.length === 0 || numbers.length > mostNumbers) return none
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    if (Number.isNaN(number)) return none
    low = Math.min(low, number)
    high = Math.max(high, number)
  }
  return { low, high }
}

const span = (numbers: readonly number[]): Bounds => boundsIn(numbers)
const hull = (all: readonly Bounds[]): Bounds => (all.length === 0 ? none : span(all.flatMap(({ low, high }) => [low, high])))
const rising = ({ low, high }: Bounds, f: (x: number) => number): Bounds => span([f(low), f(high)])

function afterNode(scope: Scope, node: NodeProto, value: string, depth: number): Bounds {
  if (quantised.includes(node.opType)) return shares
  if (!isOp(node, node.opType)) return none
  if (zeroToOne.includes(node.opType)) return shares
  const of = (i: number) => boundsOf(scope, node.input[i] ?? '', depth)
  const all = () => node.input.map((_, i) => of(i))
  if (node.opType === 'TopK' && value !== node.output[0]) return none
  if (movers.includes(node.opType)) return of(0)
  switch (node.opType) {
    case 'Tanh':
    case 'Softsign':
    case 'Erf':
    case 'Sin':
    case 'Cos':
    case 'LpNormalization':
      return both
    case 'LogSoftmax':
      return { low: Number.NEGATIVE_INFINITY, high: 0 }
    case 'Exp':
      return rising(of(0), Math.exp)
    case 'Sqrt':
      return of(0).low >= 0 ? rising(of(0), Math.sqrt) : none
    case 'Round':
      return rising(of(0), roundHalfEven)
    case 'Floor':
      return rising(of(0), Math.floor)
    case 'Ceil':
      return rising(of(0), Math.ceil)
    case 'Relu':
      return rising(of(0), (x) => Math.max(x, 0))
    case 'Neg':
      return span([-of(0).low, -of(0).high])
    case 'Clip':
      return clipped(scope, node, of(0), depth)
    case 'Concat':
      return hull(all())
    case 'Where':
      return hull([of(1), of(2)])
    case 'Max':
      return span([Math.max(...all().map(({ low }) => low)), Math.max(...all().map(({ high }) => high))])
    case 'Min':
      return span([Math.min(...all().map(({ low }) => low)), Math.min(...all().map(({ high }) => high))])
    case 'Mean':
      return hull(all())
    case 'Add':
    case 'Sum':
      return span([all().reduce((sum, { low }) => sum + low, 0), all().reduce((sum, { high }) => sum + high, 0)])
    case 'Sub':
      return span([of(0).low - of(1).high, of(0).high - of(1).low])
    case 'Mul':
      return corners(of(0), of(1), (a, b) => a * b)
    case 'Div':
      return of(1).low > 0 || of(1).high < 0 ? corners(of(0), of(1), (a, b) => a / b) : none
    case 'Reciprocal':
      return of(0).low > 0 || of(0).high < 0 ? span([1 / of(0).low, 1 / of(0).high]) : none
    case 'If':
      return hull(
        ['then_branch', 'else_branch'].map((name) => {
          const inner = attribute(node, name)?.g
          const output = inner?.output[node.output.indexOf(value)]?.name
          return inner && output ? boundsOf(scopeOf(inner, scope), output, depth) : none
        }),
      )
    default:
      return none
  }
}

/** NaN, of 0 × ∞, is no bound. */
const corners = (a: Bounds, b: Bounds, f: (a: number, b: number) => number): Bounds =>
  span([f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high)])

/** Its ends were attributes before version 11. */
function clipped(scope: Scope, node: NodeProto, value: Bounds, depth: number): Bounds {
  const end = (i: number, name: string, otherwise: number) => ((node.input[i] ?? '') === '' ? floatOf(node, name, otherwise) : Number.NaN)
  const [least, most] = [end(1, 'min', Number.NEGATIVE_INFINITY), end(2, 'max', Number.POSITIVE_INFINITY)]
  const low = Number.isNaN(least) ? boundsOf(scope, node.input[1]!, depth).low : least
  const high = Number.isNaN(most) ? boundsOf(scope, node.input[2]!, depth).high : most
  return span([Math.min(Math.max(value.low, low), high), Math.max(Math.min(value.high, high), low)])
}
