/** What a server of a queue says that does not do what it is asked, as an error of ours. */

import { Bug, QueueError, TiastreamError } from '../../core/errors.js'
import { ownAuthority } from '../../core/text/remedies.js'
import type { QueueAddress } from './address.js'
import { cannotNow } from './cannot-now.js'

/** A queue waits for what others say (LISTEN) on a connection of its own, and its tables are found by the schema of the connection. */
export const pooled = (shown: string, why: string): QueueError =>
  new QueueError('QUEUE_UNUSABLE', `${shown} is a pooler of connections (PgBouncer), through which a queue does not work: ${why}`, {
    hint: 'name the PostgreSQL behind it',
  })

/** What it takes, by what a server says that refuses. */
const rights: readonly (readonly [RegExp, string])[] = [
  [/NOPERM/, 'a queue needs these rights: ~bull:* &* +@all -@dangerous +info'],
  [
    /permission denied for database/,
    'the first submit or work makes the tables of a queue: GRANT CREATE ON DATABASE … TO that user, or let another be the first',
  ],
  [/no encryption/, 'it wants TLS: add ?sslmode=verify-full to its address'],
]

/** What no wait mends, with what to do. */
const neverDone: readonly (readonly [RegExp, string])[] = [
  [
    /unknown command/i,
    'a Sentinel only knows where the Redis is, and some who run one take commands away (rename-command): name a Redis that has all of its commands',
  ],
  [/unknown RESP type|Protocol error, got/i, 'what listens there speaks another protocol: is it the port of a Redis?'],
]
/** SQLSTATE: a letter that the database cannot hold. */
const untranslatable = '22P05'
/** A command that is not known is told with the script that was sent. */
const mostSaid = 120

export function errorOf(error: unknown, { shown, clean, kind }: QueueAddress): TiastreamError {
  if (error instanceof TiastreamError) return error
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return new Bug(error.message, { cause: error })
  const {
    code = '',
    name = '',
    message = String(error),
    errors,
    syscall,
  } = (error ?? {}) as NodeJS.ErrnoException & { errors?: readonly Error[] }
  // Of several addresses of one name each failed for itself.
  const said = clean(message || errors?.map((one) => one.message).join('; ') || code)
  if (/WRONGPASS|NOAUTH|NOPERM|no password is set/i.test(said) || ['28P01', '28000', '42501'].includes(code)) {
    const hint = rights.find(([pattern]) => pattern.test(said))?.[1]
    return new QueueError('QUEUE_DENIED', `${shown} refuses who asks: ${said}`, {
      hint: hint ?? 'look at user and password of --queue (or TIASTREAM_QUEUE), and at the rights of that user',
    })
  }
  if (code === 'ENOENT' && syscall === 'open') {
    return new QueueError('QUEUE_UNUSABLE', `a file that the address of ${shown} names is not there: ${said}`, {
      hint: 'look at sslrootcert, sslcert and sslkey',
    })
  }
  if (/DB index/i.test(said)) {
    return new QueueError('QUEUE_UNUSABLE', `${shown} is a database that the server does not have: ${said}`, {
      hint: 'redis://host:6379/0; a server has the databases 0 to 15 unless it is told otherwise',
    })
  }
  if (/unsupported startup parameter/i.test(said)) return pooled(shown, said)
  if (/certificate/i.test(said)) {
    return new QueueError('QUEUE_UNREACHABLE', `${shown} is not trusted: ${said}`, {
      hint: ownAuthority,
    })
  }
  if (name === 'SchemaMigrationRequiredError') {
    return new QueueError('QUEUE_UNUSABLE', `${shown} has no queue yet`, { hint: 'tiastream submit makes it' })
  }
  if (['3D000', 'SchemaVersionMismatchError', 'UnsupportedPostgresVersionError'].some((one) => code === one || name === one)) {
    return new QueueError('QUEUE_UNUSABLE', `${shown}: ${said}`, {
      hint: kind === 'redis' ? 'Redis 5 or later, or Valkey' : 'PostgreSQL 13 or later, and a database that is there',
    })
  }
  const never = neverDone.find(([pattern]) => pattern.test(said))
  if (never || code === untranslatable) {
    const [, hint] = never ?? [undefined, 'a queue wants a database in UTF-8: CREATE DATABASE … ENCODING UTF8 TEMPLATE template0']
    return new QueueError('QUEUE_UNUSABLE', `${shown} is no server for a queue: ${said.slice(0, mostSaid)}`, { hint })
  }
  const answer = cannotNow(error)
  if (answer) return new QueueError('QUEUE_UNREACHABLE', `${shown} cannot do it now: ${clean(answer.said)}`, { hint: answer.hint })
  return new QueueError('QUEUE_UNREACHABLE', `${shown} does not answer: ${said}`, { hint: reach(shown) })
}

/** A Redis that is asked in TLS and has none, or the other way about, says nothing at all. */
export const reach = (shown: string): string => {
  const other = shown.startsWith('redis:')
    ? ' One with TLS is rediss://'
    : shown.startsWith('rediss:')
      ? ' One without TLS is redis://'
      : ''
  return `is the server there, and may this machine reach it?${other}`
}
