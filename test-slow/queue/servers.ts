/**
 * A Redis and a PostgreSQL of Debian's, each on a free port of this machine with a folder of its own, started by the test that wants them. Absent: the tests say so.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePorts } from '../../test/support/free-ports.js'

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
  const { port } = await freePorts(['port'])
  let child: ChildProcess | undefined
  const user = process.getuid?.() === 0 ? await idsOf('postgres', 'nobody') : undefined
  const start = async () => {
    child = await (kind === 'redis' ? startRedis(folder, port) : startPostgres(folder, port, user))
  }
  const stop = async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child?.kill('SIGKILL')
    await ended
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
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
  const begin = () => spawn(redisProgram, [...place, '--requirepass', password, ...durable], { stdio: 'ignore' })
  const isUp = async () =>
    (await run('redis-cli', ['-p', String(port), '-a', password, '--no-auth-warning', 'ping'])).stdout.startsWith('PONG')
  return started(begin, isUp, 'redis-server')
}

/** Begun again where it ends: PostgreSQL does while children of the one before, which end when they see that their parent did, still hold its memory. */
async function started(begin: () => ChildProcess, isUp: () => Promise<boolean>, what: string): Promise<ChildProcess> {
  let child = begin()
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) child = begin()
    else if (await isUp().catch(() => false)) return child
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`${what} does not answer`)
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
  const place = ['-D', path.join(folder, 'data'), '-p', String(port), '-k', folder]
  const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', 'shared_buffers=16MB'].flatMap((setting) => ['-c', setting])
  const program = path.join(postgresPrograms()!, 'postgres')
  const begin = () => spawn(program, [...place, ...settings], { ...user, cwd: folder, stdio: 'ignore' })
  return started(begin, async () => (await psql(folder, port, user, 'SELECT 1')) !== undefined, 'postgres')
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
