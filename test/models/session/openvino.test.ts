import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { elementTypes } from '../../../src/models/onnx/element-types.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { graphIn } from '../../../src/models/session/openvino/graph-in.js'
import type { OpenVino } from '../../../src/models/session/openvino/library.js'
import { placeOfOpenVino } from '../../../src/models/session/openvino/places.js'
import { sentenceOf } from '../../../src/models/session/openvino/said.js'
import { mustBeKnown, versionInName } from '../../../src/models/session/openvino/version.js'
import { prepareModel } from '../../../src/models/session/prepare.js'
import { elfFile } from '../elf-file.js'
import { cardOf, meanCard, meanModel, scratch } from '../folder.js'

const onLinux = process.platform === 'linux' ? test : test.skip

const machines = { x64: 62, arm64: 183 } as const
const here = process.arch === 'arm64' ? 'arm64' : 'x64'
const elsewhere = here === 'x64' ? 'arm64' : 'x64'
const library = (machine: keyof typeof machines): Uint8Array => elfFile({ machine: machines[machine] })

async function folderWith(t: ExecutionContext, names: readonly string[], machine: keyof typeof machines = here, inside = '') {
  const root = await scratch(t)
  const folder = path.join(root, inside)
  await mkdir(folder, { recursive: true })
  for (const name of names) await writeFile(path.join(folder, name), library(machine))
  return { root, folder }
}

const plugin = here === 'arm64' ? 'libopenvino_arm_cpu_plugin.so' : 'libopenvino_intel_cpu_plugin.so'
const all = ['libopenvino_c.so.2641', plugin, 'libopenvino_onnx_frontend.so.2641', 'libopenvino.so.2641']
const given = (folder: string) => placeOfOpenVino({ TIASTREAM_OPENVINO: folder })

test('the version stands in the name of the file', (t) => {
  t.is(versionInName('/x/libopenvino_c.so.2641'), '2026.4.1')
  t.is(versionInName('libopenvino_c.2520.dylib'), '2025.2.0')
  t.is(versionInName('libopenvino_c.so'), null)
  t.notThrows(() => mustBeKnown('2025.1.0', 'x'))
  t.notThrows(() => mustBeKnown('2026.4.1', 'x'))
  for (const old of ['2024.6.0', '2025.0.0'])
    t.throws(() => mustBeKnown(old, 'x'), { message: `x is OpenVINO ${old}, which is too old: 2025.1 or later is needed` })
})

test('of what OpenVINO says the operators that it does not know are told, and else its last words', (t) => {
  const begins = "Exception from src/inference/src/cpp/core.cpp:84:\nCheck 'false' failed at src/frontends/report.cpp:151:\n"
  const failed = "FrontEnd API failed with OpConversionFailure:\nModel wasn't fully converted. Failed operations detailed log:\n"
  const pages = '-- QLinearConv-17 with a message:\nWhile validating ONNX node:\nThe number of scales must match\n\n'.repeat(9)
  const ends =
    'Summary:\n-- No conversion rule found for operations: com.microsoft.QGemm, Inverse\n-- Conversion is failed for: QLinearConv-17\n\n'
  t.is(sentenceOf(begins + failed + pages + ends, 'f', 1), 'it has no com.microsoft.QGemm, Inverse; it cannot read QLinearConv-17')
  const in2025 = 'FrontEnd API failed with GeneralFailure:\nOpenVINO does not support the following ONNX operations: Det, Unique\n'
  t.is(sentenceOf(`${begins}${in2025}Errors during ONNX translation:\n${pages}`, 'f', 1), 'it has no Det, Unique')
  t.is(sentenceOf(`${begins}Unable to read the model.\n`, 'f', 1), 'Unable to read the model.')
  t.is(sentenceOf('', 'ov_core_create', -1), 'ov_core_create ends with status -1')
})

onLinux('TIASTREAM_OPENVINO may name the folder of the libraries, one of them, the package or its environment', async (t) => {
  const { root, folder } = await folderWith(t, all, here, 'lib/python3.12/site-packages/openvino/libs')
  const place = { file: path.join(folder, 'libopenvino_c.so.2641'), folder }
  for (const one of [folder, path.dirname(folder), path.join(folder, 'libopenvino.so.2641'), root])
    t.deepEqual(await given(one), place, one)
})

onLinux('what pip installed is found in the Python that is active, and in one of the path', async (t) => {
  const { root, folder } = await folderWith(t, all, here, 'lib/python3.12/site-packages/openvino/libs')
  t.is((await placeOfOpenVino({ VIRTUAL_ENV: root })).folder, folder)
  await mkdir(path.join(root, 'bin'))
  await writeFile(path.join(root, 'bin/python3'), '')
  t.is((await placeOfOpenVino({ PATH: path.join(root, 'bin') })).folder, folder)
})

onLinux('a folder of the system keeps its plugins in one beside', async (t) => {
  const { folder } = await folderWith(t, ['libopenvino_c.so.2520', 'libopenvino.so.2520'])
  await mkdir(path.join(folder, 'openvino-2025.2.0'))
  for (const name of [plugin, 'libopenvino_onnx_frontend.so.2520'])
    await writeFile(path.join(folder, 'openvino-2025.2.0', name), library(here))
  t.is((await given(folder)).folder, folder)
  // One whose name does not say its version is at odds with no other.
  const { folder: unnamed } = await folderWith(t, ['libopenvino_c.so', ...all.slice(1)])
  t.is((await given(unnamed)).folder, unnamed)
})

onLinux('what is wrong with a folder is said before anything of it is loaded', async (t) => {
  const says = async (folder: string, message: RegExp) => t.throwsAsync(given(folder), { message })
  const saysOf = async (names: readonly string[], message: RegExp) => says((await folderWith(t, names)).folder, message)
  const without = (part: string) => all.filter((name) => !name.includes(part))
  await says('/nowhere/at/all', /^TIASTREAM_OPENVINO=\/nowhere\/at\/all is not there$/)
  await saysOf(['libother.so'], /holds no OpenVINO$/)
  await saysOf(['libopenvino.so.2330', plugin], /holds libopenvino\.so\.2330 without openvino_c, its library for C, which/)
  await saysOf(without('cpu_plugin'), /has no openvino_(?:intel|arm)_cpu_plugin, which computes on the processor$/)
  await saysOf(without('onnx'), /has no openvino_onnx_frontend, which reads ONNX files$/)
  await saysOf(without('openvino.so'), /has no openvino, which all others build on$/)
  const two = /has libopenvino_onnx_frontend\.so\.2541 beside libopenvino_c\.so\.2641: they are of two versions, and do not fit$/
  await saysOf([...without('onnx'), 'libopenvino_onnx_frontend.so.2541'], two)
  await says((await folderWith(t, all, elsewhere)).folder, new RegExp(`is for ${elsewhere}, and this Node.js is for ${process.arch}$`))
  const old = all.map((name) => name.replace('2641', '2460'))
  await saysOf(old, /is OpenVINO 2024\.6\.0, which is too old: 2025\.1 or later is needed$/)
  const { folder } = await folderWith(t, all)
  const changed = async (name: string, bytes: Uint8Array, message: RegExp) => {
    await writeFile(path.join(folder, name), bytes)
    await says(folder, message)
  }
  await changed(plugin, library(here).slice(0, -1), /_cpu_plugin\.so is a damaged library: /)
  await changed(plugin, library(elsewhere), new RegExp(`_cpu_plugin\\.so is for ${elsewhere}, and this Node\\.js is for`))
  await changed('libopenvino_c.so.2641', Buffer.from('text'), /libopenvino_c\.so\.2641 is no library of 64 bits for Linux$/)
})

onLinux('files beside a graph of bytes have second names for a moment, and are no links that lead out of a folder', async (t) => {
  const folder = await scratch(t)
  await mkdir(path.join(folder, 'weights'))
  for (const name of ['net.onnx.data', 'weights/b.bin', 'other.bin']) await writeFile(path.join(folder, name), name)
  await symlink('other.bin', path.join(folder, 'linked.bin'))
  let among = ''
  const readFile = (file: string) => {
    among = path.dirname(file)
    t.is(readFileSync(file, 'utf8'), 'graph')
    for (const name of ['net.onnx.data', 'weights/b.bin']) {
      t.false(lstatSync(path.join(among, name)).isSymbolicLink(), name)
      t.is(readFileSync(path.join(among, name), 'utf8'), name)
    }
    t.is(readFileSync(path.join(among, 'linked.bin'), 'utf8'), 'other.bin')
    t.false(existsSync(path.join(among, 'other.bin')))
    return 7n
  }
  const model = new TextEncoder().encode('graph')
  t.is(await graphIn({ readFile } as unknown as OpenVino, { model, folder, files: ['net.onnx.data', 'weights/b.bin', 'linked.bin'] }), 7n)
  t.false(existsSync(among))
  t.is(readFileSync(path.join(folder, 'net.onnx.data'), 'utf8'), 'net.onnx.data')
})

test('a graph quantised in steps of 16 bits is not given to OpenVINO, which answers otherwise without a word', async (t) => {
  const model = decodeModel(
    meanModel('float32', 'NCHW', 'N', 4, (graph, value) => {
      const scale = graph.constant('scale', new Float32Array([0.001]), [])
      const zero = graph.constant('zero', new Uint8Array([0]), [])
      return graph.node('DequantizeLinear', 'y', [graph.node('QuantizeLinear', 'q', [value, scale, zero]), scale, zero])
    }),
    'm',
  )
  const inBits = (bits: 8 | 16) => {
    for (const tensor of model.graph!.initializer)
      if (tensor.name === 'zero') Object.assign(tensor, { dataType: elementTypes[`uint${bits}`], rawData: new Uint8Array(bits / 8) })
    return encodeModel(model)
  }
  const card = await cardOf(t, meanCard('scale: 1'), inBits(16))
  const error = await t.throwsAsync(openModel(card, { devices: ['openvino'] }), { code: 'DEVICE_MISSING', message: /in steps of 16 bits/ })
  t.regex((error as Error & { hint: string }).hint, /device: \[openvino, cpu\]/)
  t.false((await prepareModel(await cardOf(t, meanCard('scale: 1'), inBits(8)))).sixteenBits)
})

test.serial('a device that is not there is told by name with its cure, and the next of the list is taken', async (t) => {
  const before = process.env.TIASTREAM_OPENVINO
  process.env.TIASTREAM_OPENVINO = '/nowhere/at/all'
  t.teardown(() => {
    if (before === undefined) delete process.env.TIASTREAM_OPENVINO
    else process.env.TIASTREAM_OPENVINO = before
  })
  const card = await cardOf(t, meanCard('scale: 1'), meanModel())
  const error = await t.throwsAsync(openModel(card, { devices: ['openvino'] }))
  t.like(error, { code: 'DEVICE_MISSING', message: 'device openvino does not work here: TIASTREAM_OPENVINO=/nowhere/at/all is not there' })
  t.regex((error as Error & { hint: string }).hint, /pip install --upgrade openvino/)
  const model = await openModel(card, { devices: ['openvino', 'cpu'] })
  t.is(model.device, 'cpu')
  t.deepEqual(model.warnings, ['openvino is not used: TIASTREAM_OPENVINO=/nowhere/at/all is not there'])
  await model.close()
})
