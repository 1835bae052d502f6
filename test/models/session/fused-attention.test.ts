/** Where attention is said in one word: to devices that have a kernel for it, by a library that is new enough, unless it is switched off. */

import test from 'ava'
import { mayFuse } from '../../../src/core/fused-attention.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { isSince } from '../../../src/models/session/fused-attention.js'
import { openModel } from '../../../src/models/session/open.js'
import { prepareModel } from '../../../src/models/session/prepare.js'
import { attendingCard, attendingToPictures, operators } from '../attending.js'
import { cardOf, meanCard, meanModel, plainBatch } from '../folder.js'

test('only CUDA has a kernel, and can be told to do without', (t) => {
  t.true(mayFuse(['cuda']))
  t.true(mayFuse(['openvino', 'cuda:0+cuda:1'], { cuda: { tf32: true } }))
  t.false(mayFuse(['cuda'], { cuda: { attention: false } }))
  t.false(mayFuse(['cpu', 'openvino', 'tensorrt', 'webgpu', 'dml', 'coreml']))
})

test('versions are compared by their numbers', (t) => {
  for (const version of ['1.30.0', '1.30.1', '1.100.0', '2.0.0']) t.true(isSince(version, [1, 30]), version)
  for (const version of ['1.29.9', '1.3.0', '0.40.0', '']) t.false(isSince(version, [1, 30]), version)
})

test('a model is made ready in both forms where a device may be asked for one, and else as it is', async (t) => {
  const card = await cardOf(t, attendingCard, encodeModel(attendingToPictures()))
  const plain = await prepareModel(card)
  const both = await prepareModel(card, { attention: true })
  t.deepEqual(both.ways.slice(1), plain.ways)
  t.deepEqual(
    both.ways.map(({ attention }) => attention),
    [true, undefined, undefined],
  )
  const said = operators(decodeModel(both.ways[0]!.model as Uint8Array, 'attention'))
  t.true(said.includes('Attention'))
  t.false(said.includes('Softmax'))
  const mean = await cardOf(t, meanCard(), meanModel())
  t.deepEqual((await prepareModel(mean, { attention: true })).ways, (await prepareModel(mean)).ways)
})

test('a list that falls through to the CPU computes as the graph says', async (t) => {
  const card = await cardOf(t, attendingCard, encodeModel(attendingToPictures()))
  const batch = plainBatch([[1, 2, 3]], 16)
  const answers = async (devices: readonly string[]) => {
    const model = await openModel(card, { devices })
    t.teardown(() => model.close())
    t.is(model.precision, 'float32')
    return (await model.predict(batch)).outputs
  }
  t.deepEqual(await answers(['cuda:999', 'cpu']), await answers(['cpu']))
})
