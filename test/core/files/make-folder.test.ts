/** Folders where none can be made: an error, and no wait without end. */

import { existsSync } from 'node:fs'
import { stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { makeFolder } from '../../../src/core/files/make-folder.js'
import { tempFolder } from '../../support/temp.js'

test('what is missing is made, what is there stays, also by several at once', async (t) => {
  const folder = await tempFolder(t)
  const deep = path.join(folder, 'a/b/c')
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(deep)))
  await makeFolder(deep)
  t.true((await stat(deep)).isDirectory())
})

test('a file in the way is an error of the system', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'file'), '')
  await t.throwsAsync(makeFolder(path.join(folder, 'file')), { code: 'EEXIST' })
  await t.throwsAsync(makeFolder(path.join(folder, 'file/below/it')), { code: 'ENOTDIR' })
  await symlink('nowhere', path.join(folder, 'dangling'))
  await t.throwsAsync(makeFolder(path.join(folder, 'dangling/below')))
})

// Node's mkdir with recursive does not come back from here (Node 20.20).
test('a place of the system that takes no folders is named', async (t) => {
  if (!existsSync('/proc/self')) {
    t.log('SKIPPED: there is no /proc')
    t.pass()
    return
  }
  for (const place of ['/proc/tiastream-none', '/proc/tiastream-none/out/deeper'])
    await t.throwsAsync(makeFolder(place), { message: /takes no folders|EACCES|EPERM|EROFS/ })
})
