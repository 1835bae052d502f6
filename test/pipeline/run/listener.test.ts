/** Whoever listens to a run may fail: that is no failure of a slide, ends the run in order, and is thrown by it. */

import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { batch, csv, definePipeline, extract, merge, patchesOf, type RunEvent, runPipeline, streamRows } from '../../../src/index.js'
import { tempFolder } from '../../support/temp.js'

const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => i)
const source = () => patchesOf([pixels, pixels], { width: 16, height: 16 })
const stages = [extract(), batch(), merge()] as const
const runtime = { lanes: 1 }

const planInto = async (t: ExecutionContext) =>
  definePipeline({ source: source(), stages, sinks: [csv()], runtime, output: path.join(await tempFolder(t), 'out') })

const failingAt = (type: RunEvent['type'], told: RunEvent[]) => (event: RunEvent) => {
  told.push(event)
  if (event.type === type) throw new Error(`listener at ${type}`)
}

for (const type of ['run.start', 'slide.start', 'slide.progress', 'slide.written', 'slide.done', 'run.end'] as const) {
  test(`a listener that throws at ${type} ends the run, which throws it and fails no slide`, async (t) => {
    const plan = await planInto(t)
    const told: RunEvent[] = []
    await t.throwsAsync(runPipeline(plan, { onEvent: failingAt(type, told) }), { message: `listener at ${type}` })
    t.is(told.at(-1)?.type, type, 'it is told no more')
    const { status, slides } = await runPipeline(plan)
    t.is(status, 'done')
    t.deepEqual([slides.done + slides.skipped, slides.failed], [1, 0])
  })
}

test('so does one that is async and rejects: the process goes on', async (t) => {
  const plan = await planInto(t)
  const onEvent = async ({ type }: RunEvent) => {
    if (type === 'run.start') throw new Error('async listener')
  }
  await t.throwsAsync(runPipeline(plan, { onEvent }), { message: 'async listener' })
  t.is((await runPipeline(plan)).status, 'done')
})

for (const type of ['run.start', 'slide.done', 'run.end'] as const) {
  test(`a stream of rows throws what its listener throws at ${type}`, async (t) => {
    const plan = await definePipeline({ source: source(), stages, runtime })
    const stream = streamRows(plan, { onEvent: failingAt(type, []) })
    await t.throwsAsync(stream.readable().toArray(), { message: `listener at ${type}` })
    t.deepEqual((await stream.summary).failures, [])
  })
}

test('a stream that is left, or destroyed, before its first batch has a summary', async (t) => {
  const plan = await definePipeline({ source: source(), stages, runtime })
  const left = streamRows(plan)
  await left[Symbol.asyncIterator]().return?.()
  t.is((await left.summary).status, 'stopped')
  const destroyed = streamRows(plan)
  destroyed.readable().destroy()
  t.is((await destroyed.summary).status, 'stopped')
})

test('a stream that is read a second time says so', async (t) => {
  const stream = streamRows(await definePipeline({ source: source(), stages, runtime }))
  await stream.readable().toArray()
  t.throws(() => stream.readable(), { code: 'STREAM_READ' })
})
