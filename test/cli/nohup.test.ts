/** By what nohup is known, since Node takes back that SIGHUP is ignored. */

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { outlivesTerminal } from '../../src/cli/nohup.js'
import { tempFolder } from '../support/temp.js'

for (const [what, env, input, flags, ignored, heeded] of [
  ['its name', { _: '/usr/bin/nohup' }, '/dev/pts/0', '0100002', '0000000000000000', true],
  ['an input that cannot be read', {}, '/dev/null', '0100001', '0000000000000000', true],
  ['a shell that ignores hangups', {}, '/dev/null', '0100000', '0000000000001001', true],
  ['a terminal', { _: '/usr/bin/node' }, '/dev/pts/0', '0100002', '0000000000384004', false],
  ['a scheduler', {}, '/dev/null', '0100000', '0000000000001000', false],
  ['a file that is written to', {}, '/tmp/log', '0100001', '0000000000000000', false],
] as const)
  test(`started by ${what}`, async (t) => {
    const root = await tempFolder(t)
    for (const folder of ['proc/self/fd', 'proc/self/fdinfo', 'proc/7']) await mkdir(path.join(root, folder), { recursive: true })
    await symlink(input, path.join(root, 'proc/self/fd/0'))
    await writeFile(path.join(root, 'proc/self/fdinfo/0'), `pos:\t0\nflags:\t${flags}\nmnt_id:\t25\n`)
    await writeFile(path.join(root, 'proc/7/status'), `Name:\tsh\nSigBlk:\t0000000000000001\nSigIgn:\t${ignored}\n`)
    t.is(outlivesTerminal(env, 7, root), heeded)
  })

test('another system says nothing of it', (t) => {
  t.false(outlivesTerminal({}, 7, '/is/not/there'))
})
