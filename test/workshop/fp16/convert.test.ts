/** `models convert NAME --fp16` through the command line: what is in halves, what stays, and how near the answers are. */

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readCard } from '../../../src/models/card/card.js'
import { elementTypes } from '../../../src/models/onnx/element-types.js'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { readOnnx } from '../../../src/models/onnx/onnx-file.js'
import { encodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { picture } from '../../formula.js'
import { keptBeside } from '../../models/beside.js'
import { exportedAnswer, exportedCard, exportedNet, exportedSide, kerasCard, kerasNet, kerasSide } from '../../models/exported.js'
import { scratch } from '../../models/folder.js'
import { normalised, side, smallCard, smallNet } from '../../models/small-net.js'
import { tiastream } from '../../support/command-line.js'

async function place(t: ExecutionContext, card: string, onnx: Uint8Array): Promise<string> {
  const folder = await scratch(t)
  await mkdir(path.join(folder, 'small'))
  await writeFile(path.join(folder, 'small/model.yml'), card)
  await writeFile(path.join(folder, 'small/model.onnx'), onnx)
  return folder
}

for (const [takes, card] of [
  ['bytes', smallCard()],
  ['floats', smallCard(normalised)],
] as const) {
  test(`a model that takes ${takes}: weights are halves, inputs and outputs are as they were, answers within rounding`, async (t) => {
    const folder = await place(t, card, smallNet(takes))
    const made = await tiastream(['models', 'convert', 'small', '--fp16'], folder)
    t.is(made.code, 0, made.err)
    t.regex(made.out, /^small-fp16 is ready: /)
    t.regex(made.out, /same class {12}6 of 6 pictures/)
    const [parent, half] = [await readCard(path.join(folder, 'small')), await readCard(path.join(folder, 'small-fp16'))]
    t.like(half, { parent: 'small', name: 'small-fp16', inputs: [{ ...parent.inputs[0]! }], outputs: parent.outputs })
    const { facts, model } = await readOnnx(half.file)
    const before = await readOnnx(parent.file)
    t.deepEqual(facts.inputs, before.facts.inputs)
    t.deepEqual(facts.outputs, before.facts.outputs)
    const tensors = model.graph!.initializer
    // The factor of the pixels is applied to grey levels in floats; every weight is a half.
    t.deepEqual(
      tensors.filter(({ dataType }) => dataType === elementTypes.float32).map(({ name }) => name),
      takes === 'bytes' ? ['scale'] : [],
    )
    t.true(tensors.filter(({ dataType }) => dataType === elementTypes.float16).length > 15)
    for (const op of ['Softmax', 'GlobalAveragePool']) {
      const node = model.graph!.node.find(({ opType }) => opType === op)!
      t.true(node.input[0]!.endsWith('/float'), `${op} takes ${node.input[0]}`)
    }
    const pictures = Array.from({ length: 12 }, (_, i) => picture(`h${i}`, side, side))
    const answers = await Promise.all(
      [parent, half].map(async (one) => {
        const model = await openModel(one, { devices: ['cpu'] })
        t.teardown(() => model.close())
        return (await ask(model, pictures)).probabilities!
      }),
    )
    // Eleven bits a number, a dozen layers: a few thousandths; and not nothing, or nothing was halved.
    const most = answers[0]!.reduce((most, value, i) => Math.max(most, Math.abs(value - answers[1]![i]!)), 0)
    t.true(most > 0 && most < 0.01, `${most}`)
  })
}

const features = 'name: big\ninputs: [{ scale: 1, size: 4 px }]\noutputs: [{ kind: features }]'

/** The mean of a picture's grey levels, after a 1 × 1 convolution with this weight and another that divides it again. */
function times(weight: number, back: number): Uint8Array {
  const graph: Graph = newGraph('times')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const kernel = (name: string, value: number) =>
    graph.constant(name, new Float32Array([value, 0, 0, 0, value, 0, 0, 0, value]), [3, 3, 1, 1])
  const large = graph.node('Conv', 'large', [x, kernel('w', weight)])
  const small = graph.node('Conv', 'small', [large, kernel('v', back)])
  graph.output(graph.node('ReduceMean', 'y', [small], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
  return graph.bytes()
}

test('results beyond the largest half stay in floats, and are named', async (t) => {
  // 255 × 1000 is more than 65504.
  const folder = await place(t, features, times(1000, 1 / 1024))
  const made = await tiastream(['models', 'convert', 'small', '--fp16'], folder)
  t.is(made.code, 0, made.err)
  t.regex(made.out, /in floats {13}1 result that comes near 65504, the largest half: large/)
  const model = await openModel(await readCard(path.join(folder, 'small-fp16')), { devices: ['cpu'] })
  t.teardown(() => model.close())
  const { y } = await ask(model, [new Uint8Array(48).fill(255)])
  for (const value of y!) t.true(Math.abs(value - (255 * 1000) / 1024) < 0.2, `${value}`)
})

test('a weight that no half holds stays a float', async (t) => {
  const folder = await place(t, features, times(1e5, 1 / 1024))
  const made = await tiastream(['models', 'convert', 'small', '--fp16', '--out', 'mine'], folder)
  t.is(made.code, 0, made.err)
  const card = await readCard(path.join(folder, 'mine'))
  const types = new Map((await readOnnx(card.file)).model.graph!.initializer.map(({ name, dataType }) => [name, dataType]))
  t.is(types.get('w'), elementTypes.float32)
  t.is(types.get('v/half'), elementTypes.float16)
})

async function placeBeside(t: ExecutionContext, card: string, onnx: Uint8Array): Promise<string> {
  const folder = await place(t, card, onnx)
  await keptBeside(path.join(folder, 'small'), onnx)
  return folder
}

test('a model that keeps tensors in another file becomes the same halves as one that does not', async (t) => {
  const [inside, beside] = [
    await place(t, smallCard(normalised), smallNet('floats')),
    await placeBeside(t, smallCard(normalised), smallNet('floats')),
  ]
  const [one, other] = await Promise.all(
    [inside, beside].map(async (folder) => {
      const made = await tiastream(['models', 'convert', 'small', '--fp16'], folder)
      t.is(made.code, 0, made.err)
      return readOnnx(path.join(folder, 'small-fp16/model.onnx'))
    }),
  )
  t.deepEqual(other!.facts.externalFiles, [])
  t.is(other!.sha256, one!.sha256)
  await writeFile(path.join(beside, 'small/data/w.bin'), 'short')
  const short = await tiastream(['models', 'convert', 'small', '--fp16', '--out', 'again'], beside)
  t.is(short.code, 3)
  t.regex(short.err, /needs \d+ bytes from \d+ on, and data\/w\.bin has 5 \[EXTERNAL_DATA\]/)
})

test('an export for pictures of any size: what it computes from sizes stays whole numbers, the answers are those of arithmetic', async (t) => {
  const folder = await place(t, exportedCard, encodeModel(exportedNet()))
  const made = await tiastream(['models', 'convert', 'small', '--fp16'], folder)
  t.is(made.code, 0, made.err)
  const card = await readCard(path.join(folder, 'small-fp16'))
  const { model } = await readOnnx(card.file)
  t.true(model.graph!.initializer.some(({ name, dataType }) => name === 'kernel/half' && dataType === elementTypes.float16))
  // A resized map is in floats, since its scales must be, and they are what they were.
  const resize = model.graph!.node.find(({ opType }) => opType === 'Resize')!
  t.deepEqual(resize.input, ['patches/float', '', 'scales'])
  const opened = await openModel(card, { devices: ['cpu'] })
  t.teardown(() => opened.close())
  const greys = [0, 51, 204, 255]
  const { y } = await ask(
    opened,
    greys.map((grey) => new Uint8Array(exportedSide * exportedSide * 3).fill(grey)),
    3,
  )
  greys.forEach((grey, i) => {
    // Numbers up to 4 in halves are multiples of 1/512.
    for (const k of [0, 1, 2]) t.true(Math.abs(y![i * 3 + k]! - exportedAnswer(grey / 255, k)) < 0.005)
  })
})

test('a DenseNet of Keras, channels last, becomes halves', async (t) => {
  const folder = await place(t, kerasCard, encodeModel(kerasNet()))
  const made = await tiastream(['models', 'convert', 'small', '--fp16'], folder)
  t.is(made.code, 0, made.err)
  const parent = await readCard(path.join(folder, 'small'))
  const half = await readCard(path.join(folder, 'small-fp16'))
  const weights = (await readOnnx(half.file)).model.graph!.initializer.filter(({ name }) => /\/w(\/half)?$/.test(name!))
  t.deepEqual([...new Set(weights.map(({ dataType }) => dataType))], [elementTypes.float16])
  const pictures = Array.from({ length: 12 }, (_, i) => picture(`k${i}`, kerasSide, kerasSide))
  const answers = await Promise.all(
    [parent, half].map(async (one) => {
      const model = await openModel(one, { devices: ['cpu'] })
      t.teardown(() => model.close())
      return (await ask(model, pictures)).predictions!
    }),
  )
  const most = answers[0]!.reduce((most, value, i) => Math.max(most, Math.abs(value - answers[1]![i]!)), 0)
  t.true(most > 0 && most < 0.01, `${most}`)
})

test('a model that is not there, and one that is in bytes already, are refused, and nothing is left behind', async (t) => {
  const folder = await place(t, features, times(1, 1))
  const none = await tiastream(['models', 'convert', 'nothing', '--fp16'], folder)
  t.is(none.code, 3)
  t.regex(none.err, /there is no model 'nothing'/)
  const graph = newGraph('bytes')
  const x = graph.input('x', 'uint8', ['N', 4, 4, 3])
  const scale = graph.constant('scale', new Float32Array([1 / 255]), [])
  const float = graph.node('DequantizeLinear', 'float', [x, scale, graph.constant('zero', new Uint8Array([0]), [])])
  graph.output(graph.node('ReduceMean', 'y', [float], { axes: [1, 2], keepdims: 0 }), 'float32', ['N', 3])
  const other = await place(t, 'name: bytes\ninputs: [{}]\noutputs: [{ kind: features }]', graph.bytes())
  const refused = await tiastream(['models', 'convert', 'small', '--fp16'], other)
  t.is(refused.code, 3)
  t.regex(refused.err, /bytes cannot be converted to half precision: it is quantised \(DequantizeLinear\) \[MODEL_UNCONVERTIBLE\]/)
  t.deepEqual(await readdir(other), ['small'])
})

test('without --fp16 weights still need their architecture', async (t) => {
  const folder = await scratch(t)
  const ended = await tiastream(['models', 'convert', 'weights.pth'], folder)
  t.is(ended.code, 2)
  t.regex(ended.err, /required option '--arch <name>' not specified/)
})

test('a norm that is kept from zero by 1e-12 is divided by in floats: in halves black pixels are 0 ÷ 0', async (t) => {
  // F.normalize over the channels, as PyTorch exports it.
  const graph: Graph = newGraph('normalised')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const norm = graph.node('ReduceL2', 'norm', [x], { axes: [1], keepdims: 1 })
  const clipped = graph.node('Clip', 'clipped', [norm, graph.constant('least', new Float32Array([1e-12]), [])])
  const whole = graph.node('Expand', 'whole', [clipped, graph.node('Shape', 'shape', [x])])
  const unit = graph.node('Div', 'unit', [x, whole])
  const kernel = graph.constant('w', new Float32Array([1, 0.5, 0, 0, 1, 0.25, 0.125, 0, 1]), [3, 3, 1, 1])
  const seen = graph.node('Conv', 'seen', [unit, kernel])
  graph.output(graph.node('ReduceMean', 'y', [seen], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
  const folder = await place(t, 'name: unit\ninputs: [{ scale: 1/255, size: 4 px }]\noutputs: [{ kind: features }]', graph.bytes())
  const made = await tiastream(['models', 'convert', 'small', '--fp16'], folder)
  t.is(made.code, 0, made.err)
  const { model } = await readOnnx(path.join(folder, 'small-fp16', 'model.onnx'))
  const inputOf = (op: string) => model.graph!.node.find(({ opType }) => opType === op)!.input[0]
  t.deepEqual([inputOf('Div'), inputOf('Conv')], ['x', 'unit/half'])
})
