import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { bestOf } from '../../../src/models/doctor/best-way.js'
import { tryWays } from '../../../src/models/doctor/trial.js'
import { tryApart } from '../../../src/models/doctor/trial-apart.js'
import { cardOf, meanCard, meanModel, scratch } from '../folder.js'

test('a process that dies of an illegal instruction takes only itself, and what happened is said', async (t) => {
  const entry = path.join(await scratch(t), 'dies.mjs')
  await writeFile(entry, "process.once('message', () => process.kill(process.pid, 'SIGILL'))\n")
  const card = await cardOf(t, meanCard('scale: 1'), meanModel())
  const error = await t.throwsAsync(tryApart({ card, batch: 1, pictures: [], ways: [] }, undefined, entry))
  t.like(error, { code: 'DEVICE_MISSING', message: `${card.name} cannot be tried here: the process that tried it ended with SIGILL` })
})

test('a program that begins itself where it is told to run a file does so once, and not without end', async (t) => {
  const folder = await scratch(t)
  const [entry, again] = [path.join(folder, 'itself.mjs'), new URL('../../../src/flow/apart.js', import.meta.url)]
  await writeFile(
    entry,
    `import { apart } from ${JSON.stringify(again.href)}
process.once('message', () => { try { apart(process.argv[1], [], 1000, {}) } catch ({ message }) { process.send({ failed: message }, () => process.disconnect()) } })
`,
  )
  const card = await cardOf(t, meanCard('scale: 1'), meanModel())
  const error = await t.throwsAsync(tryApart({ card, batch: 1, pictures: [], ways: [] }, undefined, entry))
  t.regex(error!.message, /begins itself where it is told to run a file/)
})

test('a model is timed and asked in a process apart; a way that is not here is told with its reason', async (t) => {
  const card = await cardOf(t, meanCard('scale: 1'), meanModel())
  const pictures = [new Uint8Array(4 * 48).map((_, i) => (i * 37) % 251)]
  const ways = [
    { device: 'cpu', numbers: 'fp32' },
    { device: 'nowhere', numbers: 'fp32' },
  ] as const
  const { ms, tried } = await tryApart({ card, batch: 2, pictures, ways })
  t.true(ms > 0)
  t.like(tried[0], { device: 'cpu', agreement: { agrees: true, apart: 0 } })
  t.regex((tried[1] as { why: string }).why, /nowhere/)
})

test('answers alone are compared where nothing is timed; that ONNX Runtime had none is said', async (t) => {
  const card = await cardOf(t, meanCard('scale: 1'), meanModel())
  const pictures = [new Uint8Array(4 * 48).map((_, i) => (i * 37) % 251)]
  const ways = [{ device: 'cpu', numbers: 'fp32' }] as const
  const asked = { batch: 16, pictures, ways, only: 'answers' } as const
  t.deepEqual(await tryWays({ card, ...asked }), { ms: 0, tried: [{ ...ways[0], ms: 0, agreement: { agrees: true, apart: 0, why: '' } }] })
  const unknown = meanModel('float32', 'NCHW', 'N', 4, (graph, value) => graph.node('Nowhere', 'y', [value]))
  const { alone } = await tryWays({ card: await cardOf(t, meanCard('scale: 1'), unknown), ...asked })
  t.regex(alone!, /onnxruntime does not load .*Nowhere/)
})

test('the fastest of what agrees and pays is taken, and nothing when none does', (t) => {
  const way = (ms: number, agrees = true) =>
    ({ device: 'openvino', numbers: 'bf16', ms, agreement: { agrees, apart: 0, why: '' } }) as const
  t.is(bestOf({ ms: 10, tried: [way(5), way(2), way(1, false)] })?.ms, 2)
  t.is(bestOf({ ms: 10, tried: [way(9)] }), null)
  t.is(bestOf({ ms: 10, tried: [{ device: 'openvino', numbers: 'bf16', why: 'no' }] }), null)
})
