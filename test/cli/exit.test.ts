import test from 'ava'
import { errorText, exitCodeOf, logFormOf } from '../../src/cli/exit.js'
import { Bug, ModelError, PipelineError, QueueError, SinkError, SlideError } from '../../src/core/errors.js'

test('the exit code says who can act', (t) => {
  t.deepEqual(
    [
      new PipelineError('X', 'x'),
      new ModelError('X', 'x'),
      new SinkError('X', 'x'),
      new QueueError('X', 'x'),
      new SlideError('X', 'x'),
      new SlideError('LIST_UNREACHABLE', 'x'),
      new Bug('x'),
      new Error('x'),
      'x',
    ].map(exitCodeOf),
    [2, 3, 4, 5, 1, 4, 70, 70, 70],
  )
})

test('an error is subject, code, place, hint and cause', (t) => {
  const error = new SlideError('SLIDE_TRUNCATED', 'a.svs ends early', {
    hint: 'copy it again',
    at: { slide: 'a', patch: 3, stage: 'extract' },
    cause: new Error('short read'),
  })
  t.is(
    errorText(error, 'human'),
    'error: a.svs ends early [SLIDE_TRUNCATED]\n  at slide a, stage extract, patch 3\n  copy it again\n  cause: short read\n',
  )
  const { time, ...record } = JSON.parse(errorText(error, 'json'))
  t.regex(time, /^\d{4}-/)
  t.deepEqual(record, {
    type: 'error',
    family: 'SlideError',
    code: 'SLIDE_TRUNCATED',
    message: 'a.svs ends early',
    hint: 'copy it again',
    at: { slide: 'a', patch: 3, stage: 'extract' },
    cause: 'short read',
  })
})

test('an error that is none of ours shows where it came from', (t) => {
  t.regex(errorText(new TypeError('boom'), 'human'), /boom[\s\S]*exit\.test/)
})

test('--log json is seen anywhere on the line', (t) => {
  t.is(logFormOf(['run', 'x.yml', '--log', 'json']), 'json')
  t.is(logFormOf(['--log=json', 'run']), 'json')
  t.is(logFormOf(['run', 'json']), 'human')
  t.is(logFormOf(['run', '--log', 'human', 'json']), 'human')
  t.is(logFormOf(['run', '--log', 'json', '--log=human']), 'human', 'the last one counts')
  t.is(logFormOf(['run', '--log']), 'human')
})
