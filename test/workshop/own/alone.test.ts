/** Models whose answers follow from the neighbours of a picture, and exports for one picture: asked one at a time, or refused. Expectations by arithmetic. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { importModel } from '../../../src/workshop/own/import.js'
import { cardOf, meanCard, meanModel, plainBatch, scratch } from '../../models/folder.js'

const colours = [
  [51, 102, 204],
  [0, 0, 255],
  [255, 204, 153],
] as [number, number, number][]

async function imported(t: ExecutionContext, bytes: Uint8Array, classes?: readonly string[]) {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'm.onnx'), bytes)
  const options = { out: path.join(folder, 'm'), force: false, name: 'm', ...(classes ? { classes } : {}) }
  const { card, assumed } = await importModel(path.join(folder, 'm.onnx'), options)
  const model = await openModel(card, { devices: ['cpu'] })
  const { outputs } = await model.predict(plainBatch(colours))
  await model.close()
  return { card, assumed: assumed.join('\n'), data: [...outputs[card.outputs[0]!.name]!.data] }
}

const close = (t: ExecutionContext, got: readonly number[], want: readonly number[]) => {
  t.is(got.length, want.length)
  for (const [i, value] of want.entries()) t.true(Math.abs(got[i]! - value) < 1e-5, `${got[i]} is not ${value}`)
}

test('a graph that takes the mean of all that it is given is asked one picture at a time', async (t) => {
  const graph = newGraph('centred')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const centred = graph.node('Sub', 'centred', [x, graph.node('ReduceMean', 'all', [x], { keepdims: 0 })])
  graph.output(graph.node('ReduceMean', 'y', [centred], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
  const { card, assumed, data } = await imported(t, graph.bytes())
  t.is(card.batch, 1)
  // As little as the numbers of a vector of length 1.
  const small = (g: Graph, v: string) => {
    const own = g.node('Mul', 'small', [v, g.constant('by', new Float32Array([1e-3]), [])])
    return g.node('Add', 'y', [own, g.node('ReduceMean', 'all', [own], { axes: [0], keepdims: 1 })])
  }
  t.is((await imported(t, meanModel('float32', 'NCHW', 'N', 4, small))).card.batch, 1)
  t.regex(assumed, /asked one picture at a time \(batch: 1\): in a batch its answer follows from the others/)
  const own = colours.flatMap((colour) => colour.map((value) => (value - colour.reduce((a, b) => a + b, 0) / 3) / 255))
  close(t, data, own)
})

test('a graph that says any number and takes one, and one whose answer for one is a number without a row', async (t) => {
  const shaped = meanModel('float32', 'NCHW', 'N', 4, (g, v) => g.node('Reshape', 'y', [v, g.constant('to', new BigInt64Array([1n, 3n]))]))
  const one = await imported(t, shaped)
  t.is(one.card.batch, 1)
  t.regex(one.assumed, /it takes no others beside it/)
  close(
    t,
    one.data,
    colours.flat().map((value) => value / 255),
  )
  const squeezed = newGraph('squeezed')
  const x = squeezed.input('x', 'float32', ['N', 3, 4, 4])
  const mean = squeezed.node('ReduceMean', 'mean', [x], { axes: [1, 2, 3], keepdims: 1 })
  squeezed.output(squeezed.node('Squeeze', 'y', [squeezed.node('Sigmoid', 's', [mean])]), 'float32', ['N'])
  const many = await imported(t, squeezed.bytes(), ['tumour'])
  t.is(many.card.batch, null)
  close(
    t,
    many.data,
    colours.map((colour) => 1 / (1 + Math.exp(-colour.reduce((a, b) => a + b, 0) / 765))),
  )
  t.is((await imported(t, meanModel())).card.batch, null)
})

test('a graph that always takes four pictures is taken where each has its own answer, and refused where it follows from the others', async (t) => {
  const ofFour = (post: (g: Graph, v: string) => string) => imported(t, meanModel('float32', 'NCHW', 4, 4, post), ['a', 'b', 'c'])
  const five = (g: Graph, v: string) => g.node('Mul', 'five', [v, g.constant('by', new Float32Array([5, -4, 3]))])
  t.is((await ofFour(five)).card.batch, 4)
  const heads: ((g: Graph, v: string) => string)[] = [
    (g, v) => g.node('Sub', 'y', [five(g, v), g.node('ReduceMean', 'all', [v], { axes: [0], keepdims: 1 })]),
    // That of the first for all of them.
    (g, v) => {
      const [from, to, sizes] = [0n, 1n, [4n, 3n]].map((one, i) => g.constant(`i${i}`, BigInt64Array.from([one].flat())))
      return g.node('Expand', 'y', [g.node('Slice', 'first', [five(g, v), from!, to!, from!]), sizes!])
    },
  ]
  for (const head of heads)
    await t.throwsAsync(ofFour(head), {
      code: 'MODEL_WRONG',
      message: /takes 4 pictures at a time, always, and the answer of each follows from the others$/,
    })
})

test('bytes that are laid by what is seen are those of one picture', async (t) => {
  const graph = newGraph('ranging')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  graph.node('DynamicQuantizeLinear', 'q', [mean])
  graph.output(mean, 'float32', ['N', 3])
  t.is((await cardOf(t, meanCard(), graph.bytes())).batch, 1)
  t.is((await cardOf(t, `${meanCard()}batch: 4\n`, graph.bytes())).batch, 4)
})

test('a BatchNormalization in training mode is refused, unless it standardises weights', async (t) => {
  const norm = (training: number, ofWeights = false) =>
    meanModel('float32', 'NCHW', 'N', 4, (g, v) => {
      const three = (name: string) => g.constant(name, new Float32Array([1, 1, 1]))
      const x = ofWeights ? g.constant('weights', new Float32Array([1, 2, 3, 5, 7, 9]), [2, 3]) : v
      const y = g.node('BatchNormalization', 'y', [x, three('a'), three('b'), three('c'), three('d')], { training_mode: training })
      return ofWeights ? g.node('Add', 'sum', [v, g.node('ReduceMax', 'most', [y], { keepdims: 0 })]) : y
    })
  await t.notThrowsAsync(cardOf(t, meanCard(), norm(0)))
  // As versions before 14 say it.
  const old = decodeModel(norm(0), 'old')
  const given = (...more: string[]) =>
    encodeModel({
      ...old,
      opsetImport: [{ domain: '', version: 9 }],
      graph: { ...old.graph!, node: old.graph!.node.map((one) => (one.output[0] === 'y' ? { ...one, output: ['y', ...more] } : one)) },
    })
  await t.throwsAsync(cardOf(t, meanCard(), given('m1', 'v1', 'm2', 'v2')), { code: 'RANDOM_OPERATOR' })
  await t.notThrowsAsync(cardOf(t, meanCard(), given('', '')))
  await t.notThrowsAsync(cardOf(t, meanCard(), norm(1, true)))
  const error = await t.throwsAsync(cardOf(t, meanCard(), norm(1)))
  t.like(error, { code: 'RANDOM_OPERATOR' })
  t.regex(error!.message, /BatchNormalization in training mode: it normalises by the pictures of a batch/)
})
