/**
 * A model whose graph does itself what it has functions for: exports of PyTorch 2.0 to 2.4 are full of them. What reads a graph (how it begins,
 * how it ends, what it is made of) then sees every operator, and so do runtimes that know no functions.
 */

import { type AttributeProto, type FunctionProto, type GraphProto, type ModelProto, type NodeProto, toNumber } from './schema.js'
import { holdsGraphs, isStandard } from './view.js'
import { walkModel } from './walk.js'

/** Functions call functions: more levels, operators or calls (of which each may call two and do nothing itself) are made to be too many. */
const deepest = 32
const mostNodes = 500_000
const mostCalls = 100_000
const deepestCall = 200

/** The same model where it has none, or where one of them cannot be taken apart. */
export function withoutFunctions(model: ModelProto): ModelProto {
  if (!model.functions?.length || !model.graph) return model
  const functions = new Map(model.functions.map((made) => [keyOf(made.domain, made.name, made.overload), made]))
  const imports = new Map(model.opsetImport.map(({ domain, version }) => [domainOf(domain), toNumber(version)]))
  const fits = fitsInto(imports)
  const node: NodeProto[] = []
  let calls = 0
  const put = (one: NodeProto, depth: number): boolean => {
    const made = functions.get(keyOf(one.domain, one.opType, one.overload))
    if (!made || isStandard(one.domain)) return node.push(one) <= mostNodes
    if (calls >= mostCalls || depth >= deepest || !fits(made) || made.node.some(holdsGraphs)) return false
    return bodyOf(made, one, `${one.output.find((name) => name !== '') ?? made.name}/${calls++}`).every((inner) => put(inner, depth + 1))
  }
  if (!model.graph.node.every((one) => put(one, 0))) return model
  const graph: GraphProto = { ...model.graph, node }
  const whole = { ...model, graph, functions: [], opsetImport: [...imports].map(([domain, version]) => ({ domain, version })) }
  // What a graph inside of a node calls stays a call.
  let called = false
  walkModel(whole, {
    node: ({ domain, opType, overload }) => {
      called ||= functions.has(keyOf(domain, opType, overload))
    },
  })
  return called ? model : whole
}

/**
 * Operators of the graph, and of graphs inside of it, with every call written out; Infinity where a function calls itself, or calls go
 * deeper than the runtime's stack should.
 */
export function operatorsOf({ graph, functions = [] }: ModelProto): number {
  const made = new Map(functions.map((one) => [keyOf(one.domain, one.name, one.overload), one]))
  const known = new Map<string, number>()
  const sum = (nodes: readonly NodeProto[], depth: number): number => nodes.reduce((total, node) => total + countOf(node, depth), 0)
  const countOf = (node: NodeProto, depth: number): number => {
    const inside = node.attribute.flatMap(({ g, graphs = [] }) => (g ? [g, ...graphs] : graphs))
    return calledBy(node, depth) + inside.reduce((total, inner) => total + sum(inner.node, depth), 0)
  }
  const calledBy = ({ domain, opType, overload }: NodeProto, depth: number): number => {
    const key = keyOf(domain, opType, overload)
    const body = isStandard(domain) ? undefined : made.get(key)
    if (!body) return 1
    const counted = known.get(key)
    if (counted !== undefined) return counted
    // Until it is counted: a call of itself is one without end.
    known.set(key, Number.POSITIVE_INFINITY)
    const count = depth < deepestCall ? 1 + sum(body.node, depth + 1) : Number.POSITIVE_INFINITY
    known.set(key, count)
    return count
  }
  return graph ? sum(graph.node, 0) : 0
}

const domainOf = (domain: string | undefined): string => (isStandard(domain) ? '' : domain!)
const keyOf = (domain: string | undefined, name: string, overload: string | undefined): string =>
  `${domainOf(domain)}\0${name}\0${overload ?? ''}`

/** Whether operators of a function mean the same in the model; domains that only it names become the model's. */
function fitsInto(imports: Map<string, number>): (made: FunctionProto) => boolean {
  return ({ opsetImport }) =>
    opsetImport.every(({ domain, version }) => {
      const known = imports.get(domainOf(domain))
      if (known === undefined) imports.set(domainOf(domain), toNumber(version))
      return known === undefined || known === toNumber(version)
    })
}

/** The nodes of a call, with the names of what goes in and out, and others of their own. */
function bodyOf(made: FunctionProto, call: NodeProto, place: string): NodeProto[] {
  const names = new Map([['', '']])
  made.input.forEach((name, i) => {
    names.set(name, call.input[i] ?? '')
  })
  const given = new Set(made.input)
  const passed: NodeProto[] = []
  made.output.forEach((name, i) => {
    const outside = call.output[i] ?? ''
    if (outside === '') return
    if (!given.has(name) && !names.has(name)) names.set(name, outside)
    else passed.push({ opType: 'Identity', name: `${place}/${name}/${i}`, input: [names.get(name)!], output: [outside], attribute: [] })
  })
  const nameOf = (name: string) => names.get(name) ?? `${place}/${name}`
  const inner = made.node.map((node) => ({
    ...node,
    name: `${place}/${node.name ?? ''}`,
    input: node.input.map(nameOf),
    output: node.output.map(nameOf),
    attribute: node.attribute.flatMap((one) => argumentOf(one, made, call)),
  }))
  return [...inner, ...passed]
}

/** What an attribute says in this call; nothing where it is left out. */
function argumentOf(one: AttributeProto, { attributeProto = [] }: FunctionProto, call: NodeProto): readonly AttributeProto[] {
  if (!one.refAttrName) return [one]
  const named = ({ name }: AttributeProto) => name === one.refAttrName
  const found = call.attribute.find(named) ?? attributeProto.find(named)
  return found ? [{ ...found, name: one.name }] : []
}
