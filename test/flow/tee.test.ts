import { Writable } from 'node:stream'
import test from 'ava'
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
