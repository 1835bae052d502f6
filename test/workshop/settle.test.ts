/** Graphs as exporters write them: what they compute from sizes is computed once, and they stay what they were. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readOnnx } from '../../src/models/onnx/onnx-file.js'
import { decodeModel, encodeModel, type NodeProto } from '../../src/models/onnx/schema.js'
import { openModel } from '../../src/models/session/open.js'
import { ask } from '../../src/workshop/own/ask.js'
import { settled, typesOf } from '../../src/workshop/settle.js'
import { exportedAnswer, exportedCard, exportedNet, exportedSide } from '../models/exported.js'
import { cardOf, meanCard, meanModel } from '../models/folder.js'

const greys = [0, 51, 102, 204, 255]
const pictures = greys.map((grey) => new Uint8Array(exportedSide * exportedSide * 3).fill(grey))

test('the graph of the tests says what arithmetic says', async (t) => {
  const model = await openModel(await cardOf(t, exportedCard, encodeModel(exportedNet())), { devices: ['cpu'] })
  t.teardown(() => model.close())
  const { y } = await ask(model, pictures, 3)
  greys.forEach((grey, i) => {
    for (const k of [0, 1, 2]) t.true(Math.abs(y![i * 3 + k]! - exportedAnswer(grey / 255, k)) < 1e-5)
  })
})

test('sizes become constants, what counts pictures stays, a branch that is never taken goes', async (t) => {
  const card = await cardOf(t, exportedCard, encodeModel(exportedNet()))
  const onnx = await readOnnx(card.file)
  const { graph } = await settled(onnx.model, card, card.folder)
  const left = new Set(graph!.node.map(({ opType }) => opType))
  for (const gone of ['If', 'Range', 'Neg', 'Mul']) t.false(left.has(gone), gone)
  // The number of pictures is part of three shapes: those are still made while it runs.
  for (const kept of ['Shape', 'Expand', 'ConstantOfShape', 'Reshape', 'Resize']) t.true(left.has(kept), kept)
  const names = new Map(graph!.initializer.map((tensor) => [tensor.name, tensor]))
  t.deepEqual(names.get('positions')?.dims.map(Number), [6, 1])
  t.deepEqual([...new Float32Array(new Uint8Array(names.get('positions')!.rawData!).buffer)], [0, 0.5, 1, 1.5, 2, 2.5])
  t.deepEqual(
    graph!.input[0]!.type!.tensorType!.shape!.dim.slice(1).map(({ dimValue }) => Number(dimValue)),
    [3, exportedSide, exportedSide],
  )
})

test('the type of every value is the one that the runtime knows', async (t) => {
  const card = await cardOf(t, exportedCard, encodeModel(exportedNet()))
  const { types } = await typesOf((await readOnnx(card.file)).model, path.dirname(card.file))
  t.deepEqual(
    ['ones', 'minus', 'equal', 'kept', 'token', 'empty', 'range', 'halves', 'x', 'kernel'].map((name) => types.get(name)),
    [7, 7, 9, 7, 1, 1, 7, 1, 1, 1],
  )
})

test('a graph that the runtime does not know stays as it is, and is refused by name', async (t) => {
  const model = exportedNet()
  model.graph!.node.find(({ name }) => name === 'sum')!.opType = 'Nonsense'
  const card = await cardOf(t, exportedCard, encodeModel(model))
  const onnx = await readOnnx(card.file)
  const { graph } = await settled(onnx.model, card, card.folder)
  t.true(graph!.node.some(({ opType }) => opType === 'Range'))
  await t.throwsAsync(typesOf(onnx.model, card.folder), { code: 'MODEL_REFUSED', message: /Nonsense/ })
})

test('tensors among the inputs, as old exporters list them, are no inputs; those that only a branch uses stay', async (t) => {
  const head = meanModel('float32', 'NCHW', 1, 4, (g, mean) => {
    const half = g.constant('half', new Float32Array([0.5]), [])
    g.constant('shift', new Float32Array([1, 2, 3]))
    const one = g.node('Identity', 'same', [mean])
    g.node('Greater', 'light', [g.node('ReduceMax', 'most', [one], { keepdims: 0 }), half])
    return g.node('Identity', 'y', [one])
  })
  const { graph, ...model } = decodeModel(head, 'm')
  const node = (opType: string, input: string[], output: string, attribute: NodeProto['attribute'] = []): NodeProto => ({
    opType,
    input,
    output: [output],
    attribute,
  })
  const branch = (name: string, op: string) => {
    const output = [{ ...graph!.output[0]!, name }]
    return { name: `${name}_branch`, type: 5, g: { name, node: [node(op, ['same', 'shift'], name)], initializer: [], input: [], output } }
  }
  const nodes = graph!.node.map((one) =>
    one.output[0] === 'y' ? node('If', ['light'], 'y', [branch('then', 'Add'), branch('else', 'Sub')]) : one,
  )
  const dim = [{ value: 'dimValue' as const, dimValue: 3 }]
  const listed = { name: 'shift', type: { tensorType: { elemType: 1, shape: { dim } } } }
  const bytes = encodeModel({ ...model, graph: { ...graph!, node: nodes, input: [listed, ...graph!.input] } })
  const card = await cardOf(t, meanCard('scale: 1/255'), bytes)
  const made = await settled((await readOnnx(card.file)).model, card, card.folder)
  t.deepEqual(
    made.graph!.input.map(({ name }) => name),
    ['x'],
  )
  await writeFile(card.file, encodeModel(made))
  const asked = await openModel({ ...card, sha256: (await readOnnx(card.file)).sha256 }, { devices: ['cpu'] })
  const { y } = await ask(asked, [new Uint8Array(48).fill(255), new Uint8Array(48).fill(51)], 1)
  await asked.close()
  const want = [2, 3, 4, -0.8, -1.8, -2.8]
  for (const [i, value] of want.entries()) t.true(Math.abs(y![i]! - value) < 1e-6, `${y![i]} is not ${value}`)
})
