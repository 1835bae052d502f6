/** Does a store keep conditions? One that ignores them would let two machines believe that each is alone, without a word. Asked once, at the start. */

import { randomUUID } from 'node:crypto'
import { SinkError } from '../../core/errors.js'
import { bodyOf } from './body.js'
import { type Bucket, otherMd5 } from './bucket.js'

export interface Probed {
  /** `If-Match` is kept on a PUT: an object can be replaced in the very state that was seen. */
  readonly replaces: boolean
}

/**
 * Four PUTs to a key that nobody has, and its removal. Throws SinkError: OUTPUT_NO_CONDITIONS for a store that writes over an object although it was
 * told not to, and whatever says that it cannot be written to at all.
 */
export async function probe(bucket: Bucket, signal?: AbortSignal): Promise<Probed> {
  const name = `.tiastream/probe/${randomUUID()}`
  const bytes = Buffer.from('tiastream asks whether this store keeps conditions; this may be removed\n')
  try {
    const first = await bucket.put(name, bytes, { isNew: true }, signal)
    // Nobody else knows the name.
    if (first === null) throw refusal(bucket, 'it says that there is already what nobody has written')
    const body = bodyOf(bytes)
    const { headers } = await bucket.ask(
      name,
      { method: 'PUT', headers: bucket.dialect.always, body, doing: 'written', answers: [200, 201] },
      signal,
    )
    bucket.saysMd5 = headers.etag !== undefined && /^"[0-9a-f]{32}"$/.test(headers.etag) && otherMd5(headers, body) === null
    if ((await bucket.put(name, bytes, { isNew: true }, signal)) !== null)
      throw refusal(bucket, 'it takes a PUT with If-None-Match: * where there is an object already')
    const { tag } = (await bucket.head(name, signal)) ?? {}
    return { replaces: tag ? (await bucket.put(name, bytes, { tag: notThat(tag) }, signal)) === null : false }
  } finally {
    await bucket.remove(name, null, signal).catch(() => undefined)
  }
}

const notThat = (tag: string): string => (/^\d+$/.test(tag) ? `${BigInt(tag) - 1n}` : '"00000000000000000000000000000000"')

const refusal = (bucket: Bucket, fact: string): SinkError =>
  new SinkError('OUTPUT_NO_CONDITIONS', `${bucket.uri} cannot hold results: the store does not keep conditions (${fact})`, {
    hint: 'use a store that takes If-None-Match: * (S3, Google, Azure, R2, MinIO, SeaweedFS, Ceph as of Squid), or write to a folder and copy it',
  })
