/** Results in a bucket: what the door promises, a run whose objects are the files of a folder run, and what goes wrong. */

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { rowsIn } from '../../../src/core/batches/batches-of.js'
import { batchOf } from '../../../src/core/batches/rows-of.js'
import { SinkError, type TiastreamError } from '../../../src/core/errors.js'
import type { Column } from '../../../src/core/row.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../../src/pipeline/run/run.js'
import type { RunEvent } from '../../../src/pipeline/run/run-events.js'
import { ObjectStore } from '../../../src/pipeline/store/object-store.js'
import type { Header } from '../../../src/pipeline/store/result-store.js'
import { evaluate } from '../../../src/results/evaluate/evaluate.js'
import { fileInside, openResults } from '../../../src/results/open.js'
import { edit, writeCohort } from '../../support/small-cohort.js'
import { all } from '../../support/stage-context.js'
import { tempFolder } from '../../support/temp.js'
import { type WriteServer, writeServer } from '../../support/write-server.js'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 's3cret', AWS_REGION: 'us-east-1' })

async function place(t: ExecutionContext): Promise<{ server: WriteServer; store: ObjectStore; scratch: string }> {
  const server = await writeServer('box')
  t.teardown(() => server.close())
  const scratch = await tempFolder(t)
  const sizes = { whole: 1000, part: 5 * 2 ** 20, atOnce: 2 }
  return { server, scratch, store: new ObjectStore('s3://box/run7', { remote: { s3: { endpoint: server.url } }, scratch, sizes }) }
}

const columns: Column[] = [
  { name: 'index', type: 'int32', about: 'Raster index.' },
  { name: 'class', type: 'category', nullable: true, about: 'Class.' },
]
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ index: from + i, class: `c ${(from + i) % 3}` }))
const batches = (from: number, to: number) => (from === to ? [] : [batchOf(columns, rows(from, to), 0)])
const header: Header = {
  fingerprint: 'f',
  identity: { bytes: 1, modified: 2.5, head: 'h', blocks: 'b' },
  made: { tiastream: '1', device: 'cpu' },
}
const keys = ({ objects }: WriteServer) =>
  [...objects.keys()]
    .map((key) => key.replace('run7/', ''))
    .filter((name) => name !== '.tiastream/conditions.txt')
    .sort()

test('small files: made once, exchanged for what was seen, listed by folder', async (t) => {
  const { server, store } = await place(t)
  await store.prepare()
  t.is(store.place, 's3://box/run7/')
  t.true(await store.swap('.tiastream/receipts/a.json', null, '1'))
  t.false(await store.swap('.tiastream/receipts/a.json', null, '2'))
  t.false(await store.swap('.tiastream/receipts/a.json', Buffer.from('0'), '2'))
  t.true(await store.swap('.tiastream/receipts/a.json', Buffer.from('1'), '2'))
  t.false(await store.swap('.tiastream/receipts/b.json', Buffer.from('1'), '2'))
  const both = await Promise.all(['3', '4'].map((next) => store.swap('.tiastream/receipts/a.json', Buffer.from('2'), next)))
  t.is(both.filter(Boolean).length, 1)
  await store.replace('.tiastream/receipts/b.json', 'b')
  await store.touch('.tiastream/workers/w.json', '1')
  t.is(`${await store.read('.tiastream/receipts/b.json')}`, 'b')
  t.is(await store.read('none'), null)
  t.deepEqual([await store.size('.tiastream/receipts/b.json'), await store.size('none')], [1, null])
  t.deepEqual([...(await store.list('.tiastream/receipts'))].sort(), ['.tiastream/receipts/a.json', '.tiastream/receipts/b.json'])
  t.deepEqual(await store.list('.tiastream/none'), [])
  await store.remove('none')
  for (const name of keys(server)) await store.remove(name)
  t.deepEqual(keys(server), [])
})

test('drafts are published together: objects only when all is there, nothing when one fails', async (t) => {
  const { server, store, scratch } = await place(t)
  await store.prepare()
  const drafts = await Promise.all(
    ['rows/a.parquet', 'a.csv', 'a.zarr'].map(async (name) => ({ name, path: await store.draft('attempt', name) })),
  )
  t.true(drafts.every((draft) => draft.path.startsWith(scratch) && draft.path.endsWith('.partial')))
  await writeFile(drafts[0]!.path, Buffer.alloc(6 * 2 ** 20, 1))
  await writeFile(drafts[1]!.path, 'x,y\n')
  await mkdir(path.join(drafts[2]!.path, 'c/0'), { recursive: true })
  for (const [name, text] of [
    ['c/0/1', 'chunk'],
    ['zarr.json', '{}'],
  ] as const)
    await writeFile(path.join(drafts[2]!.path, name), text)
  // The last part of the first file is refused.
  server.first = ({ url }, response) => url!.includes('partNumber=2') && !!response.writeHead(403).end()
  t.is((await t.throwsAsync<SinkError>(store.publish(drafts), { instanceOf: SinkError })).code, 'OUTPUT_DENIED')
  t.deepEqual([keys(server), server.uploads.size], [[], 0])
  const order: string[] = []
  server.first = ({ method, url }) => {
    if (method !== 'GET') order.push(url!.replace(/.*run7\//, '').replace(/\?(partNumber|uploads|uploadId).*/, '?$1'))
    return false
  }
  await store.replace('a.zarr/c/0/2', 'of an earlier one')
  t.deepEqual(await store.publish(drafts), [6 * 2 ** 20, 4, 7])
  t.deepEqual(keys(server), ['a.csv', 'a.zarr/c/0/1', 'a.zarr/zarr.json', 'rows/a.parquet'])
  t.true(order.indexOf('a.zarr/zarr.json') > order.indexOf('a.zarr/c/0/1'))
  t.true(order.indexOf('a.csv') > order.indexOf('rows/a.parquet?partNumber'))
  t.deepEqual(await Promise.all(['rows/a.parquet', 'a.zarr'].map((name) => store.size(name))), [6 * 2 ** 20, 7])
  t.deepEqual(await store.attempts(), ['attempt'])
  await store.discard('attempt')
  t.deepEqual(await store.attempts(), [])
})

test('what a killed attempt had begun to upload goes when its file is published; what others upload stays', async (t) => {
  const { server, store } = await place(t)
  await store.prepare()
  const draft = { name: 'rows/a.parquet', path: await store.draft('x', 'rows/a.parquet') }
  await writeFile(draft.path, Buffer.alloc(2000))
  const upload = (key: string) => server.uploads.set(key, { key: `run7/${key}`, parts: new Map(), meta: {} })
  for (const key of ['rows/a.parquet', 'rows/a.parquet.bak', 'mine']) upload(key)
  await store.publish([draft])
  t.deepEqual([...server.uploads.keys()].sort(), ['mine', 'rows/a.parquet.bak'])
})

test('the journal: what was appended is there for the next attempt; bands that are ready together are one object', async (t) => {
  const { server, store } = await place(t)
  const replayed = async () => {
    const journal = await store.openJournal('a', 'y', columns, header)
    return { ...journal, rows: await all(rowsIn(columns, journal.replay())) }
  }
  const first = await store.openJournal('a', 'x', columns, header)
  t.is(first.through, 0)
  await Promise.all([first.append(batches(0, 5), 10), first.append([], 20), first.append(batches(5, 9), 25)])
  await first.append(batches(9, 11), 30)
  await first.close()
  t.is(keys(server).length, 4)
  t.like(await replayed(), { through: 30, anew: null, rows: rows(0, 11) })
  // A zombie repeats, in other pieces.
  const zombie = await store.openJournal('b', 'x', columns, header)
  await Promise.all([zombie.append(batches(0, 5), 10)])
  t.is((await store.openJournal('a', 'y', columns, header)).rows, 11)
  const other = await store.openJournal('a', 'z', columns, { ...header, made: { tiastream: '1', device: 'cuda' } })
  t.like(other, { through: 0, anew: 'they were made with device cpu, and this is cuda' })
  // A hole ends what is taken up.
  const [hole] = keys(server).filter((name) => /0000000010-0000000025-4$/.test(name))
  t.truthy(hole)
  server.objects.delete(`run7/${hole}`)
  t.like(await replayed(), { through: 10, rows: rows(0, 5) })
  await store.removeJournals('a')
  t.true(keys(server).every((name) => name.startsWith('.tiastream/journal/b/')))
})

test('what the store refused of a journal is not safe, nor is anything that came after it', async (t) => {
  const { server, store } = await place(t)
  const journal = await store.openJournal('a', 'x', columns, header)
  await journal.append(batches(0, 5), 10)
  let refused = 0
  server.first = ({ method, url }, response) => {
    if (method !== 'PUT' || !url!.includes('0000000010-') || refused++ > 0) return false
    response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
    return true
  }
  const appended = [journal.append(batches(5, 9), 25), journal.append(batches(9, 11), 30)]
  for (const { status } of await Promise.allSettled(appended)) t.is(status, 'rejected')
  await t.throwsAsync(journal.append(batches(11, 12), 35), { code: 'OUTPUT_DENIED' })
  await journal.close()
  t.is(refused, 1, 'nothing more is sent')
  const again = await store.openJournal('a', 'y', columns, header)
  t.like({ ...again, rows: await all(rowsIn(columns, again.replay())) }, { through: 10, rows: rows(0, 5) })
})

test('an object of the journal that is damaged, or goes while it is taken up, is told by name', async (t) => {
  const { server, store } = await place(t)
  const first = await store.openJournal('a', 'x', columns, header)
  await first.append(batches(0, 5), 10)
  const again = await store.openJournal('a', 'y', columns, header)
  const name = [...server.objects.keys()].find((key) => key.endsWith('-5'))!
  server.objects.get(name)!.bytes[40]! ^= 1
  const read = () => all(rowsIn(columns, again.replay()))
  t.is((await t.throwsAsync<SinkError>(read(), { message: /holds 0 whole rows, and its name says 5/ })).code, 'OUTPUT_BROKEN')
  await t.throwsAsync(read(), { message: /is gone while its rows/ })
})

async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file)
    if (entry.isFile() && !name.startsWith('.tiastream')) found.set(name, await readFile(file))
  }
  return found
}

async function cohort(t: ExecutionContext, output: string): Promise<string> {
  const folder = await tempFolder(t)
  await writeCohort(folder)
  await edit(folder, 'p.yml', './out', output)
  await edit(folder, 'p.yml', '[csv]', '[csv, parquet]')
  await cp(path.join(folder, 'masks/a.npy'), path.join(folder, 'masks/b.npy'))
  await edit(folder, 'lists/l.csv', 'uri,age', 'uri,age,id')
  await edit(folder, 'lists/l.csv', ',61\n', ',61,a\n../slides/a.tif,62,b\n')
  return folder
}

test.serial(
  'a run leaves the objects that a run into a folder leaves as files; the next one finds them done, readers read them',
  async (t) => {
    const server = await writeServer('box')
    t.teardown(() => server.close())
    process.env.AWS_ENDPOINT_URL_S3 = server.url
    const scratch = await tempFolder(t)
    const [local, remote] = [await cohort(t, './out'), await cohort(t, 's3://box/run7')]
    const run = async (folder: string, redo = false) => {
      const events: RunEvent[] = []
      const plan = await readPlan(path.join(folder, 'p.yml'))
      const { slides } = await runPipeline(plan, { scratch, redo, onEvent: (event) => events.push(event) })
      return { slides, plan, events }
    }
    // The table names the slide by its path.
    await edit(remote, 'lists/l.csv', '../slides/a.tif', path.join(local, 'slides/a.tif'))
    await edit(remote, 'lists/l.csv', '../slides/a.tif', path.join(local, 'slides/a.tif'))
    await run(local)
    const first = await run(remote)
    t.deepEqual(first.slides, { done: 2, failed: 0, skipped: 0 })
    t.is(first.plan.output, 's3://box/run7/')
    const files = await filesIn(path.join(local, 'out'))
    const results = keys(server).filter((name) => !name.startsWith('.tiastream/'))
    t.deepEqual(results, [...files.keys()].sort())
    for (const name of results.filter((one) => one.endsWith('.csv')))
      t.true(files.get(name)!.equals(server.objects.get(`run7/${name}`)!.bytes), name)
    t.false(keys(server).some((name) => name.includes('journal') || name.includes('probe')))
    t.deepEqual(await readdir(scratch, { recursive: true }).then((all) => all.filter((name) => name.includes('.partial'))), [])
    t.deepEqual((await run(remote)).slides, { done: 0, failed: 0, skipped: 2 })
    // An object that somebody has removed is made again.
    server.objects.delete('run7/a.csv')
    t.deepEqual((await run(remote)).slides, { done: 1, failed: 0, skipped: 1 })
    t.true(server.objects.has('run7/a.csv'))

    const found = await openResults('s3://box/run7')
    t.deepEqual(
      found.slides.map(({ id, table }) => [id, table]),
      [
        ['a', 's3://box/run7/rows/a.parquet'],
        ['b', 's3://box/run7/rows/b.parquet'],
      ],
    )
    t.is(found.run?.slides.done, 1)
    await t.throwsAsync(evaluate(found), { code: 'LABEL_MISSING', message: /s3:\/\/box\/run7\/rows\/a.parquet has no column 'label'/ })
    await t.throwsAsync(openResults('s3://box/nothing/'), { code: 'NOT_AN_OUTPUT' })
    await t.throwsAsync(openResults('https://box/nothing/'), { code: 'NOT_AN_OUTPUT' })
    for (const file of ['../x', '/x', 'a//b', './a']) t.throws(() => fileInside('s3://box/run7/', file, 'a'), { message: /outside/ })
    delete process.env.AWS_ENDPOINT_URL_S3
  },
)

test.serial('what cannot hold results is found before anything is made', async (t) => {
  const server = await writeServer('box')
  t.teardown(() => server.close())
  process.env.AWS_ENDPOINT_URL_S3 = server.url
  const folder = await cohort(t, 's3://box/run7')
  const plan = await readPlan(path.join(folder, 'p.yml'))
  server.keeps = false
  const error = await t.throwsAsync<SinkError>(runPipeline(plan, { scratch: await tempFolder(t) }))
  t.regex(
    `${error.code} ${error.message} ${error.hint}`,
    /^OUTPUT_NO_CONDITIONS s3:\/\/box\/run7\/ cannot hold results: .* use a store that takes/,
  )
  t.is(server.objects.size, 0)
  const file = path.join(await tempFolder(t), 'file')
  await writeFile(file, '')
  server.keeps = true
  t.is((await t.throwsAsync<SinkError>(runPipeline(plan, { scratch: file }))).code, 'OUTPUT_TAKEN')
  const told = async (output: string) => {
    await edit(folder, 'p.yml', /output: .*/.exec(await readFile(path.join(folder, 'p.yml'), 'utf8'))![0], `output: "${output}"`)
    const { code, message } = await t.throwsAsync<TiastreamError>(readPlan(path.join(folder, 'p.yml')))
    t.notRegex(message, /hush/)
    return `${code} ${message}`
  }
  t.regex(await told('https://box/run7'), /results go to a folder, or to s3:\/\/, gs:\/\/ or az:\/\//)
  t.regex(await told('az://account/box/run7?sv=1&sig=hush'), /set AZURE_STORAGE_SAS_TOKEN instead/)
  t.regex(await told('s3://'), /names no bucket/)
  t.regex(await told('s3://bax/run7'), /OUTPUT_MISSING.*as its bucket is not there/s)
  server.first = (_, response) => !!response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
  t.regex(await told('s3://box/run7'), /may not be read: the server says 403 \(AccessDenied\)/)
  delete process.env.AWS_ENDPOINT_URL_S3
})
