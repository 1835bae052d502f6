import { spawnSync } from 'node:child_process'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { SinkError } from '../../src/core/errors.js'
import { takeLock } from '../../src/pipeline/lock.js'
import { tempFolder } from '../support/temp.js'

const held = (over: object) => JSON.stringify({ pid: process.pid, host: hostname(), started: 'x', since: '2026-01-01', ...over })

test('a second run is told who holds the output, and may have it once that one is done', async (t) => {
  const folder = await tempFolder(t)
  const lock = await takeLock(folder)
  const error = await t.throwsAsync(takeLock(folder), { instanceOf: SinkError, code: 'OUTPUT_BUSY' })
  t.regex(error.message, new RegExp(`process ${process.pid} on ${hostname()}`))
  await lock.release()
  await (await takeLock(folder)).release()
  t.deepEqual(await readdir(folder), [])
})

test('the lock of a dead process is taken over, also when its pid lives again', async (t) => {
  const folder = await tempFolder(t)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  for (const over of [{ pid }, { pid: process.pid, started: 'another start' }]) {
    await writeFile(path.join(folder, 'lock'), held(over))
    await (await takeLock(folder)).release()
  }
  t.deepEqual(await readdir(folder), [])
})

test('what a run left that died while it took a lock over is removed', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'lock.stale.5'), held({ pid: 2 ** 22 + 1 }))
  await writeFile(path.join(folder, 'lock.1-of-2.stale.6'), held({ host: 'another' }))
  await (await takeLock(folder)).release()
  t.deepEqual(await readdir(folder), ['lock.1-of-2.stale.6'])
})

test('a lock whose process died before it wrote its name is taken over, one that is about to is waited for', async (t) => {
  const folder = await tempFolder(t)
  const file = path.join(folder, 'lock')
  await writeFile(file, '')
  await (await takeLock(folder)).release()
  t.deepEqual(await readdir(folder), [])
  await writeFile(file, '')
  const busy = t.throwsAsync(takeLock(folder), { code: 'OUTPUT_BUSY', message: /process 7 on another/ })
  await setTimeout(200)
  await writeFile(file, held({ pid: 7, host: 'another' }))
  await busy
})

test('the lock of another machine counts while it is touched', async (t) => {
  const folder = await tempFolder(t)
  const file = path.join(folder, 'lock')
  await writeFile(file, held({ host: 'another' }))
  await t.throwsAsync(takeLock(folder), { code: 'OUTPUT_BUSY' })
  const long = new Date(Date.now() - 120_000)
  await utimes(file, long, long)
  await (await takeLock(folder)).release()
  t.pass()
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

test('of many that take over at once, one wins', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'lock'), held({ pid: 2 ** 22 + 1 }))
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(folder)))
  const won = results.filter((result) => result.status === 'fulfilled')
  t.is(won.length, 1)
  await won[0]!.value.release()
})
