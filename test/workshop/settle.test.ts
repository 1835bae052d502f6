/** Graphs as exporters write them: what they compute from sizes is computed once, and they stay what they were. */

import path from 'node:path'
import test from 'ava'
import { readOnnx } from '../../src/models/onnx/onnx-file.js'
import { encodeModel } from '../../src/models/onnx/schema.js'
import { openModel } from '../../src/models/session/open.js'
import { ask } from '../../src/workshop/own/ask.js'
import { settled, typesOf } from '../../src/workshop/settle.js'
import { exportedAnswer, exportedCard, exportedNet, exportedSide } from '../models/exported.js'
import { cardOf } from '../models/folder.js'

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
  const types = await typesOf((await readOnnx(card.file)).model, path.dirname(card.file))
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
