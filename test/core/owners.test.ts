import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { Bug, bugInRun, errorFrom, ModelError, PipelineError, recordOf, SinkError, SlideError } from '../../src/core/errors.js'
import { startThreads } from '../../src/core/host/may-start-threads.js'
import { catalogue, ownerOf, slideRecordOf } from '../../src/core/owners.js'
import { packageRoot } from '../../src/core/package-root.js'

const source = path.join(packageRoot, 'src')
const slide = { id: 'case-7', uri: '/in/case-7.svs' }

/** Codes as they are written where an error is made: by its class, or as a problem of a pipeline file. */
const made = /(?:SlideError|ModelError|SinkError|PipelineError|QueueError|\.add|\.addApart)\(\s*([^,]{1,80}),|\bcode(?:: | = )([^\n]+)/g

test('every code that is made anywhere has one owner, and no owner has a code that nobody makes', (t) => {
  const found = new Set<string>()
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    // Warnings have codes, too, and are no errors.
    const text = readFileSync(path.join(source, file), 'utf8').replaceAll(/'warning'[^}]{0,60}?code: '[A-Z_]+'/g, '')
    for (const [, first, plain] of text.matchAll(made)) {
      for (const [, code] of (first ?? plain ?? '').matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|USAGE)'/g)) found.add(code!)
    }
  }
  const listed = Object.values(catalogue).flatMap((codes) => Object.keys(codes))
  t.is(new Set(listed).size, listed.length, 'a code is there twice')
  t.true(found.size > 80)
  // A bug has its code in its class.
  const unknown = [...found].filter((code) => !listed.includes(code))
  t.deepEqual(unknown, [], 'put these into src/core/owners.ts, then: node dist/src/cli.js docs > docs/reference.md')
  t.deepEqual(
    listed.filter((code) => !found.has(code) && !code.startsWith('BUG')),
    [],
  )
})

test('what the disk, the lock, the device and our threads say is of the run; everything else that a slide meets is of the slide', (t) => {
  for (const code of ['DISK_FULL', 'OUTPUT_DENIED', 'OUTPUT_BUSY', 'OUTPUT_MISSING']) t.is(ownerOf(new SinkError(code, 'x')), 'run')
  for (const code of ['DEVICE_MISSING', 'RUNTIME_MISSING', 'MODEL_REFUSED']) t.is(ownerOf(new ModelError(code, 'x')), 'run')
  t.is(ownerOf(bugInRun('x')), 'run')
  const ofSlide = [
    new SlideError('SLIDE_TRUNCATED', 'x'),
    new SinkError('PICTURE_TOO_LARGE', 'x'),
    new SinkError('ROW_INVALID', 'x'),
    new ModelError('MODEL_FAILED', 'x'),
    new PipelineError('ROWS_FUNCTION', 'x'),
    new SlideError('A_CODE_OF_TOMORROW', 'x'),
    new Bug('x'),
    new TypeError('x is not a function'),
    new RangeError('Array buffer allocation failed'),
    Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }),
    'a string that somebody threw',
    undefined,
  ]
  for (const error of ofSlide) t.is(ownerOf(error), 'slide', String(error))
})

test('a record of a failed slide names the slide, says what to do, and is the same whether the error crossed a thread or not', (t) => {
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [
      new SlideError('SLIDE_TRUNCATED', '/in/case-7.svs ends early', { hint: 'copy it again' }),
      'SLIDE_TRUNCATED',
      /^\/in\/case-7\.svs ends/,
    ],
    [new SinkError('ROW_INVALID', 'row 3: no'), 'ROW_INVALID', /^case-7: row 3: no$/],
    [new TypeError('undefined is not iterable'), 'BUG', /^case-7: TypeError: undefined is not iterable$/],
    [new RangeError('Array buffer allocation failed'), 'SLIDE_NO_MEMORY', /^case-7: .*Array buffer allocation failed/],
    [new RangeError('Invalid typed array length: 1e15'), 'SLIDE_NO_MEMORY', /^case-7: .*Invalid typed array length/],
    [Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE' }), 'TOO_MANY_FILES', /^case-7: .*EMFILE/],
    [
      Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' }),
      'TOO_MANY_THREADS',
      /^case-7: no further thread begins: EAGAIN$/,
    ],
    [new Error('glib: Error creating thread: Resource temporarily unavailable'), 'TOO_MANY_THREADS', /^case-7: .*glib/],
    ['a string', 'BUG', /^case-7: a string$/],
  ]
  for (const [error, code, message] of cases) {
    const here = slideRecordOf(error, slide)
    const crossed = slideRecordOf(errorFrom(structuredClone(recordOf(error))), slide)
    for (const record of [here, crossed]) {
      t.is(record.code, code)
      t.regex(record.message, message)
      t.is(record.at?.slide, 'case-7')
    }
    t.is(crossed.message, here.message)
    t.is(crossed.family, here.family)
  }
})

test('a bug keeps through a thread whose it is', (t) => {
  for (const bug of [new Bug('x'), bugInRun('x')]) t.is(ownerOf(errorFrom(structuredClone(recordOf(bug)))), ownerOf(bug))
})

test('a system without room for threads is told as that, another error as it is', (t) => {
  const fails = (message: string) => () =>
    startThreads(() => {
      throw new Error(message)
    })
  t.throws(fails('EAGAIN'), { code: 'TOO_MANY_THREADS', message: /no more threads/ })
  t.throws(fails('EMFILE'), { message: 'EMFILE' })
})
