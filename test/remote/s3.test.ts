/** `s3://` addresses: where a bucket is, what is listed, who asks, and a run over a pattern of them. */

import { rm } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { dicomSlide, secondLevel } from '../../fixtures/dicom-slide.js'
import { whole } from '../../fixtures/pixels.js'
import { PipelineError, SlideError } from '../../src/core/errors.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { remoteFiles } from '../../src/readers/files/remote.js'
import { openSlide } from '../../src/readers/open.js'
import { doorTo } from '../../src/remote/doors.js'
import { objectsBelow } from '../../src/remote/list.js'
import { foundBy } from '../../src/sources/common/found.js'
import { readLevel, same } from '../readers/open-buffer.js'
import { oddServer } from '../support/odd-server.js'
import { type S3Server, s3Server } from '../support/s3-server.js'
import { edit, slideBytes, writeCohort } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

// Nobody's keys but those of a test.
for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_REGION', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'])
  delete process.env[name]
Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' })

const urlOf = async (uri: string, options = {}) => {
  const { url } = await (await doorTo(uri, { s3: { anonymous: true, ...options } })).ask({})
  return url.href
}

test('where an object is: by the name of its bucket, or in its path where names do not work', async (t) => {
  t.is(await urlOf('s3://bucket/a/b.svs'), 'https://bucket.s3.us-east-1.amazonaws.com/a/b.svs')
  t.is(
    await urlOf("s3://bucket/a b+c%d#?é!'()*.svs", { region: 'eu-west-1' }),
    'https://bucket.s3.eu-west-1.amazonaws.com/a%20b%2Bc%25d%23%3F%C3%A9%21%27%28%29%2A.svs',
  )
  t.is(await urlOf('s3://my.bucket/a'), 'https://s3.us-east-1.amazonaws.com/my.bucket/a')
  t.is(
    await urlOf('s3://Old_Bucket/a'),
    'https://s3.us-east-1.amazonaws.com/Old_Bucket/a',
    'a host has no capital letters: it would be another bucket',
  )
  t.is(await urlOf('s3://my bucket/a/b'), 'https://s3.us-east-1.amazonaws.com/my%20bucket/a/b', 'no host at all: a would be the bucket')
  for (const [uri, endpoint] of [
    ['s3://Bucket/a', 'https://h'],
    ['s3://bucket/a', 'http://127.0.0.1:9000'],
  ] as const)
    await t.throwsAsync(urlOf(uri, { endpoint, path_style: false }), {
      code: 'SLIDE_MISSING',
      message: /cannot be the beginning of the name of a host/,
    })
  t.is(await urlOf('s3://bucket//a//b', { endpoint: 'http://h:9000' }), 'http://h:9000/bucket//a//b')
  t.is(await urlOf('s3://bucket/a', { endpoint: 'https://h/x/', path_style: false }), 'https://bucket.h/x/a')
  for (const uri of ['s3://', 's3://bucket', 's3://bucket/', 's3://bucket/a/../b', 's3:///a'])
    t.is((await t.throwsAsync<SlideError>(urlOf(uri), { instanceOf: SlideError })).code, 'SLIDE_MISSING', uri)
})

test('the region that the server says is that of the bucket from then on', async (t) => {
  const door = await doorTo('s3://far-away/a', { s3: { anonymous: true } })
  const says = (status: number, region: string) => door.learn!({ status, headers: { 'x-amz-bucket-region': region } } as never)
  t.true(says(301, 'eu-north-1'))
  t.false(says(301, 'eu-north-1'), 'that was known')
  t.false(says(301, 'evil.org/'))
  t.is((await door.ask({})).url.host, 'far-away.s3.eu-north-1.amazonaws.com')
  t.is(await urlOf('s3://far-away/b'), 'https://far-away.s3.eu-north-1.amazonaws.com/b')
})

const keys = [
  'cohort/A.SVS',
  'cohort/a b&c.svs',
  'cohort/deep/er/x+é.svs',
  'cohort/deep/x.svs',
  'cohort/deep/x.txt',
  'cohort/.hidden/h.svs',
  'cohort2/y.svs',
  'top.svs',
]

async function bucket(t: ExecutionContext, who?: string): Promise<S3Server> {
  const server = await s3Server('bucket', Object.fromEntries(keys.map((key) => [key, slideBytes()])), who)
  t.teardown(() => server.close())
  return server
}

test('all pages of a list, below a beginning', async (t) => {
  const server = await bucket(t)
  const all: string[] = []
  for await (const { key } of objectsBelow({ scheme: 's3', bucket: 'bucket', key: '', query: '' }, '', { s3: { endpoint: server.url } }))
    all.push(key)
  t.deepEqual(all, [...keys].sort())
  t.is(server.seen.length, 3)
  const folder = await remoteFiles({ s3: { endpoint: server.url } }).list('s3://bucket/cohort/', 100)
  t.deepEqual(
    folder!.map(({ name, isFolder }) => `${name}${isFolder ? '/' : ''}`),
    ['.hidden/', 'A.SVS', 'a b&c.svs', 'deep/'],
  )
  t.is(folder![1]!.uri, 's3://bucket/cohort/A.SVS')
  t.is(folder![1]!.size, slideBytes().length)
  await t.throwsAsync(remoteFiles({ s3: { endpoint: server.url } }).list('s3://bucket/', 1), { message: /more than 1 files/ })
})

test('patterns are matched as on a disk', async (t) => {
  const server = await bucket(t)
  const found = (...patterns: string[]) => foundBy(patterns, '/', { s3: { endpoint: server.url } })
  const cohort = ['A.SVS', 'a b&c.svs', 'deep/er/x+é.svs', 'deep/x.svs'].map((key) => `s3://bucket/cohort/${key}`)
  t.deepEqual(await found('s3://bucket/cohort/**/*.svs'), cohort)
  t.deepEqual(
    server.seen.map(({ url }) => new URL(url, 'http://x').searchParams.get('prefix')),
    Array(2).fill('cohort/'),
  )
  t.deepEqual(await found('s3://bucket/cohort/**/*.svs', '!s3://bucket/cohort/deep/**'), cohort.slice(0, 2))
  t.deepEqual(await found('s3://bucket/*/y.{svs,tif}', 's3://bucket/none'), ['s3://bucket/cohort2/y.svs', 's3://bucket/none'])
  t.deepEqual(await found('s3://bucket/cohort/[!A]*.svs'), [cohort[1]])
  t.deepEqual(await found('s3://bucket/*/deep/'), ['s3://bucket/cohort/deep/'], 'slides that are folders')
  t.deepEqual(await found('s3://bucket/nothing/*.svs'), [])
  t.deepEqual(await found('s3://bucket/*/deep/'), ['s3://bucket/cohort/deep/'])
  t.deepEqual(await found('s3://bucket/cohort/**/'), ['s3://bucket/cohort/', 's3://bucket/cohort/deep/', 's3://bucket/cohort/deep/er/'])
  const error = await t.throwsAsync<PipelineError>(found('s3://other/*.svs'), {
    instanceOf: PipelineError,
    message: /s3:\/\/other\/ does not exist.*NoSuchBucket/,
  })
  t.is(error.code, 'LIST_UNREADABLE')
  await t.throwsAsync(found('s3://b*/x.svs'), { message: /pattern of buckets/ })
})

test('a key of any letters is matched; what is left for a folder is no slide', async (t) => {
  const server = await s3Server('bucket', {
    'c/': new Uint8Array(0),
    'c/d.svs/': new Uint8Array(0),
    'c/x\ny/z.svs': slideBytes(),
    'c/a\n.svs': slideBytes(),
  })
  t.teardown(() => server.close())
  const remote = { s3: { endpoint: server.url } }
  t.deepEqual(await foundBy(['s3://bucket/**/*.svs'], '/', remote), ['s3://bucket/c/a\n.svs', 's3://bucket/c/x\ny/z.svs'])
  t.deepEqual(await foundBy(['s3://bucket/c/*'], '/', remote), ['s3://bucket/c/a\n.svs'])
  t.deepEqual(await foundBy(['s3://bucket/c/*/'], '/', remote), ['s3://bucket/c/d.svs/', 's3://bucket/c/x\ny/'])
})

test('a page that ends early, where the server says no length, is asked for again; else slides would be missing that nobody misses', async (t) => {
  const page = (...names: string[]) => names.map((name) => `<Contents><Key>${name}</Key><Size>1</Size></Contents>`).join('')
  const server = await oddServer(new Uint8Array(0), (n, _, response) => {
    const whole = `<ListBucketResult><IsTruncated>false</IsTruncated>${page('a.svs', 'b.svs')}</ListBucketResult>`
    response.socket!.end(`HTTP/1.0 200 OK\r\n\r\n${n === 0 ? whole.slice(0, whole.indexOf('<Contents><Key>b')) : whole}`)
    return true
  })
  t.teardown(() => server.close())
  t.deepEqual(await foundBy(['s3://b/*.svs'], '/', { s3: { endpoint: server.url } }), ['s3://b/a.svs', 's3://b/b.svs'])
  t.is(server.seen.length, 2)
})

test.serial('who reads pays, where the environment says so and somebody is asked', async (t) => {
  const headersOf = async (anonymous: boolean) =>
    (await (await doorTo('s3://bucket/a', { s3: { endpoint: 'http://h', anonymous } })).ask({})).headers
  process.env.AWS_REQUEST_PAYER = 'requester'
  try {
    t.is((await headersOf(false))['x-amz-request-payer'], 'requester')
    t.is((await headersOf(true))['x-amz-request-payer'], undefined)
  } finally {
    delete process.env.AWS_REQUEST_PAYER
  }
  t.is((await headersOf(false))['x-amz-request-payer'], undefined)
})

test('a list that has no end, or is none, is refused', async (t) => {
  for (const [text, message] of [
    ['<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>', /does not say how it goes on/],
    [
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>',
      /does not say how it goes on/,
    ],
    ['<html>', /is the endpoint that of an object store/],
  ] as const) {
    const server = await oddServer(new Uint8Array(0), (_, __, response) => !!response.end(text))
    t.teardown(() => server.close())
    await t.throwsAsync(foundBy(['s3://b/*'], '/', { s3: { endpoint: server.url } }), { message })
  }
})

test.serial('who asks is in the signature, and nowhere else', async (t) => {
  const server = await bucket(t, 'KEY')
  const remote = { s3: { endpoint: server.url } }
  const ref = { kind: 'slide', id: 'a', uri: 's3://bucket/top.svs', carried: {}, remote } as const
  const unsigned = await t.throwsAsync<SlideError>(openSlide(ref), { message: /403 \(AccessDenied\)/ })
  t.regex(unsigned.hint!, /s3: \{ anonymous: true \}/)
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'hush' })
  const { forgetCredentials } = await import('../../src/remote/credentials/chain.js')
  forgetCredentials({})
  try {
    const slide = await openSlide(ref)
    t.is(slide.info.uri, 's3://bucket/top.svs')
    await slide.close()
    t.regex(
      String(server.seen.at(-1)!.headers.authorization),
      /^AWS4-HMAC-SHA256 Credential=KEY\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    )
    t.notRegex(JSON.stringify(server.seen), /hush/)
    const wrong = await t.throwsAsync<SlideError>(openSlide({ ...ref, uri: 's3://bucket/none.svs' }), {
      message: /s3:\/\/bucket\/none\.svs does not exist.*NoSuchKey/,
    })
    t.is(wrong.code, 'SLIDE_MISSING')
  } finally {
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
    forgetCredentials({})
  }
})

test('a run over a pattern of a bucket', async (t) => {
  const server = await s3Server('bucket', { 'c/a.tif': slideBytes(), 'c/b.tif': slideBytes(0x55), 'c/n.txt': new Uint8Array(1) })
  t.teardown(() => server.close())
  const folder = await tempFolder(t)
  await writeCohort(folder)
  await edit(
    folder,
    'p.yml',
    'slides: { list: lists/l.csv }',
    `slides: { glob: "s3://bucket/**/*.tif", s3: { endpoint: "${server.url}", anonymous: true } }`,
  )
  await edit(folder, 'p.yml', '  - mask: { file: "masks/{slide}.npy" }\n', '')
  await rm(path.join(folder, 'slides'), { recursive: true })
  const { slides } = await runPipeline(await readPlan(path.join(folder, 'p.yml')))
  t.deepEqual(slides, { done: 2, failed: 0, skipped: 0 })
})

test('a DICOM series is what lies below a key', async (t) => {
  const files = dicomSlide().map(({ name, bytes }) => [`a/1.2.3.4/${name}.dcm`, bytes] as const)
  const server = await s3Server('bucket', Object.fromEntries(files))
  t.teardown(() => server.close())
  const [uri] = await foundBy(['s3://bucket/a/*/'], '/', { s3: { endpoint: server.url, anonymous: true } })
  t.is(uri, 's3://bucket/a/1.2.3.4/')
  const slide = await openSlide({
    kind: 'slide',
    id: 'a',
    uri: uri!,
    carried: {},
    remote: { s3: { endpoint: server.url, anonymous: true } },
  })
  t.teardown(() => slide.close())
  same(t, await readLevel(slide, 0), whole.data)
  same(t, await readLevel(slide, 1), secondLevel.data)
  t.deepEqual([...slide.info.associated], ['label'])
})
