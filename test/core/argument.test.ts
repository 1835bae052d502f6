/** What a program gives wrongly is told as a mistake in a pipeline is: which function, what it was given, what to give instead. */

import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { pathGiven } from '../../src/core/argument.js'
import { recordOf } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import * as api from '../../src/index.js'
import { tempFolder } from '../support/temp.js'

/** As from JavaScript. */
const js = api as unknown as Record<string, (...given: unknown[]) => unknown>

const columns: readonly api.Column[] = [{ name: 'n', type: 'int32', about: '' }]
const batch = api.batchOf(columns, [{ n: 1 }, { n: 2 }], 0)
/** Of other tables. */
const none: api.Batch = { length: 2, columns: [] }
const wide: api.Batch = { length: 1, columns: [{ type: 'float64', valid: null, values: new Float64Array(1) }] }
const floats: api.Batch = { length: 1, columns: [{ type: 'vector', valid: null, size: 1, values: new Float32Array(1) }] }
const halves: api.Batch = { length: 1, columns: [{ type: 'vector', valid: null, size: 1, values: new Uint16Array(1) }] }

/** The first word of its message is the function, and it has a remedy. */
const refusals: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  readPlan: [[undefined], [5], [Promise.resolve('a.yml')], ['a.yml', null], ['a.yml', { plugin: false }], ['a.yml', {}, {}]],
  checkPipeline: [[new Date()], [Object.create(null)], ['a.yml', { vars: 'a=b' }], ['file:///tmp/a.yml']],
  definePipeline: [[5n], [{}, null], [{}, { folder: 5 }], [{}, { environment: {} }], [{}, { runtime: { lanes: 0 } }]],
  withPlugins: [[5], [{}]],
  findModel: [[undefined], [5], [''], ['stain', 5]],
  readCard: [[undefined], [{}]],
  openModel: [[undefined], ['stain', { devices: ['cpu'] }], [{ sha256: '' }], [{ sha256: '' }, { devices: 'cpu' }]],
  openSlide: [
    [undefined],
    [5],
    [null],
    [{}],
    [Promise.resolve()],
    ['a.svs', 5],
    ['a.svs', { cache: 5 }],
    ['a.svs', { limits: { tiles: '9' } }],
  ],
  readTable: [[undefined], [Symbol('a')], [Object.create(null)], [{}]],
  gatherCohort: [[undefined], [5], ['out', { compact: '1 GB' }]],
  observeRun: [[5], [undefined]],
  observeWorker: [[null], [{ warn: 'yes' }]],
  imageSlide: [[new Uint8Array(3), { width: 1, height: 1, id: 5 }], [new Uint8Array(3)], [new Uint8Array(3), { width: 1n, height: 1 }]],
  patchesOf: [
    [[]],
    [[], null],
    [[new Uint8Array(3)], { width: 1, height: 1, set: null }],
    [[new Uint8Array(3)], { width: 1, height: 1, labels: 'a' }],
    [[new Uint8Array(3)], { width: 1, height: 1, labels: [1n] }],
  ],
  slidesOf: [
    [[null]],
    [[{ uri: 'a.svs', mmp: 0.5 }]],
    [[{ id: 'a' }]],
    [[{ uri: 'a.svs', id: 5 }]],
    [[{ uri: 'a.svs', carried: null }]],
    [[{ uri: 'a.svs', pixels: new Uint8Array(3) }]],
    [[{ uri: 'a.svs', pixels: { data: new Uint8Array(10), width: 100, height: 100 } }]],
    [[{ uri: 'a.svs', pixels: { data: new Uint8Array(3), width: 1.5, height: 1 } }]],
  ],
  compose: [
    [undefined, []],
    [{ info: {} }, 'grid'],
    [{ info: {} }, [], 5],
  ],
  concatOf: [[undefined], [[]], [[batch, none]], [[batch, wide]], [[halves, floats]]],
  sliceOf: [
    [batch, 1, 3],
    [batch, -1, 1],
    [batch, 2, 1],
    [batch, 0.5, 1],
  ],
  takeOf: [[batch, Int32Array.of(2)], [batch, Int32Array.of(-1)], [], [batch, [0]]],
  rowsOf: [[undefined], [[], undefined], [{ length: 0, columns: [] }, []], [columns, none], [columns, wide], [[], batch]],
  batchOf: [[undefined], [columns, null, 0], [[{ name: 'n', type: 'int64', about: '' }], [], 0]],
  toHighland: [[undefined], [[]]],
}

for (const [name, calls] of Object.entries(refusals)) {
  test(`${name} says what is wrong with what it is given`, async (t) => {
    for (const [i, given] of calls.entries()) {
      const error = await t.throwsAsync(async () => js[name]!(...given), { instanceOf: api.PipelineError }, `call ${i}`)
      t.regex(error!.message, new RegExp(`^${name}[ :]`))
      t.regex(error!.code, /^(OPTION_INVALID|UNKNOWN_OPTION)$/)
      t.is(typeof error!.hint, 'string', error!.message)
    }
  })
}

test('what a run and a stream take is looked at before anything is begun; a share that no slide is of is none', async (t) => {
  const pixels = new Uint8Array(3)
  const stages = [api.extract(), api.batch(), api.merge()] as const
  const source = api.patchesOf([pixels], { width: 1, height: 1 })
  const plan = await api.definePipeline({ source, stages, sinks: [api.csv()], output: path.join(await tempFolder(t), 'out') })
  const wrong = [null, 'x', { signal: new AbortController() }, { onEvent: 5 }, { onevent: () => undefined }]
  const shards = ['1/2', { index: 0, count: 2 }, { index: 3, count: 2 }, { index: 1.5, count: 2 }].map((shard) => ({ shard }))
  for (const options of [...wrong, ...shards]) {
    await t.throwsAsync(async () => js.runPipeline!(plan, options), { instanceOf: api.PipelineError })
    t.throws(() => js.streamRows!(plan, options), { instanceOf: api.PipelineError })
  }
  t.is((await api.runPipeline(plan, { shard: { index: 1, count: 1 } })).rows, 1)
})

test('the URL of a file is a path', async (t) => {
  const url = (name: string) => pathToFileURL(path.join(packageRoot, name))
  t.is(
    (await api.readPlan(url('pipelines/quickstart.yml'), { output: pathToFileURL(path.join(await tempFolder(t), 'out')) })).cards.stain
      ?.name,
    'stain',
  )
  const card = await api.readCard(await api.findModel(url('models/stain')))
  t.is(card.name, 'stain')
  const slide = await api.openSlide(url('fixtures/slides/demo.tif'))
  t.is(slide.info.id, 'demo')
  await slide.close()
  await t.throwsAsync(api.readTable(url('fixtures/none.parquet')), { code: 'TABLE_UNREADABLE' })
  t.is(api.slidesOf([url('fixtures/slides/demo.tif')]).gives, 'slide')
})

test('an output at an address that nothing is written to is no folder of that name', async (t) => {
  for (const [output, instead] of [
    ['file:///tmp/out', 'write the path alone'],
    ['s3a://bucket/out', 'write s3://bucket/key'],
  ] as const) {
    const { problems } = await api.checkPipeline(path.join(packageRoot, 'pipelines/quickstart.yml'), { output })
    t.true(
      problems.some(({ code, message }) => code === 'OPTION_INVALID' && message.includes(instead)),
      JSON.stringify(problems),
    )
  }
})

test('a sink opened by hand says what it is not told', async (t) => {
  const open = async (target: unknown) => api.parquet({ file: 'a.parquet' }).open(target as never)
  for (const target of [undefined, 5, {}, { slide: { info: {} } }, { slide: 'a.svs' }, { slide: {}, column: [] }])
    await t.throwsAsync(open(target), { instanceOf: api.PipelineError, message: /^parquet\.open/ })
})

test('a sink opened by hand writes no rows in place of batches, and no batch of another table', async (t) => {
  const file = path.join(await tempFolder(t), 'a.csv')
  for (const given of [{ n: 1 }, none, wide]) {
    const sink = await api.csv({ file }).open({ slide: { info: { id: 'a' } } as api.Slide, columns, provenance: {} as api.Provenance })
    await t.throwsAsync(pipeline(Readable.from([given]), sink), { code: 'ROW_INVALID', message: /^csv is given a batch / })
  }
  t.throws(() => api.batchOf(columns, [{ n: 1 }, null as never]), { code: 'ROW_INVALID', message: 'row 1 is null' })
  t.throws(() => api.batchOf(columns, [{ n: 1 }, null as never], 7), { code: 'ROW_INVALID', message: 'row 8 is null' })
})

test('whatever is thrown has a record', (t) => {
  t.is(recordOf('text').message, 'text')
  t.is(recordOf({ a: 1 }).message, '{ a: 1 }')
  t.is(recordOf(Object.create(null)).message, '[Object: null prototype] {}')
})

test('a slide of no kind that there is would be read as a plain picture', async (t) => {
  const ref = { kind: 'slides', id: 'a', uri: path.join(packageRoot, 'fixtures/slides/demo.tif'), carried: {} }
  await t.throwsAsync(js.openSlide!(ref) as Promise<unknown>, { code: 'OPTION_INVALID', message: "openSlide: kind is 'slides'" })
})

test('what is undefined is not given: it takes the place of no default', async (t) => {
  const uri = path.join(packageRoot, 'fixtures/slides/demo.tif')
  const slide = await api.openSlide({ uri, id: undefined, mpp: undefined }, { limits: { tiles: undefined }, signal: undefined })
  t.is(slide.info.id, 'demo')
  t.is(slide.info.mpp?.x, 0.5)
  await slide.close()
  const parts = { source: api.slidesOf([{ uri, id: undefined }]), stages: [api.grid({ at: undefined })] as never }
  await t.throwsAsync(api.definePipeline({ ...parts, sinks: [] }), { message: /^(?!.*sinks must)/s })
  await t.throwsAsync(api.definePipeline({ ...parts, sinks: [], output: '/tmp/none' }), { message: /sinks must name at least one sink/ })
})

test('the URL of an object is its address: the letters of its key, not those of a URL', (t) => {
  for (const address of [
    's3://box/run 7/a  b ü.parquet',
    'gs://box/100%/a.parquet',
    's3://box/a.parquet?x#y',
    "az://account/box/it's.arrow",
  ])
    t.is(pathGiven('readTable', new URL(address)), address)
  t.is(pathGiven('readTable', new URL('s3://box/%2541.parquet')), 's3://box/%41.parquet')
  t.is(pathGiven('readTable', new URL('az://account/box/a%20b.parquet?sv=1&sig=a%2Bb')), 'az://account/box/a b.parquet?sv=1&sig=a%2Bb')
  // Of a server its address is a URL.
  t.is(pathGiven('readTable', new URL('https://host/a b.parquet')), 'https://host/a%20b.parquet')
})
