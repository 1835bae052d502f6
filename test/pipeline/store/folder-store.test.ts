import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { FolderStore } from '../../../src/pipeline/store/folder-store.js'
import { held } from '../../support/lock.js'
import { tempFolder } from '../../support/temp.js'

const name = '.tiastream/receipts/a.json'

test('of many at once one swaps, who has seen nothing there does not, and a reader always finds it', async (t) => {
  const store = new FolderStore(await tempFolder(t))
  await store.prepare()
  let absent = 0
  for (let round = 0; round < 25; round++) {
    await store.replace(name, `seen ${round}`)
    let isOver = false
    const watched = (async () => {
      while (!isOver) if ((await store.read(name)) === null) absent++
    })()
    const told = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await setTimeout(i % 3)
        return store.swap(name, i % 2 === 0 ? Buffer.from(`seen ${round}`) : null, `${i}`)
      }),
    )
    isOver = true
    await watched
    t.deepEqual(
      told.flatMap((wins, i) => (wins ? [`${i}`] : [])),
      [`${await store.read(name)}`],
      `round ${round}`,
    )
  }
  t.is(absent, 0)
})

test('what a worker is about to swap with is not cleared away as a draft; what a dead one left is', async (t) => {
  const store = new FolderStore(await tempFolder(t))
  await store.prepare()
  const drafts = path.join(store.place, '.tiastream/drafts')
  await writeFile(path.join(drafts, 'living.held'), await held({}))
  await writeFile(path.join(drafts, 'dead.held'), await held({}, { pid: 2 ** 22 + 1 }))
  await writeFile(path.join(drafts, 'x.partial'), '')
  await store.attempts()
  t.deepEqual(await readdir(drafts), ['living.held'])
})
