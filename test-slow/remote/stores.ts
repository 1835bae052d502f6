/** Object stores of this machine, each on ports and a folder of its own. Whoever signs is KEY with `secret`; the bucket `public` is for everybody. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../../test/support/free-ports.js'
import { ask, storesPython } from '../peers.js'

export interface Store {
  readonly endpoint: string
  /** Answers a signed address of the first. */
  put(...objects: readonly (readonly [bucket: string, key: string, file: string])[]): Promise<string>
  stop(): Promise<void>
}

interface Start {
  readonly program: string
  readonly args: readonly string[]
  readonly port: number
  readonly folder: string
}

const seaweedfs = () => started(weedHere)

async function weedHere(): Promise<Start> {
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
  return { program: 'weed', args: ['server', '-s3', ...given, ...without, ...flags], port: ports['s3.port'], folder }
}

const moto = () => started(motoHere)

async function motoHere(): Promise<Start> {
  const { port } = await freePorts(['port'])
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`]
  return { program: 'python', args, port, folder: await mkdtemp(path.join(tmpdir(), 'tiastream-moto-')) }
}

export const stores = { seaweedfs, moto } as const

/** It answers within half a minute. It is started up to three times, each on other ports: those of another test may be the same. */
async function started(here: () => Promise<Start>): Promise<Store> {
  const python = await storesPython()
  for (let left = 3; ; left--) {
    const { program, args, port, folder } = await here()
    const child = spawn(path.join(path.dirname(python), program), args, { cwd: folder, stdio: 'ignore' })
    const endpoint = `http://127.0.0.1:${port}`
    const stop = async () => {
      await ended(child)
      await rm(folder, { recursive: true, force: true })
    }
    const put: Store['put'] = async (...objects) =>
      (await ask(python, 'test-slow/remote/put_objects.py', [endpoint, JSON.stringify(objects)])) as string
    for (let tries = 0; tries < 150 && child.exitCode === null; tries++) {
      await pause(200)
      const answer = await fetch(endpoint).catch(() => null)
      if (answer !== null && answer.status < 500) return { endpoint, put, stop }
    }
    await stop()
    if (left === 1) throw new Error(`${program} does not answer`)
  }
}

/** At once: what it holds goes, too. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await gone
}
