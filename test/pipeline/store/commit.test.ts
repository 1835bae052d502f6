/** A folder in the place of one of the files of a slide: that slide's error, and none of its files is published. */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { ownerOf } from '../../../src/core/owners.js'
import { commit } from '../../../src/pipeline/store/commit.js'
import { type Receipt, receiptName } from '../../../src/pipeline/store/receipts.js'
import type { ResultStore } from '../../../src/pipeline/store/result-store.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { tempFolder } from '../../support/temp.js'

const receipt = { schema: 'tiastream-receipt/2', slide: 'a', status: 'done', rows: 1 } as Omit<Receipt, 'files'>

const ours = { held: async () => true }

/** Finished drafts of an attempt. */
async function drafted(store: ResultStore, attempt: string, files: readonly string[]) {
  const made = files.map(async (file) => ({ sink: file.slice(2), file, draft: await store.draft(attempt, file) }))
  const finished = await Promise.all(made)
  for (const { file, draft } of finished) await writeFile(draft, file)
  return finished
}

test('a folder with the name of a file fails its slide before anything of it has its name; a link is replaced', async (t) => {
  const output = await tempFolder(t)
  const store = await storeOf(output)
  await store.prepare()
  const finished = await drafted(store, 'x', ['a.parquet', 'a.csv'])
  await mkdir(path.join(output, 'a.csv'))
  const error = await t.throwsAsync(commit(store, finished, receipt, null, ours))
  t.like(error, { code: 'OUTPUT_TAKEN', name: 'SinkError' })
  t.is(ownerOf(error), 'slide')
  t.deepEqual((await readdir(output)).sort(), ['.tiastream', 'a.csv'])

  const other = await storeOf(await tempFolder(t))
  await other.prepare()
  await symlink(output, path.join(other.place, 'a.csv'))
  const one = await drafted(other, 'x', ['a.csv'])
  t.deepEqual((await commit(other, one, receipt, null, ours))?.files, [
    { sink: 'csv', file: 'a.csv', bytes: 5, sha256: createHash('sha256').update('a.csv').digest('hex') },
  ])
})

test('of two who commit one slide the second is told so, and the receipt stays that of the first; so in the place of an old one', async (t) => {
  const store = await storeOf(await tempFolder(t))
  await store.prepare()
  const by = (attempt: string, seen: Buffer | null) =>
    drafted(store, attempt, ['a.csv']).then((finished) => commit(store, finished, { ...receipt, uri: attempt }, seen, ours))
  t.is((await by('first', null))?.uri, 'first')
  t.is(await by('second', null), null)
  const seen = await store.read(receiptName('a'))
  t.is((await by('third', seen))?.uri, 'third')
  t.is(await by('fourth', seen), null)
  t.regex(await readFile(path.join(store.place, receiptName('a')), 'utf8'), /third/)
  t.deepEqual(await readdir(path.join(store.place, '.tiastream/receipts')), ['a.json'])
})

test('who has lost the slide before anything of it has its name publishes nothing', async (t) => {
  const store = await storeOf(await tempFolder(t))
  await store.prepare()
  t.is(await commit(store, await drafted(store, 'x', ['a.csv']), receipt, null, { held: async () => false }), null)
  t.deepEqual(await readdir(store.place), ['.tiastream'])
})

test('a file that says it holds another number of rows than were given keeps all of them back', async (t) => {
  const store = await storeOf(await tempFolder(t))
  await store.prepare()
  const [plain, ...counted] = await drafted(store, 'x', ['a.csv', 'a.parquet', 'a.arrow'])
  const saying = (...rows: number[]) => [plain!, ...counted.map((one, i) => ({ ...one, rows: rows[i]! }))]
  for (const rows of [
    [0, 1],
    [1, 2],
  ]) {
    const error = await t.throwsAsync(commit(store, saying(...rows), receipt, null, ours), { code: 'ROWS_LOST' })
    t.is(ownerOf(error), 'slide')
    t.deepEqual(await readdir(store.place), ['.tiastream'])
    t.is(await store.read(receiptName('a')), null)
  }
  t.is((await commit(store, saying(1, 1), receipt, null, ours))?.files.length, 3)
})
