/** The parts of quantising, each against arithmetic or against the float graph run by the runtime. */

import test from 'ava'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { readOnnx } from '../../../src/models/onnx/onnx-file.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { loadOrt } from '../../../src/models/session/ort.js'
import { withPreamble } from '../../../src/models/session/preamble.js'
import { folded } from '../../../src/workshop/quantize/fold.js'
import { coverageOf, prepare } from '../../../src/workshop/quantize/graph.js'
import { gridOf, pixelSteps, pixelTable } from '../../../src/workshop/quantize/pixels.js'
import { policyOf } from '../../../src/workshop/quantize/policy.js'
import { rangeWays } from '../../../src/workshop/quantize/ranges.js'
import { byteWeights } from '../../../src/workshop/quantize/weights.js'
import { typesOf } from '../../../src/workshop/settle.js'
import { cardOf } from '../../models/folder.js'
import { normalised, smallCard, smallNet } from '../../models/small-net.js'

test('256 steps over a range that holds 0, one of which is 0', (t) => {
  t.deepEqual(gridOf(0, 255), { scale: 1, zero: 0 })
  t.deepEqual(gridOf(-1, 1.55), { scale: Math.fround(0.01), zero: 100 })
  // A range on one side of 0 is widened to it.
  t.deepEqual(gridOf(2, 4), { scale: Math.fround(4 / 255), zero: 0 })
  t.deepEqual(gridOf(-5.1, -1), { scale: Math.fround(5.1 / 255), zero: 255 })
  t.deepEqual(gridOf(0, 0), { scale: 1, zero: 0 })
})

test('weights: a scale for each channel, the bias in units of input times weight', (t) => {
  const made = byteWeights(new Float32Array([1, -0.25, 254, 128]), new Float32Array([3, -2]), 0.5, 127)
  t.deepEqual([...made.scale], [Math.fround(1 / 127), 2])
  // A quarter of 127 steps is 31.75.
  t.deepEqual([...made.weight], [127, -32, 127, 64])
  t.deepEqual([...made.bias], [Math.round(3 / Math.fround(0.5 / 127)), -2])
  t.deepEqual([...byteWeights(new Float32Array([1, 0.25]), new Float32Array([0]), 1, 63).weight], [63, 16])
})

test('a channel of zeros keeps its bias, which does not overflow', (t) => {
  const made = byteWeights(new Float32Array([0, 0, 1e-30, 0]), new Float32Array([1000, -1000]), 1e-6, 127)
  made.bias.forEach((bias, i) => {
    t.true(Math.abs(bias) <= 2 ** 31 - 1)
    t.true(Math.abs(bias * made.biasScale[i]! - [1000, -1000][i]!) < 1e-3)
  })
})

test('the ways to choose a range, on values that are known', (t) => {
  // 9,999 values in the first half, one far out.
  const counts = new Float64Array(2048)
  for (let i = 0; i < 1024; i++) counts[i] = 100
  counts[2047] = 1
  const spread = { low: 0, high: 2048, counts }
  t.deepEqual(rangeWays['all values'](spread), [0, 2048])
  t.deepEqual(rangeWays['99.99 % of the values'](spread), [0, 1024])
  // Ending at h costs 102,401 (h ÷ 255)² ÷ 12 for rounding and (2047.5 − h)² for the one outside: least at 1810, tried in steps of 41.
  const [low, high] = rangeWays['least squared error'](spread)
  t.is(low, 0)
  t.true(Math.abs(high - 1810) < 41, `${high}`)
  counts[2047] = 0.001
  t.true(rangeWays['least squared error'](spread)[1] < 1100)
})

for (const [title, input] of [
  ['grey levels', 'scale: 1'],
  ['0 to 1', 'scale: 1/255'],
  ['mean and deviation', normalised],
  ['BGR with mean and deviation', `channels: BGR, ${normalised}`],
] as const) {
  test(`the table of an input says for every grey level what the graph makes of it: ${title}`, async (t) => {
    const card = await cardOf(t, smallCard(input), smallNet('floats'))
    const onnx = await readOnnx(card.file)
    const graph = folded(decodeModel(withPreamble(onnx.model, card.inputs)!, 'x').graph!)
    const steps = pixelSteps(graph)!
    const { scale, zero, lookup } = pixelTable(steps)
    const { mean, std, scale: by } = card.inputs[0]!
    for (let color = 0; color < 3; color++) {
      for (let grey = 0; grey < 256; grey++) {
        const want = (grey * by - mean[color]!) / std[color]!
        const byte = lookup ? lookup[color * 256 + grey]! : grey
        // The middle of each step lies at most half a step away, and the ends are not cut.
        t.true(Math.abs((byte - zero) * scale - want) <= scale * 0.5001 + 1e-6, `${color} ${grey}`)
      }
    }
    t.is(lookup === null, input.startsWith('scale: 1') && !input.includes('mean'))
    t.deepEqual(
      steps.moves.map(({ opType }) => opType),
      title.startsWith('BGR') ? ['Transpose', 'Gather'] : ['Transpose'],
    )
  })
}

test('a graph that begins otherwise has no table', (t) => {
  const graph = newGraph('blur')
  const image = graph.input('image', 'uint8', ['N', 8, 8, 3])
  const pixels = graph.node('Cast', 'pixels', [image], { to: 1 })
  // Not the same for every column.
  const scaled = graph.node('Mul', 'scaled', [pixels, graph.constant('ramp', new Float32Array(8).fill(2), [1, 1, 8, 1])])
  graph.output(scaled, 'float32', ['N', 8, 8, 3])
  t.is(pixelSteps(graph.model().graph!)?.value, 'pixels')
  const two = newGraph('two')
  const x = two.input('x', 'float32', ['N', 3, 8, 8])
  two.output(two.node('Relu', 'r', [x]), 'float32', ['N', 3, 8, 8])
  t.is(pixelSteps(two.model().graph!), null)
})

test('folding norms and dropping idle steps changes no answer', async (t) => {
  const graph = newGraph('norms')
  const x = graph.input('x', 'float32', [1, 3, 4, 4])
  const five = (name: string, from: number) =>
    graph.constant(
      name,
      Float32Array.from({ length: 5 }, (_, i) => from + i / 7),
    )
  const weight = graph.constant(
    'w',
    Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)),
    [5, 3, 1, 1],
  )
  const conv = graph.node('Conv', 'conv', [graph.node('Identity', 'same', [x]), weight, five('b', -1)])
  const norm = graph.node('BatchNormalization', 'norm', [
    conv,
    five('gamma', 0.5),
    five('beta', -0.2),
    five('mean', 0.1),
    five('variance', 0.7),
  ])
  graph.output(graph.node('Relu', 'y', [graph.node('Dropout', 'drop', [norm])]), 'float32', [1, 5, 4, 4])
  const model = graph.model()
  const after = folded(decodeModel(encodeModel(model), 'x').graph!)
  t.deepEqual(
    after.node.map(({ opType }) => opType),
    ['Conv', 'Relu'],
  )
  const ort = await loadOrt()
  const picture = new ort.Tensor(
    'float32',
    Float32Array.from({ length: 48 }, (_, i) => Math.cos(i)),
    [1, 3, 4, 4],
  )
  const answers = await Promise.all(
    [model, { ...model, graph: after }].map(async (one) => {
      const session = await ort.InferenceSession.create(encodeModel(one))
      const { y } = await session.run({ x: picture })
      await session.release()
      return y!.data as Float32Array
    }),
  )
  answers[0]!.forEach((value, i) => {
    t.true(Math.abs(value - answers[1]![i]!) < 1e-5)
  })
})

test('the policy: every layer of the body in bytes, activations fused, one scale through pools and concatenations, the head in floats', async (t) => {
  const card = await cardOf(t, smallCard(), smallNet())
  const prepared = await prepare(card, await readOnnx(card.file))
  const { byNode, gone, group } = prepared.policy
  const taken = [...byNode.keys()].map(({ opType }) => opType)
  t.deepEqual(taken, ['Conv', 'MaxPool', 'Conv', 'Conv', 'Conv', 'Add', 'BatchNormalization', 'Conv', 'AveragePool', 'Concat', 'Conv'])
  t.deepEqual(
    [...gone].map(({ opType }) => opType),
    ['Relu', 'Clip', 'Clip', 'Relu', 'Relu', 'Relu'],
  )
  t.is(group.get('conv0/relu'), group.get('pool0'))
  t.deepEqual(new Set(['after', 'mean3'].map((name) => group.get(name))), new Set([group.get('both')]))
  // The sum goes into a norm and a pool as well, where its finer steps count.
  t.not(group.get('sum/relu'), group.get('both'))
  t.not(group.get('expand/relu6'), group.get('both'))
  t.deepEqual(coverageOf(prepared), { layers: 6, of: 7, floats: ['GlobalAveragePool', 'Flatten', 'Gemm', 'Softmax'] })
  const kept = policyOf(prepared.model.graph!, new Set(['conv0']), await typesOf(prepared.model, card.folder))
  t.false([...kept.byNode.keys()].some(({ name }) => name === 'conv0'))
})

test('a BatchNormalization of a vector, as EfficientViT and LeViT have it in their heads, stays in floats: no convolution takes one', async (t) => {
  const graph = newGraph('head')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const four = (name: string, length = 4) => graph.constant(name, new Float32Array(length).fill(0.5))
  const conv = (value: string, name: string) => {
    const channels = value === x ? 3 : 4
    return graph.node('Conv', name, [value, graph.constant(`${name}/w`, new Float32Array(4 * channels).fill(0.1), [4, channels, 1, 1])])
  }
  const norm = (value: string, name: string) =>
    graph.node('BatchNormalization', name, [value, ...['gamma', 'beta', 'mean', 'variance'].map((part) => four(`${name}/${part}`))])
  const maps = norm(graph.node('Relu', 'relu', [conv(x, 'first')]), 'maps')
  const vector = graph.node('ReduceMean', 'vector', [conv(maps, 'second')], { axes: [2, 3], keepdims: 0 })
  graph.output(norm(vector, 'head'), 'float32', ['N', 4])
  const card = await cardOf(t, 'name: head\ninputs: [{ scale: 1 }]\noutputs: [{ kind: features }]\n', graph.bytes())
  const { policy } = await prepare(card, await readOnnx(card.file))
  t.deepEqual(
    [...policy.byNode.keys()].map(({ name }) => name),
    ['first', 'maps', 'second'],
  )
})
