/** Spans and numbers as OpenTelemetry's own SDK has them, in memory. What arrives over the wire: `test-slow/observe`. */

import * as api from '@opentelemetry/api'
import { metrics, tracing } from '@opentelemetry/sdk-node'
import test from 'ava'
import { Measure } from '../../src/observe/measure.js'
import { Meters } from '../../src/observe/meters.js'
import { observeRun } from '../../src/observe/observe.js'
import { signalsOf } from '../../src/observe/otel/asked.js'
import { bridge } from '../../src/observe/otel/bridge.js'
import { quiet } from '../../src/observe/otel/sdk.js'
import { Spans } from '../../src/observe/otel/spans.js'
import { watchWithOtel } from '../../src/observe/otel/watch.js'
import { events, plan } from './events.js'

const exporter = new tracing.InMemorySpanExporter()
const provider = new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] })
const ours = { ...api, trace: Object.assign(Object.create(api.trace), { getTracer: provider.getTracer.bind(provider) }) } as typeof api

test.beforeEach(() => exporter.reset())

test.serial('a run, its slides and their parts', (t) => {
  const spans = new Spans(ours, '1', { 'tiastream.output': '/out' }, undefined)
  for (const event of events) spans.see(event)
  spans.end()
  const done = exporter.getFinishedSpans()
  const run = done.find(({ name }) => name === 'tiastream.run')!
  const slide = (id: string) => done.find(({ attributes }) => attributes['tiastream.slide'] === id)!
  const parts = (id: string) => done.filter(({ parentSpanContext }) => parentSpanContext?.spanId === slide(id).spanContext().spanId)
  t.is(new Set(done.map((span) => span.spanContext().traceId)).size, 1)
  t.like(run.attributes, {
    'tiastream.status': 'some slides failed',
    'tiastream.slides.failed': 1,
    'tiastream.rows': 100,
    'tiastream.lanes': 2,
  })
  t.is(run.status.code, api.SpanStatusCode.UNSET)
  t.like(slide('a').attributes, {
    'tiastream.slide.uri': 'https://host/x/a.svs',
    'tiastream.rows': 100,
    'tiastream.rows.unreadable': 3,
    'tiastream.patches.resumed': 20,
    'tiastream.patches.asked': 80,
    'tiastream.read': 5000,
    'tiastream.spent.infer': 4,
    'tiastream.device': 'cpu',
  })
  t.deepEqual(
    parts('a').map(({ name }) => name),
    ['open', 'rows', 'publish'],
  )
  t.deepEqual(
    slide('a').events.map(({ name, attributes }) => [name, attributes!['tiastream.code'], attributes!['tiastream.message']]),
    [['warning', 'SLIDE_ODD', 'see https://host/x']],
  )
  t.deepEqual(slide('b').status, { code: api.SpanStatusCode.ERROR, message: 'SLIDE_TRUNCATED: https://host/b.svs ends' })
  t.like(slide('b').attributes, { 'error.type': 'SLIDE_TRUNCATED', 'tiastream.worker': 'w1', 'tiastream.queue.waited': 45 })
  t.is(slide('d').attributes['tiastream.interrupted'], true)
  t.false(JSON.stringify(done.map(({ attributes, events: told, status }) => [attributes, told, status])).includes('geheim'))
})

test.serial('what ended a run is the status of its span; slides at work end with it', (t) => {
  const spans = new Spans(ours, '1', {}, undefined)
  for (const event of events.slice(0, 3)) spans.see(event)
  spans.failed(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
  spans.end()
  const [open, rows, slide, run] = exporter.getFinishedSpans()
  t.deepEqual(
    [open, rows, slide, run].map((span) => span?.name),
    ['open', 'rows', 'tiastream.slide', 'tiastream.run'],
  )
  t.is(slide!.attributes['tiastream.interrupted'], true)
  t.deepEqual(run!.status, { code: api.SpanStatusCode.ERROR, message: 'BUG: no space' })
})

test.serial('of a slide that begins again, or is left to another, no span is without an end', (t) => {
  const spans = new Spans(ours, '1', {}, undefined)
  for (const slide of ['a', 'a', 'b']) spans.see({ type: 'slide.start', slide, uri: slide })
  spans.see({ type: 'slide.skipped', slide: 'a', rows: 1 })
  spans.see({ type: 'slide.elsewhere', slide: 'b', worker: 'w2', host: null })
  const ended = exporter.getFinishedSpans().filter(({ name }) => name === 'tiastream.slide')
  t.deepEqual(
    ended.map(({ attributes }) => [attributes['tiastream.slide'], attributes['tiastream.interrupted']]),
    [
      ['a', true],
      ['a', true],
      ['b', true],
    ],
  )
})

test.serial('a slide out of a queue hangs below whoever put it there; a traceparent that is none is none', (t) => {
  const spans = new Spans(ours, '1', undefined, undefined)
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  for (const [slide, traceparent] of Object.entries({ x: `00-${traceId}-${spanId}-01`, y: `00-${'0'.repeat(32)}-${spanId}-01` })) {
    spans.see({ type: 'slide.start', slide, uri: slide, traceparent })
  }
  spans.end()
  const slides = exporter.getFinishedSpans().filter(({ name }) => name === 'tiastream.slide')
  t.deepEqual([slides[0]!.spanContext().traceId, slides[0]!.parentSpanContext?.spanId], [traceId, spanId])
  t.is(slides[1]!.parentSpanContext, undefined)
})

test.serial('numbers are the same as those of Prometheus', async (t) => {
  const store = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE)
  const reader = new metrics.PeriodicExportingMetricReader({ exporter: store, exportIntervalMillis: 3_600_000 })
  const meters = new Meters()
  const end = bridge(meters, new metrics.MeterProvider({ readers: [reader] }).getMeter('t'))
  const measure = new Measure(meters, '1')
  for (const event of events) measure.see(event)
  await reader.forceFlush()
  const told = Object.fromEntries(
    store.getMetrics()[0]!.scopeMetrics[0]!.metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
  ) as Record<string, { attributes: object; value: unknown }[]>
  const pointOf = (name: string, attributes: object) =>
    told[name]!.find((point) => JSON.stringify(point.attributes) === JSON.stringify(attributes))?.value
  t.is(pointOf('tiastream.slides', { status: 'failed', code: 'SLIDE_TRUNCATED' }), 1)
  t.is(pointOf('tiastream.patches', {}), 80)
  t.is(pointOf('tiastream.stage.time', { stage: 'infer' }), 8)
  t.is(pointOf('tiastream.slides.active', {}), 0)
  const duration = pointOf('tiastream.slide.duration', { status: 'done' }) as {
    sum: number
    buckets: { boundaries: number[]; counts: number[] }
  }
  t.is(duration.sum, 8)
  t.deepEqual(duration.buckets.boundaries.slice(0, 4), [1, 5, 15, 30])
  t.deepEqual(duration.buckets.counts.slice(0, 4), [0, 0, 1, 0])
  end()
  await reader.shutdown()
})

test('what asks for it', (t) => {
  const both = { traces: true, metrics: true }
  t.is(signalsOf({}), null)
  t.is(signalsOf({ OTEL_SERVICE_NAME: 'x' }), null)
  t.deepEqual(signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }), both)
  t.is(signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'True' }), null)
  t.deepEqual(signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_METRICS_EXPORTER: 'none' }), { traces: true, metrics: false })
  t.deepEqual(signalsOf({ OTEL_TRACES_EXPORTER: 'console' }), { traces: true, metrics: false })
  t.deepEqual(signalsOf({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c/m' }), { traces: false, metrics: true })
  t.is(signalsOf({ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }), null)
})

test('an address without its scheme is told with it', (t) => {
  const told: string[] = []
  const { error } = quiet((message) => told.push(message))
  error(
    JSON.stringify({ name: 'TypeError', code: 'ERR_INVALID_PROTOCOL', message: 'Protocol "localhost:" not supported. Expected "https:"' }),
  )
  error('connect ECONNREFUSED')
  t.regex(told[0]!, /: an address begins with http:/)
  t.is(told[1], 'connect ECONNREFUSED')
})

test('packages that are not there are one warning with what to type', async (t) => {
  const warnings: string[] = []
  const wanted = {
    signals: { traces: true, metrics: true },
    run: {},
    traceparent: undefined,
    warn: (message: string) => warnings.push(message),
  }
  const none = { loadApi: async () => null, loadSdk: async () => null }
  t.is(await watchWithOtel(new Meters(), wanted, none), null)
  t.deepEqual(warnings, [
    'the environment asks for OpenTelemetry, and its packages are not here: npm install @opentelemetry/api @opentelemetry/sdk-node; the run goes on without it',
  ])
})

test.serial('a program that has set up OpenTelemetry itself gets the spans, and keeps its set-up', async (t) => {
  api.trace.setGlobalTracerProvider(provider)
  t.teardown(() => api.trace.disable())
  const observer = await observeRun(plan, { env: {} })
  for (const event of events) observer.tell(event)
  await observer.close()
  t.is(exporter.getFinishedSpans().filter(({ name }) => name === 'tiastream.slide').length, 3)
  provider.getTracer('x').startSpan('mine').end()
  t.is(exporter.getFinishedSpans().at(-1)!.name, 'mine')
})
