/** What the last operators of a graph, and its answers to noise, say of its answers: taken, asked or refused, never given a softmax too many. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { elementTypes } from '../../../src/models/onnx/element-types.js'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { readOnnx } from '../../../src/models/onnx/onnx-file.js'
import { decodeModel, encodeModel, type FunctionProto, type NodeProto, type TypeProto } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { importModel } from '../../../src/workshop/own/import.js'
import type { ImportOptions } from '../../../src/workshop/own/import-form.js'
import { withShape } from '../../../src/workshop/own/shape-of.js'
import { meanModel, scratch } from '../../models/folder.js'

const number = (graph: Graph, name: string, value: number) => graph.constant(name, new Float32Array([value]), [])
/** Means of a picture, as logits of about −2.5 to 2.5. */
const logits = (graph: Graph, value: string) =>
  graph.node('Mul', 'z', [
    graph.node('Sub', 'moved', [value, number(graph, 'half', 0.5)]),
    graph.constant('five', new Float32Array([50, -40, 30])),
  ])

async function imported(t: ExecutionContext, bytes: Uint8Array, options: Partial<ImportOptions> = { classes: ['a', 'b', 'c'] }) {
  const folder = await scratch(t)
  const file = path.join(folder, 'net.onnx')
  await writeFile(file, bytes)
  return importModel(file, { out: path.join(folder, 'net'), force: false, name: 'net', ...options })
}

const headed = (head: (graph: Graph, value: string) => string) =>
  meanModel('float32', 'NCHW', 'N', 4, (graph, value) => head(graph, logits(graph, value)))

test('the logarithm of a sigmoid is refused, that of a softmax gets the softmax that undoes it', async (t) => {
  const logarithms = {
    written: (g: Graph, v: string) => g.node('Log', 'y', [g.node('Sigmoid', 's', [v])]),
    stable: (g: Graph, v: string) => g.node('Neg', 'y', [g.node('Softplus', 's', [g.node('Neg', 'n', [v])])]),
  }
  for (const head of Object.values(logarithms))
    await t.throwsAsync(imported(t, headed(head)), {
      code: 'SHAPE_MISMATCH',
      message: /logarithm of a sigmoid \(LogSigmoid\): export it without$/,
    })
  const softmax = (g: Graph, v: string) => g.node('Log', 'y', [g.node('Softmax', 's', [v], { axis: 1 })])
  t.is((await imported(t, headed(softmax))).card.outputs[0]!.apply, 'softmax')
  await t.throwsAsync(imported(t, headed(softmax), { classes: ['a', 'b', 'c'], activation: 'sigmoid' }), {
    message: /write apply: softmax$/,
  })
  await t.throwsAsync(
    imported(
      t,
      headed((g, v) => g.node('Neg', 'cost', [softmax(g, v)])),
    ),
    { message: /as a cost, least for the likeliest/ },
  )
})

/** Of the second axis, or another one, from `from` on. */
const cut = (g: Graph, value: string, from: number, to: number, axis = 1) => {
  const whole = (name: string, number: number) => g.constant(`${value}/${name}${axis}`, BigInt64Array.of(BigInt(number)), [1])
  return g.node('Slice', `${value}/cut${axis}`, [value, whole('from', from), whole('to', to), whole('axis', axis)])
}

test('some of the shares of a softmax, as softmax(x)[:, 1:], are each their own: of classes, and of pixels', async (t) => {
  const softmax = (g: Graph, v: string, axis = 1) => g.node('Softmax', 's', [v], { axis })
  for (const [axis, classes] of [
    [1, ['c']],
    [-1, ['b', 'c']],
  ] as const) {
    const bytes = headed((g, v) => cut(g, softmax(g, v, axis), 3 - classes.length, 3))
    const model = withShape(decodeModel(bytes, 'net'), { name: 's/cut1', type: 'float32', shape: ['N', classes.length], holds: 'tensor' })
    const { card } = await imported(t, encodeModel(model), { classes })
    t.like(card.outputs[0], { inGraph: 'none', apply: 'none', width: classes.length })
  }
  const last = pixelNet(3, 8, (g, v) => cut(g, softmax(g, v), 2, 3), 1)
  t.like((await imported(t, last, { mask: true })).card.outputs[0], {
    inGraph: 'none',
    apply: 'none',
    mask: { channels: 1, threshold: 0.5 },
  })
  // Where the edges of the map are cut off as well; behind a softmax over the last axis, which is turned round.
  const turn = (g: Graph, name: string, v: string, perm: number[]) => g.node('Transpose', name, [v], { perm })
  const edge = pixelNet(3, 8, (g, v) => cut(g, cut(g, softmax(g, v), 1, 3), 0, 8, 2), 2)
  const turned = pixelNet(3, 8, (g, v) => cut(g, turn(g, 'first', softmax(g, turn(g, 'last', v, [0, 2, 3, 1]), 3), [0, 3, 1, 2]), 1, 3), 2)
  for (const bytes of [edge, turned]) t.is((await imported(t, bytes, { mask: true })).card.outputs[0]!.inGraph, 'none')
  // The edges alone.
  const crop = pixelNet(3, 8, (g, v) => cut(g, turn(g, 'first', softmax(g, turn(g, 'last', v, [0, 2, 3, 1]), 3), [0, 3, 1, 2]), 0, 8, 3))
  t.is((await imported(t, crop, { mask: true })).card.outputs[0]!.inGraph, 'softmax')
})

test('a model that says the same of every picture is refused: weights of zeros, a picture that became a constant of the export', async (t) => {
  const zeros = (g: Graph, v: string) => g.node('Mul', 'none', [v, number(g, 'zero', 0)])
  const constant = (g: Graph, v: string) => g.node('Add', 'y', [zeros(g, v), g.constant('c', new Float32Array([1, 2, 3]))])
  const softmax = (g: Graph, v: string) => g.node('Softmax', 's', [constant(g, v)], { axis: 1 })
  for (const head of [zeros, constant, softmax])
    await t.throwsAsync(imported(t, headed(head)), {
      code: 'MODEL_WRONG',
      message: /says the same of every picture: of white, of black, and of noise$/,
    })
  await t.throwsAsync(imported(t, headed(constant), {}), { code: 'MODEL_WRONG' })
  // A picture without an answer is not the same as another.
  const own = (g: Graph, v: string) => g.node('Div', 'y', [v, g.node('ReduceSum', 'sum', [v], { keepdims: 1 })])
  await t.notThrowsAsync(imported(t, meanModel('float32', 'NCHW', 1, 4, own), {}))
})

test('a test vector of large numbers is held against what they are rounded by', async (t) => {
  const tolerance = async (by: number) =>
    (
      await imported(
        t,
        meanModel('float32', 'NCHW', 'N', 4, (g, v) => g.node('Mul', 'y', [v, number(g, 'by', by)])),
        {},
      )
    ).card.test!.tolerance
  t.is(await tolerance(1), 1e-4)
  // Means of noise are about a half.
  t.true(Math.abs((await tolerance(20_000)) - 1) < 0.3)
})

test('answers in the order of their size, percents, and a softmax over another axis are no probabilities of classes', async (t) => {
  const refused = (head: (graph: Graph, value: string) => string, message: RegExp) => t.throwsAsync(imported(t, headed(head)), { message })
  const softmax = (g: Graph, v: string) => g.node('Softmax', 's', [v], { axis: 1 })
  await refused((g, v) => {
    g.node('TopK', 'y', [softmax(g, v), g.constant('k', new BigInt64Array([3n]))], { axis: 1 })
    return 'y'
  }, /in the order of its size \(TopK\)/)
  await refused((g, v) => g.node('Mul', 'y', [softmax(g, v), number(g, 'hundred', 100)]), /sum to about 100: they are shares of that/)
  const percents = (g: Graph, v: string) => g.node('Mul', 'y', [g.node('Sigmoid', 's', [v]), number(g, 'hundred', 100)])
  await refused((g, v) => g.node('Round', 'whole', [percents(g, v)]), /within 0 and 100, shares of that/)
  await refused(percents, /last operators keep 'y' within 0 and 100, shares of that/)
  // In bytes, rounded.
  const bytes = (g: Graph, v: string) => g.node('Round', 'y', [g.node('Mul', 'b', [softmax(g, v), number(g, 'most', 255)])])
  await refused(bytes, /sum to about 25[456]: they are shares of that/)
  await refused((g, v) => {
    const column = g.node('Unsqueeze', 'u', [v, g.constant('axes', new BigInt64Array([2n]))])
    return g.node('Squeeze', 'y', [g.node('Softmax', 's', [column], { axis: 2 }), g.constant('also', new BigInt64Array([2n]))])
  }, /says 1 for every class of noise/)
})

test('the number of the likeliest class, text and a sequence are told as that; a softmax of a softmax is said', async (t) => {
  const chosen = newGraph('chosen')
  const x = chosen.input('x', 'float32', ['N', 3, 4, 4])
  const mean = chosen.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  chosen.output(chosen.node('ArgMax', 'y', [mean], { axis: 1, keepdims: 0 }), 'int64', ['N'])
  for (const options of [{ classes: ['a', 'b', 'c'] }, {}])
    await t.throwsAsync(imported(t, chosen.bytes(), options), {
      code: 'SHAPE_MISMATCH',
      message: /as the number of the likeliest class \(ArgMax\)/,
    })
  const typed = (type: TypeProto) => {
    const model = chosen.model()
    return encodeModel({ ...model, graph: { ...model.graph!, output: [{ name: 'y', type }] } })
  }
  const text = { tensorType: { elemType: elementTypes.string } }
  await t.throwsAsync(imported(t, typed(text)), {
    code: 'SHAPE_MISMATCH',
    message: /gives 'y' as text, not as numbers: take its output of probabilities/,
  })
  // Packed numbers took the process down.
  for (const type of ['bfloat16', 'int4', 'uint4', 'float8e5m2', 'complex64'] as const)
    await t.throwsAsync(imported(t, typed({ tensorType: { elemType: elementTypes[type] } })), {
      code: 'SHAPE_MISMATCH',
      message: new RegExp(`gives 'y' in ${type}, which is not read: export it with an output of float32 or float16`),
    })
  const sequence = { sequenceType: { elemType: text } }
  await t.throwsAsync(imported(t, typed(sequence)), { code: 'SHAPE_MISMATCH', message: /gives 'y' as a sequence, not as numbers/ })
  const twice = headed((g, v) => g.node('Softmax', 'y', [g.node('Softmax', 's', [v], { axis: 1 })], { axis: 1 }))
  t.regex((await imported(t, twice)).assumed.join('\n'), /its softmax is made of shares that another one has made/)
})

test('bytes in steps of a quantiser, going in or coming out, are no grey levels and no shares', async (t) => {
  const steps = (g: Graph, name: string, step: number, zero: number) => [
    number(g, `${name}/step`, step),
    g.constant(`${name}/zero`, new Uint8Array([zero]), []),
  ]
  const shares = (g: Graph, v: string) =>
    g.node('QuantizeLinear', 'y', [g.node('Softmax', 's', [v], { axis: 1 }), ...steps(g, 'out', 1 / 256, 0)])
  await t.throwsAsync(imported(t, headed(shares)), { code: 'SHAPE_MISMATCH', message: /gives 'y' in bytes with a step of their own/ })
  const taken = (step: number, zero: number) => {
    const graph = newGraph('bytes')
    const x = graph.input('x', 'uint8', ['N', 3, 4, 4])
    const floats = graph.node('DequantizeLinear', 'floats', [x, ...steps(graph, 'in', step, zero)])
    graph.output(graph.node('ReduceMean', 'mean', [floats], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
    return imported(t, graph.bytes(), {})
  }
  // 0 to 1, -1 to 1; then (0 … 1 − 0.45) ÷ 0.22.
  await t.notThrowsAsync(taken(1 / 255, 0))
  await t.notThrowsAsync(taken(1 / 128, 128))
  await t.throwsAsync(taken(1 / 255 / 0.22, 115), {
    code: 'SHAPE_MISMATCH',
    message: /bytes of 0\.01783 each, of numbers that were normalised/,
  })
})

test('answers that lie within 0 and 1, and nothing shows why, are asked about', async (t) => {
  // 0.75 for noise, 1.5 for white: no shares.
  const more = meanModel('float32', 'NCHW', 'N', 4, (graph, value) => graph.node('Mul', 'y', [value, number(graph, 'more', 1.5)]))
  t.is((await imported(t, more)).card.outputs[0]!.apply, 'softmax')
  const shares = meanModel('float32', 'NCHW', 'N', 4)
  await t.throwsAsync(imported(t, shares), { code: 'CARD_INVALID', message: /may be probabilities or not: the graph does not show it$/ })
  for (const activation of ['none', 'softmax', 'sigmoid'] as const)
    t.is((await imported(t, shares, { classes: ['a', 'b', 'c'], activation })).card.outputs[0]!.apply, activation)
})

test('what a graph does in functions of its own is seen: a sigmoid at its end, a division by 255 at its beginning', async (t) => {
  const graph = newGraph('called')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  graph.output(graph.node('Identity', 'y', [mean]), 'float32', ['N', 3])
  const model = graph.model()
  const call = (opType: string, input: string[], output: string[], attribute: NodeProto['attribute'] = []): NodeProto => ({
    opType,
    domain: 'own',
    name: output[0]!,
    input,
    output,
    attribute,
  })
  const functionOf = (
    name: string,
    input: string[],
    output: string[],
    node: NodeProto[],
    more: Partial<FunctionProto> = {},
  ): FunctionProto => ({
    name,
    domain: 'own',
    input,
    output,
    node,
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'own', version: 1 },
    ],
    ...more,
  })
  const plain = (opType: string, input: string[], output: string[], attribute: NodeProto['attribute'] = []): NodeProto => ({
    opType,
    input,
    output,
    attribute,
  })
  const version = model.opsetImport[0]!.version
  const whole = encodeModel({
    ...model,
    opsetImport: [
      { domain: '', version },
      { domain: 'own', version: 1 },
    ],
    functions: [
      // Its number is an attribute of the call, with a value where the call has none.
      functionOf(
        'Scale',
        ['v'],
        ['w'],
        [plain('Constant', [], ['by'], [{ name: 'value_float', type: 1, refAttrName: 'by' }]), plain('Div', ['v', 'by'], ['w'])],
        { attributeProto: [{ name: 'by', type: 1, f: 255 }] },
      ),
      functionOf('Head', ['v'], ['w'], [call('Curve', ['v'], ['w'])]),
      functionOf('Curve', ['v'], ['w'], [plain('Sigmoid', ['v'], ['w'])]),
    ].map((made) => ({
      ...made,
      opsetImport: [
        { domain: '', version },
        { domain: 'own', version: 1 },
      ],
    })),
    graph: {
      ...model.graph!,
      node: [
        call('Scale', ['x'], ['scaled']),
        plain('ReduceMean', ['scaled'], ['mean'], model.graph!.node[0]!.attribute),
        call('Scale', ['mean'], ['more'], [{ name: 'by', type: 1, f: 0.1 }]),
        call('Head', ['more'], ['y']),
      ],
    },
  })
  const { card, found } = await imported(t, whole)
  t.true(found.includes('sigmoid is inside of the graph'))
  t.like(card.inputs[0], { scale: 1 })
  t.like(card.outputs[0], { inGraph: 'sigmoid', apply: 'none' })
  const opened = await openModel(card, { devices: ['cpu'] })
  t.teardown(() => opened.close())
  const { y } = await ask(opened, [new Uint8Array(4 * 4 * 3).fill(51)])
  for (const value of y!) t.true(Math.abs(value - 1 / (1 + Math.exp(-2))) < 1e-6)
})

test('a mean of a hundred that a first BatchNormalization has learned says that pixels are 0 to 255', async (t) => {
  const graph = newGraph('normal')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const three = (name: string, ...values: number[]) => graph.constant(name, new Float32Array(values))
  const parts = [three('s', 1, 1, 1), three('b', 0, 0, 0), three('m', 123, 116, 103), three('v', 3000, 3000, 3000)]
  const normal = graph.node('BatchNormalization', 'n', [x, ...parts])
  graph.output(graph.node('ReduceMean', 'y', [normal], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
  t.is((await imported(t, graph.bytes())).card.inputs[0]!.scale, 1)
})

/** Numbers for every pixel: the channels of the picture, each less a half, times `gain`. */
function pixelNet(
  channels: number,
  gain: number,
  end: (graph: Graph, value: string) => string = (_, value) => value,
  left: number | string = channels,
): Uint8Array {
  const graph = newGraph('pixels')
  const x = graph.input('x', 'float32', ['N', 3, 8, 8])
  const kernel = new Float32Array(channels * 3).map((_, i) => (i % 3 === Math.floor(i / 3) ? gain : 0))
  const bias = new Float32Array(channels).fill(-gain / 2)
  const made = graph.node('Conv', 'c', [x, graph.constant('k', kernel, [channels, 3, 1, 1]), graph.constant('b', bias)])
  graph.output(end(graph, made), 'float32', ['N', left, 8, 8])
  return graph.bytes()
}

test('numbers of pixels that are no shares get a sigmoid, or a threshold of somebody who knows them', async (t) => {
  const one = await imported(t, pixelNet(1, 8), { mask: true })
  t.is(one.card.outputs[0]!.apply, 'sigmoid')
  t.true(one.assumed.some((line) => line.startsWith('sigmoid makes shares of its numbers')))
  t.is((await imported(t, pixelNet(1, 8), { mask: true, activation: 'none' })).card.outputs[0]!.apply, 'none')
  t.is((await imported(t, pixelNet(1, 8), { mask: true, threshold: 0 })).card.outputs[0]!.apply, 'none')
  t.is(
    (
      await imported(
        t,
        pixelNet(1, 1, (g, v) => g.node('Sigmoid', 's', [v])),
        { mask: true },
      )
    ).card.outputs[0]!.apply,
    'none',
  )
  const refused = { code: 'CARD_INVALID', message: /no shares of 0 to 1: nobody says from where on they are tissue$/ }
  await t.throwsAsync(imported(t, pixelNet(2, 8), { mask: true }), refused)
  // Over the channels, over the width; over nothing.
  const softmax = (channels: number, axis: number) =>
    imported(
      t,
      pixelNet(channels, 8, (g, v) => g.node('Softmax', 's', [v], { axis })),
      { mask: true },
    )
  t.is((await softmax(2, 1)).card.outputs[0]!.inGraph, 'softmax')
  for (const [channels, axis] of [
    [2, -1],
    [1, 1],
  ] as const)
    await t.throwsAsync(softmax(channels, axis), { code: 'CARD_INVALID', message: /is over another axis than the channels$/ })
  const nothing = pixelNet(1, 0, (g, v) => g.node('Sigmoid', 's', [v]))
  await t.throwsAsync(imported(t, nothing, { mask: true }), { code: 'MODEL_WRONG' })
  await t.throwsAsync(
    imported(
      t,
      pixelNet(1, 8, (g, v) => g.node('Log', 'l', [g.node('Sigmoid', 's', [v])])),
      { mask: true },
    ),
    refused,
  )
  await t.throwsAsync(
    imported(
      t,
      pixelNet(1, 8, (g, v) => g.node('Sigmoid', 's', [v])),
      { mask: true, activation: 'softmax' },
    ),
    {
      message: /brings its own activation/,
    },
  )
})

test('a mask whose sizes the file leaves open, as exports that end with interpolate do, says them itself from then on', async (t) => {
  const open = pixelNet(2, 8, (g, v) => g.node('Softmax', 's', [v], { axis: 1 }), 'classes')
  const { card } = await imported(t, open, { mask: true, channel: 0 })
  t.like(card.outputs[0], { inGraph: 'softmax', width: 128, mask: { channels: 2, planar: true, channel: 0 } })
  t.deepEqual((await readOnnx(card.file)).facts.outputs[0]!.shape, ['N', 2, 8, 8])
})

test('numbers of places within a patch, and objects, are told as such where classes or a vector are wanted', async (t) => {
  // A map: the picture itself.
  const map = () => {
    const graph = newGraph('map')
    graph.output(graph.node('Neg', 'y', [graph.input('x', 'float32', ['N', 3, 8, 8])]), 'float32', ['N', 3, 8, 8])
    return graph.model()
  }
  await t.throwsAsync(imported(t, encodeModel(map())), { message: /numbers for places within a patch, and --classes is of whole patches/ })
  const yolo = encodeModel({ ...map(), metadataProps: [{ key: 'task', value: 'detect' }] })
  for (const options of [{ classes: ['a', 'b', 'c'] }, {}, { pool: 'mean' }] as const)
    await t.throwsAsync(imported(t, yolo, options), { message: /its metadata says that it finds objects \(task: detect\)/ })
  t.is((await imported(t, yolo, { pool: 'none' })).card.outputs[0]!.width, 192)
  // Boxes by NonMaxSuppression, as many as are left.
  const graph = newGraph('boxes')
  const corners = graph.node('Reshape', 'b', [
    graph.input('x', 'float32', ['N', 3, 8, 8]),
    graph.constant('four', BigInt64Array.of(1n, 48n, 4n)),
  ])
  const scores = graph.node('Reshape', 's', [corners, graph.constant('one', BigInt64Array.of(1n, 4n, 48n))])
  const most = graph.constant('most', BigInt64Array.of(9n))
  graph.output(graph.node('Cast', 'y', [graph.node('NonMaxSuppression', 'kept', [corners, scores, most])], { to: 1 }), 'float32', ['K', 3])
  await t.throwsAsync(imported(t, graph.bytes()), {
    message: /it finds objects, as many as there are \(NonMaxSuppression\), and a model here/,
  })
})

test('a graph that folds a size it was not made for into the number of pictures is refused: the first of four answers was taken', async (t) => {
  const graph = newGraph('folds')
  const x = graph.input('x', 'float32', ['N', 3, 'H', 'W'])
  // x.view(-1, 48): a picture of 4 × 4, a fourth of one of 8 × 8.
  const flat = graph.node('Reshape', 'flat', [x, graph.constant('shape', new BigInt64Array([-1n, 48n]))])
  const weight = graph.constant(
    'w',
    new Float32Array(144).map((_, i) => (i % 7) - 3),
    [48, 3],
  )
  graph.output(graph.node('MatMul', 'y', [flat, weight]), 'float32', ['M', 3])
  const options = { classes: ['a', 'b', 'c'], activation: 'softmax' } as const
  await t.notThrowsAsync(imported(t, graph.bytes(), { ...options, size: [4, 4] }))
  await t.throwsAsync(imported(t, graph.bytes(), { ...options, size: [8, 8] }), {
    code: 'SHAPE_MISMATCH',
    message: /output 'y' came as \[4,3\], 4 answers for 1 patch/,
  })
})

test('a classifier that is written in many operators names its classes where it looks up the likeliest: scores, and what is made of each at its place', async (t) => {
  const names = ['tumour', 'stroma', 'other']
  const bytes = (output: (graph: Graph, scores: string) => string) => {
    const model = decodeModel(
      headed((g, v) => {
        const scores = g.node('Sigmoid', 'scores', [v])
        g.node('Gather', 'label', [v, g.node('ArgMax', 'likeliest', [scores], { axis: 1 })])
        return output(g, scores)
      }),
      'net',
    )
    const lookup = model.graph!.node.find(({ output: [made] }) => made === 'label')!
    Object.assign(lookup, { domain: 'ai.onnx.ml', opType: 'ArrayFeatureExtractor', input: ['names', 'likeliest'] })
    model.graph!.initializer.push({
      name: 'names',
      dims: [3],
      dataType: elementTypes.string,
      stringData: names.map((name) => Buffer.from(name)),
    })
    model.opsetImport.push({ domain: 'ai.onnx.ml', version: 3 })
    return encodeModel(model)
  }
  const shares = bytes((g, scores) =>
    g.node('Div', 'y', [scores, g.node('ReduceSum', 'sum', [scores, g.constant('last', new BigInt64Array([1n]), [1])])]),
  )
  for (const graph of [bytes((g, scores) => g.node('Identity', 'y', [scores])), shares]) {
    const { card } = await imported(t, graph, {})
    t.deepEqual(
      card.outputs[0]!.classes.map(({ name }) => name),
      names,
    )
    await t.throwsAsync(imported(t, graph, { classes: names.toReversed() }), {
      message: /its classifier names the same classes in another order/,
    })
  }
})

test('a classifier of scikit-learn in the graph names its classes: they are taken, and refused in another order; those of another output are not', async (t) => {
  const names = ['tumour', 'stroma', 'other']
  const bytes = (output: (graph: Graph, scores: string) => string) => {
    const zeros = { floats: [0, 0, 0] }
    const model = decodeModel(
      headed((g, v) =>
        output(g, g.node('LinearClassifier', 'scores', [v], { coefficients: { floats: [1, 0, 0, 0, 1, 0, 0, 0, 1] }, intercepts: zeros })),
      ),
      'net',
    )
    const head = model.graph!.node.find(({ opType }) => opType === 'LinearClassifier')!
    Object.assign(head, { domain: 'ai.onnx.ml', output: ['label', 'scores'] })
    head.attribute.push({ name: 'classlabels_strings', type: 8, strings: names.map((name) => Buffer.from(name)) })
    model.opsetImport.push({ domain: 'ai.onnx.ml', version: 3 })
    return encodeModel(model)
  }
  const softmax = bytes((g, scores) => g.node('Softmax', 'y', [scores], { axis: 1 }))
  for (const options of [{}, { classes: names }, { classes: ['a', 'b', 'c'] }]) {
    const { card } = await imported(t, softmax, options)
    t.deepEqual(
      card.outputs[0]!.classes.map(({ name }) => name),
      options.classes ?? names,
    )
  }
  await t.throwsAsync(imported(t, softmax, { classes: ['stroma', 'tumour', 'other'] }), {
    code: 'CARD_INVALID',
    message: /its classifier names the same classes in another order: tumour, stroma, other$/,
  })
  // What is computed from the scores may be anything.
  const { card } = await imported(
    t,
    bytes((g, scores) => g.node('Neg', 'y', [scores])),
    {},
  )
  t.is(card.outputs[0]!.kind, 'features')
})
