/** Servers that say a little all the time, or nothing from the first packet on: each is given up. */

import net, { type AddressInfo, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { Pace } from '../../src/flow/pace.js'
import { bytesOf, exchange, Passing } from '../../src/remote/exchange.js'

test('4 KiB in so long are enough, be it at once or in drops; silence and what is sent meanwhile are no slowness', (t) => {
  const given = (...looks: readonly (readonly [at: number, came: number])[]) => {
    const pace = new Pace(60_000, 0)
    return looks.map(([at, came]) => pace.tooSlow(came, at * 1000))
  }
  const slow = 'less than 4096 bytes came in 60 s'
  const lookedAt = (bytesPerSecond: number, seconds: number) =>
    given(...Array.from({ length: seconds / 10 }, (_, i) => [(i + 1) * 10, (i + 1) * 10 * bytesPerSecond] as const))
  for (const rate of [1, 60]) t.deepEqual(lookedAt(rate, 60), [null, null, null, null, null, slow])
  // A modem of 1984, and the 64th part of one of 1998.
  for (const rate of [300, 110]) t.deepEqual([...new Set(lookedAt(rate, 3600))], [null])
  t.deepEqual(given([10, 300], [100, 300], [500, 301], [900, 301]), [null, null, null, null])
  t.deepEqual(given([500, 1]), [null])
})

/** A server that says `begin`, and then `drop` again and again. */
async function dripping(t: ExecutionContext, begin: string, drop: string): Promise<URL> {
  const open = new Set<Socket>()
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write(begin)
      const timer = setInterval(() => socket.write(drop), 5)
      socket.once('close', () => clearInterval(timer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a`)
}

const drops: Readonly<Record<string, readonly [begin: string, drop: string]>> = {
  'a body of a stated length': ['HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n', 'a'],
  'a body in chunks': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\n \r\n'],
  'a head': ['HTTP/1.1 200 OK\r\nX: ', 'a'],
  'answers that are none yet': ['', 'HTTP/1.1 102 Processing\r\n\r\n'],
}

for (const [what, [begin, drop]] of Object.entries(drops)) {
  test(`${what}, a drop now and then, is given up`, async (t) => {
    const url = await dripping(t, begin, drop)
    const asked = async () => bytesOf(await exchange({ url, headers: {}, quietMs: 60_000, slowMs: 60 }), 1e6)
    await t.throwsAsync(asked, { instanceOf: Passing, message: /^less than 4096 bytes came in 0\.06 s$/ })
  })
}

test('a machine that takes no connection is given up as one that says nothing', async (t) => {
  // Its queue of connections is full, and further ones get no answer, as behind a firewall that drops them.
  const listener = new Worker(
    `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:worker_threads').parentPort.postMessage(server.address().port)
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
    })`,
    { eval: true },
  )
  const port = await new Promise<number>((resolve) => listener.once('message', resolve))
  const waiting: Socket[] = []
  t.teardown(async () => {
    for (const socket of waiting) socket.destroy()
    await listener.terminate()
  })
  for (let i = 0; i < 4; i++) waiting.push(net.connect({ host: '127.0.0.1', port }).on('error', () => undefined))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const asked = exchange({ url: new URL(`http://127.0.0.1:${port}/`), headers: {}, quietMs: 100 })
  await t.throwsAsync(asked, { instanceOf: Passing, message: 'nothing came for 0.1 s' })
})
