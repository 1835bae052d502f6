/** What a server answers that cannot do it now is its answer, with what to do; that of a network is none. */

import test from 'ava'
import { cannotNow } from '../../src/queue/engine/cannot-now.js'

const errorWith = (message: string, more: object = {}) => Object.assign(new Error(message), more)

test('answers of Redis and of PostgreSQL, as they were seen', (t) => {
  const aborted = errorWith('EXECABORT Transaction discarded because of previous errors.', {
    previousErrors: [errorWith("OOM command not allowed when used memory > 'maxmemory'.")],
  })
  t.deepEqual(cannotNow(aborted), {
    said: "OOM command not allowed when used memory > 'maxmemory'.",
    hint: 'its memory is full: let maxmemory be more',
  })
  for (const [error, hint] of [
    [errorWith("READONLY You can't write against a read only replica."), /it is a replica/],
    [errorWith('LOADING Redis is loading the dataset in memory'), /log of the server/],
    [errorWith('cannot execute INSERT in a read-only transaction', { code: '25006' }), /it is a replica/],
    [errorWith('sorry, too many clients already', { code: '53300' }), /max_connections/],
    [errorWith('the database system is starting up', { code: '57P03' }), /log of the server/],
  ] as const)
    t.regex(cannotNow(error)?.hint ?? '', hint, error.message)
})

test('no answers', (t) => {
  for (const error of [
    errorWith('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' }),
    errorWith('SSL alert number 40', { code: 'EPROTO' }),
    errorWith('Connection is closed.'),
    errorWith('Connection terminated unexpectedly'),
    undefined,
  ])
    t.is(cannotNow(error), undefined)
})
