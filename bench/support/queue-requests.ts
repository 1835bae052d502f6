/** How many requests a server of a queue gets: those of clients, not what its own scripts do in turn. And how many of them write. */

import { readdirSync, readFileSync } from 'node:fs'
import type { Server } from '../../test-slow/queue/servers.js'

export interface Requests {
  readonly all: number
  /** Of Redis: that tell an event. Of PostgreSQL: that wait for a flush of the disk. */
  readonly writes: number
}

export interface RequestCounter {
  /** Since it began. */
  count(): Promise<Requests>
  close(): Promise<void>
}

export const counterOf = ({ kind, url }: Server): Promise<RequestCounter> => (kind === 'redis' ? ofRedis(url) : ofPostgres(url))

/** MONITOR says of each command whether a client or a script sent it. */
async function ofRedis(url: string): Promise<RequestCounter> {
  const { Redis } = await import('ioredis')
  const client = new Redis(url)
  const monitor = await client.monitor()
  let all = 0
  let writes = 0
  monitor.on('monitor', (_time: string, [command]: readonly string[], source: string) => {
    if (source !== 'lua') all++
    // Whatever changes a job tells it to who listens.
    else if (command?.toLowerCase() === 'xadd') writes++
  })
  return {
    count: async () => ({ all, writes }),
    close: async () => {
      monitor.disconnect()
      client.disconnect()
    },
  }
}

interface PgClient {
  connect(): Promise<void>
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, string>>[] }>
  end(): Promise<void>
}

async function clientOf(url: string): Promise<PgClient> {
  const { default: pg } = (await import('pg' as string)) as { readonly default: { readonly Client: new (options: object) => PgClient } }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

/** Each request is a transaction of its own, and one that writes flushes the log; the statistics follow within a second. */
async function ofPostgres(url: string): Promise<RequestCounter> {
  const client = await clientOf(url)
  let asked = 0
  const read = async (): Promise<Requests> => {
    const { rows } = await client.query(
      'SELECT xact_commit + xact_rollback AS all, (SELECT wal_sync FROM pg_stat_wal) AS writes FROM pg_stat_database WHERE datname = current_database()',
    )
    return { all: Number(rows[0]!.all) - ++asked, writes: Number(rows[0]!.writes) }
  }
  const first = await read()
  return {
    count: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const { all, writes } = await read()
      return { all: all - first.all, writes: writes - first.writes }
    },
    close: () => client.end(),
  }
}

/** Milliseconds of a processor that the server has used so far, with all its processes. */
export async function processorOf({ kind, url }: Server): Promise<() => number> {
  const pid = kind === 'redis' ? await pidOfRedis(url) : await pidOfPostgres(url)
  return () => [pid, ...childrenOf(pid)].reduce((sum, one) => sum + ticksOf(one), 0) * 10
}

async function pidOfRedis(url: string): Promise<number> {
  const { Redis } = await import('ioredis')
  const client = new Redis(url)
  const [, pid] = /process_id:(\d+)/.exec(await client.info('server'))!
  client.disconnect()
  return Number(pid)
}

/** The parent of whoever answers. */
async function pidOfPostgres(url: string): Promise<number> {
  const client = await clientOf(url)
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  const parent = Number(statOf(Number(rows[0]!.pid))[1])
  await client.end()
  return parent
}

/** Fields of /proc from the third on: state, parent, … */
const statOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')

/** User and system, of its own and of children that have ended: hundredths of a second. */
function ticksOf(pid: number): number {
  try {
    const fields = statOf(pid)
    return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0)
  } catch {
    return 0
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && Number(statOf(Number(name))[1]) === parent ? [Number(name)] : []
    } catch {
      return []
    }
  })
}
