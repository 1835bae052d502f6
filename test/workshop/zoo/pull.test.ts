import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { findModel } from '../../../src/models/card/find.js'
import { openModel } from '../../../src/models/session/open.js'
import { architectures } from '../../../src/workshop/convert/architectures/registry.js'
import { tensorsOf } from '../../../src/workshop/convert/expected.js'
import { checkTest } from '../../../src/workshop/test-vector.js'
import { pullModel } from '../../../src/workshop/zoo/pull.js'
import { isHere, readZoo } from '../../../src/workshop/zoo/zoo.js'
import { picture } from '../../formula.js'
import { formulaWeights } from '../../formula-weights.js'
import { safetensorsOf } from '../../safetensors.js'
import { held } from '../../support/lock.js'
import { serve } from './server.js'

const cache = await mkdtemp(path.join(os.tmpdir(), 'tiastream-models-'))
process.env.TIASTREAM_MODELS = cache
const quick = { pauseMs: 5, retries: 1, quietMs: 120_000 }

const golden = JSON.parse(await readFile(`${packageRoot}test/golden/architectures/mobilenet_v3_small.json`, 'utf8'))
const shapes = (network: string, classes: number) => tensorsOf(architectures[network]!, classes)
const weights = await safetensorsOf(formulaWeights(shapes('mobilenet_v3_small', 9), golden))
const name = 'mobilenet_v3_small-kather100k'
const file = path.join(cache, '..', `${path.basename(cache)}.safetensors`)
await writeFile(file, weights)

test.after.always(async () => {
  await rm(cache, { recursive: true, force: true })
  await rm(file, { force: true })
})

test('the zoo has 17 networks for two sets, as TIAToolbox orders the classes', async (t) => {
  const zoo = await readZoo()
  t.is(zoo.length, 34)
  t.deepEqual([...new Set(zoo.map((m) => m.architecture))].sort(), Object.keys(architectures).sort())
  const kather = zoo.find((m) => m.name === 'resnet18-kather100k')!
  t.deepEqual(
    kather.classes.map((c) => c.name),
    ['BACK', 'NORM', 'DEB', 'TUM', 'ADI', 'MUC', 'MUS', 'STR', 'LYM'],
  )
  t.deepEqual([kather.size, kather.at, kather.f1, kather.licence], [224, { value: 0.5, units: 'mpp' }, 0.99, 'CC-BY-4.0'])
  t.is(kather.sources[0], 'https://huggingface.co/TIACentre/TIAToolbox_pretrained_weights/resolve/main/resnet18-kather100k.pth')
  t.is(kather.sources.length, 3)
  const pcam = zoo.find((m) => m.name === 'googlenet-pcam')!
  t.deepEqual([pcam.size, pcam.at, pcam.f1, pcam.classes.length, pcam.sources.length], [96, { value: 1, units: 'mpp' }, 0.867, 2, 2])
})

test.serial('a model that is pulled is found by its name and answers as PyTorch does', async (t) => {
  const server = await serve(weights)
  const card = await pullModel(name, { ...quick, mirror: server.url, logits: true })
  t.is(server.asked[0]!.url, `/${name}.pth`)
  t.true(await isHere(name))
  t.is(await findModel(name, os.tmpdir()), path.join(cache, name))
  t.deepEqual((await readdir(path.join(cache, name))).sort(), ['model.onnx', 'model.yml'])
  t.deepEqual(await readdir(path.join(cache, '.pulling')), [])
  const text = await readFile(path.join(cache, name, 'model.yml'), 'utf8')
  t.true(text.includes(createHash('sha256').update(weights).digest('hex')))
  t.true(text.includes(`weights_bytes: ${weights.length}`))
  t.is(card.source, `${server.url}/${name}.pth`)
  t.deepEqual(
    card.outputs.map((o) => [o.name, o.kind, o.inGraph, o.width]),
    [
      ['probabilities', 'classes', 'softmax', 9],
      ['logits', 'features', 'none', 9],
    ],
  )
  await server.close()
  const { height, width } = golden
  const model = await openModel({ ...card, inputs: [{ ...card.inputs[0]!, height, width }] }, { devices: ['cpu'] })
  const patch = {
    slide: 's',
    index: 0,
    column: 0,
    row: 0,
    bounds: [0, 0, 1, 1],
    region: { x: 0, y: 0, width: 1, height: 1 },
    notes: {},
  } as const
  const { outputs } = await model.predict({
    patches: [patch],
    statuses: [{ status: 'ok' }],
    inputs: [{ data: picture('first', height, width), height, width }],
    outputs: {},
  })
  t.deepEqual(await checkTest(await openModel(card, { devices: ['cpu'] })), [])
  t.is(card.test!.expected.probabilities!.length, 9)
  await model.close()
  golden.probabilities[0].forEach((value: number, i: number) => {
    t.true(Math.abs(outputs.probabilities!.data[i]! - value) < 1e-5)
  })
})

test.serial('a file that is here already is converted without a network', async (t) => {
  const card = await pullModel(name, { from: file })
  t.is(card.source, path.basename(file))
  t.deepEqual(
    card.outputs.map((o) => o.name),
    ['probabilities'],
  )
})

test.serial('weights of another network are refused with the names, the one that would fit, and nothing is replaced', async (t) => {
  const before = await readFile(path.join(cache, name, 'model.yml'), 'utf8')
  const other = path.join(cache, 'large.safetensors')
  await writeFile(other, await safetensorsOf(formulaWeights(shapes('mobilenet_v3_large', 9), golden)))
  const error = await t.throwsAsync(pullModel(name, { from: other }), {
    code: 'WEIGHTS_MISMATCH',
    message: /feat_extract\.2\.block\.0\.1\.weight is \[64\] but should be \[72\]\n[\s\S]*and 262 more/,
  })
  t.is((error as { hint?: string }).hint, 'these are the weights of mobilenet_v3_large')
  t.is(await readFile(path.join(cache, name, 'model.yml'), 'utf8'), before)
})

test.serial('a missing, an extra and a wrong-shaped tensor, numbers that are none: each is named', async (t) => {
  const wrong = formulaWeights(shapes('mobilenet_v3_small', 9), golden)
  wrong.delete('feat_extract.4.block.1.1.running_var')
  wrong.set('extra.weight', { shape: [1], type: 'F32', read: async () => new Float32Array(1) })
  wrong.set('classifier.weight', { shape: [2, 576], type: 'F32', read: async () => new Float32Array(1152) })
  wrong.set('feat_extract.0.1.num_batches_tracked', { shape: [], type: 'F32', read: async () => new Float32Array(1) })
  const place = path.join(cache, 'wrong.safetensors')
  await writeFile(place, await safetensorsOf(wrong))
  const { message } = (await t.throwsAsync(pullModel(name, { from: place }), { code: 'WEIGHTS_MISMATCH' }))!
  t.true(message.includes('feat_extract.4.block.1.1.running_var [96] is missing'))
  t.true(message.includes('extra.weight [1] is not part of mobilenet_v3_small'))
  t.true(message.includes('classifier.weight is [2, 576] but should be [9, 576]'))
  t.false(message.includes('num_batches_tracked'))

  const nan = formulaWeights(shapes('mobilenet_v3_small', 9), golden)
  nan.set('classifier.bias', { shape: [9], type: 'F32', read: async () => new Float32Array(9).fill(Number.NaN) })
  await writeFile(place, await safetensorsOf(nan))
  await t.throwsAsync(pullModel(name, { from: place }), { code: 'WEIGHTS_NOT_FINITE', message: /classifier\.bias/ })
})

test.serial('a page in place of the weights never becomes a model', async (t) => {
  const server = await serve(Buffer.from('<html><body>Please log in</body></html>'))
  const error = await t.throwsAsync(pullModel('mobilenet_v3_small-pcam', { ...quick, from: `${server.url}/x.pth` }), {
    code: 'WEIGHTS_UNREADABLE',
  })
  t.regex((error as { hint?: string }).hint!, /web page/)
  t.false(existsSync(path.join(cache, 'mobilenet_v3_small-pcam')))
  t.deepEqual(await readdir(path.join(cache, '.pulling')), [])
  await server.close()
})

test.serial('nobody has it: every reason is told, and what to do', async (t) => {
  const error = await t.throwsAsync(pullModel('mobilenet_v3_small-pcam', { ...quick, retries: 0, from: 'http://127.0.0.1:9/x.pth' }), {
    code: 'MODEL_UNREACHABLE',
    message: /mobilenet_v3_small-pcam could not be fetched:\n {2}http:\/\/127\.0\.0\.1:9\/x\.pth could not be fetched/,
  })
  t.regex((error as { hint?: string }).hint!, /--from FILE/)
})

test.serial('of two pulls of one model at a time the second is refused', async (t) => {
  let second: Promise<unknown> | undefined
  const pull = () => pullModel(name, { ...quick, mirror: server.url })
  const server = await serve(weights, (_request, response, count) => {
    if (count > 1) return false
    // The first pull is under way, and waits for this answer until the second one has had its own.
    second = pull()
    const answer = () => response.writeHead(200, { 'content-length': weights.length }).end(weights)
    second.then(answer, answer)
    return true
  })
  await pull()
  await t.throwsAsync(second!, { code: 'PULL_BUSY', message: new RegExp(`by process ${process.pid} `) })
  const lock = path.join(cache, '.pulling', `${name}.lock`)
  await writeFile(lock, await held({}, { pid: 999999999 }))
  await t.notThrowsAsync(pull(), 'a lock of a process that is gone is taken over')
  t.false(existsSync(lock))
  await server.close()
})

test('a name that is nearly right is guessed', async (t) => {
  await t.throwsAsync(pullModel('resnet18-kather10k'), { code: 'MODEL_UNKNOWN', message: /did you mean 'resnet18-kather100k'/ })
})

test('a file with another hash than asked for is refused', async (t) => {
  await t.throwsAsync(pullModel(name, { from: file, sha256: '00'.repeat(32) }), { code: 'HASH_MISMATCH' })
})
