/**
 * OpenVINO as `pip install openvino` brings it, called from Node: what it answers is what its own Python says, and in float32 what ONNX Runtime
 * says; runs are the same bytes for any lanes, and one output is of one precision.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { PatchBatch } from '../../src/core/items.js'
import { packageRoot } from '../../src/core/package-root.js'
import { tryWays } from '../../src/models/doctor/trial.js'
import { elementTypes } from '../../src/models/onnx/element-types.js'
import { newGraph } from '../../src/models/onnx/graph.js'
import { openModel } from '../../src/models/session/open.js'
import type { OpenOptions } from '../../src/models/session/open-prepared.js'
import { hasAmx } from '../../src/models/session/processor.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { fileOf } from '../../src/sinks/file-of.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import parquet from '../../src/sinks/parquet/spec.js'
import { cardOf, meanCard, meanModel, scratch } from '../../test/models/folder.js'
import { wideCard, wideNet, wideSide } from '../../test/models/wide-net.js'
import { ask, openVinoPython } from '../peers.js'

const python = await openVinoPython().catch((error: Error) => {
  console.warn(`SKIPPED (no OpenVINO: ${error.message.split('\n')[0]}): everything about OpenVINO`)
  return null
})
const environment = python === null ? '' : path.dirname(path.dirname(python))
process.env.TIASTREAM_OPENVINO = environment

const here = python === null ? test.skip : test.serial
if (hasAmx('bf16') !== true) console.warn('SKIPPED (the processor has no AMX): OpenVINO in bfloat16')
const onAmx = python !== null && hasAmx('bf16') === true ? test.serial : test.skip

const count = 24

/** Stripes and blots of other colours in each picture. */
const pictures = (side: number): Uint8Array =>
  Uint8Array.from({ length: count * side * side * 3 }, (_, i) => {
    const [n, pixel, channel] = [Math.floor(i / (side * side * 3)), Math.floor(i / 3) % (side * side), i % 3]
    const [x, y] = [pixel % side, Math.floor(pixel / side)]
    return Math.round(127 + 60 * Math.sin(x / (1 + (n % 7)) + channel) + 60 * Math.cos((y * (n + 1)) / 40) * (channel === n % 3 ? 1 : 0.2))
  })

function batchOf(inputs: readonly { readonly data: Uint8Array; readonly side: number }[]): PatchBatch {
  const patches = Array.from({ length: count }, (_, index) => ({
    slide: 's',
    index,
    column: 0,
    row: 0,
    bounds: [0, 0, 1, 1] as const,
    region: { x: 0, y: 0, width: 1, height: 1 },
    notes: {},
  }))
  return {
    patches,
    statuses: patches.map(() => ({ status: 'ok' })),
    inputs: inputs.map(({ data, side }) => ({ data, width: side, height: side })),
    outputs: {},
  }
}

async function answers(t: ExecutionContext, card: Parameters<typeof openModel>[0], batch: PatchBatch, options: Partial<OpenOptions> = {}) {
  const model = await openModel(card, { devices: ['openvino'], batch: 8, ...options })
  t.teardown(() => model.close())
  const { outputs } = await model.predict(batch)
  return { model, outputs }
}

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, one) => Math.max(most, one), 0)

type Said = Readonly<Record<'onnxruntime' | 'f32' | 'bf16', Readonly<Record<string, readonly number[][]>>>>

here('answers are to the last bit those of its own Python, and in float32 those of ONNX Runtime', async (t) => {
  t.timeout(300_000)
  const card = await cardOf(t, wideCard, wideNet())
  const raw = path.join(await scratch(t), 'pictures')
  const data = pictures(wideSide)
  await writeFile(raw, data)
  const said = (await ask(python!, 'test-slow/models/openvino_says.py', [card.file, raw, String(wideSide), '8'])) as Said
  for (const [computing, name, precision] of [
    ['fp32', 'f32', 'float32'],
    ['bf16', 'bf16', 'bfloat16'],
  ] as const) {
    if (computing === 'bf16' && hasAmx('bf16') !== true) continue
    const { model, outputs } = await answers(t, card, batchOf([{ data, side: wideSide }]), { settings: { computing } })
    t.like(model, { device: 'openvino', precision, fused: true, warnings: [] })
    for (const output of ['shares', 'vector']) {
      t.deepEqual(outputs[output]!.data, Float32Array.from(said[name][output]!.flat()), `${computing} ${output}`)
      const within = computing === 'fp32' ? 1e-5 : 2e-2
      t.true(farthest(outputs[output]!.data, said.onnxruntime[output]!.flat()) < within, `${computing} ${output} beside onnxruntime`)
    }
  }
})

here('several inputs, several names of one output, and sizes that are known only after a run', async (t) => {
  const graph = newGraph('two')
  const mean = (name: string, side: number) => {
    const image = graph.input(name, 'float32', ['N', 3, side, side])
    return graph.node('ReduceMean', `mean ${name}`, [image], { axes: [2, 3], keepdims: 0 })
  }
  const both = graph.node('Concat', 'both', [mean('near', 8), mean('far', 4)], { axis: 1 })
  const again = graph.node('Identity', 'again', [both])
  const some = graph.node('Squeeze', 'flags', [
    graph.node('Greater', 'all', [
      graph.node('ReduceMax', 'most', [both], { axes: [1], keepdims: 0 }),
      graph.constant('least', new Float32Array([-1]), []),
    ]),
  ])
  const kept = graph.node('Compress', 'kept', [both, some], { axis: 0 })
  for (const output of [both, again, kept]) graph.output(output, 'float32', ['N', 6])
  const text = `name: two
inputs: [{ name: near, size: 8 px, scale: 1 }, { name: far, size: 4 px, scale: 1 }]
outputs: [{ name: both, kind: features }, { name: again, kind: features }, { name: kept, kind: features }]
`
  const card = await cardOf(t, text, graph.bytes())
  const batch = batchOf([
    { data: pictures(8), side: 8 },
    { data: pictures(4), side: 4 },
  ])
  const { outputs } = await answers(t, card, batch)
  const reference = await answers(t, card, batch, { devices: ['cpu'] })
  for (const name of ['both', 'again', 'kept']) t.true(farthest(outputs[name]!.data, reference.outputs[name]!.data) < 1e-4, name)
  // The first number is the mean of the red of the first picture.
  const red = pictures(8)
    .subarray(0, 192)
    .filter((_, i) => i % 3 === 0)
  t.true(Math.abs(outputs.both!.data[0]! - red.reduce((a, b) => a + b, 0) / 64) < 1e-3)
})

/** OpenVINO has no determinant. */
function withDeterminant(): Uint8Array {
  const graph = newGraph('odd')
  const image = graph.input('x', 'float32', ['N', 3, 4, 4])
  graph.output(graph.node('Det', 'y', [image]), 'float32', ['N', 3])
  return graph.bytes()
}

here('a graph that it cannot read is told with the reason; the next device of the list takes it, and that is said', async (t) => {
  const card = await cardOf(t, 'name: odd\ninputs: [{ size: 4 px, scale: 1 }]\noutputs: [{ kind: features }]\n', withDeterminant())
  const error = await t.throwsAsync(openModel(card, { devices: ['openvino'] }))
  t.like(error, { code: 'DEVICE_MISSING' })
  t.regex(error!.message, /^device openvino does not work here: .*Det/)
  const folder = await scratch(t)
  const { receipt } = await run(t, folder, `{ model: ${path.dirname(card.file)}, device: [openvino, cpu] }`, { size: '4 px', at: '8 mpp' })
  t.like(receipt, { device: 'cpu', precision: 'float32' })
  t.regex(receipt.warnings.join(), /openvino is not used: .*Det/)
})

/** OpenVINO counts whole numbers of 64 bits in 32. */
function withLargeNumbers(): Uint8Array {
  return meanModel('float32', 'NCHW', 'N', 4, (graph, value) => {
    const large = graph.node('Mul', 'large', [value, graph.constant('by', new Float32Array([1e8]), [])])
    return graph.node('Cast', 'y', [graph.node('Cast', 'whole', [large], { to: elementTypes.int64 })], { to: elementTypes.float32 })
  })
}

here('that it computes a graph otherwise, without a word, is seen before', async (t) => {
  const card = await cardOf(t, meanCard('size: 4 px, scale: 1'), withLargeNumbers())
  const ways = [{ device: 'openvino', numbers: 'fp32' }] as const
  const { tried } = await tryWays({ card, batch: 16, pictures: [pictures(4)], ways, only: 'answers' })
  t.like(tried[0], { agreement: { agrees: false } })
})

interface Ran {
  readonly receipt: Receipt
  readonly bytes: string
  readonly events: readonly RunEvent[]
}

interface How {
  readonly size?: string
  readonly at?: string
  readonly lanes?: number
  readonly batch?: number
  readonly output?: string
  /** Ends the run after the first band. */
  readonly stop?: boolean
}

async function run(
  t: ExecutionContext,
  folder: string,
  infer: string,
  { size = `${wideSide} px`, at = '2 mpp', lanes = 2, batch = 16, output = 'out', stop = false }: How = {},
): Promise<Ran> {
  const file = path.join(folder, 'pipeline.yml')
  await mkdir(folder, { recursive: true })
  await writeFile(
    file,
    `output: ./${output}
slides: { glob: ${JSON.stringify(path.join(packageRoot, 'fixtures/slides/demo.tif'))} }
stages: [grid: { size: ${size}, at: ${at} }, mask: { method: otsu }, extract, batch: { size: ${batch} }, infer: ${infer}, merge]
sinks: [parquet]
runtime: { lanes: ${lanes} }
`,
  )
  const end = new AbortController()
  const events: RunEvent[] = []
  await runPipeline(await readPlan(file), {
    signal: end.signal,
    onEvent: (event) => {
      events.push(event)
      if (stop && event.type === 'slide.band') end.abort(new Error('enough'))
    },
  })
  const whole = path.join(folder, output)
  if (stop) return { receipt: {} as Receipt, bytes: '', events }
  const receipt = JSON.parse(await readFile(path.join(whole, '.tiastream/receipts/demo.json'), 'utf8')) as Receipt
  t.is(receipt.status, 'done', receipt.error?.message)
  const bytes = createHash('sha256')
    .update(await readFile(tableOf(whole)))
    .digest('hex')
  return { receipt, bytes, events }
}

async function wideFolder(t: ExecutionContext): Promise<string> {
  const folder = await scratch(t)
  await mkdir(path.join(folder, 'wide'))
  await writeFile(path.join(folder, 'wide/model.onnx'), wideNet())
  await writeFile(path.join(folder, 'wide/model.yml'), wideCard)
  return folder
}

const tableOf = (output: string) => path.join(output, fileOf(parquet.file, 'demo'))

async function vectorsOf(file: string): Promise<number[]> {
  const all: number[] = []
  for await (const row of (await openParquet(file)).rows) all.push(...(row.vector as Iterable<number>))
  return all
}

onAmx('runs in bfloat16 give the same bytes for any lanes and the same numbers for any batch; receipt and table say so', async (t) => {
  t.timeout(600_000)
  const folder = await wideFolder(t)
  const one = await run(t, folder, '{ model: wide, precision: auto }', { lanes: 1, output: 'one' })
  t.like(one.receipt, { device: 'openvino', precision: 'bfloat16' })
  t.regex(one.receipt.library!, /^OpenVINO 20\d\d\.\d/)
  t.deepEqual(one.receipt.warnings, [])
  const start = one.events.find(({ type }) => type === 'run.start')
  t.like(start, { device: 'openvino', precision: 'bfloat16' })
  const three = await run(t, folder, '{ model: wide, precision: auto }', { lanes: 3, output: 'three' })
  t.is(three.bytes, one.bytes)
  await run(t, folder, '{ model: wide, device: openvino, precision: bf16 }', { batch: 5, output: 'five' })
  t.deepEqual(await vectorsOf(tableOf(path.join(folder, 'five'))), await vectorsOf(tableOf(path.join(folder, 'one'))))
  const { metadata } = await openParquet(tableOf(path.join(folder, 'one')))
  t.deepEqual(metadata?.computed, { device: 'openvino', precision: 'bfloat16' })
})

onAmx('a slide that was begun in one precision is not gone on with in another, and an output stays what its first run was', async (t) => {
  t.timeout(600_000)
  const folder = await wideFolder(t)
  const infer = '{ model: wide, precision: auto }'
  await run(t, folder, infer, { stop: true })
  const state = path.join(folder, 'out/.tiastream')
  const [name] = (await readdir(state)).filter((one) => one.startsWith('precision-'))
  const kept = JSON.parse(await readFile(path.join(state, name!), 'utf8'))
  t.like(kept, { asked: 'auto', device: 'openvino', computing: 'bf16' })
  // As if the first machine had been one without.
  await writeFile(path.join(state, name!), JSON.stringify({ ...kept, device: 'cpu', computing: 'fp32' }))
  const { receipt, events } = await run(t, folder, infer)
  t.like(receipt, { device: 'cpu', precision: 'float32', patches: { resumed: 0 } })
  const anew = events.find((event) => event.type === 'warning' && event.code === 'JOURNAL_ANEW')
  t.regex((anew as { message: string }).message, /made with device openvino, and this is cpu/)
  // And taken up where it may be.
  await run(t, folder, infer, { output: 'again', stop: true })
  const again = await run(t, folder, infer, { output: 'again' })
  t.true(again.receipt.patches.resumed > 0)
  t.is(again.bytes, (await run(t, folder, infer, { output: 'whole' })).bytes)
})

here('an output that was begun in what this machine lacks says so, and how to go on', async (t) => {
  const folder = await wideFolder(t)
  await run(t, folder, '{ model: wide, device: openvino, precision: fp32 }', { stop: true })
  const infer = '{ model: wide, precision: auto }'
  const before = process.env.TIASTREAM_OPENVINO
  await mkdir(path.join(folder, 'other/.tiastream'), { recursive: true })
  const { sha256 } = await cardOf(t, wideCard, wideNet())
  const kept = { schema: 'tiastream-precision/1', asked: 'auto', device: 'openvino', computing: 'fp32', why: '' }
  await writeFile(path.join(folder, `other/.tiastream/precision-auto-${sha256.slice(0, 16)}.json`), JSON.stringify(kept))
  process.env.TIASTREAM_OPENVINO = '/nowhere/at/all'
  try {
    const error = await t.throwsAsync(run(t, folder, infer, { output: 'other' }))
    t.like(error, { code: 'DEVICE_MISSING' })
    t.regex(
      error!.message,
      /was begun in float32 by OpenVINO \(precision: auto\), and that does not work here: .*\/nowhere\/at\/all is not there/,
    )
  } finally {
    process.env.TIASTREAM_OPENVINO = before
  }
})

here('doctor finds what pip installed in the Python of the path, and says what else it looked at', async (t) => {
  const { TIASTREAM_OPENVINO: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(packageRoot, 'dist/src/cli.js'), 'doctor'], {
    env: { ...env, PATH: `${path.join(environment, 'bin')}:${env.PATH}` },
  })
  t.regex(stdout, /✓ device openvino +OpenVINO 20\d\d\.\d\.\d in \S+openvino\/libs computed rightly/)
})
