/** OpenLineage's events: what they say. That they keep to its schema: `test-slow/observe`. */

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { PipelineError } from '../../src/core/errors.js'
import { folderOfSlide, named } from '../../src/observe/lineage/datasets.js'
import { Lineage } from '../../src/observe/lineage/lineage.js'
import { begunEvent, cancelledEvent, gatheredEvent, runIdOf, tellQueued } from '../../src/observe/lineage/queued.js'
import { receiverOf, senderTo } from '../../src/observe/lineage/send.js'
import { plainText } from '../../src/observe/plain-text.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { type FrozenRun, writeRun } from '../../src/queue/frozen.js'
import type { RunRecord } from '../../src/queue/jobs.js'
import { writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'
import { events, summary } from './events.js'

// biome-ignore lint/suspicious/noExplicitAny: looked into, not worked with
type Told = any

async function toldBy(t: Parameters<typeof tempFolder>[0], work: (lineage: Lineage) => void, parent?: string) {
  const folder = await tempFolder(t)
  const plan = await readPlan(await writePipeline(folder))
  const told: Told[] = []
  const lineage = new Lineage(plan, { namespace: 'lab', parent }, (event) => told.push(event))
  work(lineage)
  lineage.end()
  return { told, folder, plan }
}

test('START, and COMPLETE with what was taken and given', async (t) => {
  const parent = 'lab/dag.task/0176a8c2-fe01-7439-87e6-56a1a1b4029f'
  // A slide that begins again is one slide.
  const twice = events.flatMap((event): RunEvent[] => (event.type === 'slide.start' ? [event, event] : [event]))
  const { told, folder, plan } = await toldBy(t, (lineage) => twice.forEach((event) => void lineage.see(event)), parent)
  t.deepEqual(
    told.map(({ eventType, job }) => [eventType, job.namespace, job.name]),
    [
      ['START', 'lab', 'pipeline'],
      ['COMPLETE', 'lab', 'pipeline'],
    ],
  )
  const [start, complete] = told
  t.is(start.run.runId, complete.run.runId)
  t.like(complete.run.facets.parent, { run: { runId: parent.slice(-36) }, job: { namespace: 'lab', name: 'dag.task' } })
  t.like(complete.run.facets.tiastream_run, { rows: 100, failures: { SLIDE_TRUNCATED: 1 } })
  t.deepEqual(
    complete.inputs.map(({ namespace, name, inputFacets }: Told) => [namespace, name, inputFacets?.inputStatistics.fileCount]),
    [
      ['https://host', 'x', 1],
      ['file', '/slides', 2],
      [...['namespace', 'name'].map((key) => named(Object.values(plan.cards)[0]!.file)[key as 'name']), undefined],
    ],
  )
  const [output] = complete.outputs
  t.like(output, { namespace: 'file', name: path.join(folder, 'out') })
  t.like(output.outputFacets.outputStatistics, { rowCount: 100, fileCount: 1 })
  t.deepEqual(
    output.facets.schema.fields.map(({ name }: Told) => name),
    plan.columns.map(({ name }) => name),
  )
  t.is(start.outputs[0].outputFacets, undefined)
  t.false(JSON.stringify(told).includes('geheim'))
})

test('FAIL says what ended it, ABORT that it was stopped', async (t) => {
  const failed = await toldBy(t, (lineage) => {
    for (const event of events.slice(0, 3)) lineage.see(event)
    lineage.failed(new PipelineError('OUTPUT_DIFFERS', 'see https://host/x?sig=geheim'))
  })
  t.deepEqual(
    failed.told.map(({ eventType }) => eventType),
    ['START', 'FAIL'],
  )
  t.like(failed.told[1].run.facets.errorMessage, { message: 'OUTPUT_DIFFERS: see https://host/x', programmingLanguage: 'JavaScript' })
  const stopped = await toldBy(t, (lineage) => {
    lineage.see(events[0]!)
    lineage.see({ type: 'run.end', summary: { ...summary, status: 'stopped' } })
  })
  t.is(stopped.told[1].eventType, 'ABORT')
  const gone = await toldBy(t, (lineage) => lineage.see(events[0]!))
  t.is(gone.told[1].eventType, 'ABORT')
})

test('a run in a queue has one id, whoever tells of it', (t) => {
  const record = { run: 'run7', output: 's3://lab/run7/', at: '2026-11-28T22:00:00.000Z' }
  const sums = { done: 3, failed: 1, rows: 30, unreadable: 0, unanswered: 0 }
  const event = gatheredEvent({ type: 'run.gathered', ...record, ...sums }, { OPENLINEAGE_NAMESPACE: 'lab' }) as Told
  t.is(event.run.runId, runIdOf(record))
  t.regex(event.run.runId, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/)
  t.not(runIdOf(record), runIdOf({ ...record, at: '2026-11-28T22:00:00.001Z' }))
  t.like(event, { eventType: 'COMPLETE', job: { namespace: 'lab', name: 'run7' } })
  t.like(event.outputs[0], { namespace: 's3://lab', name: 'run7', outputFacets: { outputStatistics: { rowCount: 30 } } })
})

test('a run in a queue begins with the folders of its slides, and one that is cancelled ends', async (t) => {
  const output = await tempFolder(t)
  const slides = ['s3://lab/x/a.svs', 's3://lab/x/b.svs', '/slides/c.svs'].map((uri, i) => ({ id: `s${i}`, uri, bytes: null }))
  const record = { run: 'run7', output, at: '2026-11-28T22:00:00.000Z' } as RunRecord
  const frozen = { schema: 'tiastream-run/1', run: 'run7', output, slides, carried: [], vars: {}, found: { slides: 3, pictures: 0 } }
  const texts = { tiastream: '1', fingerprint: 'f', sinks: 's', device: 'cpu', pipeline: '/p.yml', text: '', home: '/', plugins: true }
  await writeRun({ ...frozen, ...texts } as FrozenRun)
  const start = (await begunEvent(record, {})) as Told
  t.deepEqual(
    start.inputs.map(({ namespace, name, inputFacets }: Told) => [namespace, name, inputFacets.inputStatistics.fileCount]),
    [
      ['s3://lab', 'x', 2],
      ['file', '/slides', 1],
    ],
  )
  t.like(start, { eventType: 'START', job: { namespace: 'default', name: 'run7' } })
  t.is(start.run.runId, runIdOf(record))
  const abort = cancelledEvent(record, {}) as Told
  t.like(abort, { eventType: 'ABORT', run: { runId: runIdOf(record) }, outputs: [{ namespace: 'file', name: output }] })
  // Without the file of the run nothing is told, and nothing fails.
  const told: string[] = []
  await tellQueued(
    (env) => begunEvent({ ...record, run: 'other' }, env),
    (message) => told.push(message),
    { OPENLINEAGE_URL: 'http://127.0.0.1:1' },
  )
  t.regex(told.join(), /OpenLineage is not told: .*the file of other is not in/)
})

test('names of folders and files', (t) => {
  t.deepEqual(named('s3://bucket/a/b/'), { namespace: 's3://bucket', name: 'a/b' })
  t.deepEqual(named('s3://bucket'), { namespace: 's3://bucket', name: '/' })
  t.deepEqual(named('/data/out'), { namespace: 'file', name: '/data/out' })
  t.deepEqual(named('https://me:pw@host:8080/a?sig=1'), { namespace: 'https://host:8080', name: 'a' })
  t.is(folderOfSlide('s3://bucket/a/b.svs'), 's3://bucket/a')
  t.is(folderOfSlide('s3://bucket/b.svs'), 's3://bucket')
  t.is(folderOfSlide('https://host/b.svs?sig=geheim'), 'https://host')
  t.is(folderOfSlide('/slides/b.svs'), '/slides')
  t.is(folderOfSlide('memory:image'), '.')
})

test('text for strangers holds no signed address', (t) => {
  t.is(plainText('see (s3://b/k) and https://u:p@h/x?sig=1, then'), 'see (s3://b/k) and https://h/x then')
  t.is(plainText('postgres://me:geheim@db/lab'), 'postgres://db/lab')
  t.is(plainText('x'.repeat(3000)).length, 2002)
  t.is(plainText('A+'.repeat(200_000)).length, 2002)
})

test('where to: address, endpoint and key', (t) => {
  t.is(receiverOf({}), null)
  t.is(receiverOf({ OPENLINEAGE_URL: 'http://m:5000', OPENLINEAGE_DISABLED: 'true' }), null)
  t.like(receiverOf({ OPENLINEAGE_URL: 'http://m:5000/base/', OPENLINEAGE_API_KEY: 'k' }), {
    url: 'http://m:5000/base/api/v1/lineage',
    headers: { authorization: 'Bearer k' },
  })
  t.like(receiverOf({ OPENLINEAGE_URL: 'http://me:p%40w@m:5000', OPENLINEAGE_ENDPOINT: '/v2' }), {
    url: 'http://m:5000/v2',
    headers: { authorization: `Basic ${Buffer.from('me:p@w').toString('base64')}` },
  })
  t.throws(() => receiverOf({ OPENLINEAGE_URL: 'kafka://me:geheim@m' }), { message: 'OPENLINEAGE_URL is no http address: kafka://m' })
})

/** Answers each request with the next status. */
async function server(t: Parameters<typeof tempFolder>[0], statuses: number[]) {
  const requests: { headers: IncomingMessage['headers']; body: string }[] = []
  const listening = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    requests.push({ headers: request.headers, body })
    response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => listening.once('listening', resolve))
  t.teardown(() => listening.close())
  return { requests, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/` }
}

test('what passes is tried again, what does not is told once; redirects are not followed', async (t) => {
  const warnings: string[] = []
  const { requests, url } = await server(t, [503, 200, 401, 403, 307])
  const sender = senderTo({ url, headers: { authorization: 'Bearer geheim' } }, (message) => warnings.push(message))
  for (let i = 0; i < 4; i++) sender.send({ i })
  // Closing has two seconds, which a busy machine may need for less than this.
  while (requests.length < 5) await pause(20)
  while (warnings.length < 1) await pause(20)
  await sender.close()
  t.deepEqual(
    requests.map(({ body }) => JSON.parse(body).i),
    [0, 0, 1, 2, 3],
  )
  t.deepEqual(warnings, [`OpenLineage: ${url} answers 401; the run goes on, and this is said once`])
})

test('a server that does not answer holds nobody up', async (t) => {
  let asked = 0
  const silent = createServer(() => {
    asked++
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  t.teardown(() => {
    silent.close()
    silent.closeAllConnections()
  })
  const warnings: string[] = []
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
  const sender = senderTo({ url, headers: {} }, (message) => warnings.push(message))
  for (let i = 0; i < 20; i++) sender.send({ i })
  await sender.close()
  t.true(asked <= 1, 'the others are not sent after all')
  t.is(warnings.length, 1)
})
