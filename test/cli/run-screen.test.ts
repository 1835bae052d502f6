import { PassThrough } from 'node:stream'
import test from 'ava'
import { type Clock, screenOf } from '../../src/cli/run-screen.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'

/** Time that goes on when the test says so. */
function fakeClock() {
  let now = 0
  const works: { readonly ms: number; due: number; readonly work: () => void; stopped: boolean }[] = []
  const clock: Clock = {
    now: () => now,
    every: (ms, work) => {
      const one = { ms, due: ms, work, stopped: false }
      works.push(one)
      return () => {
        one.stopped = true
      }
    },
  }
  const pass = (seconds: number) => {
    const end = now + seconds * 1000
    for (;;) {
      const next = works.filter(({ stopped, due }) => !stopped && due <= end).sort((a, b) => a.due - b.due)[0]
      if (!next) break
      now = next.due
      next.due += next.ms
      next.work()
    }
    now = end
  }
  return { clock, pass }
}

function screen(isTTY: boolean, env: NodeJS.ProcessEnv = {}) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, rows: 20 }) as unknown as NodeJS.WriteStream
  let text = ''
  ;(stream as unknown as PassThrough).on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const { clock, pass } = fakeClock()
  const { tell, close } = screenOf('human', stream, clock, env)
  return { tell: (...events: RunEvent[]) => events.forEach(tell), pass, close, said: () => text }
}

const start = (slide: string): RunEvent => ({ type: 'slide.start', slide, uri: `${slide}.tif` })
const progress = (slide: string, share: number, patches: number, inferred: number): RunEvent => ({
  type: 'slide.progress',
  slide,
  share,
  patches,
  inferred,
})

test('a log says once a minute how far each slide is, how fast, and how long it will take; not before the first minute', (t) => {
  const { tell, pass, close, said } = screen(false)
  tell(start('a'), progress('a', 0, 0, 0))
  pass(59)
  t.is(said(), '')
  // A fifth in a minute, 600 patches: ten a second, and four fifths are left, four minutes.
  tell(progress('a', 0.2, 590, 600))
  pass(1)
  t.is(said(), 'after 1 min: a: 20 %, 590 patches, 10.0/s, about 4 min left\n')
  tell(start('b'), { type: 'slide.skipped', slide: 'c', rows: 5 })
  pass(60)
  t.regex(said(), /after 2 min: a: 20 %.*; b: 0 %, 0 patches; 1 slide done before\n$/)
  close()
  pass(600)
  t.is(said().split('\n').length, 3)
})

test('a terminal that moves no cursor, and one of a build service, gets lines: no letter that steers', (t) => {
  for (const env of [{ TERM: 'dumb' }, { TERM: 'xterm', CI: 'true' }]) {
    const { tell, pass, close, said } = screen(true, env)
    tell(start('a'), progress('a', 0.2, 590, 600))
    pass(60)
    close()
    t.regex(said(), /^after 1 min: a: 20 %.*\n$/)
  }
  const { tell, close, said } = screen(true, { TERM: 'xterm', CI: 'false' })
  tell(start('a'))
  close()
  t.true(said().includes('\u001b['))
})

test('what an earlier run has done says nothing of the pace', (t) => {
  const { tell, pass, close, said } = screen(false)
  tell(start('a'))
  pass(30)
  tell(progress('a', 0.5, 0, 0))
  pass(20)
  tell(progress('a', 0.75, 300, 300))
  pass(10)
  close()
  // Half of it was there. A quarter took half a minute, so the last quarter takes another.
  t.is(said(), 'after 1 min: a: 75 %, 300 patches, 10.0/s, about 30 s left\n')
})

test('five thousand slides that are done before are one line', (t) => {
  const { tell, close, said } = screen(false)
  for (let i = 0; i < 5000; i++) tell({ type: 'slide.skipped', slide: `s${i}`, rows: 3 })
  t.is(said(), '')
  const summary = {
    status: 'done',
    slides: { done: 0, failed: 0, skipped: 5000 },
    rows: 0,
    unreadable: 0,
    unanswered: 0,
    seconds: 1,
    patchesPerSecond: 0,
    megapixelsPerSecond: 0,
    decodedPerTouched: null,
    peakRssBytes: 1,
    spentMs: {},
    device: null,
    interrupted: ['x', 'y'],
    failures: [],
  } as const
  tell({ type: 'run.end', summary })
  close()
  t.regex(said(), /0 done, 0 failed, 5000 done before \(15000 rows\)\ninterrupted: x, y; the next run goes on with them\n/)
})

test('slides that begin again, or that another has done or taken meanwhile, are not said to be at work', (t) => {
  for (const isTTY of [false, true]) {
    const { tell, pass, close, said } = screen(isTTY)
    tell(start('slide-a'), start('slide-a'), start('slide-b'), start('slide-c'), progress('slide-c', 0, 0, 0))
    tell({ type: 'slide.skipped', slide: 'slide-a', rows: 3 }, { type: 'slide.elsewhere', slide: 'slide-b', worker: 'w', host: null })
    const before = said().length
    tell(progress('slide-c', 0.5, 1, 1))
    pass(60)
    close()
    const after = said().slice(before)
    t.notRegex(after, /slide-[ab]/)
    t.regex(after, /slide-c/)
  }
})

test('a bar moves and says how long it will take', (t) => {
  const { tell, pass, close, said } = screen(true)
  tell(start('a'), progress('a', 0, 0, 0))
  pass(60)
  tell(progress('a', 0.25, 100, 120))
  close()
  // cli-progress draws on its own time at most; what it drew last is what was told last.
  t.regex(said(), /25% \| 100 patches \| 2\/s \| 3 min left/)
})

test('a failed slide is named once', (t) => {
  const { tell, close, said } = screen(false)
  const sums = { seconds: 1, device: null, bytesRead: 0, patches: { resumed: 0, asked: 0 }, counts: {}, spentMs: {} }
  tell({ type: 'slide.failed', slide: 'a', error: { family: 'SinkError', code: 'ROW_INVALID', message: 'a: row 3: no' }, ...sums })
  close()
  t.is(said(), 'a: FAILED: row 3: no [ROW_INVALID]\n')
})
