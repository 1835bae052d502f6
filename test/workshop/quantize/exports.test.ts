/** Graphs as exporters write them, in bytes: linear layers, paddings that are computed, old operators, tensors in other files, halves. */

import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ModelCard } from '../../../src/core/model.js'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { readOnnx } from '../../../src/models/onnx/onnx-file.js'
import { type AttributeProto, encodeModel, type ModelProto } from '../../../src/models/onnx/schema.js'
import { upgraded } from '../../../src/models/onnx/upgrade.js'
import { openModel } from '../../../src/models/session/open.js'
import { loadOrt } from '../../../src/models/session/ort.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { folded } from '../../../src/workshop/quantize/fold.js'
import { prepare } from '../../../src/workshop/quantize/graph.js'
import { quantizeModel } from '../../../src/workshop/quantize/quantize.js'
import { settled } from '../../../src/workshop/settle.js'
import { floats, picture } from '../../formula.js'
import { keptBeside } from '../../models/beside.js'
import { exportedCard, exportedNet, kerasCard, kerasNet, kerasSide } from '../../models/exported.js'
import { cardOf, modelFolder, scratch } from '../../models/folder.js'
import { smallCard, smallNet } from '../../models/small-net.js'

const side = 16

/** Patches become tokens; two linear layers with a sum around them, as in a transformer; a hidden layer and a head. */
function linearNet(): Uint8Array {
  const graph = newGraph('linear')
  const x = graph.input('x', 'float32', ['N', 3, side, side])
  const held = (name: string, low: number, high: number, ...dims: number[]) =>
    graph.constant(
      name,
      floats(
        name,
        dims.reduce((a, b) => a * b, 1),
        low,
        high,
      ),
      dims,
    )
  const conv = graph.node('Conv', 'conv', [x, held('kernel', -0.3, 0.3, 8, 3, 4, 4)], { strides: [4, 4] })
  const rows = graph.node('Reshape', 'rows', [conv, graph.constant('flat', new BigInt64Array([0n, 8n, 16n]))])
  const tokens = graph.node('Transpose', 'tokens', [rows], { perm: [0, 2, 1] })
  const wide = graph.node('Add', 'wide', [graph.node('MatMul', 'up', [tokens, held('w1', -0.5, 0.5, 8, 16)]), held('b1', -0.2, 0.2, 16)])
  const down = graph.node('MatMul', 'down', [graph.node('Relu', 'relu', [wide]), held('w2', -0.5, 0.5, 16, 8)])
  const sum = graph.node('Add', 'sum', [tokens, down])
  const mean = graph.node('ReduceMean', 'mean', [sum], { axes: [1], keepdims: 0 })
  const gemm = { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }
  const hidden = graph.node('Tanh', 'tanh', [
    graph.node('Gemm', 'hidden', [mean, held('w3', -1, 1, 12, 8), held('b3', -0.3, 0.3, 12)], gemm),
  ])
  const head = graph.node('Gemm', 'head', [hidden, held('w4', -2, 2, 12, 3), held('b4', -0.3, 0.3, 3)])
  graph.output(graph.node('Softmax', 'y', [head], { axis: -1 }), 'float32', ['N', 3])
  return graph.bytes()
}

const linearCard = `name: linear\ninputs: [{ scale: 1/255, mean: [0.5, 0.5, 0.5] }]\noutputs: [{ kind: classes, in_graph: softmax, classes: [a, b, c] }]\n`

const pictures = (count: number, size: number) =>
  Array.from({ length: count }, (_, i) =>
    picture(`l${i}`, size, size, [(i * 29) % 120, (i * 53) % 120, (i * 71) % 120], [255 - ((i * 17) % 100), 255, 200]),
  )

async function quantised(t: ExecutionContext, card: ModelCard, size: number) {
  const out = path.join(await scratch(t), 'int8')
  const samples = pictures(40, size).map((data, i) => ({ data, origin: `${i}` }))
  return quantizeModel(card, { out, force: false, samples, calibration: 'formula', sevenBits: false, keep: new Set(), threads: 1 })
}

const answers = async (t: ExecutionContext, card: ModelCard, given: readonly Uint8Array[]) => {
  const model = await openModel(card, { devices: ['cpu'] })
  t.teardown(() => model.close())
  return (await ask(model, given))[card.outputs[0]!.name]!
}

test('linear layers take bytes, with a scale for each column; the head and what lies between stay in floats', async (t) => {
  const parent = await cardOf(t, linearCard, linearNet())
  const { card, coverage } = await quantised(t, parent, side)
  // The patches, the two around the sum, and the hidden one.
  t.deepEqual([coverage.layers, coverage.of], [4, 5])
  const graph = (await readOnnx(card.file)).model.graph!
  const node = (op: string, output: string) => graph.node.find(({ opType, output: [first] }) => opType === op && first === output)!
  const scaleOf = (name: string) => graph.initializer.find((tensor) => tensor.name === `${name}/weight/scale`)!.dims.map(Number)
  t.deepEqual([scaleOf('up'), scaleOf('down'), scaleOf('hidden')], [[16], [8], [12]])
  // Only the product sees rounded tokens; the sum has them as they are.
  t.deepEqual(node('MatMul', 'up').input[0], 'tokens/rounded')
  t.true(node('Add', 'sum').input.includes('tokens'))
  t.is(node('Gemm', 'head').input[1], 'w4')
  const others = pictures(72, side).slice(40)
  const [exact, bytes] = [await answers(t, parent, others), await answers(t, card, others)]
  const most = exact.reduce((most, value, i) => Math.max(most, Math.abs(value - bytes[i]!)), 0)
  t.true(most > 0 && most < 0.03, `${most}`)
})

test('zeros around a picture that are computed from its size become part of the convolution', async (t) => {
  const graph = newGraph('same')
  const x = graph.input('x', 'float32', ['N', 3, 'H', 'W'])
  const ints = (name: string, ...values: number[]) => graph.constant(name, BigInt64Array.from(values, BigInt))
  // As TensorFlow pads: what is missing to a whole number of steps, the larger half behind.
  const sizes = graph.node('Slice', 'sizes', [graph.node('Shape', 'shape', [x]), ints('two', 2), ints('four', 4)])
  const rest = graph.node('Sub', 'rest', [ints('kernelSize', 5, 5), graph.node('Mod', 'mod', [sizes, ints('stride', 3)])])
  const before = graph.node('Div', 'before', [rest, ints('half', 2)])
  const zeros = ints('zeros', 0, 0)
  const pads = graph.node('Concat', 'pads', [zeros, before, zeros, graph.node('Sub', 'after', [rest, before])], { axis: 0 })
  const padded = graph.node('Pad', 'padded', [x, pads])
  const conv = graph.node('Conv', 'conv', [padded, graph.constant('w', floats('w', 4 * 75, -1, 1), [4, 3, 5, 5])], {
    strides: [3, 3],
    pads: [1, 0, 0, 1],
  })
  graph.output(graph.node('Flatten', 'y', [graph.node('GlobalAveragePool', 'pool', [conv])]), 'float32', ['N', 4])
  const card = await cardOf(t, `name: same\ninputs: [{ size: ${side} px, scale: 1/255 }]\noutputs: [{ kind: features }]`, graph.bytes())
  const onnx = await readOnnx(card.file)
  const model = await settled(onnx.model, card, card.folder)
  const after = { ...model, graph: folded(model.graph!) }
  t.deepEqual(
    after.graph.node.map(({ opType }) => opType),
    ['Conv', 'GlobalAveragePool', 'Flatten'],
  )
  // 16 mod 3 is 1: 4 zeros are missing, 2 on each side, beside the convolution's own.
  t.deepEqual(after.graph.node[0]!.attribute.find(({ name }) => name === 'pads')!.ints!.map(Number), [3, 2, 2, 3])
  const given = floats('given', 2 * 3 * side * side, 0, 1)
  const [one, other] = await Promise.all([run(onnx.model, given, side), run(after, given, side)])
  one.forEach((value, i) => {
    t.true(Math.abs(value - other[i]!) < 1e-5)
  })
})

async function run(model: ModelProto, data: Float32Array, size: number): Promise<Float32Array> {
  const ort = await loadOrt()
  const session = await ort.InferenceSession.create(encodeModel(model), { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 })
  const { y } = await session.run({ x: new ort.Tensor('float32', data, [data.length / (3 * size * size), 3, size, size]) })
  await session.release()
  return y!.data as Float32Array
}

/** Operators whose attributes became inputs, as version 9 writes them. */
function oldNet(): ModelProto {
  const graph = newGraph('old')
  const x = graph.input('x', 'float32', ['N', 3, 8, 8])
  const conv = graph.node('Conv', 'conv', [x, graph.constant('w', floats('w', 6 * 27, -1, 1), [6, 3, 3, 3])])
  const four = (name: string, low: number) => graph.constant(name, floats(name, 6, low, low + 1))
  const norm = graph.node('BatchNormalization', 'norm', [
    conv,
    four('gamma', 0.5),
    four('beta', -0.5),
    four('mean', -0.5),
    four('variance', 0.5),
  ])
  const clip = graph.node('Clip', 'clip', [norm], { min: { float: -0.5 }, max: { float: 1.5 } })
  const pad = graph.node('Pad', 'pad', [graph.node('Dropout', 'drop', [clip], { ratio: { float: 0.3 } })], {
    pads: [0, 0, 1, 0, 0, 0, 0, 2],
    value: { float: 0.25 },
  })
  const large = graph.node('Upsample', 'large', [pad, graph.constant('scales', new Float32Array([1, 1, 2, 1.5]))], { mode: 'nearest' })
  const smooth = graph.node('Upsample', 'smooth', [large, graph.constant('twice', new Float32Array([1, 1, 1.5, 2]))], { mode: 'linear' })
  const part = graph.node('Slice', 'part', [smooth], { starts: [1, 2], ends: [9, -3], axes: [2, 3] })
  const soft = graph.node('Softmax', 'soft', [part], { axis: 2 })
  const pooled = graph.node('Squeeze', 'pooled', [graph.node('GlobalMaxPool', 'pool', [soft])], { axes: [2, 3] })
  const again = graph.node('Squeeze', 'again', [graph.node('Unsqueeze', 'up', [pooled], { axes: [1] })], { axes: [1] })
  const sums = graph.node('ReduceSum', 'sums', [part], { axes: [2, 3], keepdims: 0 })
  const head = graph.node('Softmax', 'shares', [
    graph.node('Gemm', 'gemm', [again, graph.constant('h', floats('h', 36, -9, 9), [6, 6]), four('hb', 0)]),
  ])
  graph.output(graph.node('Concat', 'y', [again, sums, head], { axis: 1 }), 'float32', ['N', 18])
  return { ...graph.model(), opsetImport: [{ domain: '', version: 9 }] }
}

test('operators of version 9 said in those of 13 give the same numbers, bit by bit', async (t) => {
  const old = oldNet()
  const now = upgraded(old)
  if (typeof now === 'string') return t.fail(now)
  t.is(Number(now.opsetImport[0]!.version), 13)
  t.false(now.graph!.node.some(({ opType }) => opType === 'Upsample'))
  const given = floats('old', 2 * 3 * 64, -1, 1)
  const [one, other] = await Promise.all([run(old, given, 8), run(now, given, 8)])
  t.is(one.length, 36)
  t.true(one.every((value) => Number.isFinite(value)) && new Set(one).size > 20)
  t.deepEqual([...other], [...one])
})

test('an old graph becomes bytes, and what is not known of one is named', async (t) => {
  const card = `name: old\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: features }]`
  const parent = await cardOf(t, card, encodeModel(oldNet()))
  t.true((await prepare(parent, await readOnnx(parent.file))).policy.byNode.size > 0)
  const strange = oldNet()
  const k: AttributeProto = { name: 'k', type: 2, i: 3 }
  strange.graph!.node.push({ opType: 'TopK', name: 'top', input: ['again'], output: ['best', 'places'], attribute: [k] })
  const refused = await cardOf(t, card, encodeModel(strange))
  await t.throwsAsync(async () => prepare(refused, await readOnnx(refused.file)), {
    message: /^old cannot be quantised: its TopK is of version 9$/,
    code: 'MODEL_UNQUANTISABLE',
  })
})

test('a model that keeps tensors in another file becomes the same bytes as one that does not', async (t) => {
  const inside = await cardOf(t, smallCard(), smallNet('bytes'))
  const folder = await modelFolder(t, smallCard(), smallNet('bytes'))
  const beside = await keptBeside(folder, smallNet('bytes'))
  const [one, other] = [await quantised(t, inside, 32), await quantised(t, beside, 32)]
  t.is(other.card.sha256, one.card.sha256)
})

test('a model in half precision is refused by name, also where it takes floats', async (t) => {
  const model = exportedNet()
  const half = { name: 'halves16', dims: [1], dataType: 10, rawData: new Uint8Array([0, 60]) }
  model.graph!.initializer.push(half)
  model.graph!.node.push({ opType: 'Identity', name: 'h', input: ['halves16'], output: ['h'], attribute: [] })
  const card = await cardOf(t, exportedCard, encodeModel(model))
  await t.throwsAsync(async () => prepare(card, await readOnnx(card.file)), {
    message: /exported cannot be quantised: it computes in half precision/,
    code: 'MODEL_UNQUANTISABLE',
  })
})

test('a DenseNet of Keras becomes bytes: zeros around it are part of its first layer, channels stay last outside', async (t) => {
  const parent = await cardOf(t, kerasCard, encodeModel(kerasNet()))
  t.is(parent.inputs[0]!.layout, 'NHWC')
  const { card, coverage, agreement } = await quantised(t, parent, kerasSide)
  t.deepEqual([coverage.layers, coverage.of], [6, 7])
  t.true(agreement.most < 0.06, `${agreement.most}`)
  const graph = (await readOnnx(card.file)).model.graph!
  // The other Pad is of a maximum, which does not know it.
  t.is(graph.node.filter(({ opType }) => opType === 'Pad').length, 1)
  const others = pictures(72, kerasSide).slice(40)
  const [exact, bytes] = [await answers(t, parent, others), await answers(t, card, others)]
  const most = exact.reduce((most, value, i) => Math.max(most, Math.abs(value - bytes[i]!)), 0)
  t.true(most > 0 && most < 0.06, `${most}`)
})

test('an export for pictures of any size becomes bytes: its sizes stay whole numbers', async (t) => {
  const parent = await cardOf(t, exportedCard, encodeModel(exportedNet()))
  const { card, agreement } = await quantised(t, parent, 8)
  // Numbers are up to 4; what is rounded are means of patches in steps of about 1/255, their range a little cut off.
  t.true(agreement.mean < 0.02 && agreement.most < 0.1, `${agreement.mean} ${agreement.most}`)
  const grey = [new Uint8Array(192).fill(102), new Uint8Array(192).fill(204)]
  const [exact, bytes] = [await answers(t, parent, grey), await answers(t, card, grey)]
  bytes.forEach((value, i) => {
    t.true(Math.abs(value - exact[i]!) < 0.1)
  })
})
