/** What a run finds under the names of its results: its own files are made anew, those of others and what it reads are left alone. */

import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { endsOfFile, isMadeBy } from '../../../src/core/files/may-replace.js'
import { mustBeOurs } from '../../../src/pipeline/run/not-ours.js'
import { ObjectStore } from '../../../src/pipeline/store/object-store.js'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'
import { writeServer } from '../../support/write-server.js'

const grid = '{ size: 224 px, at: 8 mpp }'

test('a file of another maker under the name of a result fails its slide and stays; without it the slide is done, and made anew', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder, { grid, sinks: '[csv]', model: null })
  const taken = path.join(folder, 'out/demo.csv')
  await mkdir(path.dirname(taken))
  await writeFile(taken, 'x,y\n1,2\n')
  const { summary } = await runFile(file, { redo: true })
  t.deepEqual(summary.slides, { done: 0, failed: 1, skipped: 0 })
  const { error } = summary.failures[0]!
  t.like(error, { code: 'OUTPUT_TAKEN', hint: 'move it away, or write elsewhere: another output, or another file: of csv' })
  t.regex(error.message, /out\/demo\.csv is there already, and no run here has made it$/)
  t.is(await readFile(taken, 'utf8'), 'x,y\n1,2\n')
  await rm(taken)
  t.is((await runFile(file)).summary.slides.done, 1)
  t.is((await runFile(file, { redo: true })).summary.slides.done, 1)
})

test('a file says by its bytes that a run has made it, where its kind has room for that', async (t) => {
  const tables = ['annotations', 'arrow', 'clam', 'csv', 'geoparquet', 'jsonl', 'parquet', 'qupath', 'tiatoolbox-json', 'wsinfer']
  const marked = [...tables, 'map', 'mask', 'overlay', 'samples', 'thumbnail']
  const folder = await tempFolder(t)
  const { summary, events } = await runFile(await writePipeline(folder, { grid, sinks: `[${[...marked, 'zarr'].join(', ')}]` }))
  t.is(summary.slides.done, 1)
  const files = events.flatMap((event) => (event.type === 'slide.done' ? event.files : []))
  t.is(files.length, marked.length + 1)
  for (const [i, sink] of marked.entries()) {
    const file = path.join(folder, 'out', files[i]!)
    t.true(isMadeBy(sink, file, await endsOfFile(file)), sink)
    await writeFile(file, (await readFile(file)).subarray(0, 6))
    t.false(isMadeBy(sink, file, await endsOfFile(file)), sink)
  }
  t.false(isMadeBy('zarr', files.at(-1)!, { head: 'PK', tail: '' }))
  // A sink of a plugin may be called anything.
  t.false(isMadeBy('constructor', 'a.bin', { head: '', tail: '' }))
})

test('whose a file without a mark is follows from the receipt, or the journal of an attempt that died; what is read is never replaced', async (t) => {
  const folder = await tempFolder(t)
  const store = await storeOf(folder)
  await store.prepare()
  const ask = (receipt: Partial<Receipt> | null, mask = '/elsewhere/a.png') =>
    mustBeOurs(
      store,
      { sinks: [{ name: 'zarr', file: '{slide}.zip', options: {} }] },
      { kind: 'slide', id: 'a', uri: 's3://b/a.svs', carried: {} },
      { files: [{ file: mask, sha256: '' }] },
      receipt as Receipt | null,
    )
  const file = path.join(folder, 'a.zip')
  await t.notThrowsAsync(ask(null))
  await symlink(path.join(folder, 'b.zip'), file)
  await writeFile(path.join(folder, 'b.zip'), 'PK')
  await t.notThrowsAsync(ask(null), 'a link is replaced, not what it leads to')
  await rm(file)
  await writeFile(file, 'PK')
  await t.throwsAsync(ask(null), { code: 'OUTPUT_TAKEN', message: /no run here has made it/ })
  const own = [{ sink: 'zarr', file: 'a.zip', bytes: 2 }]
  await t.throwsAsync(ask({ status: 'done', files: [] }), { code: 'OUTPUT_TAKEN' })
  await t.notThrowsAsync(ask({ status: 'done', files: own }))
  await t.notThrowsAsync(ask({ status: 'failed', files: [], old: own }))
  await t.throwsAsync(ask({ status: 'done', files: own }, path.join(folder, '../', path.basename(folder), 'a.zip')), {
    code: 'OUTPUT_TAKEN',
    message: /a\.zip is read for this slide, and zarr would replace it/,
  })
  await mkdir(path.join(folder, '.tiastream/journal/a'), { recursive: true })
  await writeFile(path.join(folder, '.tiastream/journal/a/died.journal'), '')
  await t.notThrowsAsync(ask(null))
})

test('an object in a bucket is told by its bytes and the journal likewise', async (t) => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 's3cret', AWS_REGION: 'us-east-1' })
  const server = await writeServer('box')
  t.teardown(() => server.close())
  const store = new ObjectStore('s3://box/run', { remote: { s3: { endpoint: server.url } }, scratch: await tempFolder(t) })
  const ask = () =>
    mustBeOurs(
      store,
      { sinks: [{ name: 'csv', file: '{slide}.csv', options: {} }] },
      { kind: 'slide', id: 'a', uri: 's3://b/a.svs', carried: {} },
      { files: [] },
      null,
    )
  await t.notThrowsAsync(ask())
  await store.replace('a.csv', 'x,y\n1,2\n')
  await t.throwsAsync(ask(), { code: 'OUTPUT_TAKEN', message: 's3://box/run/a.csv is there already, and no run here has made it' })
  const made = { fingerprint: 'f', identity: { bytes: 1, modified: 1, head: 'h', blocks: 'b' }, made: { tiastream: '1', device: 'cpu' } }
  await (await store.openJournal('a', '1-x', [{ name: 'index', type: 'int32', about: 'Index.' }], made)).close()
  await t.notThrowsAsync(ask(), 'an attempt that died may have published it')
  await store.removeJournals('a')
  await t.throwsAsync(ask(), { code: 'OUTPUT_TAKEN' })
  await store.replace('a.csv', 'slide,index,x0,status\na,0,0,ok\n')
  await t.notThrowsAsync(ask(), 'its receipt is gone')
})
