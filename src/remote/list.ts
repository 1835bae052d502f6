/** What a bucket holds, page by page (ListObjectsV2). */

import type { S3Options } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Door } from './door.js'
import { exchange, Passing, textOf } from './exchange.js'
import { type Patience, retrying, usualPatience } from './patience.js'
import { refuse } from './refusal.js'
import { listDoor } from './s3.js'

export interface ListedObject {
  readonly key: string
  readonly size: number
  /** What lies below: the key is the beginning of keys, up to the delimiter. */
  readonly isPrefix: boolean
}

/** A page names a thousand keys, of at most a kilobyte each. */
const mostText = 8 * 2 ** 20
/** A bucket of ten million keys below one beginning is no cohort. */
const mostPages = 10_000

/** In the order of the keys' bytes. With `delimiter` only what lies right below the prefix. Throws SlideError. */
export async function* objectsBelow(
  bucket: string,
  prefix: string,
  delimiter: '/' | '',
  options: S3Options = {},
  signal?: AbortSignal,
  patience = usualPatience,
): AsyncGenerator<ListedObject> {
  const shown = `s3://${bucket}/${prefix}`
  let token: string | undefined
  for (let page = 0; ; page++) {
    if (page === mostPages) throw new SlideError('SLIDE_TOO_LARGE', `${shown} is the beginning of more than ${mostPages * 1000} keys`)
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(delimiter ? { delimiter } : {}),
      ...(token ? { 'continuation-token': token } : {}),
    }
    const text = await pageOf(await listDoor(bucket, query, options), shown, patience, signal)
    const read = text.includes('<EncodingType>url</EncodingType>') ? decoded : plain
    for (const [, tag, inner] of text.matchAll(/<(Contents|CommonPrefixes)>([\s\S]*?)<\/\1>/g)) {
      const name = valueIn(inner!, tag === 'Contents' ? 'Key' : 'Prefix')
      if (name !== undefined) yield { key: read(name), size: Number(valueIn(inner!, 'Size') ?? 0), isPrefix: tag === 'CommonPrefixes' }
    }
    const next = valueIn(text, 'NextContinuationToken')
    if (valueIn(text, 'IsTruncated') !== 'true') return
    if (next === undefined || plain(next) === token)
      throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} does not say how it goes on`)
    token = plain(next)
  }
}

async function pageOf(door: Door, shown: string, patience: Patience, signal?: AbortSignal): Promise<string> {
  try {
    return await retrying(() => onePage(door, shown, patience, signal), patience, signal)
  } catch (error) {
    if (!(error instanceof Passing)) throw error
    throw new SlideError('SLIDE_UNREACHABLE', `${shown} cannot be listed: ${error.message}, ${patience.tries} times`, { cause: error })
  }
}

async function onePage(door: Door, shown: string, { quietMs }: Patience, signal?: AbortSignal): Promise<string> {
  for (let lesson = 0; ; lesson++) {
    const asked = await door.ask({ 'accept-encoding': 'identity', 'user-agent': 'tiastream' })
    const answer = await exchange({ ...asked, signal, quietMs, follows: door.follows })
    if (lesson === 0 && door.learn?.(answer)) {
      answer.body.destroy()
      continue
    }
    if (answer.status !== 200) return refuse(answer, shown, door.remedy)
    const text = await textOf(answer, mostText, signal)
    if (!text.includes('ListBucketResult'))
      throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} is none: is the endpoint that of an S3 server?`)
    return text
  }
}

const valueIn = (text: string, tag: string): string | undefined => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1]

const letters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const plain = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex?: string, number?: string, name?: string) => {
    if (name !== undefined) return letters[name] ?? whole
    const point = hex === undefined ? Number(number) : Number.parseInt(hex, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })

/** As it is in a form: a space is a plus. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(plain(text).replaceAll('+', ' '))
  } catch {
    return plain(text)
  }
}
