import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type Release, takeLockFile } from '../../../src/core/files/lock-file.js'
import { held } from '../../support/lock.js'
import { tempFolder } from '../../support/temp.js'

async function inFolder(t: ExecutionContext): Promise<{ folder: string; file: string }> {
  const folder = await tempFolder(t)
  return { folder, file: path.join(folder, 'lock') }
}

/** Takes the lock, which must be free. */
async function take(file: string): Promise<Release> {
  const taken = await takeLockFile(file)
  if ('holder' in taken) throw new Error(`held by ${taken.holder.pid}`)
  return taken.release
}

test('who holds it is named, and it is free once that one is done', async (t) => {
  const { folder, file } = await inFolder(t)
  const release = await take(file)
  const second = await takeLockFile(file)
  t.like(second, { holder: { pid: process.pid, host: hostname() } })
  await release()
  await (await take(file))()
  t.deepEqual(await readdir(folder), [])
})

test('the lock of a dead process is taken over, also when its pid lives again', async (t) => {
  const { folder, file } = await inFolder(t)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  for (const born of [{ pid }, { started: 'another start' }]) {
    await writeFile(file, await held({}, born))
    await (await take(file))()
  }
  t.deepEqual(await readdir(folder), [])
})

test('the lock of another machine, or of a container of the same name with the same pid, counts while it is touched', async (t) => {
  const { file } = await inFolder(t)
  for (const [over, born] of [
    [{ host: 'another' }, { host: 'another' }],
    [{}, { space: 'pid:[1]' }],
    [{ birth: null }, {}],
  ] as const) {
    await writeFile(file, await held(over, born))
    t.like(await takeLockFile(file), { holder: { pid: process.pid, host: hostname(), ...over } })
    const long = new Date(Date.now() - 120_000)
    await utimes(file, long, long)
    await (await take(file))()
  }
})

test('of many that take over at once, one wins', async (t) => {
  const { folder, file } = await inFolder(t)
  for (let round = 0; round < 20; round++) {
    await writeFile(file, await held({ since: `${round}` }, { pid: 2 ** 22 + 1 }))
    const taken = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await setTimeout(i % 4)
        return takeLockFile(file)
      }),
    )
    const [won, ...more] = taken.flatMap((one) => ('release' in one ? [one.release] : []))
    t.is(more.length, 0, `round ${round}`)
    await won!()
  }
  t.deepEqual(await readdir(folder), [])
})

test('who was stopped until another took over leaves that one its lock', async (t) => {
  const { file } = await inFolder(t)
  const release = await take(file)
  const others = await held({ host: 'another' }, { host: 'another' })
  await writeFile(file, others)
  await release()
  t.is(await readFile(file, 'utf8'), others)
})

test('one whose process died before it wrote its name is taken over, one that is about to is waited for', async (t) => {
  const { folder, file } = await inFolder(t)
  await writeFile(file, '')
  await (await take(file))()
  t.deepEqual(await readdir(folder), [])
  await writeFile(file, '')
  // However long this process is kept from its work: of a file from tomorrow no time has passed.
  const tomorrow = new Date(Date.now() + 86_400_000)
  await utimes(file, tomorrow, tomorrow)
  const second = takeLockFile(file)
  await setTimeout(200)
  await writeFile(file, await held({ pid: 7, host: 'another' }, { host: 'another' }))
  t.like(await second, { holder: { pid: 7, host: 'another' } })
})

test('a link to nowhere in its place is nobody’s', async (t) => {
  const { folder, file } = await inFolder(t)
  await symlink('nowhere', file)
  await (await take(file))()
  t.deepEqual(await readdir(folder), [])
})

test('what cannot be cleared away beside it leaves no lock behind', async (t) => {
  const { folder, file } = await inFolder(t)
  await mkdir(path.join(folder, 'a.held'))
  await t.throwsAsync(takeLockFile(file), { code: 'EISDIR' })
  t.deepEqual(await readdir(folder), ['a.held'])
})

test('what names no holder is taken over', async (t) => {
  const { file } = await inFolder(t)
  for (const text of ['4711', 'null', '{}', '{', '[1]']) {
    await writeFile(file, text)
    await t.notThrowsAsync(async () => (await take(file))(), text)
  }
})
