/** Branches whose condition is a constant: what is taken moves into the graph, what is not goes. Exports of `squeeze` are full of them. */

import type { GraphProto, NodeProto, TensorProto } from './schema.js'
import { attribute, holdsGraphs, isOp } from './view.js'

/** The same graph when there is none. */
export function inlined(graph: GraphProto): GraphProto {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  const node: NodeProto[] = []
  const initializer: TensorProto[] = []
  let found = 0
  for (const one of graph.node) {
    const condition = isOp(one, 'If') ? truthOf(constants.get(one.input[0] ?? '')) : null
    const branch = condition === null ? null : attribute(one, condition ? 'then_branch' : 'else_branch')?.g
    // What is used inside of graphs inside keeps its name there: such branches stay.
    if (!branch || branch.node.some(holdsGraphs)) {
      node.push(one)
      continue
    }
    // Names inside of a branch are its own: they get the place of the If, so that none meets another.
    const renamed = new Map<string, string>()
    const own = (name: string) => `${one.output[0]}/${found}/${name}`
    for (const { name } of branch.initializer) renamed.set(name ?? '', own(name ?? ''))
    for (const inner of branch.node) for (const name of inner.output) if (name !== '') renamed.set(name, own(name))
    const nameOf = (name: string) => renamed.get(name) ?? name
    initializer.push(...branch.initializer.map((tensor) => ({ ...tensor, name: nameOf(tensor.name ?? '') })))
    node.push(
      ...branch.node.map((inner) => ({
        ...inner,
        name: own(inner.name ?? ''),
        input: inner.input.map(nameOf),
        output: inner.output.map(nameOf),
      })),
    )
    branch.output.forEach(({ name }, i) => {
      node.push({ opType: 'Identity', name: `${one.output[i]}/taken`, input: [nameOf(name)], output: [one.output[i]!], attribute: [] })
    })
    found++
  }
  return found === 0 ? graph : { ...graph, node, initializer: [...graph.initializer, ...initializer] }
}

/** Of a constant of one byte; null: it is none. */
function truthOf(tensor: TensorProto | undefined): boolean | null {
  const [value] = tensor?.rawData ?? tensor?.int32Data ?? []
  return value === undefined ? null : value !== 0
}
