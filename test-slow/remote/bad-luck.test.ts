/** What may go wrong while results go to a bucket: a full scratch disk, a busy store, rights that are taken away, objects that somebody removes. Nothing is lost. */

import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { writingPatience } from '../../src/remote/write/ask.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { tempFolder } from '../../test/support/temp.js'
import { mayMount, mountNeeded, smallDisk } from '../small-disk.js'
import { assertWhole, between, expectedOf, pipelineFor, runHere } from './bucket-runs.js'
import { type Store, stores } from './stores.js'

// A store that is busy is asked again after a twentieth of the usual pause.
Object.assign(writingPatience, { pauseMs: writingPatience.pauseMs / 20 })
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'hush', AWS_REGION: 'us-east-1' })

let store: Store
test.before('the store starts', async () => {
  store = await stores.moto()
  await store.put(['results', 'other.txt', path.join(packageRoot, 'LICENSE')])
})
test.after.always('the store stops', () => store.stop())

if (!mayMount) console.warn(`${mountNeeded}: a scratch disk that is full`)

test.serial('each ends by name, and the next run ends with the objects of an undisturbed one', async (t) => {
  const place = await between(t, store.endpoint)
  const folder = await tempFolder(t)
  const expected = await expectedOf(t)
  const scratch = path.join(folder, 'scratch')
  const pipeline = await pipelineFor(path.join(folder, 'remote'), 's3://results/run7/')
  const bucket = new Bucket('s3://results/run7', { s3: { endpoint: store.endpoint } })

  if (mayMount) {
    const disk = await smallDisk(t, folder, 1000)
    const ran = await runHere(pipeline, disk, place)
    t.is(ran.code, 4, ran.stderr)
    t.regex(ran.stderr, new RegExp(`"DISK_FULL".*${disk}.*the disk is full`))
  }

  // Rights are taken away while the first slide is uploaded.
  let refused = 0
  place.odd = (_, { url, method }, response) =>
    (method === 'PUT' && url!.includes('.png') ? ++refused : refused) > 0 && method !== 'GET' && !!response.writeHead(403).end()
  const denied = await runHere(pipeline, scratch, place)
  t.is(denied.code, 4, denied.stderr)
  t.regex(denied.stderr, /"OUTPUT_DENIED".*403.*give who asks the right to/)
  t.notRegex(denied.stderr, /hush/)

  // Every third request is told to come later.
  let asked = 0
  place.odd = (_number, _request, response) =>
    ++asked % 3 === 0 && !!response.writeHead(503, { 'retry-after': '0' }).end('<Error><Code>SlowDown</Code></Error>')
  const busy = await runHere(pipeline, scratch, place)
  t.is(busy.code, 0, busy.stderr)
  t.true(
    busy.events.some(({ type }) => type === 'slide.resumed'),
    'the rows of the first slide are taken up',
  )
  place.odd = () => false
  await assertWhole(t, bucket, expected, 'busy')

  // Somebody removes an object, and the receipt of the other slide.
  await bucket.remove('rows/a.parquet')
  await bucket.remove('.tiastream/receipts/b.json')
  const again = await runHere(pipeline, scratch, place)
  t.is(again.code, 0, again.stderr)
  await assertWhole(t, bucket, expected, 'again')
  t.regex(`${(await new Bucket('s3://results', { s3: { endpoint: store.endpoint } }).get('other.txt'))!.bytes}`, /./)
})
