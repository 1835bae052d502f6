/**
 * The GPU placement without a GPU: onnxruntime's webgpu provider on SwiftShader, a Vulkan driver in software that comes with
 * Debian's chromium. Set VK_DRIVER_FILES to use another driver. Slow because SwiftShader compiles every shader: seconds a model.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import type { PatchBatch } from '../../src/core/items.js'
import type { ModelCard } from '../../src/core/model.js'
import { readCard } from '../../src/models/card/card.js'
import { findModel } from '../../src/models/card/find.js'
import { probeApart } from '../../src/models/doctor/probe-apart.js'
import { openModel } from '../../src/models/session/open.js'
import { cardOf, meanCard, meanModel, modelFolder, patchAt, plainBatch, scratch } from '../../test/models/folder.js'
import { sharedTest } from '../../test/shared-data.js'

const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json'
// The Vulkan loader reads it when the first session is made.
if (existsSync(swiftshader)) process.env.VK_DRIVER_FILES ??= swiftshader
const probe = await probeApart('webgpu')
if (!probe.ok)
  console.warn(`SKIPPED (no webgpu device: ${probe.why}; Debian: apt-get install chromium): every test of test-slow/models/webgpu`)

// One after another: two webgpu devices made in two threads at once crash the process.
const gpuTest = probe.ok ? test.serial : test.serial.skip
const gpuSharedTest: typeof sharedTest = probe.ok ? (...given) => sharedTest(...given) : (title) => test.serial.skip(title, (t) => t.pass())

function noise(count: number, width: number, height: number): PatchBatch {
  let state = 12345
  const data = new Uint8Array(count * width * height * 3).map(() => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 24
  })
  return {
    patches: Array.from({ length: count }, (_, i) => patchAt(i)),
    statuses: Array.from({ length: count }, () => ({ status: 'ok' })),
    inputs: [{ data, width, height }],
    outputs: {},
  }
}

async function answer(t: ExecutionContext, card: ModelCard, devices: readonly string[], batch: PatchBatch) {
  const model = await openModel(card, { devices })
  t.teardown(() => model.close())
  return { model, outputs: (await model.predict(batch)).outputs }
}

async function sameOnBoth(t: ExecutionContext, card: ModelCard, count: number, within: number): Promise<void> {
  const { width, height } = card.inputs[0]!
  const cpu = await answer(t, card, ['cpu'], noise(count, width, height))
  const gpu = await answer(t, card, ['webgpu'], noise(count, width, height))
  t.is(gpu.model.device, 'webgpu')
  t.true(gpu.model.fused)
  for (const { name } of card.outputs) {
    const want = cpu.outputs[name]!.data
    const got = gpu.outputs[name]!.data
    t.is(got.length, want.length)
    const off = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0)
    t.true(off <= within, `${name} is off by ${off}`)
  }
}

gpuTest('the bundled model gives the same rows as on the CPU', async (t) => {
  await sameOnBoth(t, await readCard(await findModel('stain', '.')), 4, 1e-5)
})

gpuTest('preprocessing inside the graph works on the device too', async (t) => {
  const normal = 'scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], channels: BGR'
  await sameOnBoth(t, await cardOf(t, meanCard(normal), meanModel('float32', 'NCHW', 'N', 16)), 3, 1e-5)
})

gpuSharedTest('a trained network gives the same rows as on the CPU', ['models/cifar10/ImageClassifier.onnx'], async (t, onnx) => {
  const names = 'plane, car, bird, cat, deer, dog, frog, horse, ship, truck'
  const text = `name: cifar\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: classes, apply: softmax, classes: [${names}] }]`
  await sameOnBoth(t, await cardOf(t, text, onnx!), 5, 1e-5)
})

gpuTest('[cuda, webgpu, cpu] falls through to webgpu and says so', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel())
  const { model, outputs } = await answer(t, card, ['cuda', 'webgpu', 'cpu'], plainBatch([[1, 2, 3], null]))
  if (model.device === 'cuda') return t.pass('this machine has a CUDA device')
  t.is(model.device, 'webgpu')
  t.is(model.warnings.length, 1)
  t.regex(model.warnings[0]!, /^cuda is not used: /)
  t.deepEqual([...outputs.mean!.data].slice(0, 3), [1, 2, 3])
  t.true(outputs.mean!.data.subarray(3).every(Number.isNaN))
})

gpuTest('a thread of its own is fed by transfer: the pixels leave this thread, the answers are those of the CPU', async (t) => {
  const card = await cardOf(t, meanCard(), meanModel())
  const want = (await answer(t, card, ['cpu'], noise(4, 4, 4))).outputs.mean!.data
  // Twice, one after the other: a device can be had again after its thread has ended.
  for (const _ of [1, 2]) {
    const worker = new Worker(new URL('./webgpu-thread.js', import.meta.url), { workerData: card })
    // Asked for now: the thread may have ended before its answer is looked at.
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    const batch = noise(4, 4, 4)
    const { buffer } = batch.inputs[0]!.data
    worker.postMessage(batch, [buffer as ArrayBuffer])
    t.is(buffer.byteLength, 0)
    const answered = await new Promise<PatchBatch>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    t.deepEqual(answered.outputs.mean!.data, want)
    t.is(await ended, 0)
  }
})

const slide = 'wsi/aperio/CMU-1-Small-Region.svs'
const program = fileURLToPath(new URL('../../src/cli.js', import.meta.url))

/** The table of a run of six patches, and what the program said. (The shaders of the bundled model are compiled once, above: this one has few.) */
async function runOn(t: ExecutionContext, devices: string, uri: string) {
  const model = await modelFolder(t, meanCard('scale: 1/255', 'kind: classes, apply: softmax, classes: [red, green, blue]'), meanModel())
  const folder = await scratch(t)
  const pipeline = path.join(folder, 'pipeline.yml')
  const stages = `[grid: { size: 4 px, at: 8 mpp }, sample: { count: 6 }, extract, batch: { size: 4 }, infer: { model: ${model}, device: ${devices} }, merge]`
  await writeFile(
    pipeline,
    `output: ./out\nslides: { glob: ${JSON.stringify(uri)} }\nstages: ${stages}\nsinks: [csv: { file: "{slide}.csv" }]\n`,
  )
  const { stderr } = await promisify(execFile)(process.execPath, [program, 'run', pipeline], { timeout: 300_000 })
  const [head, ...lines] = (await readFile(path.join(folder, 'out', `${path.parse(uri).name}.csv`), 'utf8')).trim().split('\n')
  return { head: head!.split(','), rows: lines.map((line) => line.split(',')), stderr }
}

gpuSharedTest('a whole run: lanes read, one thread infers on webgpu, the table is that of the CPU', [slide], async (t, uri) => {
  const cpu = await runOn(t, 'cpu', uri!)
  const gpu = await runOn(t, '[cuda, webgpu, cpu]', uri!)
  t.regex(gpu.stderr, /on (webgpu|cuda)/)
  t.deepEqual(gpu.head, cpu.head)
  t.is(gpu.rows.length, 6)
  t.is(cpu.rows.length, 6)
  for (const [i, row] of gpu.rows.entries()) {
    for (const [k, text] of row.entries()) {
      const want = cpu.rows[i]![k]!
      t.true(text === want || Math.abs(Number(text) - Number(want)) <= 1e-5, `row ${i}, ${gpu.head[k]}: ${text}, on the CPU ${want}`)
    }
  }
})
