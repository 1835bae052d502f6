/** A port behind which nobody speaks HTTP/1.1: told in words, and with a way out. */

import { once } from 'node:events'
import http2 from 'node:http2'
import net, { type AddressInfo, type Server } from 'node:net'
import test from 'ava'
import type { SlideError } from '../../src/core/errors.js'
import { exchange, Passing } from '../../src/remote/exchange.js'
import { noAnswer } from '../../src/remote/no-answer.js'
import { unreachable } from '../../src/remote/refusal.js'

for (const [what, server, scheme, message, hint] of [
  ['HTTP/2 alone', () => http2.createServer(), 'http', /^no HTTP\/1\.1 came/, /needs a proxy/],
  ['another protocol', () => net.createServer((socket) => socket.end('SSH-2.0-x\r\n')), 'http', /^no HTTP\/1\.1 came/, /a web server/],
  ['nobody', () => net.createServer((socket) => socket.destroy()), 'http', /hung up|ECONNRESET/, /https|^$/],
  ['no TLS', () => net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')), 'https', /^TLS fails \(/, /speak TLS\?/],
] as const)
  test(`a server that speaks ${what}`, async (t) => {
    const listening: Server = server()
    listening.on('connection', (socket) => socket.on('error', () => undefined))
    await once(listening.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => listening.close())
    const url = new URL(`${scheme}://127.0.0.1:${(listening.address() as AddressInfo).port}/a.svs`)
    const error = await t.throwsAsync<Passing>(exchange({ url, headers: {}, quietMs: 5000 }), { instanceOf: Passing })
    t.regex(error!.message, message)
    t.notRegex(error!.message, /SSL|\n/)
    t.regex(error!.hint ?? '', hint)
  })

test('what OpenSSL says of a handshake', (t) => {
  const said = (reason: string) =>
    noAnswer({ message: `write EPROTO 80CC:error:0A00010B:SSL routines:ssl3_get_record:${reason}:../deps/x.c:350:\n` })
  t.deepEqual(said('some reason'), { message: 'TLS fails (some reason)' })
  t.regex(said('tlsv13 alert certificate required').hint!, /mutual TLS/)
  t.regex(said('tlsv1 alert protocol version').hint!, /--tls-min/)
  t.regex(said('tlsv1 alert no application protocol').hint!, /HTTP\/2/)
  t.deepEqual(noAnswer({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }), { message: 'connect ECONNREFUSED' })
})

test('what may pass is told alike of a run and of show, report and export, which no run follows', (t) => {
  const patience = { tries: 5, pauseMs: 1, quietMs: 1 }
  const { hint } = unreachable(new Passing('the server says 503'), 's3://lab/a.svs', 'fetched', patience) as SlideError
  for (const one of [hint, noAnswer({ message: 'socket hang up' }).hint]) t.regex(one ?? '', /^this may pass: run it again/)
})
