/** Whether the last operators of a graph keep its answers within 0 and 1: expectations by arithmetic, heads as exporters write them. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { isWithinOne } from '../../../src/models/onnx/bounds.js'
import type { Graph } from '../../../src/models/onnx/graph.js'
import { decodeModel, encodeModel, type NodeProto } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { importModel } from '../../../src/workshop/own/import.js'
import { cardOf, meanCard, meanModel, plainBatch, scratch } from '../folder.js'

type Head = (graph: Graph, value: string) => string
const number = (graph: Graph, name: string, value: number) => graph.constant(name, new Float32Array([value]), [])
const headed = (head: Head) => meanModel('float32', 'NCHW', 'N', 4, head)
const sigmoid = (graph: Graph, value: string, name = 's') => graph.node('Sigmoid', name, [value])

const within: Record<string, Head> = {
  'a sigmoid that is clipped': (g, v) => g.node('Clip', 'y', [sigmoid(g, v), number(g, 'a', 1e-7), number(g, 'b', 1 - 1e-7)]),
  'the mean of two sigmoids': (g, v) =>
    g.node('Div', 'y', [g.node('Add', 'sum', [sigmoid(g, v), sigmoid(g, v, 't')]), number(g, 'two', 2)]),
  'a hard sigmoid': (g, v) => g.node('HardSigmoid', 'y', [v]),
  'a hard sigmoid in other operators': (g, v) =>
    g.node('Div', 'y', [g.node('Clip', 'c', [v, number(g, 'a', 0), number(g, 'b', 6)]), number(g, 'six', 6)]),
  'tanh, moved': (g, v) => g.node('Mul', 'y', [g.node('Add', 'a', [g.node('Tanh', 't', [v]), number(g, 'one', 1)]), number(g, 'h', 0.5)]),
  'one minus a sigmoid': (g, v) => g.node('Sub', 'y', [number(g, 'one', 1), sigmoid(g, v)]),
  'the exponential of a log-softmax': (g, v) => g.node('Exp', 'y', [g.node('Identity', 'i', [g.node('LogSoftmax', 'l', [v])])]),
  'a sigmoid in other operators': (g, v) =>
    g.node('Reciprocal', 'y', [g.node('Add', 'a', [g.node('Exp', 'e', [g.node('Neg', 'n', [v])]), number(g, 'one', 1)])]),
  'a vote': (g, v) => g.node('Cast', 'y', [g.node('Greater', 'b', [v, number(g, 'a', 0.5)])], { to: 1 }),
}
const open: Record<string, Head> = {
  'a mean': (_, v) => v,
  'a log-softmax': (g, v) => g.node('LogSoftmax', 'y', [v]),
  tanh: (g, v) => g.node('Tanh', 'y', [v]),
  // −1.5 becomes −2: ONNX rounds ties to even.
  'what is rounded': (g, v) =>
    g.node('Add', 'y', [g.node('Round', 'r', [g.node('Sub', 'd', [sigmoid(g, v), number(g, 'by', 1.5)])]), number(g, 'one', 1)]),
  'a sum of two sigmoids': (g, v) => g.node('Add', 'y', [sigmoid(g, v), sigmoid(g, v, 't')]),
  'a sigmoid times the value (swish)': (g, v) => g.node('Mul', 'y', [v, sigmoid(g, v)]),
  'a share of what may be nothing': (g, v) => g.node('Div', 'y', [sigmoid(g, v), g.node('Relu', 'r', [v])]),
}

for (const [name, head] of Object.entries(within))
  test(`within 0 and 1: ${name}`, (t) => t.true(isWithinOne(decodeModel(headed(head), 'm').graph!, 'y')))
for (const [name, head] of Object.entries(open))
  test(`not within 0 and 1: ${name}`, (t) => {
    const graph = decodeModel(headed(head), 'm').graph!
    t.false(isWithinOne(graph, graph.output[0]!.name))
  })

test('a sigmoid in both branches of an If, and a threshold that a Constant node writes as one float', (t) => {
  const model = decodeModel(
    headed((g, v) => g.node('Identity', 'y', [v])),
    'm',
  )
  const node = (opType: string, input: string[], output: string, attribute: NodeProto['attribute'] = []): NodeProto => ({
    opType,
    input,
    output: [output],
    attribute,
  })
  const branch = (name: string, op: string) => ({
    name: `${name}_branch`,
    type: 5,
    g: { name, node: [node(op, ['mean'], name)], initializer: [], input: [], output: [{ name }] },
  })
  const asked = (otherwise: string) => {
    const nodes = [node('If', ['which'], 'y', [branch('then', 'Sigmoid'), branch('else', otherwise)])]
    return isWithinOne({ ...model.graph!, node: nodes }, 'y')
  }
  t.true(asked('HardSigmoid'))
  t.false(asked('Neg'))
  const most = node('Constant', [], 'most', [{ name: 'value_float', type: 1, f: 1 }])
  const least = node('Constant', [], 'least', [{ name: 'value_float', type: 1, f: 0 }])
  t.true(isWithinOne({ ...model.graph!, node: [most, least, node('Clip', ['mean', 'least', 'most'], 'y')] }, 'y'))
})

test('nothing is applied to probabilities that a graph makes by other operators than a sigmoid, on import and by a card', async (t) => {
  const folder = await scratch(t)
  // Grey levels 51, 102, 204 are 0.2, 0.4, 0.8; their hard sigmoids are 0.5 + 0.2 x.
  await writeFile(path.join(folder, 'hard.onnx'), headed(within['a hard sigmoid']!))
  const options = { out: path.join(folder, 'hard'), force: false, name: 'hard', classes: ['a', 'b', 'c'] }
  const { card, found } = await importModel(path.join(folder, 'hard.onnx'), options)
  t.regex(found.join('\n'), /keep its answers within 0 and 1: nothing is applied/)
  const model = await openModel(card, { devices: ['cpu'] })
  const { outputs } = await model.predict(plainBatch([[51, 102, 204]]))
  await model.close()
  const hard = [0.54, 0.58, 0.66]
  outputs.y!.data.forEach((value, i) => {
    t.true(Math.abs(value - hard[i]!) < 1e-6, `${value}`)
  })
  const activation = { ...options, out: path.join(folder, 'twice'), activation: 'sigmoid' } as const
  await t.throwsAsync(importModel(path.join(folder, 'hard.onnx'), activation), {
    message: /keep its answers within 0 and 1, and --activation says/,
  })
  const twice = cardOf(t, meanCard('scale: 1/255', 'kind: classes, classes: [a, b, c], apply: sigmoid'), headed(within['a hard sigmoid']!))
  await t.throwsAsync(twice, { message: /the graph's last operators keep 'y' within 0 and 1 already: leave apply out/ })
})

test('shares over the pictures of a batch are seen behind a step that leaves them where they are', async (t) => {
  const shares: Head = (g, v) => g.node('Mul', 'y', [g.node('Softmax', 'p', [v], { axis: 0 }), number(g, 'one', 1)])
  const card = cardOf(t, meanCard('scale: 1/255', 'kind: classes, classes: [a, b, c]'), headed(shares))
  await t.throwsAsync(card, { message: /softmax over the pictures of a batch/ })
})

test('a softmax on bytes, as onnxruntime writes it, is the ending of its graph', async (t) => {
  const model = decodeModel(
    headed((g, v) => g.node('Identity', 'y', [g.node('Softmax', 'p', [v])])),
    'm',
  )
  const node = model.graph!.node.map((one) =>
    one.opType === 'Softmax' ? { ...one, opType: 'QLinearSoftmax', domain: 'com.microsoft' } : one,
  )
  const bytes = encodeModel({ ...model, graph: { ...model.graph!, node } })
  const card = cardOf(t, meanCard('scale: 1/255', 'kind: classes, classes: [a, b, c], apply: softmax'), bytes)
  await t.throwsAsync(card, { message: /the graph ends with softmax itself/ })
})
