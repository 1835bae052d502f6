import test from 'ava'
import { QueueKeys } from 'bullmq'
import { queueAddress } from '../../src/queue/engine/address.js'
import { postgresAddress } from '../../src/queue/engine/postgres-address.js'
import { deviceClass, jobId, nameFor, priorityOf, queueName, runId, runName } from '../../src/queue/names.js'

test('a run is called as its output folder is', (t) => {
  t.is(nameFor('/data/out/run7'), 'run7')
  t.is(nameFor('s3://lab/run7/'), 'run7')
  t.is(nameFor('/data/2024 breast'), 'run-2024-breast')
  t.notThrows(() => runName(nameFor('/data/ün')))
  for (const wrong of ['', '7', 'a b', 'a:b', 'a/b', '../x', 'a'.repeat(65)]) t.throws(() => runName(wrong), { code: 'USAGE' }, wrong)
  t.is(queueName('run7', deviceClass('cuda:1')), 'tiastream.run7.cuda')
  t.is(deviceClass('cuda:0+cuda:1'), 'cuda')
})

test('a run that is called as a key of BullMQ is no such key', (t) => {
  const keys = Object.keys(new QueueKeys().getKeys('tiastream')).filter(Boolean)
  t.true(keys.length > 10)
  for (const key of keys) t.false(keys.includes(runId(runName(key))), key)
  t.is(runId('run7'), 'run7')
})

test('ids of jobs hold no colon, and no two slides have one', (t) => {
  t.is(jobId('run7', 'a:b'), 'run7/a%3Ab')
  t.is(jobId('run7', 'a%3Ab'), 'run7/a%253Ab')
})

test('the larger the slide, the smaller its number: from 1 to the largest that a queue takes', (t) => {
  const sizes = [2 ** 62, 5e9, 1e9, 1.001e9 / 1.01, 1e6, 1, 0]
  const numbers = sizes.map(priorityOf)
  t.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
  t.is(new Set(numbers.slice(0, 6)).size, 6)
  t.true(priorityOf(Number.MAX_VALUE) >= 1 && priorityOf(null) <= 2 ** 21 - 1)
})

test('of an address neither user nor password is shown, in whatever form a library writes them', (t) => {
  const { kind, shown, clean } = queueAddress('postgres://me:p%40ss%2Fword@db.lab:5433/lab?sslmode=require')
  t.is(kind, 'postgres')
  t.is(shown, 'postgres://db.lab:5433/lab')
  t.is(clean('no p@ss/word, no p%40ss%2Fword'), 'no ***, no ***')
  t.is(queueAddress('rediss://h:1/3').kind, 'redis')
  // As a secret of a file has it.
  t.is(queueAddress(' redis://h:1/3\n').url, 'redis://h:1/3')
  for (const raw of ['redis://:p@ss/secret@h:1/0', 'redis://me:1/secret@h:1/0', 'postgres://me:2#secret@h/lab', 'redis://me:3?secret@h/0'])
    t.notRegex(t.throws(() => queueAddress(raw), { code: 'USAGE' }, raw)!.message, /secret/)
  t.throws(() => queueAddress('redis://h/lab'), { code: 'USAGE', message: /no number/ })
  for (const wrong of ['', 'localhost:6379', 'http://me:secret@x', 'redis'])
    t.notRegex(t.throws(() => queueAddress(wrong), { code: 'USAGE' })!.message, /secret/)
})

for (const [written, connectionString, options] of [
  ['postgres://h/d', 'postgres://h/d', '-c search_path=q'],
  ['postgres:///d?host=%2Frun&sslmode=require', 'postgres:///d?host=%2Frun&sslmode=verify-full', '-c search_path=q'],
  ['postgres://h/d?sslmode=require&uselibpqcompat=true', 'postgres://h/d?sslmode=require&uselibpqcompat=true', '-c search_path=q'],
  ['postgres://h/d?sslmode=no-verify', 'postgres://h/d?sslmode=no-verify', '-c search_path=q'],
  ['postgres://h/d?options=-c%20statement_timeout%3D9s', 'postgres://h/d', '-c statement_timeout=9s -c search_path=q'],
] as const)
  test(`what the library of PostgreSQL is given of ${written}`, (t) => {
    t.deepEqual(postgresAddress(queueAddress(written), 'q'), { connectionString, options })
  })

test('a schema that the address names is not the one of the queue', (t) => {
  const address = queueAddress('postgres://me:pw@h/d?options=-c%20search_path%3Dmine')
  const error = t.throws(() => postgresAddress(address, 'q'), { code: 'QUEUE_UNUSABLE' })
  t.notRegex(error.message, /pw/)
})
