/** What a module of the user exports, as a thread of its own tells it. */

import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { exportsOf } from '../../../src/pipeline/environment/modules/exports.js'
import { folderOf } from '../../sources/support.js'

test('a module that throws after it has loaded has loaded, also where its answer and its error come at once', async (t) => {
  const folder = await folderOf(t, {
    'late.mjs': "setTimeout(() => Promise.reject(new Error('late')), 0)\nexport default 1\nexport const f = () => 1\n",
    'now.mjs': "throw new Error('now')\n",
    'end.mjs': 'process.exit(0)\n',
  })
  const asked = exportsOf(path.join(folder, 'late.mjs'))
  for (let i = 0; i < 5; i++) await setImmediate()
  // This thread is busy until both have come.
  const end = performance.now() + 500
  while (performance.now() < end);
  t.deepEqual(await asked, { names: ['default', 'f'], functions: ['f'] })
  t.deepEqual(await exportsOf(path.join(folder, 'now.mjs')), { error: 'now' })
  t.deepEqual(await exportsOf(path.join(folder, 'end.mjs')), { error: 'it ends the program' })
})

test('TypeScript that this Node does not run has a way out', async (t) => {
  const folder = await folderOf(t, { 'enum.ts': 'enum Kind { a }\nexport default Kind.a\n', 'other.abc': '' })
  const errorOf = async (file: string) => ((await exportsOf(path.join(folder, file))) as { error: string }).error
  t.regex(await errorOf('enum.ts'), /: compile it to JavaScript/)
  t.notRegex(await errorOf('other.abc'), /compile/)
})
