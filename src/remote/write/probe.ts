/** Does a store keep conditions? One that ignores them would let two machines believe that each is alone, without a word. Asked at the start of a run. */

import { SinkError } from '../../core/errors.js'
import { bodyOf } from './body.js'
import { type Bucket, otherMd5 } from './bucket.js'

/** Stays there, so that who is killed here leaves nothing, and several may ask at once. */
const name = '.tiastream/conditions.txt'
const text = 'tiastream has asked here whether this store keeps conditions (If-None-Match, If-Match)\n'

/**
 * Three or four requests, and one more of an address with an empty name in it. Throws SinkError: OUTPUT_NO_CONDITIONS for a store that writes over an
 * object although it was told not to, OUTPUT_RENAMED for one that keeps it under another name, and whatever says that it cannot be written to at all.
 */
export async function probe(bucket: Bucket): Promise<void> {
  const body = bodyOf(Buffer.from(text))
  const make = () => bucket.put(name, body, { isNew: true })
  if ((await make()) !== null && (await make()) !== null) {
    await bucket.remove(name)
    throw refusal(bucket, 'it takes a PUT with If-None-Match: * where there is an object already')
  }
  const there = await bucket.head(name)
  if (there === null || there.tag === null) throw refusal(bucket, 'it does not say in which state an object is')
  if ((await bucket.put(name, body, { tag: notThat(there.tag) })) !== null)
    throw refusal(bucket, 'it takes a PUT with If-Match where the object is in another state')
  await mustBeThere(bucket)
  bucket.saysMd5 = /^"[0-9a-f]{32}"$/.test(there.tag) && otherMd5({ etag: there.tag }, body) === null
}

/** A store over a file system (SeaweedFS) makes one slash of two: no list of what is below the address would ever name a receipt. */
async function mustBeThere(bucket: Bucket): Promise<void> {
  if (!/^\/|\/\//.test(bucket.keyOf(''))) return
  for await (const { key } of bucket.list(name)) if (key === name) return
  throw new SinkError('OUTPUT_RENAMED', `${bucket.uri} cannot hold results: the store does not list there what was written there`, {
    hint: 'it may make one slash of two: write the address with one between its names',
  })
}

/** Of Google generations, of others ETags. */
const notThat = (tag: string): string => (/^\d+$/.test(tag) ? `${BigInt(tag) + 1n}` : '"00000000000000000000000000000000"')

const refusal = (bucket: Bucket, fact: string): SinkError =>
  new SinkError('OUTPUT_NO_CONDITIONS', `${bucket.uri} cannot hold results: the store does not keep conditions (${fact})`, {
    hint: 'use a store that takes If-None-Match and If-Match (S3, Google, Azure, R2, MinIO, SeaweedFS), or write to a folder and copy it',
  })
