/** Writing to object stores that others wrote: conditions, uploads in parts, what is refused, and bytes that change on their way. */

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test from 'ava'
import type { SinkError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { forgetCredentials } from '../../src/remote/credentials/chain.js'
import { writingPatience } from '../../src/remote/write/ask.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { probe } from '../../src/remote/write/probe.js'
import { abortUpload, unfinishedUploads } from '../../src/remote/write/unfinished.js'
import { beginUpload } from '../../src/remote/write/upload.js'
import { tempFolder } from '../../test/support/temp.js'
import { type Store, stores } from './stores.js'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' })

const MiB = 2 ** 20
/** The least that S3 takes. */
const sizes = { whole: MiB, part: 5 * MiB, atOnce: 3 }
const running: Record<string, Store> = {}

test.before('the stores start', async () => {
  await Promise.all(
    Object.entries(stores).map(async ([name, start]) => {
      running[name] = await start()
      await running[name].put(['results', 'other.txt', path.join(packageRoot, 'LICENSE')])
    }),
  )
})

test.after.always('the stores stop', () => Promise.all(Object.values(running).map((store) => store.stop())))

const bucketAt = (name: string, address = "s3://results/run 7/ü+'(1)", more: object = {}) =>
  new Bucket(address, { s3: { endpoint: running[name]!.endpoint, ...more } }, { ...writingPatience, pauseMs: 1 })

const namesIn = async (bucket: Bucket) => {
  const names: string[] = []
  for await (const { key, isPrefix } of bucket.list()) if (!isPrefix) names.push(key)
  return names
}

for (const name of Object.keys(stores)) {
  test.serial(`${name}: made once, replaced in the state that was seen, in parts, and nothing is left`, async (t) => {
    const bucket = bucketAt(name)
    await probe(bucket)
    t.true(bucket.saysMd5)
    const made = await bucket.put('a b.json', Buffer.from('{}'), { isNew: true })
    t.is(await bucket.put('a b.json', Buffer.from('{1}'), { isNew: true }), null)
    t.truthy(await bucket.put('a b.json', Buffer.from('{2}'), { tag: made!.tag! }))
    t.is(await bucket.put('a b.json', Buffer.from('{3}'), { tag: made!.tag! }), null)
    t.is(await bucket.put('none', Buffer.from('{3}'), { tag: made!.tag! }), null)
    t.is(`${(await bucket.get('a b.json'))!.bytes}`, '{2}')
    t.is((await bucket.head('a b.json'))!.size, 3)
    t.deepEqual([await bucket.get('none'), await bucket.head('none')], [null, null])
    // Of ten at once one makes it. Moto looks and then writes: on a busy machine two of them would.
    const all = await Promise.all(
      Array.from({ length: name === 'moto' ? 1 : 10 }, (_, i) => bucket.put('lease', Buffer.from(`${i}`), { isNew: true })),
    )
    t.is(all.filter((one) => one !== null).length, 1)

    const file = path.join(await tempFolder(t), 'big')
    const bytes = randomBytes(12 * MiB + 7)
    await writeFile(file, bytes)
    const upload = await beginUpload(bucket, "x/bi+g 'ü.bin", file, sizes)
    t.is(await bucket.head("x/bi+g 'ü.bin"), null)
    t.deepEqual(
      (await unfinishedUploads(bucket, 'x/')).map((one) => one.name),
      ["x/bi+g 'ü.bin"],
    )
    await upload.complete()
    t.true((await bucket.get("x/bi+g 'ü.bin"))!.bytes.equals(bytes))
    t.deepEqual(await unfinishedUploads(bucket, ''), [])
    await beginUpload(bucket, 'killed.bin', file, sizes)
    for (const one of await unfinishedUploads(bucket, '')) await abortUpload(bucket, one)
    t.deepEqual(await unfinishedUploads(bucket, ''), [])

    t.deepEqual(await namesIn(bucket), ['.tiastream/conditions.txt', 'a b.json', 'lease', "x/bi+g 'ü.bin"])
    for (const one of await namesIn(bucket)) await bucket.remove(one)
    t.deepEqual(await namesIn(bucket), [])
    t.truthy(await bucketAt(name, 's3://results').get('other.txt'))
  })

  test.serial(`${name}: a byte that changes on its way is found, and sent again`, async (t) => {
    const { hostname, port } = new URL(running[name]!.endpoint)
    let spoilt = 0
    const between = http.createServer((request, response) => {
      const headers = { ...request.headers, host: `${hostname}:${port}` }
      const on = http.request({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      })
      request.on('data', (chunk: Buffer) => {
        if (spoilt-- > 0) chunk[0]! ^= 1
        on.write(chunk)
      })
      request.on('end', () => on.end())
    })
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
    t.teardown(() => between.close())
    // The host is signed.
    const bucket = bucketAt(name, 's3://results/spoilt', { endpoint: `http://127.0.0.1:${(between.address() as AddressInfo).port}` })
    if (name !== 'moto') {
      // Its signature is of another host: what is tried is that it says so.
      const error = await t.throwsAsync<SinkError>(bucket.put('a', Buffer.from('hello')))
      t.is(error.code, 'OUTPUT_DENIED')
      const lie = { length: 5, md5: 'XUFAKrxLKna5cZ2REBfFkg==', pieces: () => Buffer.from('hellO') }
      const refused = await t.throwsAsync<SinkError>(bucketAt(name, 's3://results/spoilt').put('a', lie))
      t.regex(refused.message, /400 \(BadDigest\), 8 times/)
      return
    }
    await probe(bucket)
    spoilt = 1
    t.truthy(await bucket.put('a', Buffer.from('hello')))
    t.is(`${(await bucket.get('a'))!.bytes}`, 'hello')
  })
}

test.serial('seaweedfs: who may not write, and who is nobody, are told so', async (t) => {
  const told = async (address: string, more: object = {}) => {
    const error = await t.throwsAsync<SinkError>(probe(bucketAt('seaweedfs', address, more)))
    t.notRegex(`${error.message}${error.hint}${error.stack}`, /wrong/)
    return `${error.code} ${error.message}`
  }
  t.regex(await told('s3://results/run', { anonymous: true }), /^OUTPUT_DENIED .*403 \(AccessDenied\)/)
  t.regex(await told('s3://public/run', { anonymous: true }), /^OUTPUT_DENIED .*403 \(AccessDenied\)/)
  process.env.AWS_SECRET_ACCESS_KEY = 'wrong'
  forgetCredentials({})
  try {
    t.regex(
      await told('s3://results/run'),
      /^OUTPUT_DENIED .*the server does not take who asks: the server says 403 \(SignatureDoesNotMatch\)/,
    )
  } finally {
    process.env.AWS_SECRET_ACCESS_KEY = 'secret'
    forgetCredentials({})
  }
})

test.serial('moto: a bucket that is not there', async (t) => {
  const error = await t.throwsAsync<SinkError>(probe(bucketAt('moto', 's3://nobody/run')))
  t.regex(`${error.code} ${error.message}`, /^OUTPUT_MISSING .*its bucket is not there: the server says 404 \(NoSuchBucket\)/)
})
