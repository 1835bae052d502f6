/** A log that cannot be written, or that nobody reads any more, ends no run; results that cannot be printed are the error of their command. */

import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { writeCohort } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

const script = path.join(packageRoot, 'dist/src/cli.js')
const full = '/dev/full'

/** A run of a small slide, with whatever stderr is. */
async function ran(t: ExecutionContext, stderr: number | 'pipe'): Promise<unknown> {
  const folder = await tempFolder(t)
  const args = ['run', await writeCohort(folder), '--log', 'json']
  const child = spawn(process.execPath, [script, ...args], { cwd: packageRoot, stdio: ['ignore', 'ignore', stderr] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  child.stderr?.once('data', () => child.stderr?.destroy())
  const [code] = await ended
  t.true(existsSync(path.join(folder, 'out/_SUCCESS')))
  return code
}

test('a run whose log nobody reads any more goes on, and ends with its own code', async (t) => {
  t.is(await ran(t, 'pipe'), 0)
})

if (existsSync(full)) {
  test('so does one whose log lies on a full disk', async (t) => {
    const file = await open(full, 'w')
    t.teardown(() => file.close())
    t.is(await ran(t, file.fd), 0)
  })

  test('results on a full disk are an error of their place, told in one line', async (t) => {
    const file = await open(full, 'w')
    t.teardown(() => file.close())
    const child = spawn(process.execPath, [script, 'schema'], { stdio: ['ignore', file.fd, 'pipe'] })
    const told = child.stderr!.toArray()
    const [code] = await once(child, 'exit')
    t.is(code, 4)
    t.regex(
      Buffer.concat(await told).toString(),
      /^error: what was asked for cannot be written to standard output: ENOSPC.* \[OUTPUT_FAILED\]\n$/,
    )
  })
}

const python = spawnSync('python3', ['-c', 'import pty']).status === 0
if (!python) console.warn('SKIPPED (no python3 with pty): a terminal that is gone')
const withTerminal = python ? test : test.skip

withTerminal('a terminal that is gone at the end of a command is no abort of Node', async (t) => {
  const streams = pathToFileURL(path.join(packageRoot, 'dist/src/cli/standard-streams.js')).href
  const command = `const { mindStandardStreams } = await import(${JSON.stringify(streams)})
    const waits = setTimeout(() => undefined, 10_000)
    process.on('SIGHUP', () => clearTimeout(waits))
    mindStandardStreams([])
    console.log('up')`
  const terminal = `import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
said = b''
while b'up' not in said: said += os.read(fd, 100)
os.close(fd)
print(os.waitpid(pid, 0)[1])`
  const { stdout } = await promisify(execFile)('python3', ['-c', terminal, process.execPath, '--input-type=module', '-e', command])
  t.is(stdout.trim(), '0')
})
