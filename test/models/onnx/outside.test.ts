/** Tensors in files beside the model: written, read back, loaded by the runtime, and refused where they are not what they say. */

import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { ModelError } from '../../../src/core/errors.js'
import { readCard } from '../../../src/models/card/card.js'
import { readOnnx } from '../../../src/models/onnx/onnx-file.js'
import { withTensors, writeModel } from '../../../src/models/onnx/outside.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { floats, picture } from '../../formula.js'
import { keptBeside } from '../beside.js'
import { cardOf, modelFolder } from '../folder.js'
import { side, smallCard, smallNet } from '../small-net.js'

const bytesOf = (tensors: readonly { name?: string; rawData?: Uint8Array }[]) =>
  tensors.map(({ name, rawData }) => [name, Buffer.from(rawData!).toString('hex')])

test('a model too large for one file has its tensors beside it, and answers the same', async (t) => {
  const inside = await cardOf(t, smallCard(), smallNet('bytes'))
  const folder = await modelFolder(t, smallCard(), smallNet('bytes'))
  const file = path.join(folder, 'model.onnx')
  const { sha256 } = await writeModel(file, (await readOnnx(inside.file)).model, 0)
  t.deepEqual((await readdir(folder)).sort(), ['model.onnx', 'model.onnx.data', 'model.yml'])
  const onnx = await readOnnx(file)
  t.is(onnx.sha256, sha256)
  t.deepEqual(onnx.facts.externalFiles, ['model.onnx.data'])
  // Offsets are those of pages; what is small stays in the graph.
  const places = onnx.model.graph!.initializer.filter(({ dataLocation }) => dataLocation === 1)
  t.true(places.length > 0 && places.length < onnx.model.graph!.initializer.length)
  for (const { externalData } of places) t.is(Number(externalData!.find(({ key }) => key === 'offset')!.value) % 4096, 0)
  const before = decodeModel(smallNet('bytes'), 'small').graph!.initializer
  t.deepEqual(bytesOf((await withTensors(onnx)).graph!.initializer), bytesOf(before))
  const pictures = [1, 2, 3].map((i) => picture(`o${i}`, side, side))
  const answers = await Promise.all(
    [inside, await readCard(folder)].map(async (card) => {
      const model = await openModel(card, { devices: ['cpu'] })
      t.teardown(() => model.close())
      return (await ask(model, pictures)).probabilities!
    }),
  )
  t.deepEqual(answers[1], answers[0])
})

test('what was read from other files is written as the place where it lies, unless it is written whole', async (t) => {
  const folder = await modelFolder(t, smallCard(), smallNet('bytes'))
  await keptBeside(folder, smallNet('bytes'))
  const onnx = await readOnnx(path.join(folder, 'model.onnx'))
  const whole = await withTensors(onnx)
  t.is(encodeModel(whole).length, encodeModel(onnx.model).length)
  const one = path.join(folder, 'one.onnx')
  await writeModel(one, whole)
  t.deepEqual((await readOnnx(one)).facts.externalFiles, [])
  // Small tensors that lay in another file stay in the graph: that file does not go along, or is another of the same name.
  const large = path.join(await modelFolder(t, smallCard(), smallNet('bytes')), 'model.onnx')
  await writeModel(large, whole, 0)
  const again = await readOnnx(large)
  t.deepEqual(again.facts.externalFiles, ['model.onnx.data'])
  t.deepEqual(bytesOf((await withTensors(again)).graph!.initializer), bytesOf(decodeModel(smallNet('bytes'), 'small').graph!.initializer))
})

for (const [title, change] of [
  ['an offset beyond the end', { offset: '999999' }],
  ['an offset below 0', { offset: '-4' }],
  ['an offset that is no number', { offset: 'x' }],
  ['a length that is not that of the tensor', { length: '3' }],
] as const) {
  test(`${title} is refused`, async (t) => {
    const folder = await modelFolder(t, smallCard(), smallNet('bytes'))
    await keptBeside(folder, smallNet('bytes'))
    const file = path.join(folder, 'model.onnx')
    const model = (await readOnnx(file)).model
    const [first, ...others] = model.graph!.initializer
    const externalData = first!.externalData!.map(({ key, value }) => ({ key, value: (change as Record<string, string>)[key] ?? value }))
    await writeFile(file, encodeModel({ ...model, graph: { ...model.graph!, initializer: [{ ...first!, externalData }, ...others] } }))
    await t.throwsAsync(async () => withTensors(await readOnnx(file)), { code: 'EXTERNAL_DATA' })
  })
}

test('a file of tensors that is too short is told as that, a pointer of Git LFS in its place as such; small tensors are read', async (t) => {
  const folder = await modelFolder(t, smallCard(), smallNet('floats'))
  const card = `${smallCard('scale: 1/255')}`
  await writeFile(path.join(folder, 'model.yml'), card)
  await keptBeside(folder, smallNet('floats'))
  const file = path.join(folder, 'model.onnx')
  const { initializer } = (await readOnnx(file)).model.graph!
  t.deepEqual([...initializer.find(({ name }) => name === 'bias')!.rawData!], [...new Uint8Array(floats('bias', 4, -0.5, 0.5).buffer)])
  await writeFile(path.join(folder, 'data/w.bin'), new Uint8Array(2000))
  const short = await t.throwsAsync(readOnnx(file), {
    code: 'EXTERNAL_DATA',
    message: / needs \d+ bytes from \d+ on, and data\/w\.bin has 2000$/,
  })
  t.regex((short as ModelError).hint!, /cut off\? Fetch it again/)
  await writeFile(path.join(folder, 'data/w.bin'), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n')
  const pointer = await t.throwsAsync(readOnnx(file), { code: 'EXTERNAL_DATA' })
  t.regex((pointer as ModelError).hint!, /^w\.bin: it is a Git LFS pointer/)
})

test('sizes that no file holds are refused, and nothing is allocated for them', async (t) => {
  const folder = await modelFolder(t, smallCard(), smallNet('bytes'))
  await keptBeside(folder, smallNet('bytes'))
  const file = path.join(folder, 'model.onnx')
  const model = (await readOnnx(file)).model
  for (const dims of [[2 ** 40], [-5, 3], [2 ** 31, 2 ** 31]]) {
    const [first, ...others] = model.graph!.initializer
    const externalData = first!.externalData!.filter(({ key }) => key !== 'length')
    const initializer = [{ ...first!, dims, externalData }, ...others]
    await writeFile(file, encodeModel({ ...model, graph: { ...model.graph!, initializer } }))
    await t.throwsAsync(async () => withTensors(await readOnnx(file)), { code: 'EXTERNAL_DATA' })
  }
})
