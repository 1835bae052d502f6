import test from 'ava'
import { statusText } from '../../src/cli/status-text.js'
import { workerLine } from '../../src/cli/work-screen.js'
import { failingSayably, isSayable } from '../../src/queue/engine/sayable.js'
import { isLost, mayPass, reasonOf, recordIn } from '../../src/queue/failure.js'
import type { RunStatus } from '../../src/queue/status.js'

const at = '2026-01-02T03:04:05.000Z'
const run: RunStatus = {
  run: 'run7',
  state: 'at work',
  output: '/out/run7',
  queue: 'tiastream.run7.cpu',
  device: 'cpu',
  tiastream: '1.0.0',
  submitted: at,
  slides: 1204,
  done: 812,
  failed: 9,
  waiting: 367,
  delayed: 0,
  atWork: [
    { slide: 'case-17', worker: 'node-3', share: 0.439, since: at },
    { slide: 's', worker: 'a-longer-name', share: 1, since: at },
  ],
  workers: 2,
  secondsLeft: 7800,
  refused: [],
  end: null,
}

test('a line a run, and a table of what is at work', (t) => {
  t.is(
    statusText([run], Date.parse(at) + 90_000),
    `run7  812 of 1,204 done, 9 failed, 2 at work on 2 workers, 367 waiting; about 2 h 10 min

slide    worker         share  since
case-17  node-3         43 %   2 min
s        a-longer-name  100 %  2 min
`,
  )
  const over = {
    ...run,
    state: 'over',
    atWork: [],
    waiting: 0,
    end: { done: 812, failed: 9, rows: 5000, unreadable: 0, unanswered: 0 },
  } as const
  t.is(statusText([over], 0), 'run7  812 of 1,204 done, 9 failed; over, 5,000 rows\n')
  const refused = { ...run, atWork: [], refused: ['node-3: another version'] }
  t.regex(statusText([refused], 0), /\n {2}left by node-3: another version\n/)
})

test('an error keeps its kind and says what a database can hold; a value that it cannot hold is told', async (t) => {
  class Own extends Error {}
  const error = await t.throwsAsync(failingSayably(async (word: string) => Promise.reject(new Own(`bad ${word}`)))('\0 value \ud800 🧪'), {
    instanceOf: Own,
  })
  t.is(error!.message, 'bad \ufffd value \ufffd 🧪')
  t.false(error!.stack!.includes('\0'))
  t.is(await failingSayably(async () => 7)(), 7)
  t.deepEqual([{ note: 'a\nb 🧪' }, { note: 'a\0b' }, { note: '\ude00' }].map(isSayable), [true, false, false])
})

test('what passes is tried again, and a reason is read back as it was written', (t) => {
  t.true(['SLIDE_UNREACHABLE', 'SLIDE_UNREADABLE', 'OUTPUT_DENIED'].every((code) => mayPass({ code })))
  t.false(['SLIDE_TRUNCATED', 'SLIDE_NO_RESOLUTION', 'BUG', 'ROWS_FUNCTION'].some((code) => mayPass({ code })))
  const record = { code: 'SLIDE_TRUNCATED', message: 'a: ends\nearly' }
  t.deepEqual(recordIn(reasonOf(record)), record)
  t.is(recordIn('job stalled more than allowable limit'), null)
  t.true(isLost('job stalled more than allowable limit'))
})

test('a worker says in a line what happens', (t) => {
  t.is(
    workerLine({ type: 'slide.handedBack', slide: 'a', run: 'run7', why: 'the worker was stopped', counted: false }),
    'a: given back to the queue: the worker was stopped',
  )
  t.is(workerLine({ type: 'slide.progress', slide: 'a', share: 0, patches: 0, inferred: 0 }), null)
})
