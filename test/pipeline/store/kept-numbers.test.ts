import test from 'ava'
import { begunIn, forgetNumbers, keepNumbers, keptNumbers } from '../../../src/pipeline/store/kept-numbers.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { tempFolder } from '../../support/temp.js'

test('the first run into an output decides for all, also when two come at once', async (t) => {
  const output = await storeOf(await tempFolder(t))
  await output.prepare()
  const sha256 = 'ab'.repeat(32)
  t.is(await keptNumbers(output, sha256, 'auto'), null)
  const one = { asked: 'auto', device: 'openvino', computing: 'bf16', why: 'fast' } as const
  const other = { asked: 'auto', device: 'cpu', computing: 'fp32', why: 'slow' } as const
  const [a, b] = await Promise.all([keepNumbers(output, sha256, one), keepNumbers(output, sha256, other)])
  t.is(a.device, b.device)
  t.like(await keptNumbers(output, sha256, 'auto'), { device: a.device, computing: a.computing })
  // Of another model, or asked otherwise, nothing is decided.
  t.is(await keptNumbers(output, 'cd'.repeat(32), 'auto'), null)
  t.is(await keptNumbers(output, sha256, 'bf16'), null)
  await forgetNumbers(output)
  t.is(await keptNumbers(output, sha256, 'auto'), null)
})

test('a plan says in what its output was begun', async (t) => {
  const output = await storeOf(await tempFolder(t))
  await output.prepare()
  const sha256 = 'ab'.repeat(32)
  const answers = { model: 'net', devices: ['openvino', 'cpu'], precision: 'auto' } as const
  const plan = { stages: [{ provides: { answers } }], cards: { net: { sha256 } } } as unknown as Parameters<typeof begunIn>[0]
  t.deepEqual(await begunIn(plan, output), [])
  await keepNumbers(output, sha256, { asked: 'auto', device: 'openvino', computing: 'bf16', why: '4.9 x as fast' })
  t.deepEqual(await begunIn(plan, output), ['bfloat16 on openvino: 4.9 x as fast'])
})
