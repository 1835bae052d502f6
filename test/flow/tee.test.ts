import { Writable } from 'node:stream'
import test from 'ava'
import { Handover } from '../../src/flow/handover.js'
import { tee } from '../../src/flow/tee.js'

/** Collects numbers, a few at a time, and says how many were waiting at most. */
function slow(ms: number) {
  const got: number[] = []
  const writable = new Writable({
    objectMode: true,
    highWaterMark: 4,
    write(item: number, _encoding, done) {
      got.push(item)
      setTimeout(done, ms)
    },
  })
  return { got, writable }
}

test('every sink gets every item, at the pace of the slowest', async (t) => {
  let pulled = 0
  let most = 0
  const a = slow(0)
  const b = slow(2)
  async function* items() {
    for (let i = 0; i < 50; i++) {
      pulled++
      most = Math.max(most, pulled - b.got.length)
      yield i
    }
  }
  await tee(items(), [a.writable, b.writable])
  t.deepEqual(a.got, b.got)
  t.is(a.got.length, 50)
  t.true(most <= 6, `${most} items were on their way`)
})

test('when one sink fails all are destroyed, the source is let go, and the first error is thrown', async (t) => {
  let closed = false
  async function* items() {
    try {
      for (let i = 0; ; i++) yield i
    } finally {
      closed = true
    }
  }
  const good = slow(0)
  const bad = new Writable({ objectMode: true, write: (_item, _encoding, done) => done(new Error('disk full')) })
  await t.throwsAsync(tee(items(), [good.writable, bad]), { message: 'disk full' })
  t.true(good.writable.destroyed && bad.destroyed && closed)
})

test('an error of the source destroys the sinks', async (t) => {
  const sink = slow(0)
  // biome-ignore lint/correctness/useYield: it fails before its first item
  async function* items(): AsyncGenerator<number> {
    throw new Error('bad slide')
  }
  await t.throwsAsync(tee(items(), [sink.writable]), { message: 'bad slide' })
  t.true(sink.writable.destroyed)
})

test('abort stops a slow sink and is thrown', async (t) => {
  const stop = new AbortController()
  const sink = slow(1)
  async function* items() {
    for (let i = 0; ; i++) {
      if (i === 20) stop.abort(new Error('enough'))
      yield i
    }
  }
  await t.throwsAsync(tee(items(), [sink.writable], stop.signal), { message: 'enough' })
  t.true(sink.writable.destroyed)
})

test('no items still end every sink', async (t) => {
  const sink = slow(0)
  async function* items(): AsyncGenerator<number> {}
  await tee(items(), [sink.writable])
  t.true(sink.writable.writableFinished)
})

test('what is handed over is pulled no faster than it is taken, and the end is the end of both sides', async (t) => {
  let pulled = 0
  async function* items() {
    for (let i = 0; i < 20; i++) {
      pulled++
      yield i
    }
  }
  const handover = new Handover<number>()
  const written = tee(items(), [handover])
  const got: number[] = []
  for await (const item of handover) {
    got.push(item)
    // Whoever writes has had his turns, and waits for us.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    t.is(pulled, got.length)
  }
  await written
  t.deepEqual(got, [...Array(20).keys()])
})

test('leaving what is handed over destroys the writer; a writer that dies ends the other side', async (t) => {
  async function* endless() {
    for (let i = 0; ; i++) yield i
  }
  const left = new Handover<number>()
  const written = tee(endless(), [left])
  for await (const item of left) if (item === 3) break
  await t.throwsAsync(written, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  t.true(left.destroyed)

  const dead = new Handover<number>()
  async function* failing() {
    yield 1
    throw new Error('no more')
  }
  const failed = t.throwsAsync(tee(failing(), [dead]), { message: 'no more' })
  const got: number[] = []
  for await (const item of dead) got.push(item)
  await failed
  t.deepEqual(got, [1])
  for await (const item of dead) t.fail(`${item} after the end`)
})
