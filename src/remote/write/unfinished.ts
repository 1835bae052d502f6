/** Uploads in parts that were begun and never completed: what they hold is paid for, and seen by nobody. */

import { elements, plain, valueIn } from '../xml.js'
import type { Bucket } from './bucket.js'

const mostPage = 16 * 2 ** 20

/** An upload in parts that nobody has completed. */
export interface Unfinished {
  readonly name: string
  readonly id: string
  /** Milliseconds since 1970, by the server's clock; NaN where it does not say. */
  readonly begun: number
}

/** Uploads whose names begin so, of whoever. Of Azure none: what is not completed goes by itself after a week. Throws SinkError. */
export async function unfinishedUploads(bucket: Bucket, beginning: string): Promise<readonly Unfinished[]> {
  if (bucket.dialect.begin === null) return []
  const found: Unfinished[] = []
  let from: Record<string, string> = {}
  for (;;) {
    const query = { uploads: '', prefix: bucket.keyOf(beginning), ...from }
    const { bytes } = await bucket.askAll({ method: 'GET', query, doing: 'listed', answers: [200], most: mostPage })
    const text = bytes.toString('utf8')
    for (const { inner } of elements(text, 'Upload')) {
      const key = textIn(inner, 'Key')
      const id = textIn(inner, 'UploadId')
      if (key === undefined || id === undefined || !key.startsWith(bucket.keyOf(''))) continue
      found.push({ name: key.slice(bucket.keyOf('').length), id, begun: Date.parse(textIn(inner, 'Initiated') ?? '') })
    }
    const [key, id] = [textIn(text, 'NextKeyMarker'), textIn(text, 'NextUploadIdMarker')]
    if (textIn(text, 'IsTruncated') !== 'true' || !key || (key === from['key-marker'] && id === from['upload-id-marker'])) return found
    from = { 'key-marker': key, ...(id ? { 'upload-id-marker': id } : {}) }
  }
}

/** Throws SinkError; one that is gone is no error. */
export async function abortUpload(bucket: Bucket, { name, id }: Pick<Unfinished, 'name' | 'id'>): Promise<void> {
  const question = bucket.dialect.abort(id)
  if (question === null) return
  const { method, query } = question
  await bucket.ask(name, { method, query, doing: 'removed', answers: [200, 204, 404] })
}

/** Aborts all uploads of this very name but one: for who alone writes it. Throws SinkError. */
export async function abortOthers(bucket: Bucket, name: string, mine?: string): Promise<void> {
  for (const left of await unfinishedUploads(bucket, name)) if (left.name === name && left.id !== mine) await abortUpload(bucket, left)
}

function textIn(text: string, tag: string): string | undefined {
  const found = valueIn(text, tag)
  return found === undefined ? undefined : plain(found)
}
