/** Servers on which no queue can stand, or not for long, are told by name. Stand-ins, of which each says what the real one was seen to say. */

import { createServer, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { queueAddress } from '../../src/queue/engine/address.js'
import { openEngine } from '../../src/queue/engine/engine.js'
import { errorOf } from '../../src/queue/engine/error-of.js'
import { makeTables } from '../../src/queue/engine/postgres-tables.js'

/** The port of a server that says `answer(what it was sent)`. */
async function standIn(t: ExecutionContext, answer: (sent: Buffer) => Buffer | string): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (sent) => void socket.write(answer(sent)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** A Redis whose INFO says so. */
const redisThat = (t: ExecutionContext, info: string) =>
  standIn(t, (sent) => {
    const commands = sent
      .toString()
      .split(/(?=^\*\d)/m)
      .map((one) => one.split('\r\n')[2]!.toLowerCase())
    const said: Readonly<Record<string, string>> = {
      info: `$${info.length}\r\n${info}\r\n`,
      ping: '+PONG\r\n',
      hello: "-ERR unknown command 'HELLO'\r\n",
    }
    return commands.map((command) => said[command] ?? '+OK\r\n').join('')
  })

test('a node of a Redis Cluster', async (t) => {
  const port = await redisThat(t, 'redis_version:7.0.15\r\nredis_mode:cluster\r\nmaxmemory_policy:noeviction\r\n')
  await t.throwsAsync(openEngine(queueAddress(`redis://127.0.0.1:${port}/0`)), {
    code: 'QUEUE_UNUSABLE',
    message: `redis://127.0.0.1:${port}/0 is a node of a Redis Cluster, which would spread what belongs together`,
  })
})

test('what no wait mends: commands that are not there, another protocol, a database that is not in UTF-8', (t) => {
  const [redis, postgres] = [queueAddress('redis://lab:6379'), queueAddress('postgres://lab/a')]
  const unknown = new Error(`ERR unknown command 'eval', with args beginning with: '--[[ ${'x'.repeat(500)}`)
  const untranslatable = Object.assign(new Error('character … has no equivalent in encoding "LATIN1"'), { code: '22P05' })
  for (const [error, address, hint] of [
    [unknown, redis, /Sentinel.*rename-command/],
    [new Error('Unknown RESP type 60 "<". Please report this.'), redis, /port of a Redis/],
    [untranslatable, postgres, /ENCODING UTF8/],
  ] as const) {
    const told = errorOf(error, address)
    t.is(told.code, 'QUEUE_UNUSABLE')
    t.regex(told.hint!, hint)
    t.true(told.message.length < 250)
  }
})

test.serial('a variable that asks for pg-native', async (t) => {
  process.env.NODE_PG_FORCE_NATIVE = '1'
  t.teardown(() => delete process.env.NODE_PG_FORCE_NATIVE)
  await t.throwsAsync(openEngine(queueAddress('postgres://lab@127.0.0.1:1/a')), { code: 'QUEUE_UNUSABLE', message: /pg-native/ })
})

test('a Redis that throws keys away is told of once, and used', async (t) => {
  const told: string[] = []
  for (const policy of ['allkeys-lru', 'noeviction']) {
    const port = await redisThat(t, `redis_version:7.0.15\r\nredis_mode:standalone\r\nmaxmemory_policy:${policy}\r\n`)
    const engine = await openEngine(queueAddress(`redis://127.0.0.1:${port}/0`), { onWarning: (message) => void told.push(message) })
    await engine.close()
  }
  t.is(told.length, 1)
  t.regex(told[0]!, /when its memory is full \(maxmemory-policy allkeys-lru\): let it be noeviction$/)
})

/** A message of PostgreSQL's protocol. */
function message(kind: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const head = Buffer.alloc(5, kind)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

test('a PgBouncer that takes no options', async (t) => {
  const port = await standIn(t, () => message('E', 'SFATAL\0', 'C08P01\0', 'Munsupported startup parameter: options\0', '\0'))
  await t.throwsAsync(openEngine(queueAddress(`postgres://me@127.0.0.1:${port}/lab`)), {
    code: 'QUEUE_UNUSABLE',
    message: /is a pooler of connections \(PgBouncer\).*: unsupported startup parameter: options$/,
  })
})

/** A PostgreSQL that lets everybody in, says that its schemas are `path`, and answers whatever else it is asked so. */
function postgresThat(t: ExecutionContext, path: string, answer: Buffer | string = ''): Promise<number> {
  const [ready, one] = [message('Z', 'I'), Buffer.from([0, 1])]
  const column = Buffer.concat([Buffer.from('path\0'), Buffer.alloc(6), Buffer.from([0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0])])
  const row = message('D', one, Buffer.from([0, 0, 0, path.length]), path)
  const selected = Buffer.concat([message('T', one, column), row, message('C', 'SELECT 1\0'), ready])
  return standIn(t, (sent) => {
    if (sent[0] === 0) return Buffer.concat([message('R', Buffer.alloc(4)), ready])
    return /SELECT (1|current_setting)/.test(`${sent}`) ? selected : answer
  })
}

test('a PgBouncer that forgets them', async (t) => {
  const port = await postgresThat(t, '"$user", public')
  await t.throwsAsync(openEngine(queueAddress(`postgres://me@127.0.0.1:${port}/lab`)), {
    code: 'QUEUE_UNUSABLE',
    message: /is a pooler of connections \(PgBouncer\).*: it does not keep the schema of a connection$/,
  })
})

test('a PostgreSQL that ends between two commands of a transaction ends no process', async (t) => {
  const ended = message('E', 'SFATAL\0', 'C57P01\0', 'Mterminating connection due to administrator command\0', '\0')
  const port = await postgresThat(t, 'bullmq', Buffer.concat([message('Z', 'I'), ended]))
  await t.throwsAsync(openEngine(queueAddress(`postgres://me@127.0.0.1:${port}/lab`), { prepare: true }))
})

test('who may use the tables of a PostgreSQL need not be allowed to make them', async (t) => {
  const no = Object.assign(new Error('permission denied for database lab'), { code: '42501' })
  const made = (are: Error | null, makes: Error | null) => {
    const library = { assertSchemaCompatibility: () => said(are), runMigrations: () => said(makes) }
    return makeTables(library, {} as never).catch((error: unknown) => error)
  }
  const said = (error: Error | null) => (error ? Promise.reject(error) : Promise.resolve(1))
  t.is(await made(null, null), undefined)
  t.is(await made(null, no), undefined)
  t.is(await made(new Error('there are none'), no), no)
  const broken = new Error('the server ends')
  t.is(await made(null, broken), broken)
})

test('a Redis whose user may not ask for INFO is told the rights that a queue needs', async (t) => {
  const port = await standIn(t, (sent) =>
    sent
      .toString()
      .split(/(?=^\*\d)/m)
      .map((one) => (/\binfo\b/i.test(one) ? "-NOPERM this user has no permissions to run the 'info' command\r\n" : '+OK\r\n'))
      .join(''),
  )
  const error = await t.throwsAsync<Error & { hint: string }>(openEngine(queueAddress(`redis://127.0.0.1:${port}/0`)), {
    code: 'QUEUE_DENIED',
  })
  t.regex(error!.hint, /\+info$/)
})
