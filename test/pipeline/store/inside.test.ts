/** What is written stays in the output folder, whatever links lie in it. */

import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { SinkError } from '../../../src/core/errors.js'
import { writeWhole } from '../../../src/pipeline/store/durable.js'
import { makeInside } from '../../../src/pipeline/store/inside.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('folders are made one in the other; a link to a place inside may stay', async (t) => {
  const output = await tempFolder(t)
  await makeInside(output, path.join(output, 'a/b'))
  await symlink('a', path.join(output, 'link'))
  await makeInside(output, path.join(output, 'link/c'))
  t.deepEqual((await readdir(path.join(output, 'a'))).toSorted(), ['b', 'c'])
})

test('a link of our own folders to another folder of the output is told before what lies there is cleared away', async (t) => {
  const output = await tempFolder(t)
  await mkdir(path.join(output, 'rows'))
  await mkdir(path.join(output, '.tiastream'))
  await writeFile(path.join(output, 'rows/a.parquet'), 'rows')
  await symlink('../rows', path.join(output, '.tiastream/drafts'))
  const store = await storeOf(output)
  await t.throwsAsync(store.prepare(), { instanceOf: SinkError, code: 'OUTPUT_ESCAPES', message: /drafts is a symbolic link to .*rows/ })
  t.deepEqual(await readdir(path.join(output, 'rows')), ['a.parquet'])
})

for (const place of ['sub', 'sub/deeper', '.tiastream', '.tiastream/receipts', '.tiastream/journal']) {
  test(`a link at ${place} that leads out of the output ends the run, and nothing is written there`, async (t) => {
    const folder = await tempFolder(t)
    const elsewhere = path.join(folder, 'elsewhere')
    await mkdir(elsewhere)
    await mkdir(path.dirname(path.join(folder, 'out', place)), { recursive: true })
    await symlink(elsewhere, path.join(folder, 'out', place))
    const file = await writePipeline(folder, {
      grid: '{ size: 224 px, at: 4 mpp }',
      mask: '{ method: none }',
      model: null,
      sinks: '[{ csv: { file: "sub/deeper/{slide}.csv" } }]',
      runtime: '{ lanes: 1 }',
    })
    const error = await t.throwsAsync(runFile(file), { instanceOf: SinkError, code: 'OUTPUT_ESCAPES' })
    t.true(error!.message.includes(elsewhere), error!.message)
    t.deepEqual(await readdir(elsewhere), [])
  })
}

test('links in place of results and drafts are replaced, not followed', async (t) => {
  const folder = await tempFolder(t)
  const precious = path.join(folder, 'precious')
  await writeFile(precious, 'precious')
  const store = await storeOf(path.join(folder, 'out'))
  await store.prepare()
  await symlink(precious, path.join(folder, 'out/demo.csv'))
  await mkdir(path.join(folder, 'out/.tiastream/drafts/x'))
  await symlink(precious, path.join(folder, 'out/.tiastream/drafts/x/demo.csv.partial'))
  await writeFile(await store.draft('x', 'demo.csv'), 'a draft')
  const file = await writePipeline(folder, { grid: '{ size: 224 px, at: 4 mpp }', mask: '{ method: none }', model: null, sinks: '[csv]' })
  await runFile(file)
  t.is(await readFile(precious, 'utf8'), 'precious')
  t.true((await lstat(path.join(folder, 'out/demo.csv'))).isFile())
})

test('a small file is not written through a link, wherever it leads', async (t) => {
  const folder = await tempFolder(t)
  const precious = path.join(folder, 'precious')
  await writeFile(precious, 'precious')
  const store = await storeOf(path.join(folder, 'out'))
  await store.prepare()
  const at = (name: string) => path.join(store.place, name)
  for (const name of ['a', 'b', 'c']) await symlink(precious, at(name))
  await symlink('nowhere', at('d'))
  await store.replace('a', 'new')
  t.true(await store.swap('b', await store.read('b'), 'new'))
  await t.throwsAsync(store.touch('c', 'new'), { instanceOf: SinkError })
  t.true(await store.swap('d', null, 'new'))
  await symlink(precious, at('partial'))
  await t.throwsAsync(writeWhole(at('partial'), '{}'), { code: 'ELOOP' })
  t.is(await readFile(precious, 'utf8'), 'precious')
  for (const name of ['a', 'b', 'd']) t.is(await readFile(at(name), 'utf8'), 'new')
})
