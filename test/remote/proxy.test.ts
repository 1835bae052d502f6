/** The proxy that the environment names: asked by whole addresses, and never for what lies on this machine. */

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import type { SlideError } from '../../src/core/errors.js'
import { openRemote } from '../../src/readers/remote-source.js'
import { agentFor } from '../../src/remote/agents.js'
import { noSuchHosts } from '../support/no-such-host.js'
import { oddServer } from '../support/odd-server.js'

const hurried = { tries: 2, pauseMs: 1, quietMs: 60_000 }
const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 0xff)
const heeds = process.allowedNodeEnvironmentFlags.has('--use-env-proxy')

test.serial('a slide on a server behind a proxy is read through it; this machine is asked itself', async (t) => {
  const seen: string[] = []
  const proxy = http.createServer((request, response) => {
    seen.push(request.url!)
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range!)!.map(Number)
    const end = Math.min(to!, content.length - 1)
    response.writeHead(206, { etag: '"one"', 'content-range': `bytes ${from}-${end}/${content.length}`, 'content-length': end - from! + 1 })
    response.end(content.subarray(from, end + 1))
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  t.teardown(() => {
    delete process.env.HTTP_PROXY
    proxy.closeAllConnections()
    proxy.close()
  })
  noSuchHosts(t)
  const url = 'http://slides.hospital.invalid/a.svs'
  if (heeds) {
    const source = await openRemote(url, {}, { patience: hurried })
    t.deepEqual(Buffer.from(await source.read(70_000, 1000)), Buffer.from(content.subarray(70_000, 71_000)))
    await source.close()
    t.true(seen.length > 0 && seen.every((asked) => asked === url))
  } else {
    const error = await t.throwsAsync<SlideError>(openRemote(url, {}, { patience: hurried }), { code: 'SLIDE_UNREACHABLE' })
    t.regex(error!.hint!, /HTTP_PROXY names a proxy, which is heeded from Node 22\.21 and 24\.5 on; this is v/)
  }
  const before = seen.length
  const server = await oddServer(content)
  t.teardown(() => server.close())
  const own = await openRemote(`${server.url}/a.svs`, {}, { patience: hurried })
  t.is(own.size, content.length)
  await own.close()
  t.is(seen.length, before)
  for (const near of ['http://localhost/a', 'http://[::1]/a', 'http://169.254.169.254/latest', 'http://127.0.0.1:8080/'])
    t.is(agentFor(new URL(near)), agentFor(new URL('http://127.0.0.1/')), near)
})

test.serial('a proxy without its scheme is one, as to curl; another kind is refused, and was asked past in silence', async (t) => {
  t.teardown(() => delete process.env.HTTP_PROXY)
  for (const [said, is] of [
    ['127.0.0.1:3128', true],
    [' me:secret@proxy.hospital.org:3128\n', true],
    ['socks5://me:secret@127.0.0.1:1080', false],
    ['"http://127.0.0.1:3128"', false],
  ] as const) {
    process.env.HTTP_PROXY = said
    const ask = () => agentFor(new URL('http://slides.hospital.invalid/a.svs'))
    if (is || !heeds) t.notThrows(ask, said)
    else t.notRegex(t.throws(ask, { code: 'SLIDE_UNREACHABLE', message: /HTTP_PROXY/ })!.message, /secret/)
    const { options } = (is ? ask() : {}) as { readonly options?: { readonly proxyEnv?: NodeJS.ProcessEnv } }
    if (is && heeds) t.is(options?.proxyEnv?.http_proxy, `http://${said.trim()}`)
  }
})
