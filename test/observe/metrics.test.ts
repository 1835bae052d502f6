/** What Prometheus is told: counted by hand. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import test from 'ava'
import { expositionOf } from '../../src/observe/exposition.js'
import { instruments, prometheusName } from '../../src/observe/instruments.js'
import { Measure } from '../../src/observe/measure.js'
import { Meters } from '../../src/observe/meters.js'
import { metricsPlaceOf } from '../../src/observe/metrics-server.js'
import { observeRun, observeWorker } from '../../src/observe/observe.js'
import { events, plan } from './events.js'

/** Lines by what stands before the value; without comments. */
const valuesOf = (text: string) =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

test('events are counted', (t) => {
  const meters = new Meters()
  const measure = new Measure(meters, '9.9.9', () => 1_700_000_000_000)
  for (const event of events) measure.see(event)
  const values = valuesOf(expositionOf(meters))
  t.like(values, {
    'tiastream_info{version="9.9.9",device="cpu"}': 1,
    'tiastream_slides_total{status="done"}': 1,
    'tiastream_slides_total{status="failed"}': 0,
    'tiastream_slides_total{status="failed",code="SLIDE_TRUNCATED"}': 1,
    'tiastream_slides_total{status="skipped"}': 1,
    'tiastream_slides_total{status="interrupted"}': 1,
    tiastream_slides_active: 0,
    // 30 while it went on, 80 at its end.
    tiastream_patches_total: 80,
    tiastream_patches_resumed_total: 20,
    tiastream_rows_total: 100,
    'tiastream_rows_without_answer_total{why="unreadable"}': 3,
    'tiastream_rows_without_answer_total{why="unanswered"}': 1,
    // Of the slide that is done and of the one that failed.
    'tiastream_stage_time_seconds_total{stage="fetch"}': 0.5,
    'tiastream_stage_time_seconds_total{stage="infer"}': 8,
    tiastream_read_bytes_total: 10_000,
    'tiastream_warnings_total{code="SLIDE_ODD"}': 1,
    'tiastream_slide_attempts_total{attempt="again"}': 1,
    tiastream_last_progress_seconds: 1_700_000_000,
    // 8 seconds: over 5, not over 15.
    'tiastream_slide_duration_seconds_bucket{status="done",le="5"}': 0,
    'tiastream_slide_duration_seconds_bucket{status="done",le="15"}': 1,
    'tiastream_slide_duration_seconds_bucket{status="done",le="+Inf"}': 1,
    'tiastream_slide_duration_seconds_sum{status="done"}': 8,
    'tiastream_slide_duration_seconds_count{status="done"}': 1,
    'tiastream_slide_wait_seconds_bucket{le="30"}': 0,
    'tiastream_slide_wait_seconds_bucket{le="60"}': 1,
    'tiastream_band_duration_seconds_bucket{le="0.5"}': 0,
    'tiastream_band_duration_seconds_bucket{le="1"}': 1,
  })
})

test('while slides are at work they are active, and patches grow', (t) => {
  const meters = new Meters()
  const measure = new Measure(meters, '1')
  for (const event of events.slice(0, 7)) measure.see(event)
  t.like(valuesOf(expositionOf(meters)), { tiastream_slides_active: 2, tiastream_patches_total: 30, tiastream_rows_total: 0 })
})

test('a slide that begins again is at work once, and one that another has done or taken meanwhile is so no more', (t) => {
  const meters = new Meters()
  const measure = new Measure(meters, '1')
  const queued = { worker: 'w1', waited: 45, attempt: 1 }
  for (const slide of ['a', 'a', 'b', 'c']) measure.see({ type: 'slide.start', slide, uri: slide, ...queued })
  t.like(valuesOf(expositionOf(meters)), {
    tiastream_slides_active: 3,
    'tiastream_slide_attempts_total{attempt="first"}': 3,
    tiastream_slide_wait_seconds_count: 3,
  })
  measure.see({ type: 'slide.skipped', slide: 'a', rows: 1 })
  measure.see({ type: 'slide.elsewhere', slide: 'b', worker: 'w2', host: null })
  t.is(valuesOf(expositionOf(meters)).tiastream_slides_active, 1)
})

test('a worker: what it waits for, gives back and leaves to others', (t) => {
  const meters = new Meters()
  const measure = new Measure(meters, '1')
  const worker = 'w1'
  measure.see({ type: 'work.start', run: 'r', worker, output: '/out', lanes: 2, device: 'cuda' })
  measure.see({ type: 'work.paused', worker, why: 'queue', message: 'gone' })
  measure.see({ type: 'work.paused', worker, why: 'disk', message: 'full' })
  measure.see({ type: 'work.resumed', worker, why: 'disk', seconds: 1 })
  measure.see({ type: 'work.refused', run: 'q', worker, error: { family: 'PipelineError', code: 'RUN_REFUSED', message: 'no' } })
  measure.see(events[1]!)
  measure.see({ type: 'slide.handedBack', slide: 'a', run: 'r', why: 'stopped', counted: false })
  t.like(valuesOf(expositionOf(meters)), {
    'tiastream_info{version="1",device="cuda"}': 1,
    'tiastream_worker_paused{why="queue"}': 1,
    'tiastream_worker_paused{why="disk"}': 0,
    'tiastream_runs_refused_total{code="RUN_REFUSED"}': 1,
    'tiastream_slides_total{status="handed back"}': 1,
    tiastream_slides_active: 0,
  })
})

test('how many slides wait in the queue: a run that is over is gone, and a look at the queue is no progress', (t) => {
  const meters = new Meters()
  let now = 1_000_000
  const measure = new Measure(meters, '1', () => now)
  const seen = (...runs: { run: string; waiting: number; delayed: number; active: number; failed: number }[]) => {
    now += 1000
    measure.see({ type: 'queue.seen', worker: 'w1', runs })
    return valuesOf(expositionOf(meters))
  }
  const first = seen(
    { run: 'run7', waiting: 5, delayed: 1, active: 2, failed: 3 },
    { run: 'run8', waiting: 9, delayed: 0, active: 0, failed: 0 },
  )
  t.like(first, {
    'tiastream_queue_slides{run="run7",state="waiting"}': 5,
    'tiastream_queue_slides{run="run7",state="delayed"}': 1,
    'tiastream_queue_slides{run="run7",state="active"}': 2,
    'tiastream_queue_slides{run="run7",state="failed"}': 3,
    'tiastream_queue_slides{run="run8",state="waiting"}': 9,
    tiastream_last_progress_seconds: 1000,
  })
  const names = (values: object) => Object.keys(values).filter((name) => name.startsWith('tiastream_queue_slides'))
  t.deepEqual(
    names(seen({ run: 'run8', waiting: 8, delayed: 0, active: 1, failed: 0 })).map((name) => name.includes('run7')),
    [false, false, false, false],
  )
  t.deepEqual(names(seen()), [], 'the queue is away')
})

test('names are those that OpenTelemetry gives to Prometheus, and none is there twice', (t) => {
  t.is(prometheusName(instruments.stage), 'tiastream_stage_time_seconds_total')
  t.is(prometheusName(instruments.read), 'tiastream_read_bytes_total')
  t.is(prometheusName(instruments.slides), 'tiastream_slides_total')
  const names = Object.values(instruments).map((instrument) => prometheusName(instrument))
  t.is(new Set(names).size, names.length)
  for (const name of names) t.regex(name, /^tiastream_[a-z_]+$/)
})

test('labels are escaped; a flood of them ends in one series', (t) => {
  const meters = new Meters()
  meters.add('warnings', 1, { code: 'a"b\\c\nd' })
  t.true(expositionOf(meters).includes(String.raw`tiastream_warnings_total{code="a\"b\\c\nd"} 1`))
  for (let i = 0; i < 1000; i++) meters.add('warnings', 1, { code: `CODE_${i}` })
  const series = meters.series('warnings')
  t.is(series.length, 201)
  // One by hand, 199 by name, the rest together.
  t.is(series.find(({ labels }) => labels.code === 'other')!.value, 801)
})

test('places', (t) => {
  t.deepEqual(metricsPlaceOf(':9464'), { port: 9464 })
  t.deepEqual(metricsPlaceOf('0'), { port: 0 })
  t.deepEqual(metricsPlaceOf('127.0.0.1:80'), { host: '127.0.0.1', port: 80 })
  t.deepEqual(metricsPlaceOf('[::1]:80'), { host: '::1', port: 80 })
  for (const wrong of ['', 'x', ':', '::1', ':99999', 'a b:1', 'http://x:1', '1.2.3.4']) {
    t.throws(() => metricsPlaceOf(wrong), { code: 'OPTION_INVALID' }, wrong)
  }
})

test('/metrics is answered while the observer lives; the rest of the server is empty', async (t) => {
  const observer = await observeWorker({ metrics: '127.0.0.1:0', env: {}, moreMetrics: async () => 'more 1\n' })
  t.teardown(() => observer.close())
  for (const event of events) observer.tell(event)
  const at = `http://127.0.0.1:${observer.metricsPort}`
  const answer = await fetch(`${at}/metrics`)
  t.is(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const text = await answer.text()
  t.is(valuesOf(text)['tiastream_slides_total{status="done"}'], 1)
  t.true(text.endsWith('\nmore 1\n'))
  t.false(text.includes('geheim'))
  t.is((await fetch(`${at}/`)).status, 404)
  t.is((await fetch(`${at}/metrics`, { method: 'POST' })).status, 405)
  // No address at all, as who scans ports asks: it ended the process, and the run with it.
  const asked = request({ host: '127.0.0.1', port: observer.metricsPort!, path: '//', agent: false }).end()
  const [odd] = (await once(asked, 'response')) as [IncomingMessage]
  t.is(odd.resume().statusCode, 404)
  await observer.close()
  await t.throwsAsync(fetch(`${at}/metrics`))
  observer.tell(events[0]!)
})

test('a flood of connections does not take the file handles that slides need', async (t) => {
  const observer = await observeWorker({ metrics: '127.0.0.1:0', env: {} })
  t.teardown(() => observer.close())
  const sockets = Array.from({ length: 100 }, () =>
    connect({ host: '127.0.0.1', port: observer.metricsPort! }).on('error', () => undefined),
  )
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  let ended = 0
  await new Promise<void>((resolve) => {
    for (const socket of sockets) socket.once('close', () => ++ended === 36 && resolve()).resume()
  })
  t.is(ended, 36)
})

test('a port that is taken is one warning, and whoever stumbles over an event is told no more', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  t.teardown(() => taken.close())
  const warnings: string[] = []
  const observer = await observeWorker({
    metrics: `127.0.0.1:${(taken.address() as AddressInfo).port}`,
    env: {},
    warn: (message) => warnings.push(message),
  })
  t.is(observer.metricsPort, undefined)
  t.regex(warnings.join(), /^answering Prometheus at 127\.0\.0\.1:\d+ does not work: .*EADDRINUSE.*; the run goes on without it$/)
  // An event that nobody can take.
  observer.tell({ type: 'slide.done', slide: 'a' } as never)
  observer.tell(events[0]!)
  t.is(warnings.length, 2)
  await observer.close()
})

test('what nobody asked for is not there', async (t) => {
  const warnings: string[] = []
  const observer = await observeRun(plan, { env: {}, warn: (message) => warnings.push(message) })
  for (const event of events) observer.tell(event)
  observer.failed(new Error('x'))
  await observer.close()
  t.deepEqual([observer.metricsPort, warnings], [undefined, []])
})
