import { createHash } from 'node:crypto'
import test from 'ava'
import type { ModelError } from '../../src/core/errors.js'
import type { ModelInput } from '../../src/core/model.js'
import { fromHalf, toHalf } from '../../src/geometry/half.js'
import { colorOf } from '../../src/models/card/palette.js'
import { type Check, diagnose, type Finding } from '../../src/models/doctor/doctor.js'
import { probeApart } from '../../src/models/doctor/probe-apart.js'
import { converterOf } from '../../src/models/session/convert-pixels.js'
import { reasonOf } from '../../src/models/session/device.js'
import { openModel } from '../../src/models/session/open.js'
import { loadOrt, ortFrom } from '../../src/models/session/ort.js'
import { walkDevices } from '../../src/models/session/walk-devices.js'
import { checkTest, makeTest, testBatch } from '../../src/workshop/test-vector.js'
import { cardOf, meanCard, meanModel } from './folder.js'

test('every half goes to a float and back', (t) => {
  for (let half = 0; half < 65_536; half++) {
    const value = fromHalf(half)
    if (Number.isNaN(value)) t.true(Number.isNaN(fromHalf(toHalf(value))))
    else if (toHalf(value) !== half) t.fail(`${half.toString(16)} is ${value}, which is ${toHalf(value).toString(16)}`)
  }
  t.is(fromHalf(0x3c00), 1)
  t.is(fromHalf(0xc000), -2)
  t.is(fromHalf(0x7bff), 65_504)
  t.is(fromHalf(1), 2 ** -24)
})

test('a float goes to the nearest half, the even one of two', (t) => {
  // Between two neighbours of positive halves the middle goes to the one whose last bit is 0.
  for (let half = 0; half < 0x7bff; half++) {
    const low = fromHalf(half)
    const high = fromHalf(half + 1)
    const middle = (low + high) / 2
    const even = half % 2 === 0 ? half : half + 1
    if (toHalf(middle) !== even) t.fail(`${middle} went to ${toHalf(middle)}, not ${even}`)
    if (toHalf(low + (high - low) * 0.49) !== half) t.fail(`just above ${low}`)
    if (toHalf(low + (high - low) * 0.51) !== half + 1) t.fail(`just below ${high}`)
  }
  t.is(toHalf(65_519), 0x7bff)
  t.is(toHalf(65_520), 0x7c00)
  t.is(toHalf(-1e9), 0xfc00)
  t.is(toHalf(-0), 0x8000)
})

const input: ModelInput = {
  name: 'x',
  width: 2,
  height: 1,
  layout: 'NCHW',
  channels: 'BGR',
  dtype: 'float32',
  scale: 1,
  mean: [1, 2, 3],
  std: [1, 2, 4],
}

test('pixels are put into planes, blue first, each channel with its own mean', (t) => {
  const bytes = new Uint8Array([10, 20, 30, 11, 22, 33])
  t.deepEqual([...converterOf(input)(bytes, 1)], [27 / 4, 30 / 4, 18 / 2, 20 / 2, 9, 10])
  t.deepEqual([...converterOf({ ...input, layout: 'NHWC', channels: 'RGB' })(bytes, 1)], [9, 9, 27 / 4, 10, 10, 30 / 4])
  t.deepEqual([...converterOf({ ...input, dtype: 'uint8' })(bytes, 1)], [30, 33, 20, 22, 10, 11])
  t.deepEqual([...converterOf({ ...input, dtype: 'float16' })(bytes, 1)].map(fromHalf), [6.75, 7.5, 9, 10, 9, 10])
})

test('colours differ, however many classes there are', (t) => {
  const colors = Array.from({ length: 100 }, (_, i) => colorOf(i))
  t.true(colors.every((color) => /^#[0-9a-f]{6}$/.test(color)))
  t.is(new Set(colors).size, 100)
})

test('a runtime that is absent or broken is one line with the cure', async (t) => {
  const absent = 'onnxruntime-node-that-is-not-there'
  t.like(await t.throwsAsync(ortFrom(() => import(absent))), {
    code: 'RUNTIME_MISSING',
    message: 'onnxruntime-node, which runs the models, is not installed',
    hint: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
  })
  const broken = await t.throwsAsync(ortFrom(() => Promise.reject(new Error('libc.so.6: version not found'))))
  t.regex(broken!.message, /does not load here: libc\.so\.6/)
  const musl = 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/libonnxruntime.so.1)'
  t.regex((await t.throwsAsync<ModelError>(ortFrom(() => Promise.reject(new Error(musl)))))!.hint!, /musl .*node:22-slim/)
  t.is(await loadOrt(), await loadOrt())
})

test('devices are tried in order, one at a time, and no further than the first that works', async (t) => {
  const tried: string[] = []
  const placed = await walkDevices(['coreml', 'webgpu', 'cpu'], async ({ device }) => {
    tried.push(device)
    if (device === 'coreml') throw new Error('no driver\nsecond line')
    return device
  })
  t.deepEqual(tried, ['coreml', 'webgpu'])
  t.deepEqual(placed, {
    value: 'webgpu',
    place: { device: 'webgpu', card: 0 },
    entry: 'webgpu',
    warnings: ['coreml is not used: no driver'],
  })
  t.like(await t.throwsAsync(walkDevices([], async () => 1)), { code: 'DEVICE_MISSING' })
})

test('a device is tried in a process of its own', async (t) => {
  t.like(await probeApart('cpu'), { ok: true })
  t.deepEqual(await probeApart('toaster'), { ok: false, why: "there is no device 'toaster'", cure: '' })
})

test('a reason is the last sentence of what libraries say, without the name of the machine', (t) => {
  const place =
    '/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get()'
  const missing = 'Failed to load library /l/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file'
  t.is(
    reasonOf(new Error(`${place} [ONNXRuntimeError] : 1 : FAIL : ${missing}: No such file or directory\n`)),
    `${missing}: No such file or directory`,
  )
  const old = 'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version'
  const said = `${place} [ONNXRuntimeError] : 1 : FAIL : provider_options_utils.h:187 Parse Failed to parse provider option "device_id": ${old} ; GPU=-1 ; hostname=secret ; file=a.cc ; line=69 ; expr=f();`
  t.is(reasonOf(new Error(said)), `Failed to parse provider option "device_id": ${old}`)
  t.is(reasonOf(new Error('shader_helper.cc:416 GenerateSourceCode Program Erf is too long')), 'Program Erf is too long')
})

test('doctor tells what works and the cure of what does not', async (t) => {
  const check = (what: string, attempt: Check['attempt']): Check => ({ what, needed: true, cure: 'buy one', attempt })
  const findings: Finding[] = []
  const more = [check('good', async () => 'fine'), check('bad', () => Promise.reject(new Error('broken')))]
  for await (const finding of diagnose(more)) findings.push(finding)
  const of = (what: string) => findings.find((finding) => finding.what === what)
  for (const what of ['Node.js', 'onnxruntime-node', 'device cpu', 'a bundled model']) t.like(of(what), { ok: true, needed: true })
  t.deepEqual(of('good'), { what: 'good', needed: true, ok: true, detail: 'fine' })
  t.deepEqual(of('bad'), { what: 'bad', needed: true, ok: false, detail: 'broken', cure: 'buy one' })
  t.true(findings.every(({ ok, cure }) => ok || (cure !== undefined && cure.length > 0)))
})

test('a test vector holds for the model it was made with, and shows another one', async (t) => {
  const bytes = meanModel()
  const card = await cardOf(t, meanCard('scale: 1'), bytes)
  const model = await openModel(card, { devices: ['cpu'] })
  for (const given of [undefined, new Uint8Array(3), { patches: [] }])
    await t.throwsAsync(model.predict(given as never), { code: 'OPTION_INVALID', message: /^predict of .* takes a batch of patches/ })
  t.teardown(() => model.close())
  const made = await makeTest(model, 42)
  const { data } = testBatch(card, 42).inputs[0]!
  t.is(made.sha256, createHash('sha256').update(data).digest('hex'))
  const red = data.filter((_, i) => i % 3 === 0)
  t.true(Math.abs(made.expected.mean![0]! - red.reduce((a, b) => a + b) / 16) < 1e-4)

  const withTest = { ...card, test: made }
  const again = await openModel(withTest, { devices: ['cpu'] })
  t.teardown(() => again.close())
  t.deepEqual(await checkTest(again), [])
  const other = await openModel({ ...withTest, inputs: [{ ...card.inputs[0]!, channels: 'BGR' }] }, { devices: ['cpu'] })
  t.teardown(() => other.close())
  t.regex((await checkTest(other))[0]!, /^output 'mean' says .* for number 0, the card says /)
})
