/** What arrives at a collector: over HTTP and gRPC, read with OpenTelemetry's own messages; at the end, after a signal, after an error. */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { demoSlide, runFile, writePipeline } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import { collector, type Message, pointOf, valuesOf, whyNoCollector } from './collector.js'
import { stopped, tiastream } from './watched.js'

const testIf = whyNoCollector === null ? test.serial : test.serial.skip
if (whyNoCollector !== null) test.skip(whyNoCollector, () => undefined)

/** 40 patches. */
const grid = '{ size: 224 px, at: 2 mpp, stride: 224 px }'

async function cohort(t: ExecutionContext, asked = {}) {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'text.tif'), 'no slide')
  await writeFile(path.join(folder, 'list.csv'), `id,uri\ndemo,${demoSlide}\ntext,text.tif\n`)
  return {
    folder,
    file: await writePipeline(folder, { slides: '{ list: "./list.csv" }', grid, mask: '{ method: none }', sinks: '[csv]', ...asked }),
  }
}

for (const [protocol, port] of [
  ['http/protobuf', 'http'],
  ['grpc', 'grpc'],
] as const) {
  testIf(`${protocol}: spans are a tree with the error of the slide that failed, numbers are those of the receipts`, async (t) => {
    const { ports, came } = await collector(t)
    const { folder, file } = await cohort(t)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { code, stderr } = await tiastream(['run', file], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports[port]}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_SERVICE_NAME: 'lab-7',
      OTEL_RESOURCE_ATTRIBUTES: 'site=north',
      TRACEPARENT: traceparent,
    })
    t.is(code, 1, stderr)
    t.notRegex(stderr, /OpenTelemetry/)
    const { spans, last } = await came()
    const named = (name: string) => spans.filter((span: Message) => span.name === name)
    const [run] = named('tiastream.run')
    t.like(run.resource, { 'service.name': 'lab-7', site: 'north' })
    t.false('process.command_args' in run.resource)
    t.is(Buffer.from(run.traceId, 'base64').toString('hex'), traceparent.slice(3, 35))
    t.is(Buffer.from(run.parentSpanId, 'base64').toString('hex'), traceparent.slice(36, 52))
    const slides = Object.fromEntries(named('tiastream.slide').map((span: Message) => [valuesOf(span.attributes)['tiastream.slide'], span]))
    t.deepEqual(Object.keys(slides).toSorted(), ['demo', 'text'])
    for (const span of Object.values<Message>(slides)) t.is(span.parentSpanId, run.spanId)
    t.is(slides.text.status.code, 'STATUS_CODE_ERROR')
    t.regex(slides.text.status.message, /^SLIDE_\w+: /)
    t.is(valuesOf(slides.text.attributes)['error.type'], slides.text.status.message.split(':')[0])
    for (const part of ['open', 'rows', 'publish'])
      t.is(named(part).filter((span: Message) => span.parentSpanId === slides.demo.spanId).length, 1, part)
    for (const part of named('rows')) t.true(BigInt(part.endTimeUnixNano) > BigInt(part.startTimeUnixNano))

    const receipts = path.join(folder, 'out/.tiastream/receipts')
    const receipt = JSON.parse(await readFile(path.join(receipts, 'demo.json'), 'utf8')) as Receipt
    t.is((await readdir(receipts)).filter((name) => name.endsWith('.json')).length, 2)
    t.is(Number(valuesOf(slides.demo.attributes)['tiastream.rows']), receipt.rows)
    t.is(pointOf(last, 'tiastream.rows'), receipt.rows)
    t.is(pointOf(last, 'tiastream.patches'), receipt.patches.asked)
    t.is(pointOf(last, 'tiastream.slides', { status: 'done' }), 1)
    t.is(pointOf(last, 'tiastream.slides.active'), 0)
    t.true(Math.abs(pointOf(last, 'tiastream.stage.time', { stage: 'infer' }) - receipt.spentMs.infer! / 1000) < 1e-6)
  })
}

testIf('SIGTERM: what was at work is sent, and the program ends in time', async (t) => {
  const { ports, came } = await collector(t)
  const { file } = await cohort(t, { grid: '{ size: 224 px, at: 0.5 mpp, stride: 32 px }' })
  const { code, stderr } = await tiastream(['run', file, '--log', 'json'], {
    ...stopped,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.http}`,
  })
  t.is(code, 143, stderr)
  const { spans, last } = await came()
  const values = Object.fromEntries(
    spans.filter((span: Message) => span.name.startsWith('tiastream.')).map((span: Message) => [span.name, valuesOf(span.attributes)]),
  ) as Record<string, Record<string, unknown>>
  t.is(values['tiastream.run']!['tiastream.status'], 'stopped')
  t.is(values['tiastream.slide']!['tiastream.interrupted'], true)
  t.is(pointOf(last, 'tiastream.slides', { status: 'interrupted' }), 1)
})

testIf('a run that an error ends says which', async (t) => {
  const { ports, came } = await collector(t)
  const { file } = await cohort(t)
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.http}` }
  t.is((await runFile(file)).summary.slides.done, 1)
  await writeFile(file, (await readFile(file, 'utf8')).replace('stride: 224 px', 'stride: 96 px'))
  const { code, stderr } = await tiastream(['run', file], env)
  t.is(code, 2, stderr)
  const { spans } = await came()
  const run = spans.find((span: Message) => span.name === 'tiastream.run')
  t.like(run.status, { code: 'STATUS_CODE_ERROR' })
  t.regex(run.status.message, /^OUTPUT_DIFFERS: /)
})

test.serial('a collector that takes everything and answers nothing holds nobody up', async (t) => {
  // It lets go of whoever would wait for it, after a time that is far from any limit of ours.
  let isOver = false
  const silent = createServer((_, response) => {
    setTimeout(() => {
      isOver = true
      response.end()
    }, 90_000).unref()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  t.teardown(() => {
    silent.close()
    silent.closeAllConnections()
  })
  const { file } = await cohort(t)
  const at = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const { code, stderr } = await tiastream(['run', file], { OTEL_EXPORTER_OTLP_ENDPOINT: at, OPENLINEAGE_URL: at })
  t.is(code, 1, stderr)
  t.false(isOver, 'the program waited for an answer')
})

test.serial('a collector that is down is one warning; the run is as it would be', async (t) => {
  const { file } = await cohort(t)
  const { code, stderr } = await tiastream(['run', file], {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
  })
  t.is(code, 1, stderr)
  t.is(stderr.match(/OpenTelemetry/g)?.length, 1, stderr)
  t.regex(stderr, /1 done, 1 failed/)
})
