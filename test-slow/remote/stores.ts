/** Object stores of this machine, each on ports and a folder of its own. Whoever signs is KEY with `secret`; the bucket `public` is for everybody. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ask, storesPython } from '../peers.js'

export interface Store {
  readonly endpoint: string
  /** Answers a signed address of the first. */
  put(...objects: readonly (readonly [bucket: string, key: string, file: string])[]): Promise<string>
  stop(): Promise<void>
}

export const stores = { seaweedfs, moto } as const

async function seaweedfs(): Promise<Store> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-weed-'))
  const identities = [
    { name: 'me', credentials: [{ accessKey: 'KEY', secretKey: 'secret' }], actions: ['Admin', 'Read', 'Write', 'List'] },
    { name: 'anonymous', actions: ['Read:public', 'List:public'] },
  ]
  await writeFile(path.join(folder, 's3.json'), JSON.stringify({ identities }))
  const ports = await freePorts([
    's3.port',
    's3.port.grpc',
    'master.port',
    'master.port.grpc',
    'volume.port',
    'volume.port.grpc',
    'filer.port',
    'filer.port.grpc',
  ])
  const given = [
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    `-dir=${folder}`,
    `-s3.config=${folder}/s3.json`,
    '-master.volumeSizeLimitMB=64',
    '-volume.max=200',
  ]
  const without = ['-s3.port.iceberg=0', '-s3.port.lance=0', '-master.telemetry=false']
  const flags = Object.entries(ports).map(([name, port]) => `-${name}=${port}`)
  return started('weed', ['server', '-s3', ...given, ...without, ...flags], ports['s3.port']!, folder)
}

async function moto(): Promise<Store> {
  const { port } = await freePorts(['port'])
  return started(
    'python',
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`],
    port!,
    await mkdtemp(path.join(tmpdir(), 'tiastream-moto-')),
  )
}

export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  const servers = await Promise.all(
    names.map(
      () =>
        new Promise<ReturnType<typeof createServer>>(
          (done) =>
            void createServer().listen(0, '127.0.0.1', function (this: ReturnType<typeof createServer>) {
              done(this)
            }),
        ),
    ),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return Object.fromEntries(names.map((name, i) => [name, ports[i]!]))
}

/** It answers within a minute, or it is stopped. */
async function started(program: string, args: readonly string[], port: number, folder: string): Promise<Store> {
  const python = await storesPython()
  const child = spawn(path.join(path.dirname(python), program), args, { cwd: folder, stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  const stop = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  const put: Store['put'] = async (...objects) =>
    (await ask(python, 'test-slow/remote/put_objects.py', [endpoint, JSON.stringify(objects)])) as string
  for (let tries = 0; tries < 300; tries++) {
    await pause(200)
    const answer = await fetch(endpoint).catch(() => null)
    if (answer !== null && answer.status < 500) return { endpoint, put, stop }
  }
  await stop()
  throw new Error(`${program} does not answer`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill()
  await Promise.race([gone, pause(5000).then(() => child.kill('SIGKILL'))])
}
