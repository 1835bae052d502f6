import { link, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { clearHeldFiles, guardOf, isHeldFile, linked, putInPlaceOf } from '../../../src/core/files/swap-file.js'
import { held } from '../../support/lock.js'
import { tempFolder } from '../../support/temp.js'

interface Place {
  readonly file: string
  readonly guards: string
  readonly swap: (seen: string, next: string) => Promise<boolean>
  readonly create: (text: string) => Promise<boolean>
}

async function place(t: ExecutionContext): Promise<Place> {
  const folder = await tempFolder(t)
  const [file, guards] = [path.join(folder, 'file'), path.join(folder, 'guards')]
  await mkdir(guards)
  let partials = 0
  const partial = async (text: string) => {
    const name = path.join(folder, `partial-${partials++}`)
    await writeFile(name, text)
    return name
  }
  return {
    file,
    guards,
    swap: async (seen, next) => putInPlaceOf(Buffer.from(seen), file, await partial(next), guards),
    create: async (text) => linked(await partial(text), file),
  }
}

const deadPid = 2 ** 22 + 1
const dead = () => held({}, { pid: deadPid })

test('of many at once one puts its own there, nobody finds the place free meanwhile, and the file is always there', async (t) => {
  const { file, guards, swap, create } = await place(t)
  const absent: unknown[] = []
  for (let round = 0; round < 40; round++) {
    const seen = `seen ${round}`
    await writeFile(file, seen)
    let isOver = false
    const watched = (async () => {
      while (!isOver) await readFile(file).catch((error) => absent.push(error))
    })()
    const told = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        await setTimeout(i % 3)
        return i % 2 === 0 ? swap(seen, `${i}`) : create(`${i}`)
      }),
    )
    isOver = true
    await watched
    const won = told.flatMap((wins, i) => (wins ? [`${i}`] : []))
    t.deepEqual(won, [await readFile(file, 'utf8')], `round ${round}`)
  }
  t.deepEqual(absent, [])
  t.deepEqual(await readdir(guards), [])
})

test('what holds other bytes, or is gone, stays as it is', async (t) => {
  const { file, guards, swap } = await place(t)
  t.false(await swap('seen', 'mine'))
  for (const other of ['another', 'see', 'seen and more']) {
    await writeFile(file, other)
    t.false(await swap('seen', 'mine'))
    t.is(await readFile(file, 'utf8'), other)
  }
  t.deepEqual(await readdir(guards), [])
})

test('the guard of a process that died with it is taken over, and so is the guard of that guard', async (t) => {
  const { file, guards, swap } = await place(t)
  const seen = Buffer.from('seen')
  const [first, second] = [await dead(), await held({ since: '2026-01-02' }, { pid: deadPid })]
  const guard = guardOf(seen, file, guards)
  for (const deep of [false, true]) {
    await writeFile(file, seen)
    await writeFile(guard, first)
    if (deep) await writeFile(guardOf(Buffer.from(first), guard, guards), second)
    const told = await Promise.all(['a', 'b', 'c', 'd'].map((text) => swap('seen', text)))
    t.is(told.filter(Boolean).length, 1)
  }
  t.deepEqual(await readdir(guards), [])
})

test('the guard of a living process is waited for, until it is gone or the file is another', async (t) => {
  const { file, guards, swap } = await place(t)
  await writeFile(file, 'seen')
  const guard = guardOf(Buffer.from('seen'), file, guards)
  for (const living of [await held({}), await held({ host: 'another' }, { host: 'another' }), 'half a na']) {
    await writeFile(guard, living)
    const mine = swap('seen', 'mine')
    t.is(await Promise.race([mine, setTimeout(100, 'waits')]), 'waits')
    await writeFile(file, 'of the one with the guard')
    t.false(await mine)
    t.is(await readFile(guard, 'utf8'), living)
    await writeFile(file, 'seen')
  }
})

test('a name that is taken by this very file was given by us: the answer of a server was lost', async (t) => {
  const folder = await tempFolder(t)
  const [mine, copy, taken] = ['mine', 'copy', 'taken'].map((name) => path.join(folder, name)) as [string, string, string]
  for (const file of [mine, copy]) await writeFile(file, 'the same bytes')
  await link(mine, taken)
  t.true(await linked(mine, taken))
  t.false(await linked(copy, taken))
})

test('where hard links are not known, a mount by rclone says EIO, the file is made there, by one alone', async (t) => {
  const folder = await tempFolder(t)
  const [mine, to] = ['mine', 'to'].map((name) => path.join(folder, name)) as [string, string]
  await writeFile(mine, 'mine')
  for (const code of ['EIO', 'EPERM', 'ENOSYS']) {
    const noLinks = () => Promise.reject(Object.assign(new Error(code), { code }))
    t.true(await linked(mine, to, noLinks))
    t.is(await readFile(to, 'utf8'), 'mine')
    t.false(await linked(mine, to, noLinks))
    await rm(to)
  }
  await t.throwsAsync(
    linked(mine, to, () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }))),
    { code: 'EACCES' },
  )
})

test('a link to nowhere in the place of a guard is in nobody’s name', async (t) => {
  const { file, guards, swap } = await place(t)
  await writeFile(file, 'seen')
  await symlink('nowhere', guardOf(Buffer.from('seen'), file, guards))
  t.true(await swap('seen', 'mine'))
  t.deepEqual(await readdir(guards), [])
})

test('what the dead left is cleared away; what may have a living holder stays, for an hour where nobody can tell', async (t) => {
  const { guards } = await place(t)
  const guard = (n: number) => `${String(n).padStart(32, '0')}.held`
  const away = await held({ host: 'another' }, { host: 'another' })
  const left = { [guard(1)]: await dead(), 'new-1.held': await dead(), [guard(2)]: away, 'new-2.held': away, 'new-3.held': '' }
  const living = { [guard(3)]: await held({}), 'new-4.held': await held({}), [guard(4)]: away, 'new-5.held': away, 'new-6.held': '' }
  for (const [name, text] of Object.entries({ ...left, ...living, other: 'other' })) await writeFile(path.join(guards, name), text)
  const long = new Date(Date.now() - 4_000_000)
  for (const name of Object.keys(left)) await utimes(path.join(guards, name), long, long)
  await clearHeldFiles(guards)
  t.deepEqual((await readdir(guards)).sort(), [...Object.keys(living), 'other'].sort())
  t.true(Object.keys(living).every(isHeldFile))
})
