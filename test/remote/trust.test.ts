/** A server whose certificate nobody vouches for. */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { SlideError } from '../../src/core/errors.js'
import { openRemote } from '../../src/readers/remote-source.js'
import { objectsBelow } from '../../src/remote/list.js'
import { placeOf } from '../../src/remote/place.js'
import { tempFolder } from '../support/temp.js'

const patience = { tries: 5, pauseMs: 1, quietMs: 60_000 }

/** Null where there is no openssl to make a certificate with. */
async function selfSigned(t: ExecutionContext): Promise<string | null> {
  const folder = await tempFolder(t)
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
  const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout ${key} -out ${cert}`.split(' ')
  try {
    await promisify(execFile)('openssl', args)
  } catch {
    return null
  }
  const server = https.createServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
    if (request.url === '/moved.svs') response.writeHead(302, { location: 'http://localhost:1/a.svs?key=secret' })
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  return `https://localhost:${(server.address() as AddressInfo).port}`
}

test.serial('it is told at once whose word is missing and how to give it: of a slide, a downloaded file and a list', async (t) => {
  const url = await selfSigned(t)
  if (url === null) {
    t.log('not tried: there is no openssl to make a certificate with')
    return t.pass()
  }
  const list = async () => {
    for await (const _ of objectsBelow(placeOf('s3://b/x/'), '', { s3: { endpoint: url, anonymous: true } }, { patience })) t.fail()
  }
  const works: readonly (readonly [string, () => Promise<unknown>])[] = [
    [`${url}/a.svs cannot be fetched: self-signed certificate`, () => openRemote(`${url}/a.svs`, {}, { patience })],
    [`${url}/a.svs cannot be fetched: self-signed certificate`, () => openRemote(`${url}/a.svs`, { cache: 'download' }, { patience })],
    ['s3://b/x/ cannot be listed: self-signed certificate', list],
  ]
  for (const [message, work] of works) {
    const error = await t.throwsAsync<SlideError>(work(), { code: 'SLIDE_UNREACHABLE', message })
    t.regex(error.hint!, /NODE_EXTRA_CA_CERTS/)
  }
})

test.serial('what moved from an encrypted address to one that is not is not followed', async (t) => {
  const url = await selfSigned(t)
  if (url === null) {
    t.log('not tried: there is no openssl to make a certificate with')
    return t.pass()
  }
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  })
  for (const options of [{}, { cache: 'download' }] as const) {
    const { message } = await t.throwsAsync<SlideError>(openRemote(`${url}/moved.svs`, options, { patience }), {
      code: 'SLIDE_UNREADABLE',
    })
    t.is(message, `${url}/moved.svs redirects to http://localhost:1/a.svs, which is not encrypted`)
  }
})
