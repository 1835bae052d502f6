/** Attention in one word: the same answers as written out, on the CPU, for every way in which it is written; and what is nearly attention is left alone. */

import test from 'ava'
import { withAttention } from '../../../src/models/onnx/attention/attention.js'
import { encodeModel, type ModelProto, toNumber } from '../../../src/models/onnx/schema.js'
import { loadOrt } from '../../../src/models/session/ort.js'
import { floats } from '../../formula.js'
import { attending, number, operators, packed, separate, sizes, type Written, weights, wholes } from '../attending.js'

const { pictures, tokens, heads, head } = sizes

async function answers(model: ModelProto, inputs: readonly (readonly number[])[]): Promise<Float32Array> {
  const ort = await loadOrt()
  const session = await ort.InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 })
  const feeds = model.graph!.input.map(({ name }, i) => {
    const dims = inputs[i]!
    const count = dims.reduce((all, size) => all * size, 1)
    return [name, new ort.Tensor('float32', floats(name, count, -2, 2), [...dims])] as const
  })
  const { [model.graph!.output[0]!.name]: said } = await session.run(Object.fromEntries(feeds))
  await session.release()
  return said!.data as Float32Array
}

const mask = (name: string, dims: readonly number[], of: (row: number, column: number, head: number) => number) => {
  const columns = dims.at(-1)!
  const rows = dims.at(-2)!
  const data = new Float32Array(dims.reduce((all, size) => all * size, 1)).map((_, i) =>
    of(Math.floor(i / columns) % rows, i % columns, Math.floor(i / columns / rows)),
  )
  return (graph: Parameters<NonNullable<Written['scores']>>[0]) => graph.constant(name, data, dims)
}
const causal = mask('causal', [tokens, tokens], (row, column) => (column > row ? Number.NEGATIVE_INFINITY : 0))
const distance = mask('distance', [1, heads, tokens, tokens], (row, column, own) => -Math.abs(row - column) / (own + 1))

const scaled: NonNullable<Written['scores']> = (graph, value) => graph.node('Mul', 'scaled', [value, number(graph, 'scale', head ** -0.5)])
const plainScores: NonNullable<Written['scores']> = (_, value) => value
const turned = (graph: Parameters<NonNullable<Written['keys']>>[0], value: string) =>
  graph.node('Transpose', 'turned', [value], { perm: [0, 1, 3, 2] })
const times = (graph: Parameters<NonNullable<Written['keys']>>[0], value: string, by: number, name: string) =>
  graph.node('Mul', name, [value, number(graph, `${name}/by`, by)])

const written: Readonly<Record<string, Written>> = {
  'packed, scaled by a product': {},
  'queries, keys and values each by itself, in a shape that is worked out': { parts: separate() },
  'scaled by a quotient': { scores: (graph, value) => graph.node('Div', 'scaled', [value, number(graph, 'root', head ** 0.5)]) },
  'the number first, and of one dimension': {
    scores: (graph, value) => graph.node('Mul', 'scaled', [number(graph, 'scale', head ** -0.5, [1]), value]),
  },
  'not scaled': { scores: plainScores },
  'queries scaled': { queries: (graph, value) => times(graph, value, head ** -0.5, 'small'), scores: plainScores },
  'both scaled by a root, as torch writes it': {
    queries: (graph, value) => times(graph, value, head ** -0.25, 'smallQueries'),
    keys: (graph, value) => times(graph, turned(graph, value), head ** -0.25, 'smallKeys'),
    scores: plainScores,
  },
  'a scale that is worked out from the size of a head': {
    queries(graph, value) {
      const last = graph.node('Gather', 'last', [graph.node('Shape', 'qShape', [value]), wholes(graph, 'minusOne', -1)])
      const root = graph.node('Sqrt', 'rootOfHead', [graph.node('Cast', 'headAsFloat', [last], { to: 1 })])
      return graph.node('Div', 'small', [value, root])
    },
    scores: plainScores,
  },
  'a negative scale of the queries, which stays there': {
    queries: (graph, value) => times(graph, value, -0.3, 'negative'),
  },
  'keys turned with their heads': {
    parts(graph, x) {
      const [q, , v] = separate()(graph, x)
      return [q, 'k/four', v]
    },
    keys: (graph, value) => graph.node('Transpose', 'turned', [value], { perm: [0, 2, 3, 1] }),
  },
  'keys turned in a way of their own': {
    keys: (graph, value) => graph.node('Transpose', 'turned', [value], { perm: [0, 3, 1, 2] }),
    shape: { tokens: 16, heads: 16, head: 16 },
  },
  'keys of all heads turned in a row': {
    keys(graph, value) {
      const row = graph.node('Reshape', 'row', [value, wholes(graph, 'row/shape', -1, tokens, head)])
      const turnedRow = graph.node('Transpose', 'turnedRow', [row], { perm: [0, 2, 1] })
      return graph.node('Reshape', 'turned', [turnedRow, wholes(graph, 'turned/shape', -1, heads, head, tokens)])
    },
  },
  'heads as rows of the batch': {
    parts: (graph, x) =>
      separate()(graph, x).map((part) =>
        graph.node('Reshape', `${part}/rows`, [part, wholes(graph, `${part}/shape`, -1, tokens, head)]),
      ) as [string, string, string],
    keys: (graph, value) => graph.node('Transpose', 'turned', [value], { perm: [0, 2, 1] }),
    end: (_, value) => value,
  },
  'a mask that hides what comes later': { scores: (graph, value) => graph.node('Add', 'masked', [scaled(graph, value), causal(graph)]) },
  'distances between tokens, of each head': {
    scores: (graph, value) => graph.node('Add', 'masked', [distance(graph), scaled(graph, value)]),
  },
  'casts that change nothing': {
    softmax: (graph, value) => graph.node('Softmax', 'softmax', [graph.node('Cast', 'cast', [value], { to: 1 })], { axis: 3 }),
    shares: (graph, value) => graph.node('Cast', 'castBack', [value], { to: 1 }),
  },
  'another who looks at the keys': {
    end: (graph, value) => graph.node('Add', 'sum', [value, 'part1']),
  },
  'sizes that are open': { input: ['N', tokens, 'W'] },
  'heads of 64, 20 tokens': { shape: { tokens: 20, heads: 3, head: 64 } },
  'version 13': { opset: 13 },
}

const only = (one: Written, key: keyof Written): Written => (one[key] ? { [key]: one[key] } : {})

for (const [title, one] of Object.entries(written)) {
  test(`${title}: one operator, and the same answers`, async (t) => {
    const model = attending(one)
    const rewritten = withAttention(model)
    t.is(rewritten?.count, 1)
    const said = operators(rewritten!.model)
    t.is(said.filter((name) => name === 'Attention').length, 1)
    t.false(said.includes('Softmax'))
    t.is(toNumber(rewritten!.model.opsetImport[0]!.version), 23)
    const { tokens: many, heads: count, head: each } = one.shape ?? sizes
    const dims = [[pictures, many, count * each]]
    const [before, after] = [await answers(model, dims), await answers(rewritten!.model, dims)]
    t.is(after.length, before.length)
    const off = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i]!)), 0)
    t.true(off <= 1e-5, `${off}`)
    t.true(before.some((value) => Math.abs(value) > 0.01))
  })
}

test('whatever is written together with whatever else: one operator, and the same answers', async (t) => {
  const pick = (names: readonly string[]): readonly Written[] => names.map((name) => written[name]!)
  const parts = pick(['packed, scaled by a product', 'queries, keys and values each by itself, in a shape that is worked out'])
  const queries = pick([
    'packed, scaled by a product',
    'queries scaled',
    'a scale that is worked out from the size of a head',
    'a negative scale of the queries, which stays there',
  ])
  const keys = pick(['packed, scaled by a product', 'keys of all heads turned in a row', 'both scaled by a root, as torch writes it'])
  const scores = pick([
    'not scaled',
    'scaled by a quotient',
    'a mask that hides what comes later',
    'distances between tokens, of each head',
  ])
  const dims = [[pictures, tokens, heads * head]]
  let most = 0
  for (const one of parts)
    for (const two of queries)
      for (const three of keys)
        for (const four of scores) {
          const model = attending({ ...one, ...only(two, 'queries'), ...only(three, 'keys'), ...only(four, 'scores') })
          const rewritten = withAttention(model)
          t.is(rewritten?.count, 1)
          const [before, after] = [await answers(model, dims), await answers(rewritten!.model, dims)]
          before.forEach((value, i) => {
            most = Math.max(most, Math.abs(value - after[i]!))
          })
        }
  t.true(most <= 1e-5, `${most}`)
})

test('a mask of bools that hides nothing goes, one that hides anything or repeats a picture does not', async (t) => {
  const model = (value: number, spread: boolean, batch: number = pictures) => {
    const made = attending({
      scores(graph, product) {
        const bools = graph.constant('bools', new Uint8Array(tokens).fill(1).fill(value, 3, 4), [1, 1, 1, tokens])
        const shown = spread ? graph.node('Expand', 'spread', [bools, wholes(graph, 'spread/shape', pictures, 1, tokens, tokens)]) : bools
        const where = graph.node('Where', 'where', [shown, number(graph, 'nothing', 0), number(graph, 'never', -1e30)])
        return graph.node('Add', 'masked', [scaled(graph, product), where])
      },
      input: [batch, tokens, heads * head],
    })
    const initializer = made.graph!.initializer.map((one) => (one.name === 'bools' ? { ...one, dataType: 9 } : one))
    return { ...made, graph: { ...made.graph!, initializer } }
  }
  for (const spread of [false, true]) {
    const rewritten = withAttention(model(1, spread))
    t.is(rewritten?.count, 1)
    const dims = [[pictures, tokens, heads * head]]
    const [before, after] = [await answers(model(1, spread), dims), await answers(rewritten!.model, dims)]
    t.true(before.every((value, i) => Math.abs(value - after[i]!) <= 1e-5))
    t.is(withAttention(model(0, spread)), null)
    t.is(withAttention(model(1, spread, 1))?.count ?? 0, spread ? 0 : 1)
  }
})

/** What is not attention, or not surely. */
const near: Readonly<Record<string, Written>> = {
  'shares over the queries': { softmax: (graph, value) => graph.node('Softmax', 'softmax', [value], { axis: -2 }) },
  'shares over the heads': { softmax: (graph, value) => graph.node('Softmax', 'softmax', [value], { axis: 1 }) },
  'logarithms of shares': { softmax: (graph, value) => graph.node('LogSoftmax', 'softmax', [value], { axis: -1 }) },
  'scores that leave the graph': {
    scores(graph, value) {
      graph.output(value, 'float32', [])
      return scaled(graph, value)
    },
  },
  'shares that somebody else looks at': {
    end: (graph, value) => graph.node('Add', 'sum', [value, graph.node('ReduceMax', 'most', ['softmax'])]),
  },
  'scores that somebody else looks at': {
    end: (graph, value) => graph.node('Add', 'sum', [value, graph.node('ReduceMax', 'most', ['product'])]),
  },
  'queries that are the same for all pictures': {
    queries: (graph) => weights(graph, 'asked', 1, heads, tokens, head),
  },
  'queries without a batch': { queries: (graph) => weights(graph, 'asked', heads, tokens, head) },
  'keys that all heads share': {
    parts(graph, x) {
      const [q, , v] = packed()(graph, x)
      const own = graph.node('MatMul', 'k', [x, weights(graph, 'k/w', heads * head, head)])
      return [q, graph.node('Unsqueeze', 'k/one', [own, wholes(graph, 'axis', 1)]), v]
    },
  },
  'values that all heads share': {
    parts(graph, x) {
      const [q, k] = packed()(graph, x)
      const own = graph.node('MatMul', 'v', [x, weights(graph, 'v/w', heads * head, head)])
      return [q, k, graph.node('Unsqueeze', 'v/one', [own, wholes(graph, 'axis', 1)])]
    },
  },
  'values of another size': {
    parts(graph, x) {
      const [q, k, v] = packed()(graph, x)
      return [q, k, graph.node('Concat', 'wide', [v, v], { axis: -1 })]
    },
  },
  'keys and values of a second input': {
    parts(graph, x) {
      const [q] = packed()(graph, x)
      const other = graph.input('y', 'float32', ['N', heads, tokens, head])
      return [q, other, other]
    },
  },
  'keys that are not turned, of as many tokens as numbers': { keys: (_, value) => value },
  'keys turned in a row of the wrong length': {
    keys(graph, value) {
      const row = graph.node('Reshape', 'row', [value, wholes(graph, 'row/shape', -1, tokens / 2, 2 * head)])
      const turnedRow = graph.node('Transpose', 'turnedRow', [row], { perm: [0, 2, 1] })
      return graph.node('Reshape', 'turned', [turnedRow, wholes(graph, 'turned/shape', -1, heads, head, tokens)])
    },
  },
  'a scale of each head': { scores: (graph, value) => graph.node('Mul', 'scaled', [value, weights(graph, 'scales', heads, 1, 1)]) },
  'a scale that is computed': {
    scores: (graph, value) => graph.node('Mul', 'scaled', [value, graph.node('ReduceMax', 'large', ['x'])]),
  },
  'a scale of 0': { scores: (graph, value) => times(graph, value, 0, 'none') },
  'a negative scale of the scores': { scores: (graph, value) => times(graph, value, -1, 'inverse') },
  'a number that is divided by scores': { scores: (graph, value) => graph.node('Div', 'over', [number(graph, 'one', 1), value]) },
  'a mask before the scale': { scores: (graph, value) => scaled(graph, graph.node('Add', 'masked', [value, causal(graph)])) },
  'two masks': {
    scores: (graph, value) =>
      graph.node('Add', 'twice', [graph.node('Add', 'masked', [scaled(graph, value), causal(graph)]), distance(graph)]),
  },
  'a mask that is computed': {
    scores: (graph, value) => graph.node('Add', 'masked', [scaled(graph, value), graph.node('ReduceMax', 'large', ['x'])]),
  },
  'a mask of one column': {
    scores: (graph, value) => graph.node('Add', 'masked', [scaled(graph, value), weights(graph, 'column', tokens, 1)]),
  },
  'a mask of one row': {
    scores: (graph, value) => graph.node('Add', 'masked', [scaled(graph, value), weights(graph, 'oneRow', 1, tokens)]),
  },
  'a mask of each picture': {
    input: [pictures, tokens, heads * head],
    scores: (graph, value) => graph.node('Add', 'masked', [scaled(graph, value), weights(graph, 'each', pictures, 1, tokens, tokens)]),
  },
  'a mask that forbids a whole row': {
    scores: (graph, value) =>
      graph.node('Add', 'masked', [
        scaled(graph, value),
        mask('row', [tokens, tokens], (row) => (row === 3 ? Number.NEGATIVE_INFINITY : 0))(graph),
      ]),
  },
  'a mask with no number': {
    scores: (graph, value) =>
      graph.node('Add', 'masked', [
        scaled(graph, value),
        mask('nan', [tokens, tokens], (row, column) => (row + column === 5 ? Number.NaN : 0))(graph),
      ]),
  },
  'a mask with a row that no kernel reads': {
    shape: { tokens: 18, heads, head },
    scores: (graph, value) => graph.node('Add', 'masked', [scaled(graph, value), mask('odd', [18, 18], () => 0)(graph)]),
  },
  'a head of 12': { shape: { tokens, heads, head: 12 } },
  'a head of 264': { shape: { tokens, heads: 1, head: 264 } },
  'values before shares': {
    mixed: (graph, shares, values) => graph.node('MatMul', 'mixed', [values, shares]),
    shape: { tokens: 16, heads, head: 16 },
  },
  'shares with themselves': { mixed: (graph, shares) => graph.node('MatMul', 'mixed', [shares, shares]) },
  'shares cut to whole numbers': {
    shares: (graph, value) => graph.node('Cast', 'floats', [graph.node('Cast', 'cut', [value], { to: 7 })], { to: 1 }),
  },
  'shares that go through halves': {
    shares: (graph, value) => graph.node('Cast', 'floats', [graph.node('Cast', 'half', [value], { to: 10 })], { to: 1 }),
  },
  'numbers of 64 bits': {
    parts: (graph, x) =>
      packed()(graph, x).map((part) => graph.node('Cast', `${part}/double`, [part], { to: 11 })) as [string, string, string],
    scores: plainScores,
    end: (graph, value) => graph.node('Cast', 'back', [value], { to: 1 }),
  },
  'version 12': { opset: 12 },
  'version 24': { opset: 24 },
  'a pool, which CUDA has in its old version only': {
    end: (graph, value) => graph.node('MaxPool', 'pool', [value], { kernel_shape: [2, 2] }),
  },
  'an operator that nobody knows': { end: (graph, value) => graph.node('Frobnicate', 'odd', [value]) },
  'sizes that nobody knows': {
    parts: (graph, x) => packed()(graph, graph.node('Tile', 'some', [x, wholes(graph, 'once', 1, 1, 1)])),
  },
}

for (const [title, one] of Object.entries(near)) test(`left alone: ${title}`, (t) => t.is(withAttention(attending(one)), null))

test('left alone: a graph inside of a node, which may look at anything; an operator of a function in the file; training', (t) => {
  const model = attending()
  const inner = { name: 'inner', node: [], initializer: [], input: [], output: [{ name: 'softmax' }] }
  const branch = { opType: 'If', name: 'if', input: ['x'], output: ['unused'], attribute: [{ name: 'then_branch', type: 5, g: inner }] }
  t.is(withAttention({ ...model, graph: { ...model.graph!, node: [...model.graph!.node, branch] } }), null)
  const newest = attending({ opset: 23 })
  t.is(withAttention(newest)?.count, 1)
  t.is(withAttention({ ...newest, graph: { ...newest.graph!, node: [...newest.graph!.node, branch] } }), null)
  t.is(withAttention({ ...model, functions: [{ name: 'F', input: [], output: [], node: [], opsetImport: [] }] }), null)
  const training = attending({
    shares: (graph, value) =>
      graph.node('Dropout', 'drop', [value, number(graph, 'ratio', 0.5), graph.constant('yes', new Uint8Array([1]), [])]),
  })
  t.is(withAttention(training), null)
})

test('sizes that grow without end are given up early', (t) => {
  const model = attending({
    end(graph, value) {
      let size = graph.node('Shape', 'grows0', [value])
      let rank = value
      for (let i = 1; i <= 64; i++) {
        size = graph.node('Mul', `grows${i}`, [size, size])
        rank = graph.node('Gather', `ranks${i}`, [rank, rank])
      }
      return value
    },
  })
  const start = process.cpuUsage()
  t.is(withAttention(model)?.count, 1)
  const { user, system } = process.cpuUsage(start)
  t.true(user + system < 1e6, `${user + system} µs`)
})

test('operators whose words changed since version 13 say the same in version 23', async (t) => {
  const model = attending({
    opset: 13,
    end(graph, mixed) {
      const maps = graph.node('Relu', 'relu', [mixed])
      const [first] = [graph.node('Split', 'halves', [maps], { axis: 3 })]
      const conv = graph.node('Conv', 'conv', [first, weights(graph, 'conv/w', 4, heads, 3, 3)], { pads: [1, 1, 1, 1] })
      const part = (name: string) => graph.constant(name, floats(name, 4, 0.5, 1.5))
      const norm = graph.node('BatchNormalization', 'norm', [conv, part('gamma'), part('beta'), part('mean'), part('variance')])
      const pool = graph.node('AveragePool', 'pool', [norm], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 0, 0] })
      const large = graph.node('Resize', 'large', [pool, '', graph.constant('scales', new Float32Array([1, 1, 2, 2]))], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      })
      const hard = graph.node('HardSigmoid', 'hard', [graph.node('Pow', 'squares', [large, number(graph, 'two', 2)])])
      const average = graph.node('ReduceMean', 'average', [hard], { axes: [2], keepdims: 1 })
      const norms = graph.node('ReduceL2', 'norms', [graph.node('Squeeze', 'thin', [average, wholes(graph, 'axis2', 2)])], {
        axes: [-1],
        keepdims: 0,
      })
      return graph.node('LeakyRelu', 'leaky', [norms], { alpha: { float: 0.1 } })
    },
  })
  // A node of the writer has one output: the halves are named here.
  for (const node of model.graph!.node) if (node.opType === 'Split') node.output = ['halves', 'others']
  const rewritten = withAttention(model)
  t.is(rewritten?.count, 1)
  const dims = [[pictures, tokens, heads * head]]
  const [before, after] = [await answers(model, dims), await answers(rewritten!.model, dims)]
  t.is(before.length, pictures * 4)
  t.true(before.every((value, i) => Math.abs(value - after[i]!) <= 1e-5))
})
