/**
 * Cards without a card: the library of ONNX Runtime and NVIDIA's driver are stood in for by two small programs in C, which compute on the CPU
 * and fail as cards do (stub/). What is run is the program itself. Needs a C compiler.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { encodeModel } from '../../src/models/onnx/schema.js'
import type { RunEvent, RunSummary } from '../../src/pipeline/run/run-events.js'
import { attendingCard, attendingToPictures } from '../../test/models/attending.js'
import { writeCohort } from '../../test/support/small-cohort.js'
import { buildCards, canBuildCards } from './stub/card.js'

const compiler = canBuildCards('every test of test-slow/models/cards')
const cardTest = compiler ? test.serial : test.serial.skip

interface Asked {
  readonly env?: Readonly<Record<string, string>>
  readonly infer?: string
  /** Folder of the model. */
  readonly model?: string
  readonly runtime?: string
  readonly batch?: number
  /** One unless given: a lane is a thread that loads the program once more. */
  readonly lanes?: number
  /** The cohort with its libraries; the common one unless given. */
  readonly rig?: Promise<Rig>
  /** `lose` takes a card away. */
  readonly saw?: (event: RunEvent, lose: (card: number) => void) => void
  /** Runs on where an earlier one of this output stopped. */
  readonly output?: string
}

interface Ran {
  readonly code: number
  readonly events: readonly RunEvent[]
  readonly summary: RunSummary | undefined
  /** Of the rows as text: that of tables also says by what they were computed. */
  readonly hash: string
  /** Of all results of the slide; the table of the cohort says how long it took. */
  readonly whole: string
  readonly warnings: readonly string[]
  readonly stderr: string
  readonly output: string
  readonly folder: string
  /** What the providers were told and which card ran, a line each. */
  readonly noted: readonly string[]
}

interface Rig {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** A cohort and its cards, whose providers name a version. */
async function makeRig(version?: string): Promise<Rig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-cards-'))
  const env = await buildCards(folder, version)
  await writeCohort(folder)
  await mkdir(path.join(folder, 'attending'))
  await writeFile(path.join(folder, 'attending/model.yml'), attendingCard)
  await writeFile(path.join(folder, 'attending/model.onnx'), encodeModel(attendingToPictures()))
  return { folder, env }
}

const common = compiler ? makeRig() : Promise.resolve({ folder: '', env: {} })
test.after.always(async () => rm((await common).folder, { recursive: true, force: true }))

let outputs = 0

async function run(device: string, asked: Asked = {}): Promise<Ran> {
  const {
    env = {},
    infer = '',
    model = './model',
    runtime = '',
    batch = 4,
    lanes = 1,
    rig = common,
    saw = () => undefined,
    output = `out${++outputs}`,
  } = asked
  const { folder, env: cards } = await rig
  const [log, lost, file] = ['log', 'lost', 'yml'].map((ending) => path.join(folder, `${output}.${ending}`)) as [string, string, string]
  const text = `output: ./${output}
slides: { list: lists/l.csv }
stages: [grid: { size: 16 px, at: baseline }, extract, batch: { size: ${batch} }, infer: { model: ${model}, device: ${device}${infer} }, merge]
sinks: [csv, parquet]
runtime: { lanes: ${lanes}${runtime} }
`
  await writeFile(file, text)
  const all = {
    ...process.env,
    ...cards,
    STUB_LOG: log,
    STUB_LOST: lost,
    ...env,
  }
  const events: RunEvent[] = []
  let stderr = ''
  const child = execFile(process.execPath, [path.join(packageRoot, 'dist/src/cli.js'), 'run', file, '--log', 'json'], { env: all })
  child.stderr!.on('data', (piece: string) => {
    stderr += piece
    for (const line of piece.split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue
      const event = JSON.parse(line) as RunEvent
      events.push(event)
      saw(event, (card) => writeFileSync(`${lost}.${card}`, ''))
    }
  })
  const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)))
  return {
    code,
    events,
    stderr,
    output,
    folder,
    summary: events.flatMap((event) => (event.type === 'run.end' ? [event.summary] : []))[0],
    warnings: events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])),
    hash: await hashOf(path.join(folder, output), /\.csv$/),
    whole: await hashOf(path.join(folder, output), /^rows.*\.parquet$|\.csv$/),
    noted: (await readFile(log, 'utf8').catch(() => '')).split('\n'),
  }
}

const onCpu = new Map<number, Promise<Ran>>()

/** What the CPU says, by onnxruntime-node. */
function cpuRun(batch = 4): Promise<Ran> {
  const ran = onCpu.get(batch) ?? run('cpu', { batch })
  onCpu.set(batch, ran)
  return ran
}

async function hashOf(folder: string, which: RegExp): Promise<string> {
  const names = (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => which.test(name)).sort()
  const hash = createHash('sha256')
  for (const name of names) hash.update(name).update(await readFile(path.join(folder, name)))
  return hash.digest('hex')
}

cardTest('two cards with two sessions each: all compute, the bytes are those of the CPU, and how busy each was is told', async (t) => {
  const cpu = await cpuRun()
  t.is(cpu.code, 0, cpu.stderr)
  const two = await run('cuda:0+cuda:1', { infer: ', cuda: { memory: 2 GiB }', lanes: 2 })
  t.is(two.code, 0, two.stderr)
  t.is(two.summary!.device, 'cuda')
  t.is(two.hash, cpu.hash)
  const devices = two.summary!.devices!
  t.deepEqual(
    devices.map(({ device, sessions }) => [device, sessions]),
    [
      ['cuda:0', 2],
      ['cuda:1', 2],
    ],
  )
  t.is(
    devices.reduce((sum, { patches }) => sum + patches, 0),
    784,
  )
  for (const { busy, patches } of devices) t.true(busy > 0 && busy <= 1 && patches > 0)
  const told = ['device_id=1', 'use_tf32=0', 'cudnn_conv_algo_search=HEURISTIC', 'gpu_mem_limit=2147483648'].map((one) => `cuda ${one}`)
  for (const line of ['run card=0', 'run card=1', ...told]) t.true(two.noted.includes(line), line)
})

cardTest('one session or three: the same bytes', async (t) => {
  const one = await run('cuda', { runtime: ', sessions: 1' })
  const three = await run('cuda', { runtime: ', sessions: 3' })
  t.deepEqual([one.code, three.code], [0, 0], one.stderr + three.stderr)
  t.is(one.whole, three.whole)
  t.like(three.summary!.devices![0], { device: 'cuda:0', sessions: 3 })
})

cardTest('options of the providers reach them, and a folder for engines lies beside the pipeline', async (t) => {
  const infer = ', tensorrt: { fp16: true, cache: engines }, cuda: { tf32: true, layout: nhwc, extra: { tunable: 1 } }'
  const { code, stderr, noted, folder, output } = await run('tensorrt:1', { infer })
  t.is(code, 0, stderr)
  const cuda = ['device_id=1', 'use_tf32=1', 'prefer_nhwc=1', 'tunable=1'].map((one) => `cuda ${one}`)
  const own = ['device_id=1', 'trt_fp16_enable=1', `trt_engine_cache_path=${path.join(folder, 'engines')}`].map((one) => `tensorrt ${one}`)
  for (const line of [...cuda, ...own]) t.true(noted.includes(line), line)
  const receipts = path.join(folder, output, '.tiastream/receipts')
  const [receipt] = await readdir(receipts)
  t.like(JSON.parse(await readFile(path.join(receipts, receipt!), 'utf8')), { device: 'tensorrt', precision: 'float16' })
})

cardTest(
  'attention is computed as one operator on CUDA, which its receipts say; switched off, the bytes are those of the CPU',
  async (t) => {
    const model = './attending'
    const cpu = await run('cpu', { model })
    const card = await run('cuda', { model })
    const off = await run('cuda', { model, infer: ', cuda: { attention: false }' })
    t.deepEqual([cpu.code, card.code, off.code], [0, 0, 0], cpu.stderr + card.stderr + off.stderr)
    const precisionOf = ({ events }: Ran) => events.flatMap((event) => (event.type === 'run.start' ? [event.precision] : []))
    t.deepEqual([cpu, card, off].map(precisionOf), [['float32'], ['float32, fused attention'], ['float32']])
    t.is(off.hash, cpu.hash)
    const fingerprintOf = ({ events }: Ran) => events.flatMap((event) => (event.type === 'run.start' ? [event.fingerprint] : []))[0]
    t.deepEqual([card.noted.includes('graph attention=1'), off.noted.includes('graph attention=1')], [true, false])
    t.is(fingerprintOf(card), fingerprintOf(cpu))
    t.not(fingerprintOf(off), fingerprintOf(cpu))
    const rows = async ({ folder, output }: Ran) => (await readFile(path.join(folder, output, 'a.csv'), 'utf8')).trim().split('\n')
    const [want, got] = [await rows(cpu), await rows(card)]
    t.is(got.length, want.length)
    for (const [i, row] of got.entries()) {
      const wanted = want[i]!.split(',')
      for (const [k, text] of row.split(',').entries())
        t.true(text === wanted[k] || Math.abs(Number(text) - Number(wanted[k])) <= 1e-5, `${i}: ${text}`)
    }
  },
)

cardTest('a card without a kernel for attention is given the graph as it is, and works beside none that has one', async (t) => {
  const model = './attending'
  const without = await run('cuda', { model, env: { STUB_PLAIN: '0' } })
  t.is(without.code, 0, without.stderr)
  t.like(without.events[0], { type: 'run.start', precision: 'float32' })
  t.true(without.noted.includes('graph attention=1'))
  const beside = await run('["cuda:0+cuda:1", cuda:0]', { model, env: { STUB_PLAIN: '1' } })
  t.is(beside.code, 0, beside.stderr)
  const why = 'cuda:0+cuda:1 is not used: it computes ./attending in float32, and the others in float32, fused attention'
  t.true(beside.warnings.includes(why), beside.warnings.join())
  t.deepEqual(
    beside.summary!.devices!.map(({ device }) => device),
    ['cuda:0'],
  )
})

cardTest('a card that is not there is named, with those that are; the next of the list is used', async (t) => {
  const alone = await run('cuda:7')
  t.not(alone.code, 0)
  t.regex(alone.stderr, /device cuda:7 does not work here: there is no GPU 7: the driver shows 0: Stub 0, 8\.0 GiB; 1: Stub 1, 8\.0 GiB/)
  const joined = await run('["cuda:0+cuda:7", cuda:1]')
  t.is(joined.code, 0, joined.stderr)
  t.true(joined.warnings.some((warning) => /^cuda:0\+cuda:7 is not used: .*there is no GPU 7/.test(warning)))
  t.deepEqual(
    joined.summary!.devices!.map(({ device }) => device),
    ['cuda:1'],
  )
})

cardTest('a batch that is too large for the card is given in smaller ones, and says so with the sizes', async (t) => {
  const small = await run('cuda', { env: { STUB_MOST: '5' }, batch: 16 })
  t.is(small.code, 0, small.stderr)
  const halved = /^cuda:0: a batch of 16 does not fit beside small \(.* of weights, 8\.0 GiB on the GPU\): it is given 4 at once$/
  t.true(small.warnings.some((one) => halved.test(one)))
  t.is(small.hash, (await cpuRun(16)).hash)
  const none = await run('cuda', { env: { STUB_MOST: '0' } })
  t.regex(none.stderr, /device cuda does not work here: small does not fit, with one picture at once: .* of weights, 8\.0 GiB on the GPU/)
})

cardTest('one of two cards vanishes in the middle: the other goes on, and nothing is lost', async (t) => {
  // It was tried and is to be given its first batch.
  const { code, summary, hash, warnings, stderr } = await run('cuda:0+cuda:1', {
    lanes: 2,
    saw: (event, lose) => event.type === 'run.start' && lose(1),
  })
  t.is(code, 0, stderr)
  t.is(hash, (await cpuRun()).hash)
  t.is(summary!.rows, 784)
  t.regex(warnings.join('\n'), /cuda:1 is gone, the others go on: cuda:1 answers no more: CUDA failure 999/)
})

cardTest('the only card vanishes: the slide begins again on the next device, or the run ends and the next one goes on', async (t) => {
  const { hash } = await cpuRun()
  const saw: Asked['saw'] = (event, lose) => event.type === 'run.start' && lose(0)
  const moved = await run('[cuda, cpu]', { saw })
  t.is(moved.code, 0, moved.stderr)
  t.is(moved.hash, hash)
  t.is(moved.summary!.device, 'cpu')
  t.regex(moved.warnings.join('\n'), /a begins again on cpu: cuda:0 answers no more/)
  const ended = await run('cuda', { saw })
  t.not(ended.code, 0)
  t.regex(ended.stderr, /DEVICE_LOST|answers no more/)
  await rm(path.join(ended.folder, `${ended.output}.lost.0`))
  const again = await run('cuda', { output: ended.output })
  t.is(again.code, 0, again.stderr)
  t.is(again.hash, hash)
})

cardTest('a provider of another build is refused before it is loaded', async (t) => {
  const rig = makeRig('1.2.3')
  t.teardown(async () => rm((await rig).folder, { recursive: true, force: true }))
  const { stderr } = await run('cuda', { rig })
  t.regex(
    stderr,
    /device cuda does not work here: .*providers_cuda\.so is of version 1\.2\.3, the runtime is \d+\.\d+\.\d+: they must be of one build/,
  )
  await writeFile(
    path.join((await rig).folder, 'libraries/onnxruntime-providers.json'),
    JSON.stringify({ version: '1.2.3', commit: '0123456', from: 'a.whl', sha256: {} }),
  )
  t.regex((await run('cuda', { rig })).stderr, /the providers in .* are of commit 0123456, the runtime is of [0-9a-f]+/)
})
