import test from 'ava'
import type { StageEvent } from '../../src/core/events.js'
import type { PatchBatch } from '../../src/core/items.js'
import type { Slide } from '../../src/core/slide.js'
import type { Stage, StageContext } from '../../src/core/stage.js'
import type { Graph } from '../../src/models/onnx/graph.js'
import { openModel } from '../../src/models/session/open.js'
import { chain } from '../../src/pipeline/run/chain.js'
import spec from '../../src/stages/infer/spec.js'
import infer from '../../src/stages/infer/stage.js'
import { measurePicture } from '../../src/stages/measure/picture.js'
import measure from '../../src/stages/measure/stage.js'
import { cardOf, meanCard, meanModel, patchAt, plainBatch } from '../models/folder.js'
import { all, planOf } from '../support/stage-context.js'

test('batches get the answers of the model in order, and let their pixels go', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel())
  const model = await openModel(card, { devices: ['cpu'] })
  t.teardown(() => model.close())
  const told: StageEvent[] = []
  const givenBack: number[] = []
  const ctx: StageContext = {
    slide: {} as Slide,
    model: (name) => (name === 'mean' ? model : (t.fail() as never)),
    signal: new AbortController().signal,
    tell: (event) => told.push(event),
    pixelMemory: { take: () => t.fail() as never, giveBack: ({ length }) => givenBack.push(length) },
  }
  const input = async function* (): AsyncGenerator<PatchBatch> {
    yield plainBatch([
      [1, 2, 3],
      [4, 5, 6],
    ])
    yield plainBatch([null, [7, 8, 9]], 4, 2)
  }
  const got: PatchBatch[] = []
  for await (const batch of infer({ model: 'mean' })(input(), ctx)) got.push(batch)
  t.deepEqual(
    got.map(({ outputs }) => [...outputs.mean!.data]),
    [
      [1, 2, 3, 4, 5, 6],
      [Number.NaN, Number.NaN, Number.NaN, 7, 8, 9],
    ],
  )
  t.true(got.every(({ inputs }) => inputs.length === 0))
  t.deepEqual(givenBack, [2 * 4 * 4 * 3, 4 * 4 * 3])
  t.deepEqual(
    told.map((event) => event.type === 'count' && event.by),
    [2, 1],
  )
})

test('a softmax that the card says is in the graph must make shares of one whole', async (t) => {
  const ask = async (output: string, colour: readonly [number, number, number]) => {
    const model = await openModel(await cardOf(t, meanCard('scale: 1/255', output), meanModel()), { devices: ['cpu'] })
    t.teardown(() => model.close())
    const ctx = { slide: {} as Slide, model: () => model, signal: new AbortController().signal, tell: () => undefined }
    const input = async function* () {
      yield plainBatch([null, colour])
    }
    for await (const { statuses } of infer({ model: 'mean' })(input(), ctx)) t.is(statuses[1]!.status, 'ok')
  }
  const claimed = 'kind: classes, in_graph: softmax, classes: [a, b, c]'
  // 51, 102 and 204 are 0.2, 0.4 and 0.8 of 255; 51, 51 and 153 make 255.
  await t.throwsAsync(ask(claimed, [51, 102, 204]), { code: 'OUTPUT_NOT_PROBABILITY', message: /sum to 1\.4, not 1, of patch 1 of s1/ })
  await ask(claimed, [51, 51, 153])
  await ask('kind: classes, classes: [a, b, c]', [51, 102, 204])
})

test('the plan knows the columns and the memory from the card alone', async (t) => {
  const card = await cardOf(t, meanCard('scale: 1', 'kind: classes, apply: softmax, classes: [a, b, c]'), meanModel())
  const options = {
    model: 'mean',
    device: ['cpu' as const],
    vectors: 'float32' as const,
    as: undefined,
    pictures: undefined,
    under: undefined,
    precision: undefined,
    cuda: undefined,
    tensorrt: undefined,
    session: undefined,
  }
  const plan = planOf('slide', { batch: { size: 8 }, infer: options }, { mean: card })
  t.deepEqual(
    spec.columns!(options, plan).map(({ name, type }) => `${name} ${type}`),
    ['prediction int32', 'class category', 'prob_a float32', 'prob_b float32', 'prob_c float32'],
  )
  const eight = spec.holds!(options, plan)
  const sixteen = spec.holds!(options, planOf('slide', { batch: { size: 16 } }, { mean: card }))
  t.is(sixteen - eight, 8 * (4 * 4 * 3 * 64 + 12))
  t.deepEqual(spec.problems!({ ...options, device: ['cpu', 'cpu'] }, plan), ['a device is there twice: cpu, cpu'])
  const problemsOf = (device: string[], more = {}) => spec.problems!({ ...options, device, ...more }, plan)
  const quantised = { ...plan, card: () => ({ ...card, inputs: card.inputs.map((input) => ({ ...input, lookup: new Uint8Array(768) })) }) }
  t.regex(spec.problems!(options, { ...quantised, provided: () => [] }).join(), /^the quantised model .* takes other values than colours/)
  t.deepEqual(spec.problems!(options, { ...quantised, provided: (role) => (role === 'lookups' ? [true] : []) as never }), [])
  t.deepEqual(problemsOf(['cuda:0+cuda:1', 'cuda:1', 'cpu'], { cuda: { tf32: true } }), [])
  t.deepEqual(problemsOf(['cuda:1+cuda:1']), ['cuda:1+cuda:1 names a GPU twice'])
  t.regex(problemsOf(['cpu'], { tensorrt: { fp16: true } })[0]!, /^tensorrt: says how a device is used that device: does not name \(cpu\)$/)
  t.regex(problemsOf(['openvino'], { session: { a: '1' } })[0]!, /^session: says how .* does not name \(openvino\)$/)
  t.deepEqual(problemsOf(['openvino', 'cpu'], { session: { a: '1' } }), [])
})

test('brightness, saturation and sharpness are what arithmetic says', (t) => {
  const red = new Uint8Array(3 * 3 * 3)
  for (let i = 0; i < 9; i++) red.set([200, 0, 100], i * 3)
  const flat = measurePicture(red, 3, 3)
  t.true(Math.abs(flat.brightness - (0.299 * 200 + 0.114 * 100)) < 1e-6)
  t.is(flat.saturation, 1)
  t.true(flat.sharpness < 1e-6)
  // A white pixel on black, 4 × 3: the two inner Laplacians are −4 × 255 and 255; their variance is the square of half the distance.
  const spot = new Uint8Array(4 * 3 * 3)
  spot.set([255, 255, 255], (1 * 4 + 1) * 3)
  const found = measurePicture(spot, 4, 3)
  t.true(Math.abs(found.sharpness - ((5 * 255) / 2) ** 2) < 1)
  t.is(found.saturation, 0)
  t.is(measurePicture(spot.subarray(0, 6), 2, 1).sharpness, 0)
})

test('a picture that could not be read is not measured, but goes on', async (t) => {
  const ctx = { slide: {} as Slide, model: () => t.fail() as never, signal: new AbortController().signal, tell: () => {} }
  const input = async function* () {
    yield { patch: patchAt(0), pixels: [new Uint8Array(48).fill(9)], status: 'ok' as const }
    yield { patch: patchAt(1), pixels: [new Uint8Array(0)], status: 'unreadable' as const, error: 'no' }
  }
  const notes = []
  for await (const { patch } of measure()(input(), ctx)) notes.push(patch.notes)
  t.is(Math.round(Number(notes[0]!.brightness)), 9)
  t.deepEqual(notes[1], { brightness: null, saturation: null, sharpness: null })
})

test('of several models each sees its own pictures, also of patches that another has no answer for; their answers stand side by side', async (t) => {
  // The mean of each channel, and that divided by itself: of a picture without green there is none.
  const plain = await openModel(await cardOf(t, meanCard(), meanModel()), { devices: ['cpu'] })
  const silent = (graph: Graph, mean: string) => graph.node('Div', 'itself', [mean, mean])
  const odd = await openModel(await cardOf(t, meanCard('scale: 1'), meanModel('float32', 'NCHW', 'N', 4, silent)), { devices: ['cpu'] })
  t.teardown(() => Promise.all([plain.close(), odd.close()]))
  const ctx: StageContext = {
    slide: {} as Slide,
    model: (name) => (name === 'odd' ? odd : plain),
    signal: new AbortController().signal,
    tell: () => undefined,
    // The models after it are to see them, too.
    pixelMemory: { take: () => t.fail() as never, giveBack: () => t.fail() },
  }
  const first = plainBatch([[1, 2, 3], null, [4, 0, 6]])
  const second = plainBatch([[10, 20, 30], null, [40, 0, 60]])
  const third = plainBatch([[7, 7, 7], null, [8, 8, 8]])
  const input = async function* (): AsyncGenerator<PatchBatch> {
    yield { ...first, inputs: [...first.inputs, ...second.inputs, ...third.inputs] }
  }
  const asked = [
    infer({ model: 'plain', pictures: [0], under: 'a_' }),
    infer({ model: 'odd', pictures: [1], under: 'b_' }),
    infer({ model: 'plain', pictures: [2], under: 'c_' }),
  ]
  const [got] = await all(chain<'batch'>(asked as Stage[], input(), ctx))
  const nan = [Number.NaN, Number.NaN, Number.NaN]
  const { outputs, statuses } = got!
  t.deepEqual([...outputs.a_mean!.data], [1, 2, 3, ...nan, 4, 0, 6])
  t.deepEqual([...outputs.b_itself!.data], [1, 1, 1, ...nan, ...nan])
  t.deepEqual([...outputs.c_mean!.data], [7, 7, 7, ...nan, 8, 8, 8])
  t.deepEqual(
    statuses.map(({ status }) => status),
    ['ok', 'unreadable', 'unanswered'],
  )
  t.regex(statuses[2]!.error!, /NaN/)
})
