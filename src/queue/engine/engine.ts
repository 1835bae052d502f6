/**
 * BullMQ on Redis (or Valkey) and on PostgreSQL under one face: the one doorway to `bullmq`, `ioredis` and `pg`. They are loaded when a queue is opened, and
 * need not be installed.
 */

import type { BackendClasses, FlowProducer, Processor, Queue, Worker, WorkerOptions } from 'bullmq'
import { QueueError, type TiastreamError } from '../../core/errors.js'
import type { EngineKind, QueueAddress } from './address.js'
import { clockBeside } from './clock.js'
import { errorOf, pooled, reach } from './error-of.js'
import { postgresAddress } from './postgres-address.js'
import { makeTables } from './postgres-tables.js'
import { clusterIn, evictionIn, withoutLibraryWords } from './redis-info.js'
import { failingSayably } from './sayable.js'

export type { Job, Queue, Worker } from 'bullmq'

/** What stands behind the two kinds of server. */
interface Server {
  readonly classes: BackendClasses<never, unknown>
  readonly connection: unknown
  /** Any round trip. */
  ping(): Promise<unknown>
  /** Its time: milliseconds since 1970. */
  now(): Promise<number>
  /** Why the last try to reach it failed, where the library only tries again. */
  readonly lastSaid?: () => Error | undefined
  /** What is wrong with it for a queue. Throws QueueError where it cannot be one. */
  look(): Promise<string | undefined>
  /** Makes what must be there once; quiet where it is. */
  prepare(): Promise<void>
  close(): Promise<void>
}

export interface Engine {
  readonly address: QueueAddress
  /** One for each name. */
  queue<D, R = unknown>(name: string): Queue<D, R>
  flows(): FlowProducer
  /** Milliseconds that the clock of this machine is ahead of the server's (behind: below 0), at the least. */
  clockAhead(): Promise<number>
  worker<D, R>(name: string, process: Processor<D, R>, options: Omit<WorkerOptions, 'connection'>): Worker<D, R>
  /** Throws QueueError with the code of what the server said; other errors of ours as they are. */
  failed(error: unknown): TiastreamError
  /** For a processor to throw: the job goes to no other state, for it has been moved already. */
  moved(): Error
  /** The same for one that was moved to a later time. */
  later(): Error
  /** For a processor to throw: the job fails, and is not tried again. */
  final(message: string): Error
  close(): Promise<void>
}

export interface EngineOptions {
  /** Makes the tables of a database that has none (Postgres). */
  readonly prepare?: boolean
  /** Told of a server that may be used, and one day loses what it was given. */
  readonly onWarning?: (message: string) => void
}

/** Milliseconds that a server has for a first answer. */
const patience = 8000

/** Throws QueueError: packages that are absent, a server that does not answer, refuses, or is no such server. */
export async function openEngine(
  address: QueueAddress,
  { prepare = false, onWarning = () => undefined }: EngineOptions = {},
): Promise<Engine> {
  const bullmq = await packageOf('bullmq', () => import('bullmq'), address.kind)
  const failed = (error: unknown) => errorOf(error, address)
  const server = await (address.kind === 'redis' ? redis(address, bullmq) : postgres(address, bullmq))
  const { connection } = server
  const listened = <T extends { on(event: 'error', told: (error: Error) => void): unknown }>(one: T): T => {
    one.on('error', unheard)
    return one
  }
  const opened = new Map<string, { close(): Promise<unknown> }>()
  const kept = <T extends { close(): Promise<unknown> }>(name: string, make: () => T): T => {
    const one = (opened.get(name) as T | undefined) ?? make()
    opened.set(name, one)
    return one
  }
  const close = async () => {
    // A server that is gone answers no good-bye.
    await Promise.race([Promise.allSettled([...opened.values()].map((one) => one.close())), soon(2000)])
    await server.close()
  }
  try {
    await within(server.ping(), address, server.lastSaid)
    const warning = await within(server.look(), address)
    if (warning !== undefined) onWarning(warning)
    if (prepare) await server.prepare()
  } catch (error) {
    await close()
    throw failed(error)
  }
  return {
    address,
    queue: (name) => kept(name, () => listened(new server.classes.Queue(name, { connection }) as never)),
    flows: () => kept('', () => listened(new server.classes.FlowProducer({ connection }) as never)),
    clockAhead: clockBeside(server.now),
    worker: (name, process, options) =>
      listened(new server.classes.Worker(name, failingSayably(process) as never, { ...options, connection }) as never),
    failed,
    moved: () => new bullmq.WaitingError(),
    later: () => new bullmq.DelayedError(),
    final: (message) => new bullmq.UnrecoverableError(message),
    close,
  }
}

type BullMQ = typeof import('bullmq')

async function redis({ url, shown }: QueueAddress, bullmq: BullMQ): Promise<Server> {
  withoutLibraryWords()
  const { Redis } = await packageOf('ioredis', () => import('ioredis'), 'redis')
  let refused: Error | undefined
  let last: Error | undefined
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    connectTimeout: patience,
    retryStrategy: (times) => (refused ? null : Math.min(2000, 100 * times)),
  })
  // What a server that refuses the password says is told once, as an event.
  const denied = new Promise<never>((_, reject) => {
    client.on('error', (error: Error) => {
      last = error
      if (/WRONGPASS|NOAUTH|NOPERM|invalid password|no password is set/i.test(error.message)) {
        refused = error
        reject(error)
      }
    })
  })
  denied.catch(() => undefined)
  return {
    classes: bullmq as never,
    connection: client,
    // A database that the server does not have is another one without a word: the library stays where it is.
    ping: () => Promise.race([Number(client.options.db) === 0 ? client.ping() : client.select(client.options.db!), denied]),
    now: async () => {
      const [seconds, microseconds] = await client.time()
      return Number(seconds) * 1000 + Number(microseconds) / 1000
    },
    lastSaid: () => last,
    look: async () => {
      const info = await client.info()
      if (clusterIn(info)) {
        throw new QueueError('QUEUE_UNUSABLE', `${shown} is a node of a Redis Cluster, which would spread what belongs together`, {
          hint: 'name a Redis or Valkey that is no cluster, or a PostgreSQL',
        })
      }
      const policy = evictionIn(info)
      return policy && `${shown} throws away what it was given when its memory is full (maxmemory-policy ${policy}): let it be noeviction`
    },
    prepare: async () => undefined,
    close: async () => client.disconnect(),
  }
}

/** One pool for a process: an idle worker holds two connections. */
const mostConnections = 5

async function postgres(address: QueueAddress, bullmq: BullMQ): Promise<Server> {
  // Loaded then or not: the package throws once more, where nobody waits for it.
  if (process.env.NODE_PG_FORCE_NATIVE !== undefined)
    throw new QueueError('QUEUE_UNUSABLE', 'NODE_PG_FORCE_NATIVE asks for the package pg-native, by which no queue is read', {
      hint: 'unset NODE_PG_FORCE_NATIVE',
    })
  // Without its own types: two calls of it are used here.
  const pg = (await packageOf('pg', () => import('pg' as string), 'postgres')) as PgModule
  const pool = new (pg.Pool ?? pg.default.Pool)({
    // Where BullMQ has its tables; of a pool that it is given it does not say so itself.
    ...postgresAddress(address, bullmq.DEFAULT_SCHEMA),
    max: mostConnections,
    keepAlive: true,
    connectionTimeoutMillis: patience,
  })
  pool.on('error', unheard)
  // Of one that somebody has taken the pool tells nothing: a server that ends between two commands of a transaction would end this process.
  pool.on('connect', (client) => client.on('error', unheard))
  // Each queue, one a run, listens to it: past ten Node would warn of a leak.
  pool.setMaxListeners(0)
  return {
    classes: bullmq.withBackend(bullmq.createPostgresBackend) as never,
    connection: pool,
    ping: () => pool.query('SELECT 1'),
    now: async () => Number((await pool.query('SELECT extract(epoch FROM clock_timestamp())::text AS now')).rows[0]!.now) * 1000,
    look: async () => {
      const { rows } = await pool.query(`SELECT current_setting('search_path') AS path`)
      if (!rows[0]!.path!.includes(bullmq.DEFAULT_SCHEMA)) throw pooled(address.shown, 'it does not keep the schema of a connection')
      return undefined
    },
    prepare: async () => {
      const client = await pool.connect()
      try {
        await makeTables(bullmq, client as never)
      } finally {
        client.release()
      }
    },
    close: async () => {
      await Promise.race([pool.end(), soon(2000)])
    },
  }
}

interface PgPool {
  on(event: 'error', told: (error: Error) => void): void
  on(event: 'connect', told: (client: { on(event: 'error', told: (error: Error) => void): void }) => void): void
  setMaxListeners(most: number): void
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, string>>[] }>
  connect(): Promise<{ release(): void }>
  end(): Promise<void>
}

interface PgModule {
  readonly Pool?: new (options: object) => PgPool
  readonly default: { readonly Pool: new (options: object) => PgPool }
}

async function packageOf<T>(name: string, load: () => Promise<T>, kind: EngineKind): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const all = `bullmq ${kind === 'redis' ? 'ioredis' : 'pg'}`
    throw new QueueError(
      'QUEUE_MISSING',
      `the package ${name}, which a queue on ${kind === 'redis' ? 'Redis' : 'PostgreSQL'} needs, is not installed`,
      {
        hint: `npm install ${all} (with -g where tiastream was installed so)`,
        cause,
      },
    )
  }
}

async function within<T>(asked: Promise<T>, address: QueueAddress, lastSaid?: () => Error | undefined): Promise<T> {
  const { shown, clean } = address
  let timer: NodeJS.Timeout | undefined
  asked.catch(() => undefined)
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const last = lastSaid?.()
      const hint = reach(shown)
      const why = last === undefined ? '' : `: ${clean(last.message)}`
      if (last !== undefined && /certificate/i.test(last.message)) reject(errorOf(last, address))
      else reject(new QueueError('QUEUE_UNREACHABLE', `${shown} has not answered for ${patience / 1000} s${why}`, { hint }))
    }, patience)
  })
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}

/** What connections say while nobody waits for an answer: they come back by themselves. */
const unheard = (): undefined => undefined

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
