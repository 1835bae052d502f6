/** `gs://` and `az://` addresses: where they lead, what says who asks, and lists in Azure's words. */

import { createHmac, createVerify, generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { SlideError } from '../../src/core/errors.js'
import { openSlide } from '../../src/readers/open.js'
import { doorTo } from '../../src/remote/doors.js'
import { googleToken } from '../../src/remote/google.js'
import { foundBy } from '../../src/sources/common/found.js'
import { oddServer, serve } from '../support/odd-server.js'
import { s3Server } from '../support/s3-server.js'
import { slideBytes } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

const nobody = { GCE_METADATA_DISABLED: 'true', AZURE_METADATA_DISABLED: 'true', CLOUDSDK_CONFIG: '/nowhere' }
for (const name of [
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'GS_ACCESS_KEY_ID',
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_SAS_TOKEN',
])
  delete process.env[name]
Object.assign(process.env, nobody)

/** For a while. */
async function withEnv<T>(env: Record<string, string>, work: () => Promise<T>): Promise<T> {
  Object.assign(process.env, env)
  try {
    return await work()
  } finally {
    for (const name of Object.keys(env)) delete process.env[name]
  }
}

const asked = async (uri: string, options = {}) => {
  const { url, headers } = await (await doorTo(uri, options)).ask({ range: 'bytes=0-9' })
  return { url: url.href, headers }
}

test.serial('an object of Google: by its XML interface, for nobody, by a token, or signed by HMAC keys', async (t) => {
  t.deepEqual(await asked('gs://b_1/a b.svs'), { url: 'https://storage.googleapis.com/b_1/a%20b.svs', headers: { range: 'bytes=0-9' } })
  await withEnv({ GS_ACCESS_KEY_ID: 'GOOG1', GS_SECRET_ACCESS_KEY: 'hush' }, async () => {
    const { headers } = await asked('gs://bucket/a')
    t.regex(headers.authorization!, /Credential=GOOG1\/\d{8}\/auto\/s3\/aws4_request/)
    t.is((await asked('gs://bucket/a', { gs: { anonymous: true } })).headers.authorization, undefined)
  })
})

async function tokens(t: ExecutionContext, answer: (form: URLSearchParams) => string | undefined) {
  const bodies: URLSearchParams[] = []
  const server = await oddServer(new Uint8Array(0), (_, request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      bodies.push(new URLSearchParams(text))
      const token = answer(bodies.at(-1)!)
      response
        .writeHead(token === undefined ? 400 : 200)
        .end(token === undefined ? '{"error":"invalid_grant"}' : JSON.stringify({ access_token: token, expires_in: 3600 }))
    })
    return true
  })
  t.teardown(() => server.close())
  return { server, bodies }
}

test('Google: default credentials of a person, and of a service account, whose signature is right', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { server, bodies } = await tokens(t, (form) => {
    if (form.get('grant_type') === 'refresh_token') return form.get('refresh_token') === 'hush' ? 'of a person' : undefined
    return 'of a service'
  })
  const folder = await tempFolder(t)
  const file = path.join(folder, 'application_default_credentials.json')
  const person = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'hush', token_uri: `${server.url}/token` }
  await writeFile(file, JSON.stringify(person))
  t.is((await googleToken({ ...nobody, CLOUDSDK_CONFIG: folder }))!.token, 'of a person')
  const service = {
    type: 'service_account',
    client_email: 'me@x',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${server.url}/token`,
  }
  await writeFile(file, JSON.stringify(service))
  t.is((await googleToken({ ...nobody, GOOGLE_APPLICATION_CREDENTIALS: file }))!.token, 'of a service')
  const [head, body, signature] = bodies.at(-1)!.get('assertion')!.split('.')
  t.true(createVerify('RSA-SHA256').update(`${head}.${body}`).verify(publicKey, signature!, 'base64url'))
  t.like(JSON.parse(Buffer.from(body!, 'base64url').toString()), { iss: 'me@x', aud: `${server.url}/token` })
  await writeFile(file, JSON.stringify({ ...person, refresh_token: 'old s3cret' }))
  const error = await t.throwsAsync<SlideError>(googleToken({ ...nobody, GOOGLE_APPLICATION_CREDENTIALS: file }), {
    message: /gives no access token: it says 400/,
  })
  t.is(error.code, 'SLIDE_FORBIDDEN')
  t.notRegex(JSON.stringify([error.message, String(error.cause)]), /s3cret/)
  const odd = [{ ...service, private_key: 'hush' }, { ...service, token_uri: 'token' }, null, { type: 'external_account' }]
  for (const text of ['{', ...odd.map((one) => JSON.stringify(one))]) {
    await writeFile(file, text)
    t.is((await t.throwsAsync<SlideError>(googleToken({ ...nobody, GOOGLE_APPLICATION_CREDENTIALS: file }))).code, 'SLIDE_FORBIDDEN')
  }
  await t.throwsAsync(googleToken({ ...nobody, GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/x' }), { message: /cannot be read/ })
})

test('Google: the metadata of a machine', async (t) => {
  const { server } = await tokens(t, () => 'of a machine')
  const token = await googleToken({ GCE_METADATA_HOST: server.url.replace('http://', ''), CLOUDSDK_CONFIG: '/nowhere' })
  t.is(token!.token, 'of a machine')
  t.is(server.seen[0]!.headers['metadata-flavor'], 'Google')
  t.is(await googleToken(nobody), null)
})

test('a bucket of Google is listed as those of S3', async (t) => {
  const server = await s3Server('bucket', {
    'a/x.svs': slideBytes(),
    'a/y.svs': slideBytes(),
    'a/z.svs': slideBytes(),
    'b/x.svs': slideBytes(),
  })
  t.teardown(() => server.close())
  t.deepEqual(await foundBy(['gs://bucket/**/x.svs'], '/', { gs: { endpoint: server.url } }), [
    'gs://bucket/a/x.svs',
    'gs://bucket/b/x.svs',
  ])
})

/** The signature as Azure documents it, written out for one request. */
const signatureOf = (key: string, headers: Readonly<Record<string, string>>, path: string, query: string) =>
  createHmac('sha256', Buffer.from(key, 'base64'))
    .update(
      `GET\n\n\n\n\n\n\n\n\n\n\n${headers.range ?? ''}\nx-ms-date:${headers['x-ms-date']}\nx-ms-version:${headers['x-ms-version']}\n/account${path}${query}`,
    )
    .digest('base64')

test.serial(
  'a blob of Azure: for nobody, by a signature behind the address or in the environment, by the key of the account',
  async (t) => {
    const bare = await asked('az://account/box/a b?.svs')
    t.is(bare.url, 'https://account.blob.core.windows.net/box/a%20b%3F.svs')
    t.deepEqual(Object.keys(bare.headers).sort(), ['range', 'x-ms-date', 'x-ms-version'])
    t.is((await asked('az://account/box/a.svs?sv=1&sig=a%2Bb')).url, 'https://account.blob.core.windows.net/box/a.svs?sv=1&sig=a%2Bb')
    await withEnv({ AZURE_STORAGE_SAS_TOKEN: '?sv=2&sig=c' }, async () => {
      t.is((await asked('az://account/box/a.svs')).url, 'https://account.blob.core.windows.net/box/a.svs?sv=2&sig=c')
    })
    const key = Buffer.from('hush').toString('base64')
    await withEnv({ AZURE_STORAGE_KEY: key }, async () => {
      const { headers } = await asked('az://account/box/a b.svs')
      t.is(headers.authorization, `SharedKey account:${signatureOf(key, headers, '/box/a%20b.svs', '')}`)
      t.is((await asked('az://account/box/a.svs', { az: { anonymous: true } })).headers.authorization, undefined)
    })
    for (const uri of ['az://account', 'az://account/box', 'az://evil.org#/box/a', 'az://account/box/../a'])
      t.is((await t.throwsAsync<SlideError>(asked(uri))).code, 'SLIDE_MISSING', uri)
  },
)

test('a plus that nobody has escaped in a signature of Azure stays one', async (t) => {
  const door = await doorTo('az://account/box/a.svs?sv=1&sig=a+b/c==')
  t.is((await door.ask({})).url.searchParams.get('sig'), 'a+b/c==')
})

test('a container of Azure is listed by its markers; a signature behind a pattern is that of all it finds, and is told nowhere', async (t) => {
  const blob = (name: string) => `<Blob><Name>${name}</Name><Properties><Content-Length>7</Content-Length></Properties></Blob>`
  const server = await oddServer(slideBytes(), (_, request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    if (searchParams.get('sig') !== 's3cret') return !!response.writeHead(403, { 'x-ms-error-code': 'AuthenticationFailed' }).end()
    if (searchParams.get('comp') !== 'list') {
      serve(slideBytes(), request, response)
      return true
    }
    t.is(`${pathname} ${searchParams.get('restype')} ${searchParams.get('prefix')}`, '/box container c/')
    const second = searchParams.get('marker') === 'm&1'
    const page = second
      ? `${blob('c/b.svs')}<NextMarker />`
      : `${blob('c/a &amp; b.svs')}${blob('c/n.txt')}<NextMarker>m&amp;1</NextMarker>`
    response.end(`<EnumerationResults><Blobs>${page}</EnumerationResults>`)
    return true
  })
  t.teardown(() => server.close())
  const remote = { az: { endpoint: server.url } }
  const found = await foundBy(['az://account/box/c/*.svs?sv=1&sig=s3cret'], '/', remote)
  t.deepEqual(found, ['az://account/box/c/a & b.svs?sv=1&sig=s3cret', 'az://account/box/c/b.svs?sv=1&sig=s3cret'])
  const slide = await openSlide({ kind: 'slide', id: 'a', uri: found[0]!, carried: {}, remote })
  t.is(slide.info.uri, 'az://account/box/c/a & b.svs')
  await slide.close()
  const error = await t.throwsAsync<SlideError>(
    openSlide({ kind: 'slide', id: 'a', uri: 'az://account/box/c/b.svs?sv=1&sig=other', carried: {}, remote }),
  )
  t.regex(error.message, /403 \(AuthenticationFailed\)/)
  t.notRegex(`${error.message}${error.hint}`, /other/)
})
