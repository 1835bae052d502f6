import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import ort from 'onnxruntime-node'
import { packageRoot } from '../../../src/core/package-root.js'
import { architectures } from '../../../src/workshop/convert/architectures/registry.js'
import { tensorsOf } from '../../../src/workshop/convert/expected.js'
import { convertWeights, type OwnOptions } from '../../../src/workshop/convert/own.js'
import { picture } from '../../formula.js'
import { formulaWeights } from '../../formula-weights.js'
import { safetensorsOf } from '../../safetensors.js'

const folder = await mkdtemp(path.join(os.tmpdir(), 'tiastream-own-'))

const scales = JSON.parse(await readFile(`${packageRoot}test/golden/architectures/mobilenet_v3_small.json`, 'utf8'))
const tensors = formulaWeights(tensorsOf(architectures.mobilenet_v3_small!, 9), scales)
const weights = path.join(folder, 'mine.safetensors')
await writeFile(weights, await safetensorsOf(tensors))

test.after.always(() => rm(folder, { recursive: true, force: true }))

const classes = [...'abcdefghi']
const options = (name: string): OwnOptions => ({
  name,
  out: path.join(folder, name),
  architecture: 'mobilenet_v3_small',
  classes,
  size: 64,
})

async function ask(name: string, pixels: Uint8Array) {
  const session = await ort.InferenceSession.create(path.join(folder, name, 'model.onnx'), { intraOpNumThreads: 1 })
  const answer = await session.run({ image: new ort.Tensor('uint8', pixels, [1, 64, 64, 3]) })
  await session.release()
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, value.data as Float32Array]))
}

test.serial('weights of one’s own become a model with a card', async (t) => {
  const card = await convertWeights(weights, { ...options('mine'), at: { value: 0.5, units: 'mpp' } })
  t.is(card.folder, path.join(folder, 'mine'))
  t.deepEqual(
    card.outputs[0]!.classes.map((c) => c.name),
    classes,
  )
  t.deepEqual(card.inputs[0]!.at, { value: 0.5, units: 'mpp' })
  await t.throwsAsync(convertWeights(weights, options('mine')), { code: 'MODEL_EXISTS' })
  await t.notThrowsAsync(convertWeights(weights, { ...options('mine'), force: true }))
  t.deepEqual((await readdir(folder)).sort(), ['mine', 'mine.safetensors'])
})

test.serial('mean and std are inside the graph: (p ÷ 255 − 51 ÷ 255) ÷ 0.5 is 2 (p − 51) ÷ 255', async (t) => {
  await convertWeights(weights, { ...options('plain'), force: true })
  await convertWeights(weights, { ...options('shifted'), mean: [0.2, 0.2, 0.2], std: [0.5, 0.5, 0.5] })
  const pixels = picture('own', 64, 64, [60, 60, 60], [165, 165, 165])
  const shifted = await ask('shifted', pixels)
  const plain = await ask(
    'plain',
    pixels.map((p) => 2 * (p - 51)),
  )
  const apart = Math.max(...plain.probabilities!.map((value, i) => Math.abs(value - shifted.probabilities![i]!)))
  t.true(apart < 1e-5, `${apart}`)
})

test.serial('features, logits and probabilities follow from each other', async (t) => {
  const card = await convertWeights(weights, { ...options('all'), logits: true, features: true })
  t.deepEqual(
    card.outputs.map((o) => [o.name, o.width]),
    [
      ['probabilities', 9],
      ['logits', 9],
      ['features', 576],
    ],
  )
  const { probabilities, logits, features } = await ask('all', picture('own', 64, 64))
  const weight = await tensors.get('classifier.weight')!.read()
  const bias = await tensors.get('classifier.bias')!.read()
  const expected = [...bias].map((b, c) => features!.reduce((sum, f, i) => sum + f * weight[c * 576 + i]!, b))
  expected.forEach((value, c) => {
    t.true(Math.abs(value - logits![c]!) < 1e-4)
  })
  const total = logits!.reduce((sum, value) => sum + Math.exp(value), 0)
  logits!.forEach((value, c) => {
    t.true(Math.abs(Math.exp(value) / total - probabilities![c]!) < 1e-6)
  })
})

test.serial('what cannot be converted leaves nothing behind', async (t) => {
  await t.throwsAsync(convertWeights(weights, { ...options('none'), classes: ['a', 'b'] }), {
    code: 'WEIGHTS_MISMATCH',
    message: /classifier\.weight is \[9, 576\] but should be \[2, 576\]/,
  })
  await t.throwsAsync(convertWeights(weights, { ...options('none'), architecture: 'vgg16' }), { code: 'ARCHITECTURE_UNKNOWN' })
  await t.throwsAsync(convertWeights(path.join(folder, 'absent.pth'), options('none')), { code: 'WEIGHTS_MISSING' })
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  await t.throwsAsync(convertWeights(weights, { ...options('none'), signal: stop.signal }), { message: 'stopped' })
  t.false(existsSync(path.join(folder, 'none')))
  t.false((await readdir(folder)).some((name) => name.startsWith('.')))
})
