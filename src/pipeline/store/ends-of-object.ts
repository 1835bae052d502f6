/** The two ends of an object, by which it is told who has made it. */

import { type Ends, looked } from '../../core/files/may-replace.js'
import type { Bucket } from '../../remote/write/bucket.js'

/** `size`: of the object. Throws SinkError. */
export async function endsOfObject(bucket: Bucket, name: string, size: number): Promise<Ends> {
  if (size === 0) return { head: '', tail: '' }
  const part = async (from: number): Promise<string> => {
    const range = `bytes=${from}-${Math.min(size, from + looked) - 1}`
    const { bytes } = await bucket.ask(name, { method: 'GET', doing: 'read', headers: { range }, answers: [200, 206], most: looked })
    return bytes.toString('latin1')
  }
  const head = await part(0)
  return { head, tail: size <= looked ? head : await part(size - looked) }
}
