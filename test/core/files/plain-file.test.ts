/** What somebody else may have laid in the place of a file: pipes, devices, folders, and what is too large. */

import { spawnSync } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { openPlain, readPlain } from '../../../src/core/files/plain-file.js'
import { tempFolder } from '../../support/temp.js'

test('files are read, behind a link, too; a pipe is not waited for, and what has no end is not read', async (t) => {
  const folder = await tempFolder(t)
  const at = (name: string) => path.join(folder, name)
  await writeFile(at('a'), 'abc')
  await symlink('a', at('link'))
  t.is(`${await readPlain(at('link'), 3)}`, 'abc')
  await t.throwsAsync(readPlain(at('a'), 2), { code: 'EFBIG', message: 'it has 3 bytes, and 2 at most are read' })
  await t.throwsAsync(openPlain(folder), { code: 'EISDIR' })
  await t.throwsAsync(openPlain(at('none')), { code: 'ENOENT' })
  if (process.platform === 'win32') return
  await symlink('/dev/zero', at('zero'))
  t.is(spawnSync('mkfifo', [at('pipe')]).status, 0)
  for (const name of ['zero', 'pipe']) await t.throwsAsync(readPlain(at(name), 10), { code: 'EINVAL', message: /not a file/ }, name)
})
