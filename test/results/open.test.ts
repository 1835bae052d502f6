/** Reading an output folder: what is there, and what is refused. */

import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { PipelineError } from '../../src/core/errors.js'
import { receiptName } from '../../src/pipeline/store/receipts.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { openResults } from '../../src/results/open.js'
import { classesOf, tableOf, withTables } from '../../src/results/tables.js'
import { tempFolder } from '../support/temp.js'
import { writeReceipt } from '../support/write-receipt.js'
import { columnsOf, receiptOf, summary, writeFailure, writeSlide, writeState } from './outputs.js'

const classes = [
  { name: 'Tumour', color: '#e41a1c' },
  { name: 'Fat', color: '#377eb8' },
]

test('slides, tables, classes with their colours, run and plan', async (t) => {
  const folder = await tempFolder(t)
  await writeSlide(folder, { id: 'b', classes, columns: columnsOf(classes, 'slide', false), rows: [] })
  await writeFailure(folder, 'a', { family: 'SlideError', code: 'SLIDE_TRUNCATED', message: 'a.svs ends early' })
  await writeState(folder, 'run.json', summary)
  const results = await openResults(folder)
  t.deepEqual(
    results.slides.map(({ id, table }) => [id, table]),
    [
      ['a', null],
      ['b', path.join(folder, 'b.parquet')],
    ],
  )
  t.is(results.run?.status, 'some slides failed')
  t.is(results.plan, null)
  const [slide] = withTables(results)
  t.deepEqual(classesOf(await tableOf(slide!)), [
    { ...classes[0]!, column: 'prob_Tumour' },
    { ...classes[1]!, column: 'prob_Fat' },
  ])
})

test('a folder that is no output, and a folder that is not there', async (t) => {
  const folder = await tempFolder(t)
  await t.throwsAsync(openResults(folder), { instanceOf: PipelineError, code: 'NOT_AN_OUTPUT', message: /holds no receipts/ })
  await t.throwsAsync(openResults(path.join(folder, 'x')), { code: 'NOT_AN_OUTPUT', message: /is no folder/ })
})

test('a Parquet that tiastream did not make, one that is cut off, and that of another slide', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'a.parquet'), 'PAR1 nothing PAR1')
  await writeReceipt(await storeOf(folder), receiptOf('a', { files: [{ sink: 'parquet', file: 'a.parquet', bytes: 17 }] }))
  await t.throwsAsync(tableOf(withTables(await openResults(folder))[0]!), { code: 'TABLE_UNREADABLE' })
  await writeSlide(folder, { id: 'b', classes, columns: columnsOf(classes, 'slide', false), rows: [] })
  await writeReceipt(await storeOf(folder), receiptOf('a', { files: [{ sink: 'parquet', file: 'b.parquet', bytes: 17 }] }))
  await t.throwsAsync(tableOf(withTables(await openResults(folder))[0]!), { code: 'TABLE_FOREIGN', message: /is the table of b/ })
})

test('no table at all: the cure is the parquet sink', async (t) => {
  const folder = await tempFolder(t)
  await writeReceipt(await storeOf(folder), receiptOf('a', { files: [{ sink: 'csv', file: 'a.csv', bytes: 3 }] }))
  const results = await openResults(folder)
  const error = t.throws(() => withTables(results), { code: 'NO_TABLE' })
  t.regex(String((error as PipelineError).hint), /parquet sink/)
})

test('a receipt that is no receipt, or points out of the folder', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.dirname(path.join(folder, receiptName('a'))), { recursive: true })
  await writeFile(path.join(folder, receiptName('a')), '{"schema":"tiastream-receipt/1","slide":"a"}')
  await t.throwsAsync(openResults(folder), { code: 'RECEIPT_UNREADABLE', message: /receipt of a / })
  for (const file of ['../../secret.parquet', '/etc/passwd']) {
    await writeReceipt(await storeOf(folder), receiptOf('a', { files: [{ sink: 'parquet', file, bytes: 1 }] }))
    await t.throwsAsync(openResults(folder), { code: 'RECEIPT_UNREADABLE', message: /outside of/ })
  }
})

test('of what a stranger wrote no token goes to a server of his, and what has not the form of a receipt or a summary is none', async (t) => {
  const folder = await tempFolder(t)
  const store = await storeOf(folder)
  const opened = async (more: object) => {
    await writeReceipt(store, { ...receiptOf('a', {}), ...more })
    return (await openResults(folder)).slides[0]!.receipt
  }
  const elsewhere = { endpoint: 'https://evil.example' }
  const remote = { gs: elsewhere, az: { ...elsewhere, anonymous: true }, cache: 'download' }
  t.deepEqual((await opened({ uri: 'gs://slides/a.svs', remote })).remote, { az: { anonymous: true } })
  t.false('remote' in (await opened({ remote: { gs: elsewhere } })))
  const own = { s3: { endpoint: 'https://minio.hospital.org', path_style: true } }
  t.deepEqual((await opened({ remote: own })).remote, own)
  for (const wrong of [
    { remote: 's3' },
    { remote: { s3: { endpoint: 7 } } },
    { rows: 1e300 },
    { unanswered: -1 },
    { identity: { bytes: 'x', head: '' } },
    { info: { kind: 'slide', vendor: 'x', width: 0.5, height: 1 } },
    { root: 7 },
  ])
    await t.throwsAsync(opened(wrong), { code: 'RECEIPT_UNREADABLE' }, JSON.stringify(wrong))
  await opened({})
  for (const wrong of [{}, { slides: 'x' }, { patchesPerSecond: '9' }, { devices: 7 }, { leftovers: 'abc' }]) {
    await writeState(folder, 'run.json', Object.keys(wrong).length === 0 ? wrong : { ...summary, ...wrong })
    t.is((await openResults(folder)).run, null, JSON.stringify(wrong))
  }
})

test('a pipe in the place of a receipt is not waited for', async (t) => {
  const folder = await tempFolder(t)
  const receipt = path.join(folder, receiptName('a'))
  await mkdir(path.dirname(receipt), { recursive: true })
  if (spawnSync('mkfifo', [receipt]).status !== 0) {
    t.log('SKIPPED: there is no mkfifo')
    return t.pass()
  }
  const error = await t.throwsAsync(openResults(folder), { code: 'RECEIPT_UNREADABLE' })
  t.regex(String((error as PipelineError).hint), /do not trust it/)
})
