import { readdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { SinkError } from '../../../src/core/errors.js'
import { takeLock } from '../../../src/pipeline/store/lock.js'
import { held } from '../../support/lock.js'
import { tempFolder } from '../../support/temp.js'

test('a second run is told who holds the output, and may have it once that one is done', async (t) => {
  const folder = await tempFolder(t)
  const lock = await takeLock(folder)
  const error = await t.throwsAsync(takeLock(folder), { instanceOf: SinkError, code: 'OUTPUT_BUSY' })
  t.regex(error.message, new RegExp(`process ${process.pid} on ${hostname()}`))
  await lock.release()
  await (await takeLock(folder)).release()
  t.deepEqual(await readdir(folder), [])
})

test('what a run left that died while it took a lock over is removed', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'lock.stale.5'), held({ pid: 2 ** 22 + 1 }))
  await writeFile(path.join(folder, 'lock.1-of-2.stale.6'), held({ host: 'another' }))
  await (await takeLock(folder)).release()
  t.deepEqual(await readdir(folder), ['lock.1-of-2.stale.6'])
})

test('shards of one count share an output; a whole run, the same shard and another count do not', async (t) => {
  const folder = await tempFolder(t)
  const one = await takeLock(folder, { index: 1, count: 2 })
  const two = await takeLock(folder, { index: 2, count: 2 })
  await t.throwsAsync(takeLock(folder, { index: 2, count: 2 }), { code: 'OUTPUT_BUSY' })
  await t.throwsAsync(takeLock(folder, { index: 1, count: 3 }), { code: 'OUTPUT_BUSY' })
  await t.throwsAsync(takeLock(folder), { code: 'OUTPUT_BUSY' })
  await one.release()
  await two.release()
  await (await takeLock(folder)).release()
  t.deepEqual(await readdir(folder), [])
})
