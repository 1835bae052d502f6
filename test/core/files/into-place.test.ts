import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { intoPlace } from '../../../src/core/files/into-place.js'
import { tempFolder } from '../../support/temp.js'

/** A system on which a file is open for so many tries. */
function systemOf(windows: boolean, tries: number, code = 'EPERM') {
  const waited: number[] = []
  let renames = 0
  return {
    waited,
    renames: () => renames,
    windows,
    rename: async () => {
      if (renames++ < tries) throw Object.assign(new Error(code), { code })
    },
    wait: async (ms: number) => waited.push(ms),
  }
}

test('a file takes the place of another', async (t) => {
  const folder = await tempFolder(t)
  const [partial, place] = [path.join(folder, 'a.partial'), path.join(folder, 'a')]
  await writeFile(place, 'old')
  await writeFile(partial, 'new')
  await intoPlace(partial, place)
  t.is(await readFile(place, 'utf8'), 'new')
  await mkdir(partial)
  await t.throwsAsync(intoPlace(partial, place), { message: /^E/ })
})

test('on Windows it is tried again while somebody has the file open, for five seconds; elsewhere, and for other errors, never', async (t) => {
  const open = systemOf(true, 3)
  await intoPlace('a', 'b', open)
  t.deepEqual([open.renames(), open.waited], [4, [10, 20, 40]])
  const long = systemOf(true, 100, 'EBUSY')
  await t.throwsAsync(intoPlace('a', 'b', long), { code: 'EBUSY' })
  const together = long.waited.reduce((sum, ms) => sum + ms)
  t.true(together > 5000 && together < 6000)
  for (const [windows, code] of [
    [true, 'ENOSPC'],
    [false, 'EPERM'],
  ] as const) {
    const other = systemOf(windows, 1, code)
    await t.throwsAsync(intoPlace('a', 'b', other), { code })
    t.is(other.renames(), 1)
  }
})
