/**
 * A Redis and a PostgreSQL of Debian's, each on a free port of this machine with a folder of its own, started by the test that wants them. Absent: the tests say so.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Server {
  readonly kind: 'redis' | 'postgres'
  /** With its password. */
  readonly url: string
  readonly password: string
  /** Ends it as a power cut would (`start` brings it back with what it had). */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A password that must never be seen anywhere. */
const password = 'geheim-7f3a'

const redisProgram = '/usr/bin/redis-server'

/** The newest that Debian has installed. */
function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql'
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return newest === undefined ? undefined : path.join(root, newest, 'bin')
}

/** Why there is none of a kind here, in words; undefined when there is one. */
export function whyNot(kind: Server['kind']): string | undefined {
  const isThere = kind === 'redis' ? existsSync(redisProgram) : postgresPrograms() !== undefined
  return isThere ? undefined : `SKIPPED: ${kind === 'redis' ? 'redis-server' : 'postgresql'} is not installed (apt-get install it)`
}

export async function startServer(kind: Server['kind']): Promise<Server> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `tiastream-${kind}-`))
  const port = await freePort()
  let child: ChildProcess | undefined
  const user = process.getuid?.() === 0 ? await idsOf('postgres', 'nobody') : undefined
  const start = async () => {
    child = await (kind === 'redis' ? startRedis(folder, port) : startPostgres(folder, port, user))
  }
  const stop = async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    // PostgreSQL's children end when their parent does.
    child?.kill('SIGKILL')
    await ended
    await sleep(200)
  }
  process.once('exit', () => {
    child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  if (kind === 'postgres') await initPostgres(folder, user)
  await start()
  if (kind === 'postgres') await psql(folder, port, user, `CREATE DATABASE lab; ALTER USER lab PASSWORD '${password}'`)
  const url = kind === 'redis' ? `redis://default:${password}@127.0.0.1:${port}/0` : `postgres://lab:${password}@127.0.0.1:${port}/lab`
  return { kind, url, password, stop, start, close: stop }
}

interface Ids {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL does not run as root. */
async function idsOf(...names: readonly string[]): Promise<Ids> {
  for (const name of names) {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map((flag) =>
        run('id', [flag, name])
          .then(({ stdout }) => Number(stdout))
          .catch(() => Number.NaN),
      ),
    )
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: uid!, gid: gid! }
  }
  throw new Error(`there is no user ${names.join(' or ')}`)
}

async function startRedis(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(
    redisProgram,
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--requirepass',
      password,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
    ],
    { stdio: 'ignore' },
  )
  for (let tries = 0; tries < 200; tries++) {
    const said = await run('redis-cli', ['-p', String(port), '-a', password, '--no-auth-warning', 'ping']).catch(() => ({ stdout: '' }))
    if (said.stdout.startsWith('PONG')) return child
    await sleep(50)
  }
  throw new Error('redis-server does not answer')
}

async function initPostgres(folder: string, user: Ids | undefined): Promise<void> {
  if (user) chownSync(folder, user.uid, user.gid)
  // Passwords over TCP, none over the socket in its own folder. Here no power fails: what the system has been given is there after a kill.
  await run(
    path.join(postgresPrograms()!, 'initdb'),
    [
      '-D',
      path.join(folder, 'data'),
      '-U',
      'lab',
      '--auth-host=scram-sha-256',
      '--auth-local=trust',
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ],
    {
      ...user,
      cwd: folder,
    },
  )
}

async function startPostgres(folder: string, port: number, user: Ids | undefined): Promise<ChildProcess> {
  const data = path.join(folder, 'data')
  rmSync(path.join(data, 'postmaster.pid'), { force: true })
  const child = spawn(
    path.join(postgresPrograms()!, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-k',
      folder,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'max_connections=200',
      '-c',
      'shared_buffers=16MB',
    ],
    { ...user, cwd: folder, stdio: 'ignore' },
  )
  for (let tries = 0; tries < 300; tries++) {
    if (await psql(folder, port, user, 'SELECT 1').catch(() => null)) return child
    await sleep(50)
  }
  throw new Error('postgres does not answer')
}

const psql = (folder: string, port: number, user: Ids | undefined, sql: string) =>
  run(
    path.join(postgresPrograms()!, 'psql'),
    ['-h', folder, '-p', String(port), '-U', 'lab', 'postgres', ...sql.split('; ').flatMap((one) => ['-c', one])],
    {
      ...user,
      cwd: folder,
    },
  )
