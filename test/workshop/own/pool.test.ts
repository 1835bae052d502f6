/** `models import` of graphs that give more than one vector a patch, or do not say how long it is: by arithmetic on pictures of one colour. */

import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readCard } from '../../../src/models/card/card.js'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { encodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { importModel } from '../../../src/workshop/own/import.js'
import type { ImportOptions } from '../../../src/workshop/own/import-form.js'
import type { Pool } from '../../../src/workshop/own/pool.js'
import { cardOf, scratch } from '../../models/folder.js'
import { tiastream } from '../../support/command-line.js'

const side = 8
type Shape = 'tokens' | 'tokens of one picture' | 'numbers first' | 'map' | 'map of channels last'

/** Of the picture, in tokens that are the same of all but for that: what says one thing of every picture is refused. */
const trace = 2 ** -17

/** Tokens: `prefix` of them are all but (1, 2, 3), (2, 3, 4) …, the four others are the mean colours of quarters of the picture. Maps are those four. */
function tokens(shape: Shape, prefix: number, { opset = 17, open = false } = {}): Uint8Array {
  const graph = newGraph('tokens')
  const x = graph.input('x', 'float32', ['N', 3, side, side])
  const kernel = new Float32Array(3 * 3 * 16).map((_, i) => (Math.floor(i / 48) === Math.floor((i % 48) / 16) ? 1 / 16 : 0))
  const map = graph.node('Conv', 'map', [x, graph.constant('kernel', kernel, [3, 3, 4, 4])], { strides: [4, 4] })
  const ints = (name: string, ...values: number[]) => graph.constant(name, BigInt64Array.from(values, BigInt))
  const done = (value: string, ...sizes: number[]) => {
    graph.output(value, 'float32', ['N', ...(open ? sizes.map((_, i) => `s${i}`) : sizes)])
    return encodeModel({ ...graph.model(), opsetImport: [{ domain: '', version: opset }] })
  }
  if (shape === 'map') return done(map, 3, 2, 2)
  if (shape === 'map of channels last') return done(graph.node('Transpose', 'last', [map], { perm: [0, 2, 3, 1] }), 2, 2, 3)
  const rows = graph.node('Reshape', 'rows', [map, ints('flat', 0, 3, 4)])
  const patches = graph.node('Transpose', 'patches', [rows], { perm: [0, 2, 1] })
  const none = graph.node('Mul', 'none', [
    graph.node('GlobalAveragePool', 'pool', [map]),
    graph.constant('trace', new Float32Array([trace]), []),
  ])
  const flat = graph.node('Reshape', 'one', [none, ints('first', 0, 1, 3)])
  const before = Array.from({ length: prefix }, (_, i) =>
    graph.node('Add', `token${i}`, [flat, graph.constant(`value${i}`, new Float32Array([1 + i, 2 + i, 3 + i]), [1, 1, 3])]),
  )
  const all = graph.node('Concat', 'y', [...before, patches], { axis: 1 })
  if (shape === 'tokens') return done(all, 4 + prefix, 3)
  if (shape === 'tokens of one picture')
    return done(graph.node('Reshape', 'more', [all, ints('sizes', 0, 1, 4 + prefix, 3)]), 1, 4 + prefix, 3)
  return done(graph.node('Transpose', 'turned', [all], { perm: [0, 2, 1] }), 3, 4 + prefix)
}

/** The left half is (51, 102, 153), the right half (153, 204, 255): their mean is 0.4, 0.6, 0.8. */
const picture = new Uint8Array(side * side * 3).map((_, i) => 51 * (1 + (i % 3)) + (Math.floor(i / 3) % side < side / 2 ? 0 : 102))
const mean = [0.4, 0.6, 0.8]

type Options = Partial<ImportOptions>

async function imported(t: ExecutionContext, onnx: Uint8Array, options: Options) {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'my.onnx'), onnx)
  const made = importModel(path.join(folder, 'my.onnx'), { ...options, out: path.join(folder, 'my'), name: 'my', force: false })
  return { made, folder }
}

async function vector(t: ExecutionContext, folder: string): Promise<number[]> {
  const card = await readCard(path.join(folder, 'my'))
  const model = await openModel(card, { devices: ['cpu'] })
  t.teardown(() => model.close())
  const answers = await ask(model, [picture, picture, picture])
  const all = [...answers[card.outputs[0]!.name]!]
  const width = all.length / 3
  t.deepEqual(all.slice(0, width), all.slice(2 * width))
  return all.slice(0, width)
}

const near = (t: ExecutionContext, found: readonly number[], wanted: readonly number[]) => {
  t.is(found.length, wanted.length)
  found.forEach((value, i) => {
    t.true(Math.abs(value - wanted[i]!) < 1e-5, `number ${i}: ${value}, not ${wanted[i]}`)
  })
}

const wanted: [pool: Pool, shape: Shape, prefix: number, vector: readonly number[], assumed: RegExp][] = [
  ['cls', 'tokens', 1, [1, 2, 3], /the first of its 5 tokens is the class token$/m],
  ['mean', 'tokens', 1, mean, /the first token is the class token, the mean is of the other 4 \(--prefix-tokens otherwise\)$/m],
  ['mean', 'tokens', 3, mean, /the first 3 tokens are the class token and 2 registers, the mean is of the other 4 /],
  ['mean', 'tokens', 0, mean, /all of its tokens are of patches /],
  ['cls+mean', 'tokens', 3, [1, 2, 3, ...mean], /the first 3 tokens/],
  ['cls', 'tokens of one picture', 1, [1, 2, 3], /the first of its 5 tokens is the class token$/m],
  ['cls+mean', 'tokens of one picture', 3, [1, 2, 3, ...mean], /the first 3 tokens/],
  ['cls+mean', 'numbers first', 2, [1, 2, 3, ...mean], /the first 2 tokens are the class token and 1 registers?/],
  ['mean', 'map', 0, mean, /the mean is that of its 4 places$/m],
  ['mean', 'map of channels last', 0, mean, /the mean is that of its 4 places$/m],
]

for (const opset of [13, 18]) {
  for (const [pool, shape, prefix, numbers, assumed] of wanted) {
    test(`--pool ${pool} of ${shape} with ${prefix} before those of patches, version ${opset}`, async (t) => {
      const { made, folder } = await imported(t, tokens(shape, prefix, { opset, open: prefix === 3 }), { pool, size: [8, 8] })
      t.regex((await made).assumed.join('\n'), assumed)
      near(t, await vector(t, folder), numbers)
    })
  }
}

test('a model that is made may be read by who may read other folders here', async (t) => {
  const { made, folder } = await imported(t, tokens('tokens', 1), { pool: 'none' })
  await made
  await mkdir(path.join(folder, 'other'))
  t.is((await stat(path.join(folder, 'my'))).mode, (await stat(path.join(folder, 'other'))).mode)
})

test('all numbers are kept where that is said, and the card says how many', async (t) => {
  const { made, folder } = await imported(t, tokens('tokens', 1), { pool: 'none' })
  await made
  t.is((await readCard(path.join(folder, 'my'))).outputs[0]!.width, 15)
  near(t, (await vector(t, folder)).slice(0, 3), [1, 2, 3])
})

test('numbers that are as many as patches would be are no patches: the tokens lie first', async (t) => {
  // 40 tokens of 64 numbers, of pictures of 8 x 8: as many numbers as pixels.
  const graph = newGraph('queries')
  const colour = graph.node('GlobalAveragePool', 'pool', [graph.input('x', 'float32', ['N', 3, side, side])])
  const none = graph.node('Mul', 'none', [colour, graph.constant('trace', new Float32Array([trace]), [])])
  const flat = graph.node('ReduceMean', 'flat', [none], { axes: [1, 2], keepdims: 0 })
  const cube = graph.node('Reshape', 'cube', [flat, graph.constant('sizes', BigInt64Array.of(-1n, 1n, 1n), [3])])
  const values = new Float32Array(40 * 64).map((_, i) => Math.floor(i / 64))
  graph.output(graph.node('Add', 'y', [cube, graph.constant('values', values, [1, 40, 64])]), 'float32', ['N', 40, 64])
  const onnx = encodeModel({ ...graph.model(), opsetImport: [{ domain: '', version: 17 }] })
  await t.throwsAsync((await imported(t, onnx, { pool: 'mean' })).made, {
    message: /how many of its 40 tokens come before those of patches/,
  })
  const { made, folder } = await imported(t, onnx, { pool: 'mean', prefixTokens: 36 })
  await made
  near(
    t,
    await vector(t, folder),
    Array.from({ length: 64 }, () => 37.5),
  )
})

test('a mean without the tokens that the caller names', async (t) => {
  const { made, folder } = await imported(t, tokens('tokens', 1), { pool: 'mean', prefixTokens: 0 })
  await made
  near(
    t,
    await vector(t, folder),
    mean.map((value, k) => (4 * value + k + 1) / 5),
  )
})

const asks: [title: string, onnx: Uint8Array, options: Options, message: RegExp, hint: RegExp][] = [
  [
    'tokens whose sizes are open',
    tokens('tokens', 1, { open: true }),
    {},
    /'y' float32 \[N, 5, 3\]: 5 tokens of 3 numbers/,
    /all 15 numbers/,
  ],
  [
    'a map',
    tokens('map', 0),
    {},
    /: 4 places of 3 numbers, not one vector a patch/,
    /^say --pool mean, or --pool none to keep all 12 numbers/,
  ],
  ['the class token of a map', tokens('map', 0), { pool: 'cls' }, /a map of places has no class token/, /--pool mean/],
  ['the class token where all are patches', tokens('tokens', 0), { pool: 'cls' }, /its 4 tokens are all of patches/, /--pool mean/],
  ['pooling with classes', tokens('tokens', 1), { pool: 'cls', classes: ['a', 'b', 'c'] }, /--pool has nothing to do/, /leave out/],
]

for (const [title, onnx, options, message, hint] of asks) {
  test(`${title}: asked, and nothing is made`, async (t) => {
    const { made, folder } = await imported(t, onnx, options)
    const error = (await t.throwsAsync(made)) as Error & { code: string; hint: string }
    t.is(error.code, 'CARD_INVALID')
    t.regex(error.message, message)
    t.regex(error.hint, hint)
    t.deepEqual(await readdir(folder), ['my.onnx'])
  })
}

test('the command asks which vector, and takes the answer', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'my.onnx'), tokens('tokens', 1))
  const asked = await tiastream(['models', 'import', 'my.onnx'], folder)
  t.is(asked.code, 3, asked.out)
  t.regex(
    asked.err,
    /my\.onnx gives 'y' float32 \[N, 5, 3\]: 5 tokens of 3 numbers, not one vector a patch \[CARD_INVALID\]\n {2}say --pool cls \(the first token\), --pool mean .* or --pool none to keep all 15 numbers/,
  )
  const made = await tiastream(['models', 'import', 'my.onnx', '--pool', 'mean', '--prefix-tokens', '2'], folder)
  t.is(made.code, 0, made.err)
  t.regex(made.out, /assumed {2}the first 2 tokens are the class token and 1 registers?, the mean is of the other 3/)
})

test('how long the vector is, where the file leaves it open: one run says it', async (t) => {
  const graph = newGraph('open')
  const x = graph.input('x', 'float32', ['N', 3, 'H', 'W'])
  graph.output(graph.node('Flatten', 'y', [graph.node('GlobalAveragePool', 'pool', [x])]), 'float32', ['N', 'D'])
  const { made, folder } = await imported(t, graph.bytes(), { size: [8, 8] })
  t.true((await made).found.includes('its output is [N, 3]: the file leaves it open, one run says it'))
  near(t, await vector(t, folder), mean)
})

test('a card written by hand must say that all tokens are wanted', async (t) => {
  const written = (size: string) => `name: my\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: features${size} }]`
  const error = await t.throwsAsync(cardOf(t, written(''), tokens('tokens', 1)))
  t.regex(
    error!.message,
    /outputs\[0\]\.size: the graph gives 'y' float32 \[N, 5, 3\], more than one vector a patch; write size: 15 to keep all/,
  )
  t.is((await cardOf(t, written(', size: 15'), tokens('tokens', 1))).outputs[0]!.width, 15)
})

test('a map of one channel is one, also where its sides are rounded: they are no tokens', async (t) => {
  const graph = newGraph('heat')
  const x = graph.input('x', 'float32', ['N', 3, 9, 13])
  const heat = graph.node('Conv', 'heat', [x, graph.constant('kernel', new Float32Array(48).fill(1 / 48), [1, 3, 4, 4])], {
    strides: [4, 4],
  })
  graph.output(heat, 'float32', ['N', 1, 2, 3])
  const { card, assumed } = await (await imported(t, encodeModel(graph.model()), { pool: 'mean' })).made
  t.is(card.outputs[0]!.width, 1)
  t.true(assumed.includes('the mean is that of its 6 places'))
})

/** 2 × 4 places of a picture of 8 × 16 px, each 0.4, 0.6, 0.8 times the share of red there, as `made` of them lays them. */
function wide(made: (graph: ReturnType<typeof newGraph>, map: string) => string, sizes: readonly number[]): Uint8Array {
  const graph = newGraph('wide')
  const kernel = new Float32Array(3 * 3 * 16).map((_, i) => (Math.floor((i % 48) / 16) === 0 ? mean[Math.floor(i / 48)]! / 16 : 0))
  const x = graph.input('x', 'float32', ['N', 3, 8, 16])
  const map = graph.node('Conv', 'map', [x, graph.constant('kernel', kernel, [3, 3, 4, 4])], { strides: [4, 4] })
  graph.output(made(graph, map), 'float32', ['N', ...sizes])
  return encodeModel(graph.model())
}

test('channels last of a picture that is wider than high: what is in its proportions are the places', async (t) => {
  const onnx = wide((graph, map) => graph.node('Transpose', 'y', [map], { perm: [0, 2, 3, 1] }), [2, 4, 3])
  const { card, assumed } = await (await imported(t, onnx, { pool: 'mean' })).made
  t.is(card.outputs[0]!.width, 3)
  t.true(assumed.includes('the mean is that of its 8 places'))
})

test('a map of one number a place, without an axis for it, is no tokens', async (t) => {
  const onnx = wide((graph, map) => graph.node('ReduceMean', 'y', [map], { axes: [1], keepdims: 0 }), [2, 4])
  await t.throwsAsync((await imported(t, onnx, {})).made, { message: /'y' float32 \[N, 2, 4\]: 8 places of one number, not one vector/ })
  const { card, assumed } = await (await imported(t, onnx, { pool: 'mean' })).made
  t.is(card.outputs[0]!.width, 1)
  t.true(assumed.includes('the mean is that of its 8 places'))
})

test('a value of the graph that has the name of what is made keeps it', async (t) => {
  const onnx = wide((graph, map) => graph.node('Identity', 'y', [graph.node('Abs', 'y_pooled', [map])]), [3, 2, 4])
  const { card } = await (await imported(t, onnx, { pool: 'mean' })).made
  t.is(card.outputs[0]!.name, 'y_pooled_2')
})
