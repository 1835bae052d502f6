/** A worker is watched while it takes slides out of a real queue: its spans hang below whoever submitted the run, its numbers say how long slides waited. */

import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { demoSlide, writePipeline } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import { startServer, whyNot } from '../queue/servers.js'
import { collector, type Message, pointOf, valuesOf, whyNoCollector } from './collector.js'
import { marquez, read } from './marquez.js'
import { heldUntil, metricsAt, tiastream } from './watched.js'

const absent = whyNot('redis') ?? whyNoCollector
const testIf = absent === null ? test : test.skip
if (absent !== null) test.skip(absent, () => undefined)

testIf('two slides out of a queue', async (t) => {
  const server = await startServer('redis')
  t.teardown(() => server.close())
  const { ports, came } = await collector(t)
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'in'))
  for (const name of ['a', 'b']) await copyFile(demoSlide, path.join(folder, 'in', `${name}.tif`))
  const file = await writePipeline(folder, { slides: '{ glob: "in/*.tif" }', sinks: '[csv]' })
  const TIASTREAM_QUEUE = server.url
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const lineage = await marquez(t)
  const OPENLINEAGE_URL = lineage.url
  const TRACEPARENT = `00-${traceId}-b7ad6b7169203331-01`
  const submitted = await tiastream(['submit', file, '--name', 'r'], { TIASTREAM_QUEUE, TRACEPARENT, OPENLINEAGE_URL })
  t.is(submitted.code, 0, submitted.stderr)
  // A slide is one band here: that of the second one waits.
  const gate = path.join(folder, 'gate')
  const held = heldUntil(gate, 3)
  let text: Promise<string> | undefined
  const worked = await tiastream(
    ['work', '--name', 'w1', '--until-empty', '--metrics', '127.0.0.1:0', '--log', 'json'],
    { ...held, TIASTREAM_QUEUE, OPENLINEAGE_URL, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.http}` },
    (said) => {
      const port = /answered at port (\d+)/.exec(said)?.[1]
      if (port && said.includes('"slide.done"')) text ??= metricsAt(port, gate)
    },
  )
  t.is(worked.code, 0, worked.stderr)
  const scraped = await text!
  t.regex(scraped, /^tiastream_slides_total\{status="done"\} [12]$/m)
  t.regex(scraped, /^tiastream_slide_wait_seconds_count [12]$/m)
  t.regex(scraped, /^tiastream_slide_attempts_total\{attempt="again"\} 0$/m)
  // Of the last look around, which may have been before it took the first.
  t.regex(scraped, /^tiastream_queue_slides\{run="r",state="waiting"\} [012]$/m)
  t.regex(scraped, /^tiastream_worker_paused\{why="queue"\} 0$/m)
  const { spans, last } = await came()
  const slides = spans.filter((span: Message) => span.name === 'tiastream.slide')
  t.is(slides.length, 2)
  for (const span of slides) {
    t.is(Buffer.from(span.traceId, 'base64').toString('hex'), traceId)
    const { 'tiastream.worker': worker, 'tiastream.queue.attempt': attempt, 'tiastream.queue.waited': waited } = valuesOf(span.attributes)
    t.deepEqual([worker, Number(attempt)], ['w1', 1])
    t.true(Number(waited) > 0 && Number(waited) < 300)
  }
  t.false(spans.some((span: Message) => span.name === 'tiastream.run'))
  t.is(pointOf(last, 'tiastream.slides', { status: 'done' }), 2)
  // What submit began the worker that gathered it ends.
  const told = lineage.came.map(({ event }) => event as { run: { runId: string } })
  t.is(new Set(told.map(({ run }) => run.runId)).size, 1)
  // Another is cancelled before anybody takes it.
  const other = ['submit', file, '--name', 'q', '-o', path.join(folder, 'other')]
  for (const args of [other, ['cancel', 'q']]) t.is((await tiastream(args, { TIASTREAM_QUEUE, OPENLINEAGE_URL })).code, 0)
  const all = lineage.came.map(({ event }) => event as { run: { runId: string } })
  t.is(all[2]!.run.runId, all[3]!.run.runId)
  const parsed = await read(folder, all)
  t.deepEqual(
    parsed.map(({ type, job }) => `${type} ${job}`),
    ['START default/r', 'COMPLETE default/r', 'START default/q', 'ABORT default/q'],
  )
  t.deepEqual([parsed[0]!.rows, parsed[1]!.rows], [[], [pointOf(last, 'tiastream.rows')]])
  for (const at of [0, 2]) t.is(parsed[at]!.inputs[0], `file ${path.join(folder, 'in')}`)
  t.false((worked.stderr + scraped + JSON.stringify(spans)).includes(server.password))
})
