import test from 'ava'
import { Union, Usage } from '../../../src/pipeline/run/usage.js'
import { busyText, waitsText } from '../../../src/pipeline/run/usage-words.js'

test('stretches that overlap count once, in whatever order they come', (t) => {
  const union = new Union()
  for (const [from, to] of [
    [10, 20],
    [30, 40],
    [15, 32],
    [50, 50],
    [41, 45],
    [0, 5],
  ] as const)
    union.add(from, to)
  // 0–5, 10–40, 41–45.
  t.is(union.length, 39)
})

test('many stretches are added up: two sessions that take turns', (t) => {
  const union = new Union()
  // One computes 0–8, 10–18 …, the other 5–13, 15–23 …, told one turn late: together all of it.
  for (let i = 0; i < 1000; i++) {
    union.add(i * 10, i * 10 + 8)
    if (i > 0) union.add((i - 1) * 10 + 5, (i - 1) * 10 + 13)
  }
  t.is(union.length, 9998)
})

test('the share is of the time since the threads were ready, of each device', async (t) => {
  const usage = new Usage()
  usage.seat('cuda:0')
  usage.seat('cuda:0')
  usage.seat('cuda:1')
  usage.start()
  const now = performance.timeOrigin + performance.now()
  usage.ran('cuda:0', [now, now + 20, now + 20, now + 30], 64)
  usage.ran('cuda:0', [now + 10, now + 25], 64)
  usage.block({ lanes: 4, device: 10 })
  usage.block({ lanes: 2, device: 20 })
  usage.merged(3)
  await new Promise((resolve) => setTimeout(resolve, 60))
  const { devices, waits } = usage.summary(2)
  const [first, second] = devices
  t.like(first, { device: 'cuda:0', sessions: 2, patches: 128 })
  // 30 of at least 60 ms.
  t.true(first!.busy > 0 && first!.busy <= 0.51, `${first!.busy}`)
  t.deepEqual(second, { device: 'cuda:1', sessions: 1, patches: 0, busy: 0 })
  t.deepEqual(waits, { lanes: 3, device: 15, merge: 1.5 })
})

test('lanes that ask the model themselves are one device', (t) => {
  const usage = new Usage()
  usage.inLane(10, 32)
  usage.block({ lanes: 1, device: 0 })
  const { devices } = usage.summary(4)
  t.like(devices[0], { device: 'cpu', sessions: 4, patches: 32 })
})

test('in words', (t) => {
  const devices = [
    { device: 'cuda:0', sessions: 2, patches: 1, busy: 0.934 },
    { device: 'cpu', sessions: 1, patches: 1, busy: 0.1 },
  ]
  t.is(busyText({ devices }), 'cuda:0 93 % (2 sessions), cpu 10 %')
  t.is(
    waitsText({ devices, waits: { lanes: 1.23, device: 85.4, merge: 12 } }),
    'a block waited 1.2 ms for a lane, 85 ms for the device and 12 ms for its turn',
  )
  t.is(busyText({}), '')
})
