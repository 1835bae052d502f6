/**
 * One vector of many: a vision transformer gives one for every token [N, tokens, numbers], a network without its head one for every place
 * [N, numbers, height, width]. Which is wanted (the class token, the mean, both) is not in the file, so it is asked; the answer becomes
 * the last nodes of the graph, and every other part sees an ordinary vector.
 */

import { ModelError } from '../../core/errors.js'
import { elementTypes } from '../../models/onnx/element-types.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from '../../models/onnx/schema.js'
import { tensorWith } from '../../models/onnx/view.js'
import { describe } from './look.js'

export const pools = ['cls', 'mean', 'cls+mean', 'none'] as const
export type Pool = (typeof pools)[number]

export interface PoolAsked {
  /** Names the file in errors. */
  readonly subject: string
  readonly pool: Pool | undefined
  /** Tokens before those of the patches, when the caller says it. */
  readonly prefix: number | undefined
  readonly width: number
  readonly height: number
  readonly planar: boolean
}

/** Where the vectors lie: along these axes, `tokens` of them; `prefix` tokens come before those of patches, null: nobody knows. */
interface Places {
  readonly axes: readonly number[]
  readonly tokens: number
  readonly prefix: number | null
  readonly numbers: number
}

export interface Pooled {
  readonly model: ModelProto
  /** The new output. */
  readonly port: OnnxPort
  readonly assumed: readonly string[]
}

/** True when a picture gives more than one vector. */
export const givesMany = (sizes: readonly (number | string | null)[]): boolean => sizes.slice(1).filter((size) => size !== 1).length > 1

/** The model with one vector a picture; null when all numbers are wanted. `port` has its sizes. Throws CARD_INVALID where a person must say more. */
export function pooled(model: ModelProto, opset: number, port: OnnxPort, asked: PoolAsked): Pooled | null {
  const sizes = withNumbers(port.shape!.map(Number), asked)
  const places = placesOf(sizes, asked)
  const { pool } = asked
  if (pool === undefined) {
    const all = sizes.slice(1).reduce((a, b) => a * b, 1)
    const isTokens = places.axes.length === 1
    const what = `${places.tokens} ${isTokens ? 'tokens' : 'places'} of ${places.numbers === 1 ? 'one number' : `${places.numbers} numbers`}`
    const ways = [
      isTokens ? '--pool cls (the first token), --pool mean (of the patches), --pool cls+mean' : '--pool mean',
      ...(places.tokens === asked.width * asked.height ? ['--mask where they say what is tissue'] : []),
      `or --pool none to keep all ${all} numbers`,
    ]
    throw new ModelError('CARD_INVALID', `${asked.subject} gives ${describe(port)}: ${what}, not one vector a patch`, {
      hint: `say ${ways.join(', ')}`,
    })
  }
  if (pool === 'none') return null
  const assumed = checked(asked.subject, port, places, pool)
  const name = newName(model.graph!, `${port.name}_pooled`)
  const made = nodesFor(
    { from: port.name, name, ...(sizes.length !== port.shape!.length ? { flat: sizes.slice(1) } : {}) },
    places,
    pool,
    opset,
  )
  const graph = model.graph!
  const output = graph.output.map((one) =>
    one.name === port.name ? outputPort(one.type?.tensorType?.elemType ?? elementTypes.float32) : one,
  )
  function outputPort(elemType: number) {
    const dim = [
      { value: 'dimParam' as const, dimParam: 'N' },
      { value: 'dimValue' as const, dimValue: made.width },
    ]
    return { name, type: { tensorType: { elemType, shape: { dim } } } }
  }
  return {
    model: {
      ...model,
      graph: { ...graph, node: [...graph.node, ...made.nodes], initializer: [...graph.initializer, ...made.tensors], output },
    },
    port: { name, type: port.type, shape: ['N', made.width], holds: 'tensor' },
    assumed,
  }
}

/** Names of values are of one graph: encoders that pool themselves give a `hidden_pooled` beside `hidden`. */
function newName(graph: GraphProto, wanted: string): string {
  const taken = new Set([...graph.node.flatMap(({ output }) => output), ...[...graph.input, ...graph.initializer].map(({ name }) => name)])
  let name = wanted
  for (let k = 2; taken.has(name); k++) name = `${wanted}_${k}`
  return name
}

/** With one axis for the numbers of a vector: tokens may have one of a single picture more, [N, 1, 197, 768]; a map of one number a place has none, [N, 14, 14]. */
function withNumbers(sizes: readonly number[], asked: PoolAsked): readonly number[] {
  const at = sizes.indexOf(1, 1)
  const rest = sizes.filter((_, i) => i !== at)
  const [pictures = 1, a = 1, b = 1] = rest
  if (sizes.length === 4) return at > 0 && !isMap(a, b, asked) ? rest : sizes
  // Two sizes may be those of tokens by chance: the places of a map are squares of the picture, besides.
  return sizes.length === 3 && isMap(a, b, asked) && prefixOf(a * b, asked.width, asked.height) === 0 ? [pictures, 1, a, b] : sizes
}

/** Whether one step along both sides makes so many places of the picture, give or take the one that rounding takes or adds; or as many along each. */
function isMap(high: number, wide: number, { width, height }: PoolAsked): boolean {
  if (width === height || high === wide) return high === wide
  return height / (high + 1) < width / (wide - 1) && width / (wide + 1) < height / (high - 1)
}

/** Most prefix tokens that are taken for such without being told: a class token and some registers. */
const mostPrefix = 16

function placesOf(sizes: readonly number[], asked: PoolAsked): Places {
  const { subject, prefix, width, height, planar } = asked
  const [, a = 1, b = 1, c = 1] = sizes
  if (sizes.length === 4) {
    // Neighbours in proportion to the picture are height and width; otherwise the numbers lie where the input has its channels.
    const first = isMap(b, c, asked) === isMap(a, b, asked) ? planar : isMap(b, c, asked)
    return first ? { axes: [2, 3], tokens: b * c, prefix: 0, numbers: a } : { axes: [1, 2], tokens: a * b, prefix: 0, numbers: c }
  }
  if (sizes.length !== 3)
    throw new ModelError('CARD_INVALID', `${subject} gives numbers of ${sizes.length} dimensions, [${sizes}]`, {
      hint: 'export it with one vector a picture',
    })
  const before = (tokens: number) => {
    if (prefix === undefined) return prefixOf(tokens, width, height)
    return prefixOf(tokens - prefix, width, height) === 0 ? prefix : null
  }
  // Tokens lie first. A map laid flat has them last, and more numbers than places: 100 queries of 256 numbers are no 256 patches.
  const atEnd = before(b)
  const last = before(a) === null && atEnd !== null && (atEnd > 0 || a > b)
  const tokens = last ? b : a
  return { axes: [last ? 2 : 1], tokens, prefix: prefix ?? before(tokens), numbers: last ? a : b }
}

/** Tokens beyond those of a grid of square patches over the picture. */
function prefixOf(tokens: number, width: number, height: number): number | null {
  let most = -1
  for (let side = 1; side <= Math.min(width, height); side++) {
    if (width % side !== 0 || height % side !== 0) continue
    const patches = (width / side) * (height / side)
    if (patches <= tokens) most = Math.max(most, patches)
  }
  return most > 1 && tokens - most <= mostPrefix ? tokens - most : null
}

function checked(subject: string, port: OnnxPort, { axes, tokens, prefix }: Places, pool: Pool): string[] {
  const refuse = (why: string, hint: string) => new ModelError('CARD_INVALID', `${subject} gives ${describe(port)}: ${why}`, { hint })
  if (axes.length === 2 && pool !== 'mean') throw refuse('a map of places has no class token', 'say --pool mean')
  if (pool === 'cls') {
    if (prefix === 0) throw refuse(`its ${tokens} tokens are all of patches, there is no class token`, 'say --pool mean')
    return [`the first of its ${tokens} tokens is the class token`]
  }
  if (axes.length === 2) return [`the mean is that of its ${tokens} places`]
  if (prefix === null || prefix >= tokens)
    throw refuse(`how many of its ${tokens} tokens come before those of patches is not known`, 'say it, for example --prefix-tokens 1')
  if (pool === 'cls+mean' && prefix === 0)
    throw refuse(`its ${tokens} tokens are all of patches, there is no class token`, 'say --pool mean')
  const registers = prefix > 1 ? ` and ${prefix - 1} register${prefix === 2 ? '' : 's'}` : ''
  const before =
    prefix === 0
      ? 'all of its tokens are of patches'
      : `${prefix === 1 ? 'the first token is the class token' : `the first ${prefix} tokens are the class token${registers}`}, the mean is of the other ${tokens - prefix}`
  return [`${before} (--prefix-tokens otherwise)`]
}

/** `flat`: the sizes that the vectors are brought to first. */
function nodesFor(
  { from: given, name, flat }: { from: string; name: string; flat?: readonly number[] },
  { axes, tokens, prefix, numbers }: Places,
  pool: Pool,
  opset: number,
) {
  const nodes: NodeProto[] = []
  const tensors: TensorProto[] = []
  const add = (opType: string, value: string, input: readonly string[], attribute: AttributeProto[]) => {
    nodes.push({ opType, name: `${value}/node`, input: [...input], output: [value], attribute })
    return value
  }
  const ints = (value: string, data: readonly number[], dims: readonly number[]) => {
    tensors.push(tensorWith(value, BigInt64Array.from(data, BigInt), dims))
    return value
  }
  const from = flat ? add('Reshape', `${name}/flat`, [given, ints(`${name}/sizes`, [0, ...flat], [1 + flat.length])], []) : given
  const [axis = 1] = axes
  const along: AttributeProto = { name: 'axis', type: 2, i: axis }
  const parts: string[] = []
  const whole = pool === 'cls+mean'
  if (pool !== 'mean') parts.push(add('Gather', whole ? `${name}/cls` : name, [from, ints(`${name}/first`, [0], [])], [along]))
  if (pool !== 'cls') {
    const patches = Array.from({ length: tokens - (prefix ?? 0) }, (_, i) => i + (prefix ?? 0))
    const kept = prefix ? add('Gather', `${name}/patches`, [from, ints(`${name}/places`, patches, [patches.length])], [along]) : from
    const keep: AttributeProto = { name: 'keepdims', type: 2, i: 0 }
    // Axes are an input since version 18.
    const input = opset >= 18 ? [kept, ints(`${name}/axes`, axes, [axes.length])] : [kept]
    const attribute: AttributeProto[] = opset >= 18 ? [keep] : [{ name: 'axes', type: 7, ints: [...axes] }, keep]
    parts.push(add('ReduceMean', whole ? `${name}/mean` : name, input, attribute))
  }
  if (whole) add('Concat', name, parts, [{ name: 'axis', type: 2, i: 1 }])
  return { nodes, tensors, width: numbers * parts.length }
}
