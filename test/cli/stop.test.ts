/** Commands other than run that go on for long: SIGTERM ends them within seconds, with 143, and what they had begun is gone or goes on. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { predictionColumns, predictions, temporary, writeTable } from '../sinks/tables.js'

const script = path.join(packageRoot, 'dist/src/cli.js')

function started(t: ExecutionContext, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

test('export removes what it had begun', async (t) => {
  const folder = await temporary(t)
  await writeTable('parquet', path.join(folder, 'a.parquet'), predictionColumns, predictions(6000))
  // 46,000 x 32,914 pixels: far more than are drawn before the signal comes.
  const child = started(t, ['export', path.join(folder, 'a.parquet'), '--to', 'mask', '-o', path.join(folder, 'm.tif'), '--at', 'baseline'])
  const ended = once(child, 'exit')
  while (!(await readdir(folder)).some((name) => name.endsWith('.partial'))) await pause(20)
  child.kill('SIGTERM')
  t.deepEqual(await ended, [143, null])
  t.deepEqual(await readdir(folder), ['a.parquet'])
})

test('models pull does not begin the next model', async (t) => {
  const asked: string[] = []
  const server = createServer((request) => void asked.push(request.url!)).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const names = ['resnet18-kather100k', 'resnet18-pcam']
  const child = started(t, ['models', 'pull', ...names, '--mirror', mirror], { TIASTREAM_MODELS: await temporary(t) })
  const ended = once(child, 'exit')
  await once(server, 'request')
  child.kill('SIGTERM')
  t.deepEqual(await ended, [143, null])
  t.deepEqual(asked, ['/resnet18-kather100k.pth'])
})
