import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ModelError } from '../../../src/core/errors.js'
import type { ModelCard } from '../../../src/core/model.js'
import { mustAnswer } from '../../../src/core/must-answer.js'
import { readCard } from '../../../src/models/card/card.js'
import { probeDevice } from '../../../src/models/doctor/probe.js'
import { elementTypes } from '../../../src/models/onnx/element-types.js'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { decodeModel, encodeModel, type ModelProto } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { prepareModel } from '../../../src/models/session/prepare.js'
import { cardOf, meanCard, meanModel, modelFolder, plainBatch, scratch } from '../folder.js'

const cpu = { devices: ['cpu'] }

async function open(t: ExecutionContext, card: ModelCard, devices: readonly string[] = ['cpu']) {
  const model = await openModel(card, { devices })
  t.teardown(() => model.close())
  return model
}

/** The rows of the only output, rounded to the precision of single floats. */
async function rows(t: ExecutionContext, card: ModelCard, colors: Parameters<typeof plainBatch>[0]) {
  const model = await open(t, card)
  const batch = await model.predict(plainBatch(colors))
  const { data, width } = batch.outputs.mean!
  return { model, batch, rows: colors.map((_, i) => [...data.subarray(i * width, (i + 1) * width)]) }
}

const close = (t: ExecutionContext, got: readonly number[], want: readonly number[], within = 1e-5) => {
  t.is(got.length, want.length)
  got.forEach((value, i) => {
    t.true(Math.abs(value - want[i]!) <= within, `${value} is not ${want[i]}`)
  })
}

test('scale, mean and std are applied inside the graph, in the order of its channels', async (t) => {
  const normal = 'scale: 1/255, mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2]'
  const expected = [(51 / 255 - 0.1) / 0.5, (102 / 255 - 0.2) / 0.25, (204 / 255 - 0.3) / 2]
  for (const layout of ['NCHW', 'NHWC'] as const) {
    for (const type of ['float32', 'float16'] as const) {
      for (const channels of ['RGB', 'BGR'] as const) {
        const card = await cardOf(t, meanCard(`${normal}, channels: ${channels}`), meanModel(type, layout))
        const answer = await rows(t, card, [[51, 102, 204]])
        t.true(answer.model.fused)
        t.deepEqual(answer.model.warnings, [])
        const want = channels === 'RGB' ? expected : [...expected].reverse()
        close(t, answer.rows[0]!, want, type === 'float16' ? 1e-3 : 1e-6)
      }
    }
  }
})

test('byte weights are added exactly, also by processors that would cut sums off', async (t) => {
  const graph = newGraph('bytes')
  const constant = (name: string, value: number, type: typeof Int8Array | typeof Uint8Array = Uint8Array) => [
    graph.constant(`${name} scale`, new Float32Array([value]), []),
    graph.constant(`${name} zero`, new type(1), []),
  ]
  const planes = graph.node('Transpose', 'planes', [graph.input('x', 'uint8', ['N', 4, 4, 3])], { perm: [0, 3, 1, 2] })
  const pixels = graph.node('DequantizeLinear', 'pixels', [planes, ...constant('pixels', 1 / 255)])
  const bytes = graph.constant('bytes', new Int8Array(8 * 27).fill(127), [8, 3, 3, 3])
  const weights = graph.node('DequantizeLinear', 'weights', [bytes, ...constant('weights', 1 / 127, Int8Array)])
  const sums = graph.node('QuantizeLinear', 'sums', [graph.node('Conv', 'conv', [pixels, weights]), ...constant('sums', 0.25)])
  const again = graph.node('DequantizeLinear', 'again', [sums, graph.constant('step', new Float32Array([0.25]), []), 'sums zero'])
  graph.output(graph.node('ReduceMean', 'mean', [again], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 8])
  const card = await cardOf(t, 'name: mean\ninputs: [{}]\noutputs: [{ kind: features }]', graph.bytes())
  // 27 products of 1 × 1, and of 0.2 × 1 in steps of a quarter.
  t.deepEqual(
    (
      await rows(t, card, [
        [255, 255, 255],
        [51, 51, 51],
      ])
    ).rows,
    [Array(8).fill(27), Array(8).fill(5.5)],
  )
  // The exact way is the slow one: 3 times on a processor that needs no help.
  t.deepEqual(await Promise.all([true, false, null].map(async (vnni) => (await prepareModel(card, { vnni })).exactSums)), [
    false,
    true,
    true,
  ])
})

test('a graph that takes bytes is given the bytes', async (t) => {
  const graph = newGraph('mean')
  const x = graph.node('Cast', 'float', [graph.input('x', 'uint8', ['N', 4, 4, 3])], { to: 1 })
  graph.output(graph.node('ReduceMean', 'mean', [x], { axes: [1, 2], keepdims: 0 }), 'float32', ['N', 3])
  const card = await cardOf(t, 'name: mean\ninputs: [{}]\noutputs: [{ kind: features }]', graph.bytes())
  t.is(card.inputs[0]!.dtype, 'uint8')
  t.deepEqual(
    (
      await rows(t, card, [
        [1, 2, 3],
        [7, 8, 9],
      ])
    ).rows,
    [
      [1, 2, 3],
      [7, 8, 9],
    ],
  )
})

test('bytes in planes, blue first, are brought into that order', async (t) => {
  const graph = newGraph('mean')
  const x = graph.node('Cast', 'float', [graph.input('x', 'uint8', ['N', 3, 4, 4])], { to: 1 })
  graph.output(graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
  const card = await cardOf(t, 'name: mean\ninputs: [{ channels: BGR }]\noutputs: [{ kind: features }]', graph.bytes())
  t.deepEqual((await rows(t, card, [[1, 2, 3]])).rows, [[3, 2, 1]])
})

/** Answers, for each picture, its place from the front (1, 2, …) and from the back of the tensor the graph is given. */
function placesModel(): Uint8Array {
  const graph = newGraph('places')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const nothing = graph.node('Mul', 'nothing', [x, graph.constant('zero', Float32Array.of(0))])
  const one = graph.node('Add', 'one', [nothing, graph.constant('unit', Float32Array.of(1))])
  const each = graph.node('ReduceMean', 'each', [one], { axes: [1, 2, 3], keepdims: 0 })
  const column = graph.node('Unsqueeze', 'column', [each, graph.constant('last', BigInt64Array.of(1n))])
  const axis = graph.constant('axis', BigInt64Array.of(0n), [])
  const front = graph.node('CumSum', 'front', [column, axis])
  const back = graph.node('CumSum', 'back', [column, axis], { reverse: 1 })
  graph.output(graph.node('Concat', 'mean', [front, back], { axis: 1 }), 'float32', ['N', 2])
  return graph.bytes()
}

test('a patch without a picture keeps its place in the batch, and a short batch is filled up to the size asked for', async (t) => {
  const card = await cardOf(t, meanCard(), placesModel())
  const model = await openModel(card, { devices: ['cpu'], batch: 5 })
  t.teardown(() => model.close())
  const [a, b] = [[1, 1, 1] as const, [2, 2, 2] as const]
  const { outputs } = await model.predict(plainBatch([a, null, b]))
  t.deepEqual([...outputs.mean!.data], [1, 5, Number.NaN, Number.NaN, 3, 3])
  const alone = await model.predict(plainBatch([b]))
  t.deepEqual([...alone.outputs.mean!.data], [1, 5])
  const { outputs: nothing } = await model.predict(plainBatch([null]))
  t.deepEqual([...nothing.mean!.data], [Number.NaN, Number.NaN])
})

test('an old graph and one with tensors in other files are fed with prepared pixels, to the same bits', async (t) => {
  const normal = meanCard('scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], channels: BGR')
  const colors = [
    [13, 77, 201],
    [255, 0, 128],
  ] as const
  const plain = await rows(t, await cardOf(t, normal, meanModel()), colors)
  t.true(plain.model.fused)

  const old = decodeModel(meanModel(), 'mean')
  const oldCard = await cardOf(t, normal, encodeModel({ ...old, opsetImport: [{ domain: '', version: 6 }] } as ModelProto))
  const oldRows = await rows(t, oldCard, colors)
  t.false(oldRows.model.fused)
  t.regex(oldRows.model.warnings[0]!, /prepared outside of the graph.*version 6/)
  t.deepEqual(oldRows.rows, plain.rows)

  const folder = await modelFolder(t, normal, withExternal('weights.bin'))
  await writeFile(path.join(folder, 'weights.bin'), new Uint8Array(12))
  const external = await rows(t, await readCard(folder), colors)
  t.true(external.model.fused)
  t.deepEqual(external.model.warnings, [])
  t.deepEqual(external.rows, plain.rows)
})

/** The mean plus three zeros that lie in another file. */
function withExternal(location: string): Uint8Array {
  const model = decodeModel(
    meanModel('float32', 'NCHW', 'N', 4, (graph, value) => {
      return graph.node('Add', 'sum', [value, graph.constant('zeros', new Float32Array(3))])
    }),
    'mean',
  )
  const graph = model.graph!
  const zeros = graph.initializer.find(({ name }) => name === 'zeros')!
  const externalData = [{ key: 'location', value: location }]
  const initializer = graph.initializer.map((one) =>
    one === zeros ? { name: 'zeros', dims: [3], dataType: 1, externalData, dataLocation: 1 } : one,
  )
  const node = graph.node.map((one) => {
    const rename = (names: string[]) => names.map((name) => (name === 'mean' ? 'inner' : name === 'sum' ? 'mean' : name))
    return { ...one, input: rename(one.input), output: rename(one.output) }
  })
  const output = graph.output.map((one) => ({ ...one, name: 'mean' }))
  return encodeModel({ ...model, graph: { ...graph, initializer, node, output } })
}

test('external data outside of the folder of the model is refused, however it is named', async (t) => {
  const outside = await scratch(t)
  await writeFile(path.join(outside, 'secret'), new Uint8Array(12))
  for (const location of ['../secret', path.join(outside, 'secret'), 'C:\\secret', 'a/../../secret', '..\\secret', '', 'absent.bin', '.']) {
    const folder = await modelFolder(t, meanCard(), withExternal(location))
    t.like(await t.throwsAsync(readCard(folder)), { code: 'EXTERNAL_DATA' }, location)
  }
  const folder = await modelFolder(t, meanCard(), withExternal('link/secret'))
  await symlink(outside, path.join(folder, 'link'))
  const error = await t.throwsAsync(readCard(folder))
  t.regex(error!.message, /a link that leads outside/)
})

test('the sha256 of a model covers its external data', async (t) => {
  const folder = await modelFolder(t, meanCard(), withExternal('data/w.bin'))
  await mkdir(path.join(folder, 'data'))
  await writeFile(path.join(folder, 'data', 'w.bin'), new Uint8Array(12))
  const before = await readCard(folder)
  await writeFile(path.join(folder, 'data', 'w.bin'), new Uint8Array(12).fill(1))
  const after = await readCard(folder)
  t.not(after.sha256, before.sha256)
  t.like(await t.throwsAsync(openModel(before, cpu)), { code: 'MODEL_CHANGED' })
})

test('tensors in many files, as older exporters write them, are read without a word of Node', async (t) => {
  const { graph, ...model } = decodeModel(meanModel(), 'mean')
  const external = (i: number) => ({
    ...{ name: `w${i}`, dims: [3], dataType: 1, dataLocation: 1 },
    externalData: [{ key: 'location', value: `${i}.bin` }],
  })
  const initializer = [...graph!.initializer, ...Array.from({ length: 12 }, (_, i) => external(i))]
  const folder = await modelFolder(t, meanCard(), encodeModel({ ...model, graph: { ...graph!, initializer } }))
  for (let i = 0; i < 12; i++) await writeFile(path.join(folder, `${i}.bin`), new Uint8Array(12))
  const warnings: Error[] = []
  const told = (warning: Error) => warnings.push(warning)
  process.on('warning', told)
  await readCard(folder)
  process.off('warning', told)
  t.deepEqual(warnings, [])
})

test('operators of unknown domains are refused by name, also deep inside; functions of the file are not', async (t) => {
  const custom = (domain: string) =>
    decodeModel(
      meanModel('float32', 'NCHW', 'N', 4, (graph, value) => graph.node('Identity', 'out', [value])),
      'mean',
    ).graph!.node.map((node) => (node.opType === 'Identity' ? { ...node, opType: 'Evil', domain } : node))
  const base = decodeModel(
    meanModel('float32', 'NCHW', 'N', 4, (graph, value) => graph.node('Identity', 'out', [value])),
    'mean',
  )
  const bytes = encodeModel({ ...base, graph: { ...base.graph!, node: custom('my.domain') } })
  const error = await t.throwsAsync(cardOf(t, meanCard(), bytes))
  t.like(error, { code: 'CUSTOM_OPERATOR' })
  t.regex(error!.message, /my\.domain\.Evil/)
  const optimised = encodeModel({ ...base, graph: { ...base.graph!, node: custom('com.microsoft.nchwc') } })
  t.regex((await t.throwsAsync<ModelError>(cardOf(t, meanCard(), optimised)))!.hint!, /ONNX Runtime has saved it as it was optimised/)

  const inner = { ...base.graph!, node: custom('my.domain') }
  const nested = base.graph!.node.map((node, i) =>
    i === 0 ? { ...node, attribute: [...node.attribute, { name: 'body', type: 5, g: inner }] } : node,
  )
  t.like(await t.throwsAsync(cardOf(t, meanCard(), encodeModel({ ...base, graph: { ...base.graph!, node: nested } }))), {
    code: 'CUSTOM_OPERATOR',
  })

  const local = {
    ...base,
    functions: [{ name: 'Evil', domain: 'my.domain', input: [], output: [], node: [], opsetImport: [] }],
    graph: { ...base.graph!, node: custom('my.domain') },
  }
  t.is((await cardOf(t, meanCard(), encodeModel(local))).name, 'mean')
})

test('patches without pixels get NaN, and a batch of only such never calls the session', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel())
  const answer = await rows(t, card, [null, [1, 2, 3], null, [4, 5, 6]])
  t.deepEqual(answer.rows, [
    [Number.NaN, Number.NaN, Number.NaN],
    [1, 2, 3],
    [Number.NaN, Number.NaN, Number.NaN],
    [4, 5, 6],
  ])
  t.deepEqual(answer.batch.inputs, [])
  await answer.model.close()
  const model = await open(t, card)
  const none = await model.predict({ ...plainBatch([null, null]), inputs: [] })
  t.true(none.outputs.mean!.data.every(Number.isNaN))
  t.is(none.outputs.mean!.data.length, 6)
})

test('a fixed batch is filled up or cut, and every row is that of its own patch', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel('float32', 'NCHW', 3))
  t.is(card.batch, 3)
  const colors = Array.from({ length: 8 }, (_, i) => [i, i + 1, i + 2] as const)
  t.deepEqual(
    (await rows(t, card, colors)).rows,
    colors.map((color) => [...color]),
  )
  t.deepEqual((await rows(t, card, colors.slice(0, 1))).rows, [[0, 1, 2]])
})

test('an open batch keeps the largest size seen: a smaller one after it gives the same rows', async (t) => {
  const model = await open(t, await cardOf(t, meanCard(), meanModel()))
  const colors = Array.from({ length: 5 }, (_, i) => [i, i, i] as const)
  const sizes: number[] = []
  for (const count of [2, 5, 1, 3]) {
    const { outputs } = await model.predict(plainBatch(colors.slice(0, count)))
    t.deepEqual([...outputs.mean!.data], colors.slice(0, count).flat())
    sizes.push(outputs.mean!.data.length / 3)
  }
  t.deepEqual(sizes, [2, 5, 1, 3])
})

/** The mean of each channel behind a convolution of each channel alone; `inside`: the graph says that there are eight pictures, and does not declare it. */
function depthwise(groups: 3 | 1, inside = false): Uint8Array {
  const graph = newGraph('depthwise')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const kernel = groups === 3 ? [1, 1, 1] : [1, 0, 0, 0, 1, 0, 0, 0, 1]
  const weights = graph.constant('kernel', Float32Array.from(kernel), [3, 3 / groups, 1, 1])
  const seen = graph.node('Conv', 'seen', [x, weights], { group: groups })
  const mean = graph.node('ReduceMean', 'mean', [seen], { axes: [2, 3], keepdims: 0 })
  const eight = () => graph.node('Reshape', 'eight', [mean, graph.constant('rows', BigInt64Array.of(8n, 3n))])
  graph.output(inside ? eight() : mean, 'float32', ['N', 3])
  return graph.bytes()
}

test('a graph that moves much memory is given a batch in parts by the processor; one that cannot be is given it whole', async (t) => {
  const colors = Array.from({ length: 8 }, (_, i) => [i, i + 1, i + 2] as const)
  const runsOf = async (bytes: Uint8Array, given: typeof colors, batch = 8) => {
    let runs = 0
    const model = await openModel(await cardOf(t, meanCard(), bytes), { ...cpu, batch, ran: () => runs++ })
    t.teardown(() => model.close())
    for (let again = 0; again < 2; again++) {
      const { outputs } = await model.predict(plainBatch(given))
      t.deepEqual([...Object.values(outputs)[0]!.data], given.flat())
    }
    return runs / 2
  }
  const parts = depthwise(3)
  const whole = depthwise(3, true)
  t.is(await runsOf(parts, colors), 2)
  // What is not there is not computed.
  t.is(await runsOf(parts, colors.slice(0, 3)), 1)
  t.is(await runsOf(parts, colors.slice(0, 7), 7), 1)
  t.is(await runsOf(depthwise(1), colors), 1)
  // More than sixteen at once make nothing faster.
  const many = Array.from({ length: 48 }, (_, i) => [i, i + 1, i + 2] as const)
  t.is(await runsOf(depthwise(1), many, 48), 3)
  // The first batch is tried in parts, and only that.
  t.is(await runsOf(whole, colors), 1.5)
})

test('the activation of the card is applied, without overflow', async (t) => {
  const bytes = meanModel()
  const softmax = await cardOf(t, meanCard('scale: 257', 'kind: classes, apply: softmax, classes: [a, b, c]'), bytes)
  // 257 × 255 each: e^65535 is no number, the shares are a third all the same.
  close(t, (await rows(t, softmax, [[255, 255, 255]])).rows[0]!, [1 / 3, 1 / 3, 1 / 3], 1e-7)
  const sigmoid = await cardOf(t, meanCard('scale: 1', 'kind: classes, apply: sigmoid, classes: [a, b, c]'), bytes)
  close(t, (await rows(t, sigmoid, [[0, 1, 2]])).rows[0]!, [0.5, 1 / (1 + Math.exp(-1)), 1 / (1 + Math.exp(-2))], 1e-7)
})

test('classes that are no probabilities are an error, with the cure', async (t) => {
  const card = await cardOf(t, meanCard('scale: 1', 'kind: classes, classes: [a, b, c]'), meanModel())
  const model = await open(t, card)
  const error = await t.throwsAsync(model.predict(plainBatch([[0, 7, 0]], 4, 12)))
  t.like(error, { code: 'OUTPUT_NOT_PROBABILITY', hint: 'write apply: softmax (or sigmoid) for this output in the card' })
  t.regex(error!.message, /says 7 for 'b' of patch 12 of s1/)
})

test('a patch that the model has no number for says so, and its neighbours keep their answers', async (t) => {
  const graph = newGraph('log')
  const mean = graph.node('ReduceMean', 'm', [graph.input('x', 'float32', ['N', 3, 4, 4])], { axes: [2, 3], keepdims: 0 })
  graph.output(graph.node('Log', 'mean', [mean]), 'float32', ['N', 3])
  const model = await open(t, await cardOf(t, meanCard(), graph.bytes()))
  const batch = plainBatch([[1, 1, 1], null, [1, 0, 1], [1, 1, 1]], 4, 40)
  const { statuses, outputs } = await model.predict(batch)
  t.deepEqual(
    statuses.map(({ status }) => status),
    ['ok', 'unreadable', 'unanswered', 'ok'],
  )
  t.regex(statuses[2]!.error!, /output 'mean' says -Infinity for number 1$/)
  const nothing = [Number.NaN, Number.NaN, Number.NaN]
  t.deepEqual([...outputs.mean!.data], [0, 0, 0, ...nothing, ...nothing, 0, 0, 0])
  const error = await t.throwsAsync(mustAnswer(model, batch))
  t.like(error, { code: 'OUTPUT_NOT_FINITE', at: { slide: 's1', patch: 42, stage: 'infer' } })
  t.regex(error!.message, /output 'mean' says -Infinity for number 1 of patch 42 of s1/)
})

test('a device list is walked, and what failed is told', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel())
  const model = await open(t, card, ['cuda', 'toaster', 'cpu'])
  t.is(model.device, 'cpu')
  t.is(model.warnings.length, 2)
  t.regex(model.warnings[0]!, /^cuda is not used: /)
  t.regex(model.warnings[1]!, /^toaster is not used: is no device/)
})

test('one device means that or nothing', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel())
  for (const devices of [['cuda'], ['cuda', 'tensorrt']]) {
    const error = (await t.throwsAsync(openModel(card, { devices }))) as Error & { code: string; hint: string }
    t.is(error.code, 'DEVICE_MISSING')
    for (const device of devices) t.regex(error.message, new RegExp(`device ${device} does not work here: `))
    t.regex(error.hint, /tiastream doctor/)
  }
})

test('patches of another size than the model takes are refused with both sizes', async (t) => {
  const model = await open(t, await cardOf(t, meanCard(), meanModel()))
  const error = await t.throwsAsync(model.predict(plainBatch([[1, 2, 3]], 5)))
  t.like(error, { code: 'SHAPE_MISMATCH' })
  t.regex(error!.message, /takes 4 × 4 px, the patches are 5 × 5 px/)
})

test('a graph that the runtime does not know is refused as a model, not as a device', async (t) => {
  const base = decodeModel(meanModel(), 'mean')
  const node = base.graph!.node.map((one) => ({ ...one, opType: 'NoSuchOperator' }))
  const card = await cardOf(t, meanCard(), encodeModel({ ...base, graph: { ...base.graph!, node } }))
  const error = await t.throwsAsync(openModel(card, { devices: ['cpu', 'cuda'] }))
  t.like(error, { code: 'MODEL_REFUSED' })
  t.regex(error!.message, /NoSuchOperator/)
})

test('a file that is newer than the runtime is told as that, with what it reads', async (t) => {
  const model = decodeModel(meanModel(), 'mean')
  const multiplied = meanModel('float32', 'NCHW', 'N', 4, (g, v) => g.node('Mul', 'y', [v, v]))
  const swished = newGraph('swished')
  const pooled = swished.node('GlobalAveragePool', 'pooled', [swished.input('x', 'float32', ['N', 3, 4, 4])])
  swished.output(swished.node('Flatten', 'mean', [swished.node('Swish', 'y', [pooled])]), 'float32', ['N', 3])
  for (const [changed, message, hint] of [
    [{ ...model, irVersion: 99 }, /: the file is of IR version 99, and it reads up to \d+$/, /m\.ir_version = \d+; onnx\.save/],
    [
      { ...model, opsetImport: [{ domain: '', version: 99 }] },
      /: the file is of version 99 of the operators of ai\.onnx \(opset\), and it knows up to \d+$/,
      /opset_version=\d+ or less/,
    ],
    [
      { ...decodeModel(multiplied, 'old'), opsetImport: [{ domain: '', version: 5 }] },
      /: it has no Mul of version 1 of the operators/,
      /a newer opset_version \(onnx\.version_converter/,
    ],
    [
      { ...swished.model(), irVersion: 12, opsetImport: [{ domain: '', version: 25 }] },
      /: it has no Swish of version 24 of the operators/,
      /an opset_version below 24 \(onnx\.version_converter/,
    ],
  ] as [ModelProto, RegExp, RegExp][]) {
    const card = await cardOf(t, meanCard(), encodeModel(changed))
    const error = await t.throwsAsync(openModel(card, { devices: ['cpu'] }), { code: 'MODEL_REFUSED', message })
    t.regex((error as ModelError).hint!, hint)
  }
})

/** The means in floats, and the same in other numbers beside them; a file may not say in which. */
function withSecond(type: number, said?: number): ModelProto {
  const graph = newGraph('two')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  graph.output(graph.node('Flatten', 'mean', [graph.node('GlobalAveragePool', 'pooled', [x])]), 'float32', ['N', 3])
  const second = graph.node('Cast', 'second', ['mean'], { to: type })
  const model = graph.model()
  const output = [...model.graph!.output, { name: second, ...(said === undefined ? {} : { type: { tensorType: { elemType: said } } }) }]
  return { ...model, irVersion: 10, opsetImport: [{ domain: '', version: 21 }], graph: { ...model.graph!, output } }
}

test('numbers that JavaScript has not are told by their type, and those that are packed take no process down', async (t) => {
  const brain = encodeModel(withSecond(elementTypes.bfloat16, elementTypes.bfloat16))
  const refused = await t.throwsAsync(openModel(await cardOf(t, meanCard('', 'name: mean, kind: features'), brain), cpu), {
    code: 'MODEL_REFUSED',
    message: /: an input or output of its graph is of bfloat16, which JavaScript has no numbers for$/,
  })
  t.regex((refused as ModelError).hint!, /of float32 or float16 \(a Cast/)
  const model = encodeModel(withSecond(elementTypes.int4))
  t.is((await rows(t, await cardOf(t, meanCard('', 'name: mean, kind: features'), model), [[255, 0, 51]])).rows.length, 1)
  const asked = await open(t, await cardOf(t, meanCard('', 'name: second, kind: features, size: 3'), model))
  await t.throwsAsync(asked.predict(plainBatch([[255, 0, 51]])), {
    code: 'MODEL_FAILED',
    message: /the graph gives 'second' in int4, which is not read/,
  })
})

test('a batch that memory does not do for is told as that, with a smaller one', async (t) => {
  const bytes = meanModel('float32', 'NCHW', 'N', 4, (graph, value) => {
    // More than a process can name.
    const wide = graph.node('Expand', 'wide', [
      graph.node('Unsqueeze', 'u', [value, graph.constant('axes', BigInt64Array.of(2n))]),
      graph.constant('size', BigInt64Array.of(1n, 3n, 2n ** 46n)),
    ])
    return graph.node('ReduceMax', 'out', [wide], { axes: [2], keepdims: 0 })
  })
  const model = await openModel(await cardOf(t, meanCard(), bytes), cpu)
  const error = await t.throwsAsync<ModelError>(
    model.predict(
      plainBatch([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]),
    ),
  )
  t.is(error!.hint, '4 patches at once need more memory than there is: batch: { size: 1 }')
  await model.close()
})

test('closing twice is once; asking after it is an error', async (t) => {
  const model = await openModel(await cardOf(t, meanCard(), meanModel()), cpu)
  await model.close()
  await model.close()
  t.like(await t.throwsAsync(model.predict(plainBatch([[1, 2, 3]]))), { code: 'MODEL_FAILED' })
})

test('a device is probed by computing something on it', async (t) => {
  t.true((await probeDevice(null, 'cpu')).ok)
  const card = await cardOf(t, meanCard(), meanModel())
  t.true((await probeDevice(card, 'cpu')).ok)
  for (const device of ['coreml', 'toaster']) {
    const probe = await probeDevice(null, process.platform === 'darwin' ? 'dml' : device)
    t.false(probe.ok)
    t.true(!probe.ok && probe.why.length > 0)
  }
})

test('the file is read as it is: a truncated model is no model', async (t) => {
  const bytes = meanModel()
  for (const length of [0, 1, 20, bytes.length - 7]) {
    const error = await t.throwsAsync(cardOf(t, meanCard(), bytes.subarray(0, length)))
    t.true(['NOT_ONNX', 'CARD_INVALID'].includes((error as Error & { code: string }).code), `${length}: ${error}`)
  }
})
