/** `models import` of graphs that take more than a picture, that have no place for the number of pictures, or that do not run: as exports of PyTorch are. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readCard } from '../../../src/models/card/card.js'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { onnxOf } from '../../../src/models/onnx/onnx-file.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { whyRefused } from '../../../src/models/session/why-refused.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { importModel } from '../../../src/workshop/own/import.js'
import type { ImportOptions } from '../../../src/workshop/own/import-form.js'
import { withPictureAlone } from '../../../src/workshop/own/picture-alone.js'
import { scratch } from '../../models/folder.js'

const side = 8
const plain = (...color: readonly number[]) => new Uint8Array(side * side * 3).map((_, i) => color[i % 3]!)
const pictures = [plain(51, 102, 153), plain(255, 0, 51), plain(0, 204, 102)]
const means = [0.2, 0.4, 0.6, 1, 0, 0.2, 0, 0.8, 0.4]

async function imported(t: ExecutionContext, graph: Graph, options: Partial<ImportOptions>) {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'my.onnx'), graph.bytes())
  return importModel(path.join(folder, 'my.onnx'), { ...options, out: path.join(folder, 'my'), name: 'my', force: false })
}

async function answers(t: ExecutionContext, folder: string): Promise<readonly number[]> {
  const model = await openModel(await readCard(folder), { devices: ['cpu'] })
  t.teardown(() => model.close())
  return Object.values(await ask(model, pictures)).flatMap((rows) => [...rows].map((value) => Math.round(value * 1e5) / 1e5))
}

/** As CLIP is exported whole: the vector of a picture, and how it goes with words. */
function withWords(width: number | string = 3): Graph {
  const graph = newGraph('clip')
  const words = graph.input('input_ids', 'int64', ['T', 'S'])
  const x = graph.input('pixel_values', 'float32', ['N', 3, side, side])
  const mask = graph.input('attention_mask', 'int64', ['T', 'S'])
  const seen = graph.node('Cast', 'seen', [graph.node('Mul', 'kept', [words, mask])], { to: 1 })
  const text = graph.node('ReduceMean', 'text', [seen], { axes: [0, 1], keepdims: 0 })
  const vector = graph.node('Flatten', 'image_embeds', [graph.node('GlobalAveragePool', 'pool', [x])])
  graph.output(graph.node('Mul', 'logits', [vector, text]), 'float32', ['N', 3])
  graph.output(vector, 'float32', ['N', width])
  return graph
}

test('the vector of a picture follows from the picture alone: the words of CLIP are left out', async (t) => {
  const { card, found } = await imported(t, withWords(), { output: 'image_embeds' })
  t.true(found.includes("'image_embeds' follows from 'pixel_values' alone: without input_ids, attention_mask"))
  t.deepEqual(await answers(t, card.folder), means)
})

test('a constant that TensorFlow left as an input is no second picture, and is told', async (t) => {
  const graph = newGraph('keras')
  const x = graph.input('image', 'float32', ['N', side, side, 3])
  const mean = graph.input('normalization/Sub/y:0', 'float32', [1, 1, 1, 3])
  graph.output(graph.node('ReduceMean', 'y', [graph.node('Sub', 'less', [x, mean])], { axes: [1, 2], keepdims: 0 }), 'float32', ['N', 3])
  await t.throwsAsync(imported(t, graph, {}), {
    message: /follows from more than the picture: 'normalization\/Sub\/y:0'/,
    code: 'CARD_INVALID',
  })
})

test('how long the vector is, where the graph leaves it open, is asked without the words, too', async (t) => {
  const { card } = await imported(t, withWords('D'), { output: 'image_embeds' })
  t.is(card.outputs[0]!.width, 3)
})

test('classes of a graph whose words are left out are asked of what is left, not of the file', async (t) => {
  const { card } = await imported(t, withWords(), { output: 'image_embeds', classes: ['a', 'b', 'c'], activation: 'softmax' })
  t.like(card.outputs[0], { kind: 'classes', apply: 'softmax' })
  const { card: guessed } = await imported(t, withWords(), { output: 'image_embeds', classes: ['a', 'b', 'c'], activation: 'none' })
  t.deepEqual(await answers(t, guessed.folder), means)
  await t.throwsAsync(imported(t, withWords(), { output: 'image_embeds', classes: ['a', 'b', 'c'] }), {
    code: 'CARD_INVALID',
    message: /may be probabilities or not/,
  })
})

test('an If in the part that reads words, as torch writes squeeze(), keeps none of them', async (t) => {
  const { graph, ...model } = decodeModel(withWords().bytes(), 'm')
  const branch = { node: [{ input: ['text'], output: ['same'], opType: 'Identity', attribute: [] }], output: [{ name: 'same' }] }
  const inside = { ...branch, name: 'inside', input: [], initializer: [], valueInfo: [] }
  const ask = { input: ['seen'], output: ['asked'], opType: 'Cast', attribute: [{ name: 'to', type: 2, i: 9 }] }
  const choose = { input: ['asked'], output: ['chosen'], opType: 'If', attribute: [{ name: 'then_branch', type: 5, g: inside }] }
  const bytes = encodeModel({ ...model, graph: { ...graph!, node: [...graph!.node, ask, choose] } })
  const read = await onnxOf('m', bytes)
  const [picture, vector] = [read.facts.inputs[1]!, read.facts.outputs[1]!]
  t.deepEqual(
    (await withPictureAlone(read, picture, vector)).facts.inputs.map(({ name }) => name),
    ['pixel_values'],
  )
})

test('what follows from words too is refused, with what does not', async (t) => {
  const error = await t.throwsAsync(imported(t, withWords(), { output: 'logits', input: 'pixel_values' }))
  t.regex(error!.message, /'logits' follows from more than the picture: 'input_ids' int64 \[T, S\], 'attention_mask' int64 \[T, S\]$/)
  t.like(error, { code: 'CARD_INVALID', hint: 'these follow from the picture alone: --model-output image_embeds' })
})

for (const [batch, sizes] of [
  [1, [3]],
  ['N', ['D']],
] as const)
  test(`one picture's vector without a place for the number of pictures, as squeeze() leaves it: batch ${batch}`, async (t) => {
    const graph = newGraph('squeezed')
    const pool = graph.node('GlobalAveragePool', 'pool', [graph.input('x', 'float32', [batch, 3, side, side])])
    graph.output(graph.node('Squeeze', 'y', [pool]), 'float32', sizes)
    const { card } = await imported(t, graph, {})
    t.is(card.outputs[0]!.width, 3)
    t.deepEqual(await answers(t, card.folder), means)
  })

test('a graph that does not run is told as that, not asked how long its answer is: bfloat16', async (t) => {
  const graph = newGraph('brain')
  const x = graph.node('Cast', 'brain', [graph.input('x', 'float32', ['N', 3, side, side])], { to: 16 })
  const y = graph.node('Flatten', 'flat', [graph.node('GlobalAveragePool', 'pool', [x])])
  graph.output(graph.node('Cast', 'y', [y], { to: 1 }), 'float32', ['N', 'D'])
  const error = await t.throwsAsync(imported(t, graph, {}))
  t.like(error, { code: 'MODEL_REFUSED' })
  t.regex(error!.message, /answers no picture of 8 × 8 px: /)
  const why = whyRefused(new Error("Could not find an implementation for Conv(22) node with name 'c'"), 'bfloat16')
  t.regex(why.hint, /model\.float\(\) before torch\.onnx\.export/)
})

test('all sizes of a picture are open, as exporters of Hugging Face leave them: the first convolution says where its channels are', async (t) => {
  const net = (turned: boolean, steps: (graph: Graph, value: string) => string = (_, value) => value) => {
    const graph = newGraph('open')
    const x = steps(graph, graph.input('x', 'float32', ['batch_size', 'num_channels', 'height', 'width']))
    const first = turned ? graph.node('Transpose', 'first', [x], { perm: [0, 3, 1, 2] }) : x
    const kernel = new Float32Array(9).map((_, i) => (i % 4 === 0 ? 1 : 0))
    const map = graph.node('Conv', 'map', [first, graph.constant('kernel', kernel, [3, 3, 1, 1])])
    graph.output(graph.node('Flatten', 'y', [graph.node('GlobalAveragePool', 'pool', [map])]), 'float32', ['batch_size', 'numbers'])
    return graph
  }
  for (const turned of [false, true]) {
    const { card } = await imported(t, net(turned), { size: [side, side] })
    t.is(card.inputs[0]!.layout, turned ? 'NHWC' : 'NCHW')
    t.deepEqual(await answers(t, card.folder), means)
  }
  // Squared, nobody knows; neither is it said that there is nothing to pool.
  const unseen = net(false, (graph, value) => graph.node('Sqrt', 'root', [value]))
  for (const options of [{ size: [side, side] as const }, { size: [side, side] as const, pool: 'mean' as const }])
    await t.throwsAsync(imported(t, unseen, options), {
      code: 'SHAPE_MISMATCH',
      message: /does not say which of its sizes is that of the channels$/,
    })
})

test('a number of channels that is said is one, also where the sides are open: no --layout makes three of it', async (t) => {
  const graph = newGraph('grey')
  const x = graph.input('x', 'float32', ['N', 1, 'height', 'width'])
  graph.output(graph.node('Flatten', 'y', [graph.node('GlobalAveragePool', 'pool', [x])]), 'float32', ['N', 1])
  const error = await t.throwsAsync(imported(t, graph, { size: [side, side] }), {
    code: 'SHAPE_MISMATCH',
    message: /none of its sizes is 3, so it takes no RGB picture$/,
  })
  t.like(error, { hint: 'export it for [N, 3, height, width]' })
  // That it gives a map is no matter then.
  const mapped = newGraph('mapped')
  mapped.output(mapped.node('Relu', 'y', [mapped.input('x', 'float32', ['N', 1, side, side])]), 'float32', ['N', 1, side, side])
  await t.throwsAsync(imported(t, mapped, {}), { code: 'SHAPE_MISMATCH', message: /none of its sizes is 3/ })
})
