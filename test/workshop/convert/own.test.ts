import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import ort from 'onnxruntime-node'
import type { ModelError } from '../../../src/core/errors.js'
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
  const { card } = await convertWeights(weights, { ...options('mine'), at: { value: 0.5, units: 'mpp' } })
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
  const { card } = await convertWeights(weights, { ...options('all'), logits: true, features: true })
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

test.serial('what nobody said is told, with the option that says otherwise', async (t) => {
  const told = await convertWeights(weights, { ...options('told'), classes: classes.slice(0, 9) })
  t.deepEqual(
    told.assumed.map((line) => /\(--[^)]*\)/.exec(line)?.[0]),
    ['(--mean, --std)', '(--activation sigmoid otherwise)', '(--at 0.5mpp says which one it was trained on)'],
  )
  const said = { at: { value: 0.5, units: 'mpp' }, mean: [0.5, 0.5, 0.5], activation: 'softmax' } as const
  t.deepEqual((await convertWeights(weights, { ...options('said'), ...said })).assumed, [])
})

test.serial('a single class has a sigmoid: a softmax over one says 1 of everything', async (t) => {
  const one = new Map(tensors)
  for (const [name, shape] of [
    ['classifier.weight', [1, 576]],
    ['classifier.bias', [1]],
  ] as const) {
    const whole = await tensors.get(name)!.read()
    one.set(name, { type: 'F32', shape, read: async () => whole.subarray(0, shape[1] ?? 1) })
  }
  const file = path.join(folder, 'one.safetensors')
  await writeFile(file, await safetensorsOf(one))
  const { card } = await convertWeights(file, { ...options('one'), classes: ['tumour'], logits: true })
  t.is(card.outputs[0]!.inGraph, 'sigmoid')
  const { probabilities, logits } = await ask('one', picture('own', 64, 64))
  t.true(Math.abs(probabilities![0]! - 1 / (1 + Math.exp(-logits![0]!))) < 1e-6)
})

test.serial('a network with the same tensors and other answers is known by what is said of it', async (t) => {
  const refused = (file: string) =>
    t.throwsAsync(convertWeights(file, options('twin')), {
      code: 'MODEL_UNCONVERTIBLE',
      message: /answers otherwise with the same tensors/,
    })
  const blur = path.join(folder, 'resnetblur50.safetensors')
  await writeFile(blur, await safetensorsOf(tensors))
  await refused(blur)
  const beside = path.join(folder, 'timm')
  await mkdir(beside)
  await writeFile(path.join(beside, 'model.safetensors'), await safetensorsOf(tensors))
  const config = (more: object) => writeFile(path.join(beside, 'config.json'), JSON.stringify({ architecture: 'resnet50', ...more }))
  for (const more of [{ architecture: 'resnetaa50' }, { global_pool: 'max' }, { model_args: { act_layer: 'silu' } }]) {
    await config(more)
    await refused(path.join(beside, 'model.safetensors'))
  }
  await config({ pretrained_cfg: { label_names: [...classes].reverse() } })
  await t.throwsAsync(convertWeights(path.join(beside, 'model.safetensors'), options('twin')), {
    code: 'CARD_INVALID',
    message: /same classes in another order: i, h, g/,
  })
  await config({ global_pool: 'avg', pretrained_cfg: { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] } })
  const { found, assumed } = await convertWeights(path.join(beside, 'model.safetensors'), options('config'))
  t.deepEqual(found, ['the file calls its network resnet50'])
  t.regex(assumed.join(), /--mean 0\.5,0\.5,0\.5 --std 0\.2,0\.2,0\.2, says config\.json/)
})

test.serial('what cannot be converted leaves nothing behind', async (t) => {
  await t.throwsAsync(convertWeights(weights, { ...options('none'), classes: ['a', 'b'] }), {
    code: 'WEIGHTS_MISMATCH',
    message: /classifier\.weight is \[9, 576\] but should be \[2, 576\]/,
  })
  await t.throwsAsync(convertWeights(weights, { ...options('none'), architecture: 'vgg16' }), { code: 'ARCHITECTURE_UNKNOWN' })
  await t.throwsAsync(convertWeights(path.join(folder, 'absent.pth'), options('none')), { code: 'WEIGHTS_MISSING' })
  // As a repository of Hugging Face is downloaded.
  const hub = await mkdtemp(path.join(folder, 'hub-'))
  await writeFile(path.join(hub, 'model.safetensors'), '')
  const error = await t.throwsAsync(convertWeights(hub, options('none')), {
    code: 'WEIGHTS_UNREADABLE',
    message: /is a folder, not a file of weights$/,
  })
  t.is((error as ModelError).hint, 'name the one that is meant: model.safetensors')
  const part = path.join(folder, 'model-00001-of-00002.safetensors')
  await copyFile(weights, part)
  const one = await t.throwsAsync(convertWeights(part, { ...options('none'), classes: ['a', 'b'] }), { code: 'WEIGHTS_MISMATCH' })
  t.regex((one as ModelError).hint!, /^it is one of several files of one network/)
  const two = await t.throwsAsync(convertWeights(weights, { ...options('none'), classes: ['a', 'b'] }), { code: 'WEIGHTS_MISMATCH' })
  t.is((two as ModelError).hint, `its head is of ${options('none').classes.length} classes: give as many names`)
  // A head as torchvision has it.
  const headed = new Map([...tensors].filter(([name]) => !name.startsWith('classifier.')))
  for (const [name, shape] of [
    ['classifier.0.weight', [1024, 576]],
    ['classifier.3.weight', [9, 1024]],
  ] as const)
    headed.set(name, { type: 'F32', shape, read: async () => new Float32Array(shape[0] * shape[1]) })
  const own = path.join(folder, 'headed.safetensors')
  await writeFile(own, await safetensorsOf(headed))
  const other = await t.throwsAsync(convertWeights(own, options('none')), { code: 'WEIGHTS_MISMATCH' })
  t.regex((other as ModelError).hint!, /^its head is another one .*then tiastream models import$/)
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  await t.throwsAsync(convertWeights(weights, { ...options('none'), signal: stop.signal }), { message: 'stopped' })
  t.false(existsSync(path.join(folder, 'none')))
  t.false((await readdir(folder)).some((name) => name.startsWith('.')))
})
