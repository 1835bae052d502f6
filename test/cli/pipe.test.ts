/** A pipeline that comes through a pipe lies nowhere: relative paths start where one stands. */

import { execFile } from 'node:child_process'
import { copyFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { isPassing } from '../../src/pipeline/check/check.js'
import { tempFolder } from '../support/temp.js'

const script = path.join(packageRoot, 'dist/src/cli.js')
const inShell = (command: string, cwd: string) =>
  promisify(execFile)('sh', ['-c', `cat p.yml | "${process.execPath}" "${script}" ${command}`], { cwd }).then(
    ({ stderr }) => ({ code: 0, err: stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, err: error.stderr }),
  )

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('its slides and its output are relative to the current folder; it is not submitted to workers elsewhere', async (t) => {
  const folder = await tempFolder(t)
  await copyFile(path.join(packageRoot, 'fixtures/slides/demo.tif'), path.join(folder, 'a.tif'))
  await writeFile(
    path.join(folder, 'p.yml'),
    'output: ./out\nslides: { glob: "*.tif" }\nstages: [{ grid: { size: 512 px, at: baseline } }, extract, batch, merge]\nsinks: [csv]\n',
  )
  const ran = await inShell('run /dev/stdin', folder)
  t.is(ran.code, 0, ran.err)
  t.true((await readdir(path.join(folder, 'out'))).includes('a.csv'))
  const { code, err } = await inShell('submit /dev/stdin --queue redis://127.0.0.1:1', folder)
  t.deepEqual([code, /is a pipe.*\[USAGE\]/.test(err)], [2, true], err)
})

onLinux('what lies in a folder of /dev or /proc, as in /dev/shm, is a file like others', (t) => {
  const pipes = ['/dev/stdin', '/dev/fd/63', '/proc/self/fd/0', '/proc/7/task/8/fd/63']
  const files = [
    '/dev/shm/run/p.yml',
    '/dev/shm/fd/p.yml',
    '/dev/stdin.d/p.yml',
    '/proc/self/cwd/p.yml',
    '/proc/7/root/data/p.yml',
    '/data/dev/fd/p.yml',
  ]
  t.deepEqual([...pipes, ...files].filter(isPassing), pipes)
})
