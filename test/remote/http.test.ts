/** A file on a web server, read by ranges: each rule against a server that breaks it. */

import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { SlideError } from '../../src/core/errors.js'
import { sameContent } from '../../src/core/slide.js'
import type { ByteSource } from '../../src/readers/byte-source.js'
import { identityOf } from '../../src/readers/identity.js'
import { openRemote } from '../../src/readers/remote-source.js'
import { noSuchHosts } from '../support/no-such-host.js'
import { type Odd, type OddServer, oddServer, partOf, serve } from '../support/odd-server.js'

/** 300,000 bytes whose values say where they lie. */
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff)

/** As usual, but in milliseconds. */
const hurried = { tries: 5, pauseMs: 1, quietMs: 60_000 }

async function served(t: ExecutionContext, odd?: Odd): Promise<OddServer> {
  const server = await oddServer(content, odd)
  t.teardown(() => server.close())
  return server
}

async function opened(t: ExecutionContext, url: string, quietMs = hurried.quietMs): Promise<ByteSource> {
  const source = await openRemote(url, {}, { patience: { ...hurried, quietMs } })
  t.teardown(() => source.close())
  return source
}

/** Opened, and no longer in the blocks of opening. */
async function ready(t: ExecutionContext, { url }: OddServer, quietMs?: number): Promise<ByteSource> {
  const source = await opened(t, `${url}/a.svs`, quietMs)
  source.opened!()
  return source
}

async function failed(t: ExecutionContext, work: Promise<unknown>, code: string, message: RegExp): Promise<SlideError> {
  const error = await t.throwsAsync<SlideError>(work, { instanceOf: SlideError, message })
  t.is(error.code, code)
  return error
}

const same = (t: ExecutionContext, bytes: Uint8Array, offset: number, length: number) => {
  t.is(bytes.length, length)
  t.true(Buffer.from(bytes).equals(content.subarray(offset, offset + length)))
}

test('the first request is a GET of a range, and says the size; every range asks for uncompressed bytes of the state that was seen', async (t) => {
  const server = await served(t)
  const source = await opened(t, `${server.url}/a.svs`)
  t.is(source.size, content.length)
  t.is(source.modified, Date.parse('2026-10-21T07:28:00Z'))
  source.opened!()
  same(t, await source.read(100_000, 50_000), 100_000, 50_000)
  t.deepEqual(
    server.seen.map(({ method, headers }) => [method, headers.range, headers['accept-encoding'], headers['if-match']]),
    [
      ['GET', 'bytes=0-65535', 'identity', undefined],
      ['GET', 'bytes=100000-149999', 'identity', source.version],
    ],
  )
})

test('while it is opened small reads come in blocks: neighbours in one request, each once; with the first that is further on the end of the file', async (t) => {
  const server = await served(t)
  const source = await opened(t, `${server.url}/a.svs`)
  for (let i = 0; i < 20; i++) same(t, await source.read(i * 1000, 900), i * 1000, 900)
  t.is(server.seen.length, 1, 'all of it was in the first answer')
  const both = await Promise.all([source.read(131_000, 200), source.read(131_000, 1000), source.read(290_000, 10_000)])
  same(t, both[0], 131_000, 200)
  same(t, both[1], 131_000, 1000)
  same(t, both[2], 290_000, 10_000)
  t.deepEqual(
    server.seen.slice(1).map(({ headers }) => headers.range),
    ['bytes=65536-299999'],
    'the end of this file is all that was wanted',
  )
  same(t, await source.read(60_000, 70_000), 60_000, 70_000)
  same(t, await source.read(65_000, 1000), 65_000, 1000)
  t.is(server.seen.length, 2)
})

test('what is asked for once is not kept, and not asked for where it is here or on its way', async (t) => {
  const server = await oddServer(new Uint8Array(70 * 65_536).map((_, i) => (i * 31 + (i >> 8)) & 0xff))
  t.teardown(() => server.close())
  const source = await opened(t, `${server.url}/a.svs`)
  const asked = async (offset: number, length: number) => {
    const before = server.seen.length
    t.true(Buffer.from(await source.readOnce!(offset, length)).equals(server.bytes.subarray(offset, offset + length)), `${offset}`)
    return server.seen.slice(before).map(({ headers }) => headers.range)
  }
  t.deepEqual(await asked(60_000, 5000), [], 'the first answer has it')
  t.deepEqual(await asked(1_000_000, 65_536), ['bytes=1000000-1065535'])
  t.deepEqual(await asked(1_000_000, 65_536), ['bytes=1000000-1065535'])
  const before = server.seen.length
  const reading = source.read(20 * 65_536, 65_536)
  await source.readOnce!(20 * 65_536 + 1000, 1000)
  await reading
  await source.read(69 * 65_536, 10)
  t.deepEqual(
    server.seen
      .slice(before)
      .map(({ headers }) => headers.range)
      .sort(),
    [`bytes=${20 * 65_536}-${24 * 65_536 - 1}`, `bytes=${62 * 65_536}-${70 * 65_536 - 1}`],
    'on its way, with the three behind it; the end comes along',
  )
  t.deepEqual(await asked(24 * 65_536 - 10, 20), [`bytes=${24 * 65_536 - 10}-${24 * 65_536 + 9}`], 'half of it is no help')
  t.deepEqual(await asked(40 * 65_536, 65_537), [`bytes=${40 * 65_536}-${41 * 65_536}`], 'a long read goes straight through')
  await t.throwsAsync(source.readOnce!(70 * 65_536 - 5, 10), { code: 'SLIDE_TRUNCATED' })
})

test('at most 64 blocks are kept, and the longest unused goes first', async (t) => {
  const server = await oddServer(new Uint8Array(90 * 65_536))
  t.teardown(() => server.close())
  const source = await opened(t, `${server.url}/a.svs`)
  // 1 to 76, four at a time; with the first of them the last eight.
  for (let block = 1; block < 77; block += 4) {
    await source.read(block * 65_536, 10)
    await source.read(0, 10)
  }
  t.is(server.seen.length, 1 + 19 + 1)
  // 85 came, so 21 are gone: 1 to 4, the last eight, and 5 to 13.
  for (const block of [14, 76, 0]) await source.read(block * 65_536, 10)
  t.is(server.seen.length, 21)
  await source.read(13 * 65_536, 10)
  t.is(server.seen.length, 22)
})

test('busy servers, resets, short bodies and silence are asked again', async (t) => {
  const faults: Record<string, Odd> = {
    '503': (n, _, response) => n % 3 !== 2 && !!response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>'),
    '429': (n, _, response) => n % 2 === 0 && !!response.writeHead(429, { 'retry-after': '0' }).end(),
    'a reset': (n, request) => n % 2 === 0 && !!request.socket.destroy(),
    'a short body': (n, request, response) => {
      if (n % 2 === 1) return false
      const part = partOf(content, request)!
      const length = part.end - part.start
      response.writeHead(206, { 'content-range': `bytes ${part.start}-${part.end - 1}/${content.length}`, 'content-length': length })
      response.write(content.subarray(part.start, part.start + length / 2))
      setTimeout(() => response.destroy(), 10)
      return true
    },
    'a short body that ends as if it were whole': (n, request, response) => {
      if (n % 2 === 1) return false
      const part = partOf(content, request)!
      response.writeHead(206, { 'content-range': `bytes ${part.start}-${part.end - 1}/${content.length}` })
      response.end(content.subarray(part.start, part.end - 7))
      return true
    },
    'a longer body': (n, request, response) => {
      if (n % 2 === 1) return false
      const part = partOf(content, request)!
      response.writeHead(206, { 'content-range': `bytes ${part.start}-${part.end - 1}/${content.length}` })
      response.end(Buffer.concat([content.subarray(part.start, part.end), Buffer.alloc(9)]))
      return true
    },
    'another range than was asked for': (n, _, response) =>
      n % 2 === 0 && !!response.writeHead(206, { 'content-range': `bytes 7-106/${content.length}` }).end(content.subarray(7, 107)),
    'no answer': (n) => n % 2 === 0,
    'a body that stops': (n, request, response) => {
      if (n % 2 === 1) return false
      const part = partOf(content, request)!
      response.writeHead(206, { 'content-range': `bytes ${part.start}-${part.end - 1}/${content.length}` })
      response.write(content.subarray(part.start, part.start + 100))
      return true
    },
  }
  for (const [name, odd] of Object.entries(faults)) {
    const server = await served(t, odd)
    const source = await ready(t, server, 300)
    same(t, await source.read(1000, 70_000), 1000, 70_000)
    t.true(server.seen.length >= 4, name)
  }
})

test('after five tries it is given up, by name', async (t) => {
  const server = await served(t, (_, __, response) => !!response.writeHead(503).end())
  await failed(t, opened(t, `${server.url}/a.svs`), 'SLIDE_UNREACHABLE', /a\.svs cannot be fetched: the server says 503, 5 times/)
  t.is(server.seen.length, 5)
})

test('as long as the server says is waited', async (t) => {
  const server = await served(t, (n, _, response) => n === 0 && !!response.writeHead(503, { 'retry-after': '1' }).end())
  const began = performance.now()
  await opened(t, `${server.url}/a.svs`)
  t.true(performance.now() - began >= 990)
})

test('nobody there, no such host', async (t) => {
  noSuchHosts(t)
  await failed(t, opened(t, 'http://127.0.0.1:1/a.svs'), 'SLIDE_UNREACHABLE', /ECONNREFUSED/)
  await failed(t, opened(t, 'http://no-such-host.invalid/a.svs'), 'SLIDE_UNREACHABLE', /no-such-host/)
})

test('a server without ranges, or that compresses them, is refused at once; the whole file is not fetched', async (t) => {
  let sent = 0
  const whole = await served(t, (_, __, response) => {
    response.writeHead(200, { 'content-length': 1e9 })
    const more = () => {
      while (!response.destroyed && sent < 1e9) {
        sent += content.length
        if (!response.write(content)) return void response.once('drain', more)
      }
    }
    more()
    return true
  })
  const error = await failed(t, opened(t, `${whole.url}/a.svs`), 'SLIDE_NO_RANGES', /answers 200 with the whole file/)
  t.regex(error.hint!, /cache: download/)
  t.true(sent < 1e8)
  const zipped = await served(t, (_, request, response) => {
    const part = partOf(content, request)!
    const body = gzipSync(content.subarray(part.start, part.end))
    response
      .writeHead(206, { 'content-encoding': 'gzip', 'content-range': `bytes ${part.start}-${part.end - 1}/${content.length}` })
      .end(body)
    return true
  })
  await failed(t, opened(t, `${zipped.url}/a.svs`), 'SLIDE_NO_RANGES', /compressed \(gzip\)/)
  const unsized = await served(
    t,
    (_, __, response) => !!response.writeHead(206, { 'content-range': 'bytes 0-65535/*' }).end(content.subarray(0, 65_536)),
  )
  await failed(t, opened(t, `${unsized.url}/a.svs`), 'SLIDE_NO_RANGES', /how large/)
})

test('a range is believed whatever the status says', async (t) => {
  const server = await served(t, (_, request, response) => {
    serve(content, request, response, {}, 200)
    return true
  })
  const source = await ready(t, server)
  same(t, await source.read(5, 299_995), 5, 299_995)
})

test('a file that is replaced is SLIDE_CHANGED, by conditions, by its ETag, by its size and by its time', async (t) => {
  const other = content.map((byte) => byte ^ 1)
  const byCondition = await served(t)
  const first = await ready(t, byCondition)
  byCondition.bytes = other
  await failed(t, first.read(1000, 10), 'SLIDE_CHANGED', /another state/)
  // Servers that take no conditions.
  const deaf =
    (headers: Record<string, string>, bytes = content): Odd =>
    (n, request, response) => {
      delete request.headers['if-match']
      serve(n === 0 ? content : bytes, request, response, n === 0 ? {} : headers)
      return true
    }
  await failed(t, (await ready(t, await served(t, deaf({}, other)))).read(1000, 10), 'SLIDE_CHANGED', /its ETag was "[0-9a-f]+", and is/)
  const weak = { etag: 'W/"x"' }
  const weakly =
    (later: Record<string, string>, bytes = content): Odd =>
    (n, request, response) => {
      serve(n === 0 ? content : bytes, request, response, n === 0 ? weak : { ...weak, ...later })
      return true
    }
  const unchanged = await served(t, weakly({}))
  same(t, await (await ready(t, unchanged)).read(1000, 10), 1000, 10)
  t.is(unchanged.seen[1]!.headers['if-match'], undefined, 'a weak ETag matches nothing')
  const later = await served(t, weakly({ 'last-modified': 'Wed, 21 Oct 2026 07:28:01 GMT' }))
  await failed(t, (await ready(t, later)).read(1000, 10), 'SLIDE_CHANGED', /it was written at 2026-10-21T07:28:00/)
  const longer = await served(t, weakly({}, new Uint8Array(300_001)))
  await failed(t, (await ready(t, longer)).read(1000, 10), 'SLIDE_CHANGED', /it had 300000 bytes, and has 300001/)
})

test('a file that is shorter than it must be', async (t) => {
  const server = await served(t)
  const source = await ready(t, server)
  await failed(t, source.read(299_990, 11), 'SLIDE_TRUNCATED', /ends at byte 300000/)
  server.odd = (_, __, response) => !!response.writeHead(416, { 'content-range': 'bytes */1234' }).end()
  await failed(t, source.read(2000, 11), 'SLIDE_TRUNCATED', /has 1234 bytes/)
  const empty = await oddServer(new Uint8Array(0))
  t.teardown(() => empty.close())
  const none = await failed(t, opened(t, `${empty.url}/a.svs`), 'SLIDE_TRUNCATED', /has 0 bytes/)
  t.regex(none.hint!, /empty/)
})

test('what the server refuses is told with its reason, and without the secrets of the address', async (t) => {
  const answers: [status: number, body: string, code: string, message: RegExp][] = [
    [404, '<Error><Code>NoSuchKey</Code></Error>', 'SLIDE_MISSING', /404 \(NoSuchKey\)/],
    [403, '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>', 'SLIDE_FORBIDDEN', /403 \(AccessDenied\)/],
    [403, '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>', 'SLIDE_FORBIDDEN', /has expired/],
    [400, '<Error><Code>ExpiredToken</Code></Error>', 'SLIDE_FORBIDDEN', /has expired/],
    [403, '<Error><Code>InvalidObjectState</Code></Error>', 'SLIDE_FORBIDDEN', /lies in an archive.*403 \(InvalidObjectState\)/],
    [409, '<Error><Code>BlobArchived</Code></Error>', 'SLIDE_FORBIDDEN', /lies in an archive/],
    [401, '', 'SLIDE_FORBIDDEN', /401/],
    [418, 'x'.repeat(1e6), 'SLIDE_UNREADABLE', /418/],
  ]
  for (const [status, body, code, message] of answers) {
    const server = await served(t, (_, __, response) => !!response.writeHead(status).end(body))
    const error = await failed(t, opened(t, `${server.url.replace('//', '//me:hush@')}/a.svs?X-Amz-Signature=s3cret`), code, message)
    const told = JSON.stringify([error.message, error.hint, String(error.cause), error.stack])
    t.notRegex(told, /hush|s3cret|me:/)
    t.is(server.seen.length, 1)
  }
})

test('user and password of an address become a header; the query is sent as it is', async (t) => {
  const server = await served(t)
  const source = await opened(t, `${server.url.replace('//', '//m%40e:a%3Ab@')}/a%20b.svs?X-Signature=s3cret&x=1`)
  t.is(source.uri, `${server.url}/a%20b.svs`)
  t.is(server.seen[0]!.url, '/a%20b.svs?X-Signature=s3cret&x=1')
  t.is(server.seen[0]!.headers.authorization, `Basic ${Buffer.from('m@e:a:b').toString('base64')}`)
})

test('a percent sign in a user or password that begins nothing is one, and a byte is a byte, as curl has them', async (t) => {
  const server = await served(t)
  await opened(t, `${server.url.replace('//', '//100%:a%E4%@')}/a.svs`)
  t.is(server.seen[0]!.headers.authorization, `Basic ${Buffer.from('100%:a\xe4%', 'latin1').toString('base64')}`)
})

test('an address that is none is told without its password, and keys before a bucket are not taken', async (t) => {
  for (const address of ['http://me:hush@127.0.0.1:99999/a.svs', 'http://me:hu/hush@127.0.0.1/a.svs', 's3://KEY:hush@bucket/a.svs']) {
    const error = await t.throwsAsync<SlideError>(openRemote(address, {}, { patience: hurried }), { instanceOf: SlideError })
    t.notRegex(`${error.message} ${error.hint}`, /hu/)
    t.regex(error.hint!, /%2F|AWS_ACCESS_KEY_ID/)
  }
})

test('redirects are followed, to another host without what says who asks, and are remembered until they say no', async (t) => {
  const target = await served(t)
  const server = await served(t, (_, __, response) => !!response.writeHead(302, { location: `${target.url}/b.svs?signed=1` }).end())
  const source = await opened(t, `${server.url.replace('//', '//me:hush@')}/a.svs`)
  source.opened!()
  same(t, await source.read(7, 70_000), 7, 70_000)
  same(t, await source.read(9, 70_000), 9, 70_000)
  t.is(server.seen.length, 1)
  t.truthy(server.seen[0]!.headers.authorization)
  t.deepEqual(
    target.seen.map(({ url, headers }) => [url, headers.authorization]),
    [
      ['/b.svs?signed=1', undefined],
      ['/b.svs?signed=1', undefined],
      ['/b.svs?signed=1', undefined],
    ],
  )
  target.odd = (n, _, response) => n === 3 && !!response.writeHead(403).end('<Code>ExpiredToken</Code>')
  same(t, await source.read(11, 70_000), 11, 70_000)
  t.is(server.seen.length, 2)
})

test('a redirect on the same host keeps what says who asks; circles, nowhere and other kinds of address are refused', async (t) => {
  const server = await served(t, (_, { url }, response) => url === '/a.svs' && !!response.writeHead(307, { location: '/c.svs' }).end())
  await opened(t, `${server.url.replace('//', '//me:hush@')}/a.svs`)
  t.is(server.seen[1]!.url, '/c.svs')
  t.truthy(server.seen[1]!.headers.authorization)
  for (const [location, message] of [
    ['/a.svs', /more than 5 times/],
    ['file:///etc/passwd', /no web address/],
    ['http://[', /no web address/],
  ] as const) {
    const odd = await served(t, (_, __, response) => !!response.writeHead(302, { location }).end())
    await failed(t, opened(t, `${odd.url}/a.svs`), 'SLIDE_UNREADABLE', message)
    t.true(odd.seen.length <= 6)
  }
})

test('told to stop, it stops at once: in a pause, before an answer, and within one', async (t) => {
  const odds: Odd[] = [
    (_, __, response) => !!response.writeHead(503, { 'retry-after': '50' }).end(),
    () => true,
    (_, request, response) => {
      const part = partOf(content, request)!
      response.writeHead(206, { 'content-range': `bytes ${part.start}-${part.end - 1}/${content.length}` })
      response.write(content.subarray(part.start, part.start + 100))
      return true
    },
  ]
  for (const odd of odds) {
    const server = await served(t)
    const source = await openRemote(`${server.url}/a.svs`, {}, { patience: hurried })
    source.opened!()
    server.odd = odd
    const stop = new AbortController()
    const reading = source.read(1000, 70_000, stop.signal)
    setTimeout(() => stop.abort(new Error('stop it')), 50)
    await t.throwsAsync(reading, { message: 'stop it' })
    const last = source.read(1000, 70_000)
    setTimeout(() => source.close(), 20)
    await t.throwsAsync(last, { message: /has been closed/ })
  }
})

test('who it is: its content, whatever its address, ETag and time; the state in which its server has it is noted beside', async (t) => {
  const server = await served(t)
  const first = await identityOf(await opened(t, `${server.url}/a.svs?signed=1`))
  t.is(first.bytes, content.length)
  t.deepEqual(await identityOf(await opened(t, `${server.url}/a.svs?signed=2`)), first)
  const elsewhere = await identityOf(await opened(t, `${server.url}/b.svs`))
  t.true(sameContent(elsewhere, first))
  t.not(elsewhere.version, first.version)
  server.odd = (_, request, response) => {
    delete request.headers['if-match']
    serve(server.bytes, request, response, { etag: '"another"', 'last-modified': 'Wed, 21 Oct 2020 07:28:00 GMT' })
    return true
  }
  const written = await identityOf(await opened(t, `${server.url}/a.svs`))
  t.true(sameContent(written, first), 'written again as it was')
  t.not(written.version, first.version)
  server.odd = (_, request, response) => {
    const headers = { etag: 'W/"weak"' }
    serve(server.bytes, request, response, headers)
    return true
  }
  const silent = await identityOf(await opened(t, `${server.url}/a.svs`))
  t.true(sameContent(silent, first))
  t.is(silent.version, undefined, 'a weak ETag is no state')
  server.odd = () => false
  server.bytes = content.map((byte, i) => (i === 150_000 ? byte ^ 1 : byte))
  t.false(sameContent(await identityOf(await opened(t, `${server.url}/a.svs`)), first), 'one byte')
})

test('in the state that it was in before nothing is read of it again; in another one all is', async (t) => {
  const server = await served(t)
  const before = await identityOf(await opened(t, `${server.url}/a.svs`))
  const asked = server.seen.length
  t.deepEqual(await identityOf(await opened(t, `${server.url}/a.svs`), undefined, before), before)
  t.is(server.seen.length, asked + 1, 'it is opened')
  server.bytes = content.map((byte, i) => (i === 150_000 ? byte ^ 1 : byte))
  const now = await identityOf(await opened(t, `${server.url}/a.svs`), undefined, before)
  t.false(sameContent(now, before))
})
