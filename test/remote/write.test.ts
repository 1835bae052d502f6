/** Writing to buckets, in the words of three kinds of store: conditions, uploads in parts, what is asked again and what is told. */

import { randomBytes } from 'node:crypto'
import { truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { SinkError } from '../../src/core/errors.js'
import { signedForGoogle } from '../../src/remote/sign.js'
import { writingPatience } from '../../src/remote/write/ask.js'
import { bodyOf } from '../../src/remote/write/body.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { probe } from '../../src/remote/write/probe.js'
import { abortUpload, unfinishedUploads } from '../../src/remote/write/unfinished.js'
import { beginUpload, partSize, type Upload, usualSizes } from '../../src/remote/write/upload.js'
import { tempFolder } from '../support/temp.js'
import { type WriteServer, writeServer } from '../support/write-server.js'

for (const name of ['AZURE_STORAGE_KEY', 'AZURE_STORAGE_SAS_TOKEN', 'GOOGLE_OAUTH_ACCESS_TOKEN', 'GS_ACCESS_KEY_ID'])
  delete process.env[name]
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: 'KEY',
  AWS_SECRET_ACCESS_KEY: 's3cret',
  AWS_REGION: 'us-east-1',
  AZURE_METADATA_DISABLED: 'true',
  GCE_METADATA_DISABLED: 'true',
  CLOUDSDK_CONFIG: '/nowhere',
})

const patience = { ...writingPatience, pauseMs: 1 }
const MiB = 2 ** 20
const small = { whole: 1000, part: 5 * MiB, atOnce: 3 }
const addresses = { s3: 's3://box/run 7', gs: 'gs://box/run 7/', az: 'az://account/box/run 7' } as const
type Scheme = keyof typeof addresses

async function place(t: ExecutionContext, scheme: Scheme = 's3'): Promise<{ server: WriteServer; bucket: Bucket }> {
  const server = await writeServer('box')
  t.teardown(() => server.close())
  return { server, bucket: new Bucket(addresses[scheme], { [scheme]: { endpoint: server.url } }, patience) }
}

const text = (words: string) => Buffer.from(words)
const failure = async (t: ExecutionContext, work: Promise<unknown>) => {
  const error = await t.throwsAsync<SinkError>(work, { instanceOf: SinkError })
  t.notRegex(`${error.message} ${error.hint} ${error.stack} ${String(error.cause)}`, /s3cret/)
  return `${error.code} ${error.message} (${error.hint})`
}

for (const scheme of ['s3', 'gs', 'az'] as const) {
  test(`${scheme}: an object is made once, replaced in the state that was seen, listed and removed`, async (t) => {
    const { server, bucket } = await place(t, scheme)
    await probe(bucket)
    await probe(bucket)
    t.deepEqual([...server.objects.keys()], ['run 7/.tiastream/conditions.txt'])
    server.objects.clear()
    const made = await bucket.put('a/ü b.json', text('{}'), { isNew: true })
    t.is(await bucket.put('a/ü b.json', text('{1}'), { isNew: true }), null)
    const replaced = await bucket.put('a/ü b.json', text('{2}'), { tag: made!.tag! })
    t.is(await bucket.put('a/ü b.json', text('{3}'), { tag: made!.tag! }), null)
    t.is(await bucket.put('none', text('{3}'), { tag: made!.tag! }), null)
    t.deepEqual(await bucket.get('a/ü b.json'), { bytes: text('{2}'), tag: replaced!.tag })
    t.is((await bucket.head('a/ü b.json'))!.size, 3)
    t.deepEqual([await bucket.get('none'), await bucket.head('none')], [null, null])
    await bucket.put('b', text('b'))
    const list = async (...asked: Parameters<Bucket['list']>) => {
      const names: string[] = []
      for await (const { key } of bucket.list(...asked)) names.push(key)
      return names
    }
    t.deepEqual(await list(), ['a/ü b.json', 'b'])
    t.deepEqual(await list('', '/'), ['a/', 'b'])
    t.deepEqual(await list('a/'), ['a/ü b.json'])
    await bucket.remove('a/ü b.json')
    await bucket.remove('a/ü b.json')
    t.deepEqual(await list(), ['b'])
    t.deepEqual([...server.objects.keys()], ['run 7/b'])
  })

  test(`${scheme}: a file goes in parts, and is an object only when it is completed`, async (t) => {
    const { server, bucket } = await place(t, scheme)
    const file = path.join(await tempFolder(t), 'big')
    const bytes = randomBytes(12 * MiB + 7)
    await writeFile(file, bytes)
    const upload = await beginUpload(bucket, 'x.bin', file, small)
    t.is(await bucket.head('x.bin'), null)
    t.deepEqual([...[...server.uploads.values()][0]!.parts.values()].map(({ length }) => length).sort(), [2 * MiB + 7, 5 * MiB, 5 * MiB])
    await upload.complete()
    t.true((await bucket.get('x.bin'))!.bytes.equals(bytes))
    t.is(server.uploads.size, 0)
    await truncate(file, 900)
    const whole = await beginUpload(bucket, 'y.bin', file, small)
    t.is(await bucket.head('y.bin'), null)
    await whole.complete()
    t.true((await bucket.get('y.bin'))!.bytes.equals(bytes.subarray(0, 900)))
  })

  test(`${scheme}: a PUT whose answer is lost knows its own object, and that of another`, async (t) => {
    const { server, bucket } = await place(t, scheme)
    let lost = 0
    server.lose = ({ method }) => method === 'PUT' && lost++ === 0
    const made = await bucket.put('lease', text('mine'), { isNew: true })
    t.truthy(made!.tag)
    t.is(lost, 2)
    lost = 0
    t.truthy(await bucket.put('lease', text('mine again'), { tag: made!.tag! }))
    // The answer is lost, and meanwhile another has it.
    lost = 0
    server.first = ({ method }, response) => method === 'PUT' && lost === 0 && ++lost > 0 && !!response.writeHead(503).end()
    t.is(await bucket.put('lease', text('mine'), { isNew: true }), null)
  })
}

test('what is busy is asked again, what is refused is told: subject, fact, remedy, and no secret', async (t) => {
  const { server, bucket } = await place(t)
  let asked = 0
  const answers = (status: number, code: string, headers: Record<string, string> = {}, times = 99) => {
    asked = 0
    server.first = (_, response) =>
      asked++ < times && !!response.writeHead(status, headers).end(`<Error><Code>${code}</Code><StringToSign>s3cret</StringToSign></Error>`)
  }
  answers(503, 'SlowDown', { 'retry-after': '0' }, 3)
  t.truthy(await bucket.put('a', text('a')))
  t.is(asked, 4)
  answers(400, 'BadDigest', {}, 1)
  t.truthy(await bucket.put('a', text('a')))
  const put = () => failure(t, bucket.put('a', text('a')))
  answers(503, 'SlowDown')
  t.regex(
    await put(),
    /^OUTPUT_UNREACHABLE s3:\/\/box\/run 7\/a cannot be written: the server says 503 \(SlowDown\), 8 times \(what is committed stays/,
  )
  answers(403, 'AccessDenied')
  t.regex(
    await put(),
    /^OUTPUT_DENIED .* may not be written: the server says 403 \(AccessDenied\) \(give who asks the right to read, write/,
  )
  answers(403, 'SignatureDoesNotMatch')
  t.regex(
    await put(),
    /^OUTPUT_DENIED .* the server does not take who asks: the server says 403 \(SignatureDoesNotMatch\) \(are key, secret/,
  )
  answers(403, 'RequestTimeTooSkewed', { date: new Date(Date.now() - 20 * 60_000).toUTCString() })
  t.regex(await put(), /^OUTPUT_DENIED .* the clock of this machine is 20 minutes ahead of that of the server: .* \(set the clock/)
  answers(403, 'AuthenticationFailed', { date: new Date(Date.now() + 20 * 60_000).toUTCString() })
  t.regex(await put(), /the clock of this machine is 20 minutes behind/)
  answers(507, 'InsufficientStorage')
  t.regex(await put(), /^DISK_FULL .*\(the store has no more room/)
  answers(501, 'NotImplemented')
  t.regex(await put(), /^OUTPUT_NO_CONDITIONS/)
  server.first = () => false
  const elsewhere = new Bucket('s3://bax/run', { s3: { endpoint: server.url } }, patience)
  for (const work of [() => elsewhere.put('a', text('a')), () => elsewhere.get('a'), () => elsewhere.list().next()])
    t.regex(await failure(t, work()), /^OUTPUT_MISSING s3:\/\/bax\/run\/.* cannot be \w+, as its bucket is not there.*\(is it spelt right/)
  const nobody = new Bucket('s3://box/run', { s3: { endpoint: 'http://127.0.0.1:1' } }, patience)
  t.regex(await failure(t, nobody.put('a', text('a'))), /^OUTPUT_UNREACHABLE .*ECONNREFUSED/)
  t.regex(
    await failure(
      t,
      Promise.resolve().then(() => new Bucket('s3:///')),
    ),
    /^OUTPUT_MISSING/,
  )
})

test('bytes that came otherwise than they went are sent again, also where the store did not look', async (t) => {
  const { server, bucket } = await place(t)
  await probe(bucket)
  t.true(bucket.saysMd5)
  const plain = server.first
  let asked = 0
  // A store that takes what came, and says what it was.
  server.first = ({ method }, response) =>
    method === 'PUT' && asked++ < 2 && !!response.writeHead(200, { etag: `"${'0'.repeat(32)}"` }).end()
  t.truthy(await bucket.put('a', text('a')))
  t.is(asked, 3)
  asked = Number.NEGATIVE_INFINITY
  t.regex(
    await failure(t, bucket.put('a', text('a'))),
    /^OUTPUT_UNREACHABLE .*the store got other bytes than were sent \(of the MD5 0+\), 8 times/,
  )
  server.first = plain
  const lie = { ...bodyOf(text('hello')), pieces: () => text('hellO') }
  t.regex(await failure(t, bucket.put('a', lie)), /BadDigest/)
})

test('a store that does not keep conditions is found out, by name', async (t) => {
  const { server, bucket } = await place(t)
  server.keeps = false
  t.regex(
    await failure(t, probe(bucket)),
    /^OUTPUT_NO_CONDITIONS s3:\/\/box\/run 7\/ cannot hold results: the store does not keep conditions \(it takes a PUT with If-None-Match/,
  )
  t.is(server.objects.size, 0)
  server.keeps = true
  server.first = (request, response) => 'if-match' in request.headers && !!response.writeHead(200, { etag: '"a"' }).end()
  t.regex(await failure(t, probe(bucket)), /^OUTPUT_NO_CONDITIONS .*If-Match where the object is in another state/)
})

test('a store that makes one slash of two is found out where the address has two: its lists would name no receipt', async (t) => {
  const { server } = await place(t)
  const at = (uri: string) => new Bucket(uri, { s3: { endpoint: server.url } }, patience)
  // Amazon's keeps them apart.
  for (const uri of ['s3://box/a//b/', 's3://box//a']) await t.notThrowsAsync(probe(at(uri)))
  server.objects.clear()
  server.first = (request) => {
    request.url = request.url!.replace(/\/{2,}(?=[^?]*)/g, '/')
    return false
  }
  for (const uri of ['s3://box/a//b/', 's3://box//a'])
    t.regex(await failure(t, probe(at(uri))), /^OUTPUT_RENAMED s3:\/\/box\/.* cannot hold results: .*\(it may make one slash of two/)
  await t.notThrowsAsync(probe(at('s3://box/a/b/')))
})

test('an upload that fails leaves nothing; one that was killed is found, page by page, and aborted', async (t) => {
  const { server, bucket } = await place(t)
  const file = path.join(await tempFolder(t), 'big')
  await writeFile(file, randomBytes(11 * MiB))
  server.first = ({ url }, response) => url!.includes('partNumber=3') && !!response.writeHead(403).end()
  t.regex(await failure(t, beginUpload(bucket, 'x.bin', file, small)), /^OUTPUT_DENIED/)
  t.is(server.uploads.size, 0)
  server.first = () => false
  const begun: Upload[] = []
  for (const n of [1, 2, 3]) begun.push(await beginUpload(bucket, `a & b/${n}.bin`, file, small))
  await beginUpload(bucket, 'c.bin', file, small)
  const found = await unfinishedUploads(bucket, 'a & b/')
  t.deepEqual(
    found.map(({ name }) => name),
    ['a & b/1.bin', 'a & b/2.bin', 'a & b/3.bin'],
  )
  t.is(found[0]!.begun, Date.UTC(2026, 10, 28))
  for (const one of await unfinishedUploads(bucket, '')) await abortUpload(bucket, one)
  t.is(server.uploads.size, 0)
  t.regex(await failure(t, begun[0]!.complete()), /^OUTPUT_MISSING .*its upload is gone \(NoSuchUpload\)/)
})

test('a beginning or a completion whose answer is lost, or that fails behind its 200, is asked again, and leaves no upload', async (t) => {
  const { server, bucket } = await place(t)
  const file = path.join(await tempFolder(t), 'big')
  await writeFile(file, randomBytes(6 * MiB))
  let lost = 0
  server.lose = ({ method, url }) => method === 'POST' && url!.includes('upload') && lost++ % 2 === 0
  t.truthy((await (await beginUpload(bucket, 'x.bin', file, small)).complete()).tag)
  t.deepEqual([lost, server.uploads.size], [4, 0])
  server.lose = () => false
  let failed = 0
  server.first = ({ method, url }, response) =>
    method === 'POST' &&
    url!.includes('uploadId') &&
    failed++ === 0 &&
    !!response.writeHead(200).end('<Error><Code>InternalError</Code></Error>')
  t.truthy((await (await beginUpload(bucket, 'y.bin', file, small)).complete()).tag)
  t.is(server.objects.get('run 7/y.bin')!.bytes.length, 6 * MiB)
})

test('a file that shrinks while it is uploaded fails by name', async (t) => {
  const { bucket } = await place(t)
  const file = path.join(await tempFolder(t), 'small')
  await writeFile(file, 'abc')
  const upload = await beginUpload(bucket, 'x', file)
  await truncate(file, 1)
  t.regex(await failure(t, upload.complete()), /^OUTPUT_BROKEN .*small has ended at byte 1, before all of it was uploaded/)
})

test('parts are as large as said, and larger where they would be too many', (t) => {
  const limits = { least: 5 * MiB, most: 10_000 }
  t.is(partSize(17 * MiB, usualSizes, limits), 16 * MiB)
  t.is(partSize(10_000 * 16 * MiB, usualSizes, limits), 16 * MiB)
  t.is(partSize(10_000 * 16 * MiB + 1, usualSizes, limits), 17 * MiB)
  t.is(partSize(10, { ...usualSizes, part: 1 }, limits), 5 * MiB)
})

test('what Google signs: a request with its own condition, as its documents write it out', (t) => {
  const url = new URL('https://storage.googleapis.com/box/a%20b?x=1&a=%C3%BC')
  const { headers } = signedForGoogle(
    { method: 'PUT', url, headers: { 'x-goog-if-generation-match': '0', 'content-length': '3' } },
    'GOOG1',
    'hush',
    Date.UTC(2026, 10, 28, 12, 0, 1),
  )
  t.is(headers['x-goog-date'], '20261128T120001Z')
  t.regex(
    headers.authorization!,
    /^GOOG4-HMAC-SHA256 Credential=GOOG1\/20261128\/auto\/storage\/goog4_request, SignedHeaders=host;x-goog-content-sha256;x-goog-date;x-goog-if-generation-match, Signature=[0-9a-f]{64}$/,
  )
  t.false('host' in headers)
})
