/**
 * Attention as exporters write it, found from its softmax:
 *
 *     queries ─(· a)─┐
 *     keys ─Transpose─(· b)─MatMul─(· c)─(+ mask)─(Cast)─Softmax─(Cast)─MatMul─▶
 *                                                           values ─┘
 *
 * Found is only what the operator is sure to say: all sizes and types agree as far as they can be worked out, nobody else looks at what lies between,
 * and the head is of a size that fused kernels take. Whatever else there is stays as it is.
 */

import { elementTypes } from '../element-types.js'
import type { NodeProto, TensorProto } from '../schema.js'
import { dimsOf, floatsOf, type GraphView, intOf, intsOf, isOp } from '../view.js'
import { boolsOf, type Known } from './known-value.js'
import { isNumber, isSame, product, type Size } from './size.js'

export interface Found {
  /** The node whose output the attention is. */
  readonly last: NodeProto
  readonly queries: string
  /** As they are, or to be turned by `perm` first. */
  readonly keys: { readonly value: string; readonly perm: readonly number[] | null }
  readonly values: string
  readonly mask: string | null
  readonly scale: number
  /** 4: batch, heads, tokens, numbers of a head. 3: without heads. */
  readonly rank: 3 | 4
}

type Values = ReadonlyMap<string, Known>

/** Flash attention takes heads of at most this many numbers, in eights. */
const largestHead = 256
const headUnit = 8
/** Masks are read in fours. */
const maskUnit = 4

export function foundAt(softmax: NodeProto, view: GraphView, known: Values): Found | null {
  const [scores = ''] = softmax.input
  const rank = known.get(scores)?.dims.length
  if (!isOp(softmax, 'Softmax') || (rank !== 3 && rank !== 4)) return null
  if (![-1, rank - 1].includes(intOf(softmax, 'axis', -1))) return null
  const before = upwards(scores, softmax, view, known)
  const last = downwards(softmax, view, known)
  if (!before || !last) return null
  const { product: multiplied, mask, scale: between } = before
  const queries = unscaled(multiplied.input[0]!, view, known)
  const turned = unscaled(multiplied.input[1]!, view, known)
  const keys = keysOf(turned.value, rank, view, known)
  const scale = Math.fround(between * queries.scale * turned.scale)
  if (!keys || !(scale > 0 && Number.isFinite(scale))) return null
  const found = { last, queries: queries.value, keys, values: last.input[1]!, mask, scale, rank } as const
  return agrees(found, known.get(turned.value), view, known) ? found : null
}

interface Before {
  readonly product: NodeProto
  readonly mask: string | null
  readonly scale: number
}

/** From the softmax to the product of queries and keys: a cast to floats, then a mask, then scales. */
function upwards(scores: string, softmax: NodeProto, view: GraphView, known: Values): Before | null {
  let [value, user] = [scores, softmax]
  let mask: string | null = null
  let scale = 1
  for (let step = 0; step < 8; step++) {
    const node = view.producers.get(value)
    if (!node || view.only(value) !== user) return null
    if (isOp(node, 'MatMul')) return { product: node, mask, scale }
    const [first = '', second = ''] = node.input
    const factor = factorOf(node, known)
    if (isOp(node, 'Cast') && isOp(user, 'Softmax') && intOf(node, 'to', 0) === elementTypes.float32) value = first
    else if (factor) {
      scale *= factor.by
      value = factor.value
    } else if (isOp(node, 'Add') && allowsAll(second, view, known) && isAsLarge(first, value, known)) {
      value = first
    } else if (isOp(node, 'Add') && mask === null && scale === 1) {
      const isFirst = view.constants.has(first)
      mask = isFirst ? first : second
      value = isFirst ? second : first
    } else return null
    user = node
  }
  return null
}

/** A mask that forbids nothing: zero wherever a constant is true, which it is everywhere. Exports of transformers carry one. */
function allowsAll(mask: string, view: GraphView, known: Values): boolean {
  const where = view.producers.get(mask)
  if (!isOp(where, 'Where') || !known.get(where!.input[1]!)?.values?.every((value) => isNumber(value) && value.n === 0)) return false
  const [condition = ''] = where!.input
  const spread = view.producers.get(condition)
  const tensor = view.constants.get(isOp(spread, 'Expand') ? spread!.input[0]! : condition)
  return (tensor && boolsOf(tensor)?.every((value) => value === 1)) ?? false
}

/** Nothing is repeated where the two are added. */
const isAsLarge = (value: string, sum: string, known: Values): boolean => {
  const [own, all] = [known.get(value)?.dims, known.get(sum)?.dims]
  return own !== undefined && own.length === all?.length && own.every((size, i) => isSame(size, all[i]!))
}

/** The product with the values: behind casts, where there are any, to the type of the values or to floats. */
function downwards(softmax: NodeProto, view: GraphView, known: Values): NodeProto | null {
  let value = softmax.output[0]!
  let node = view.only(value)
  const types: number[] = []
  for (let step = 0; step < 2 && isOp(node, 'Cast'); step++) {
    types.push(intOf(node!, 'to', 0))
    value = node!.output[0]!
    node = view.only(value)
  }
  if (!isOp(node, 'MatMul') || node!.input[0] !== value || node!.input[1] === value) return null
  const own = known.get(node!.input[1]!)?.type
  return types.every((type) => type === own || type === elementTypes.float32) ? node : null
}

/** What a node multiplies by one number: the other value, and the number. */
function factorOf(node: NodeProto, known: Values): { readonly value: string; readonly by: number } | null {
  const [first = '', second = ''] = node.input
  const number = (name: string) => {
    const one = known.get(name)
    const [value] = one?.values ?? []
    return one && one.values?.length === 1 && value && isNumber(value) && one.dims.length <= 3 ? value.n : null
  }
  const [a, b] = [number(first), number(second)]
  if (isOp(node, 'Mul')) return b !== null ? { value: first, by: b } : a !== null ? { value: second, by: a } : null
  return isOp(node, 'Div') && b !== null ? { value: first, by: 1 / b } : null
}

/** The value before it was multiplied by a number; whoever else looks at it still finds it. */
function unscaled(value: string, view: GraphView, known: Values) {
  const node = view.producers.get(value)
  const factor = node ? factorOf(node, known) : null
  const isKept = factor && known.get(factor.value)?.dims.length === known.get(value)?.dims.length
  return isKept && factor.by > 0 ? { value: factor.value, scale: factor.by } : { value, scale: 1 }
}

/** Keys before they were turned: by one Transpose, or by one of all heads in a row between two Reshapes. */
function keysOf(turned: string, rank: number, view: GraphView, known: Values): Found['keys'] | null {
  const node = view.producers.get(turned)
  if (isOp(node, 'Transpose')) {
    const perm = intsOf(node!, 'perm')
    if (perm?.length !== rank) return null
    const own = [...perm.slice(0, -2), perm.at(-1)!, perm.at(-2)!]
    return { value: node!.input[0]!, perm: own.every((axis, i) => axis === i) ? null : own }
  }
  const inner = isOp(node, 'Reshape') && rank === 4 ? view.producers.get(node!.input[0]!) : undefined
  const outer = isOp(inner, 'Transpose') && intsOf(inner!, 'perm')?.join() === '0,2,1' ? view.producers.get(inner!.input[0]!) : undefined
  if (!isOp(outer, 'Reshape')) return null
  const value = outer!.input[0]!
  const [from, row, to] = [value, outer!.output[0]!, turned].map((name) => known.get(name)?.dims)
  if (from?.length !== 4 || row?.length !== 3 || to?.length !== 4) return null
  const [b, n, s, h] = from as readonly [Size, Size, Size, Size]
  const same = (some: readonly Size[], ...others: readonly Size[]) => some.every((size, i) => isSame(size, others[i]!))
  return same(row, product([b, n]), s, h) && same(to, b, n, h, s) ? { value, perm: null } : null
}

/** Types, and sizes: nothing is repeated, and the kernels take it. */
function agrees({ queries, keys, values, mask, rank }: Found, turned: Known | undefined, view: GraphView, known: Values): boolean {
  const [q, v] = [known.get(queries), known.get(values)]
  if (!q || !turned || !v || ![q, turned, v].every(({ dims }) => dims.length === rank)) return false
  const isFloat = q.type === elementTypes.float32 || q.type === elementTypes.float16
  if (!isFloat || turned.type !== q.type || v.type !== q.type || known.get(keys.value)?.type !== q.type) return false
  const [tokens, head] = q.dims.slice(-2) as [Size, Size]
  const [headOfKeys, others] = turned.dims.slice(-2) as [Size, Size]
  const [othersOfValues, headOfValues] = v.dims.slice(-2) as [Size, Size]
  const isOneBatch = q.dims.slice(0, -2).every((size, i) => isSame(size, turned.dims[i]!) && isSame(size, v.dims[i]!))
  const isOneHead = isNumber(head) && isSame(head, headOfKeys) && isSame(head, headOfValues)
  if (!isOneBatch || !isOneHead || !isSame(others, othersOfValues)) return false
  if (head.n % headUnit !== 0 || head.n < headUnit || head.n > largestHead) return false
  if (mask === null) return true
  const tensor = view.constants.get(mask)
  const sizes = [q.dims.at(-3)!, tokens, others]
  return rank === 4 && tensor !== undefined && tensor.dataType === q.type && isMask(tensor, sizes)
}

/** Something that is added to all scores: of whole rows, none of which is all but forbidden, since operators differ in what they say of such rows. */
function isMask(tensor: TensorProto, [heads, tokens, others]: readonly Size[]): boolean {
  const dims = dimsOf(tensor)
  const [batch, own] = dims.length === 4 ? dims : dims.length === 2 ? [1, 1] : [0, 0]
  if (batch !== 1 || !(own === 1 || (isNumber(heads!) && own === heads!.n))) return false
  const [rows, columns] = dims.slice(-2) as [number, number]
  if (!isNumber(tokens!) || !isNumber(others!) || rows !== tokens!.n || columns !== others!.n || columns % maskUnit !== 0) return false
  const numbers = floatsOf(tensor)
  if (!numbers) return false
  for (let from = 0; from < numbers.length; from += columns) {
    const row = numbers.subarray(from, from + columns)
    if (row.some((value) => Number.isNaN(value) || value > 1e4) || !row.some((value) => Math.abs(value) <= 1e4)) return false
  }
  return true
}
