/** Answers that are odd and right, or look right and are not: servers that others read from. */

import test, { type ExecutionContext } from 'ava'
import type { SlideError } from '../../src/core/errors.js'
import type { ByteSource } from '../../src/readers/byte-source.js'
import { openRemote } from '../../src/readers/remote-source.js'
import { type Odd, oddServer, partOf, serve } from '../support/odd-server.js'
import { tempFolder } from '../support/temp.js'

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const hurried = { tries: 3, pauseMs: 1, quietMs: 60_000 }

async function served(t: ExecutionContext, odd?: Odd, bytes = content) {
  const server = await oddServer(bytes, odd)
  t.teardown(() => server.close())
  return server
}

async function opened(t: ExecutionContext, address: string, cache: 'none' | 'download' = 'none'): Promise<ByteSource> {
  const source = await openRemote(address, { cache }, { patience: hurried })
  t.teardown(() => source.close())
  source.opened?.()
  return source
}

const readsRight = async (t: ExecutionContext, source: ByteSource, offset = 70_000, length = 70_000) =>
  t.true(Buffer.from(await source.read(offset, length)).equals(content.subarray(offset, offset + length)))

test('a server without ranges gives all of a small file, which is the part that was asked for; none of an empty one', async (t) => {
  for (const size of [5000, 65_536, 0]) {
    const small = content.subarray(0, size)
    const server = await served(t, (_, __, response) => !!response.writeHead(200, { 'content-length': size }).end(small))
    const source = await opened(t, `${server.url}/a.png`)
    t.is(source.size, size)
    t.true(Buffer.from(await source.read(0, size)).equals(small))
  }
  const server = await served(t, (_, __, response) => !!response.writeHead(200, { 'content-length': content.length }).end(content))
  await t.throwsAsync(opened(t, `${server.url}/a.png`), { code: 'SLIDE_NO_RANGES' })
})

test.serial('how a body came is not how a file is packed: aws-chunked, in any letters, is read', async (t) => {
  process.env.TIASTREAM_CACHE = await tempFolder(t)
  const server = await served(t, (_, request, response) => {
    serve(content, request, response, { 'content-encoding': 'AWS-chunked' }, request.headers.range === undefined ? 200 : 206)
    return true
  })
  await readsRight(t, await opened(t, `${server.url}/a.svs`))
  await readsRight(t, await opened(t, `${server.url}/a.svs`, 'download'))
})

test.serial('what is packed in a way that is not known is not kept as if it were plain', async (t) => {
  process.env.TIASTREAM_CACHE = await tempFolder(t)
  const server = await served(t, (_, __, response) => !!response.writeHead(200, { 'content-encoding': 'gzip, compress' }).end(content))
  const error = await t.throwsAsync<SlideError>(opened(t, `${server.url}/a.svs`, 'download'), { code: 'SLIDE_UNREADABLE' })
  t.regex(error.message, /comes compressed \(gzip, compress\)/)
})

test('a redirect whose address is not escaped is UTF-8, as for curl', async (t) => {
  const server = await served(t, (_, request, response) => {
    if (request.url === `/${encodeURIComponent('Gewebe/ä b.svs').replace('%2F', '/')}`) return false
    if (request.url !== '/a.svs') response.writeHead(404).end()
    else response.socket!.end(`HTTP/1.1 302 Found\r\nLocation: /Gewebe/ä b.svs\r\nContent-Length: 0\r\n\r\n`)
    return true
  })
  await readsRight(t, await opened(t, `${server.url}/a.svs`))
})

test('where a machine that a redirect led to is gone, or fails, the first is asked again', async (t) => {
  for (const end of ['gone', 'fails'] as const) {
    const [one, two] = [await oddServer(content), await served(t)]
    let to = one.url
    const server = await served(t, (_, __, response) => !!response.writeHead(307, { location: `${to}/b.svs` }).end())
    const source = await opened(t, `${server.url}/a.svs`)
    to = two.url
    if (end === 'gone') await one.close()
    else one.odd = (_, __, response) => !!response.writeHead(503).end()
    await readsRight(t, source)
    t.is(two.seen.length, 1)
    if (end === 'fails') await one.close()
  }
})

test('a file that is replaced where the server says no more than a weak ETag is SLIDE_CHANGED', async (t) => {
  let tag = 'W/"1"'
  const server = await served(t, (_, request, response) => {
    const part = partOf(content, request)!
    const range = `bytes ${part.start}-${part.end - 1}/${content.length}`
    return !!response.writeHead(206, { etag: tag, 'content-range': range }).end(content.subarray(part.start, part.end))
  })
  const source = await opened(t, `${server.url}/a.svs`)
  await readsRight(t, source)
  // A proxy that packs and unpacks makes a strong one of it, and the other way round.
  tag = '"1"'
  await readsRight(t, source)
  tag = '1'
  await readsRight(t, source)
  tag = 'W/"2"'
  await t.throwsAsync(source.read(70_000, 70_000), { code: 'SLIDE_CHANGED', message: /its ETag was "1", and is "2"/ })
})

test('what a machine before the server says when that does not answer passes, as it does for clients of buckets', async (t) => {
  for (const status of [425, 509, 520, 524, 530]) {
    const server = await served(t, (n, _, response) => n === 0 && !!response.writeHead(status).end())
    await readsRight(t, await opened(t, `${server.url}/a.svs`))
  }
  for (const status of [501, 505, 511]) {
    const server = await served(t, (_, __, response) => !!response.writeHead(status).end())
    await t.throwsAsync(opened(t, `${server.url}/a.svs`), { code: 'SLIDE_UNREADABLE' })
    t.is(server.seen.length, 1)
  }
})

test('an answer of several parts for one range is told as what it is', async (t) => {
  const server = await served(
    t,
    (_, __, response) => !!response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x--'),
  )
  await t.throwsAsync(opened(t, `${server.url}/a.svs`), {
    code: 'SLIDE_NO_RANGES',
    message: /answers 206 and does not say which part that is/,
  })
})

test('a clock that is off is told as such to who reads, too', async (t) => {
  const server = await served(t, (_, __, response) => {
    response.writeHead(403, { date: new Date(Date.now() - 3_600_000).toUTCString() })
    return !!response.end('<Error><Code>RequestTimeTooSkewed</Code></Error>')
  })
  const error = await t.throwsAsync<SlideError>(opened(t, `${server.url}/a.svs`), { code: 'SLIDE_FORBIDDEN' })
  t.regex(error.message, /the clock of this machine is 60 minutes ahead of that of the server/)
  t.regex(error.hint!, /set the clock/)
})
