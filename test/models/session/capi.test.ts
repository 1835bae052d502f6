/** ONNX Runtime by its C API answers as by onnxruntime-node, to the last bit. On the CPU: what a card adds is options and memory. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { loadKoffi } from '../../../src/core/host/native.js'
import { readCard } from '../../../src/models/card/card.js'
import { bundledFolder } from '../../../src/models/card/find.js'
import { byteInput } from '../../../src/models/session/byte-input.js'
import { libraryFile, load, type OrtLibrary, ortLibrary } from '../../../src/models/session/capi/library.js'
import { withOptions } from '../../../src/models/session/capi/options.js'
import { openSession as openByApi } from '../../../src/models/session/capi/session.js'
import { sessionOptions } from '../../../src/models/session/device.js'
import { openSession as openByNode } from '../../../src/models/session/node-session.js'
import { loadOrt } from '../../../src/models/session/ort.js'
import { prepareModel } from '../../../src/models/session/prepare.js'
import type { Asked, Numbers } from '../../../src/models/session/session.js'
import { meanModel, scratch } from '../folder.js'

const plain = { device: 'cpu', card: 0, threads: 1, batch: 4, exactSums: false, settings: {} } as const
const withKoffi = (await loadKoffi()) && process.platform === 'linux' ? test : test.skip

const noise = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761 + seed) >>> 13) & 255)

withKoffi('it is the library that npm installed, and says which it is', async (t) => {
  const { file, version, commit } = await ortLibrary()
  const { env } = await loadOrt()
  t.true(file.includes('onnxruntime-node'))
  t.is(version, env.versions.node!)
  t.regex(commit!, /^[0-9a-f]{7,40}$/)
})

withKoffi('the bundled models answer with the same bits, at every batch size, again and again', async (t) => {
  for (const name of ['stain', 'surroundings']) {
    const { card, ways, exactSums } = await prepareModel(await readCard(path.join(bundledFolder, name)))
    const asked: Asked = { ...plain, model: ways[0]!.model, exactSums }
    const [api, node] = [await openByApi(asked), await openByNode(asked)]
    const names = card.outputs.map((output) => output.name)
    // Sizes come back: answers then lie in memory that was made before.
    for (const [turn, size] of [4, 1, 4, 3, 4].entries()) {
      const feeds = card.inputs.map((input): [string, Numbers] => {
        const { width, height } = input
        return [byteInput(input), { type: 'uint8', data: noise(size * width * height * 3, turn), dims: [size, height, width, 3] }]
      })
      const given = Object.fromEntries(feeds)
      const [by, other] = [await api.run(given, names), await node.run(given, names)]
      for (const output of names) {
        t.deepEqual(by[output]!.dims, other[output]!.dims)
        t.is(by[output]!.type, other[output]!.type)
        t.deepEqual([...(by[output]!.data as Float32Array)], [...(other[output]!.data as Float32Array)], `${name} ${output}`)
      }
    }
    await api.release()
    await node.release()
  }
})

test('options of a session are those of the binding: a pattern of memory would double what batches take, on a card, too', (t) => {
  const called: string[] = []
  const answer = (_: object, name: string) => () => {
    called.push(name)
    return null
  }
  const library = { call: new Proxy({}, { get: answer }) } as unknown as OrtLibrary
  const asked: Asked = { ...plain, model: '', device: 'cuda' }
  t.is(
    withOptions(library, asked, () => 7),
    7,
  )
  const { enableMemPattern, enableCpuMemArena } = sessionOptions('cuda', 1)
  t.deepEqual([enableMemPattern, called.includes('DisableMemPattern')], [false, true])
  t.deepEqual([enableCpuMemArena, called.includes('EnableCpuMemArena')], [true, true])
})

withKoffi('numbers in memory that threads share are taken where they lie', async (t) => {
  const session = await openByApi({ ...plain, model: meanModel() })
  const shared = new Float32Array(new SharedArrayBuffer(2 * 3 * 16 * 4)).fill(3)
  shared.fill(5, 48)
  const { mean } = await session.run({ x: { type: 'float32', data: shared, dims: [2, 3, 4, 4] } }, ['mean'])
  t.deepEqual([...(mean!.data as Float32Array)], [3, 3, 3, 5, 5, 5])
  t.deepEqual(mean!.dims, [2, 3])
  await session.release()
})

withKoffi('half precision comes as its bits', async (t) => {
  const session = await openByApi({ ...plain, model: meanModel('float16') })
  // 0x4200 is 3.
  const { mean } = await session.run({ x: { type: 'float16', data: new Uint16Array(48).fill(0x4200), dims: [1, 3, 4, 4] } }, ['mean'])
  t.is(mean!.type, 'float16')
  t.deepEqual([...(mean!.data as Uint16Array)], [0x4200, 0x4200, 0x4200])
  await session.release()
})

withKoffi('what does not fit is told in the words of the runtime, and the session goes on', async (t) => {
  const session = await openByApi({ ...plain, model: meanModel() })
  const run = (dims: readonly number[]) => session.run({ x: { type: 'float32', data: new Float32Array(96).fill(1), dims } }, ['mean'])
  await t.throwsAsync(run([2, 3, 4]), { message: /Invalid rank for input: x/ })
  t.deepEqual([...((await run([2, 3, 4, 4])).mean!.data as Float32Array)], [1, 1, 1, 1, 1, 1])
  await session.release()
  await t.throwsAsync(openByApi({ ...plain, model: new Uint8Array([1, 2, 3]) }), { message: /protobuf|parse/i })
  await t.throwsAsync(openByApi({ ...plain, model: '/nowhere/model.onnx' }), { message: /nowhere/ })
})

withKoffi('entries of the session are passed on, by either way', async (t) => {
  const settings = { session: { 'session.intra_op_thread_affinities': 'nowhere' } }
  for (const open of [openByApi, openByNode])
    await t.throwsAsync(open({ ...plain, threads: 2, model: meanModel(), settings }), { message: /affinit/i })
})

withKoffi('a library that is not there, is of another system, or is no ONNX Runtime, is refused by name', async (t) => {
  const folder = await scratch(t)
  t.throws(() => libraryFile(path.join(folder, 'none')), { message: /TIASTREAM_ONNXRUNTIME: .*none is not there/ })
  t.throws(() => libraryFile(folder), { message: /holds no library of ONNX Runtime/ })
  const file = path.join(folder, 'libonnxruntime.so.1')
  await writeFile(file, 'no library')
  t.is(libraryFile(folder), file)
  await t.throwsAsync(load(file), { message: process.platform === 'linux' ? `${file} is no library of 64 bits for Linux` : /./ })
})
