/** What a bucket holds, page by page: ListObjectsV2 of S3 and Google, List Blobs of Azure. */

import type { RemoteOptions } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Door } from './door.js'
import { doorAt } from './doors.js'
import { exchange, Passing, textOf } from './exchange.js'
import { type Patience, retrying, usualPatience } from './patience.js'
import type { Place } from './place.js'
import { refuse } from './refusal.js'

export interface ListedObject {
  readonly key: string
  readonly size: number
  /** What lies below: the key is the beginning of keys, up to the delimiter. */
  readonly isPrefix: boolean
}

/** How a list is asked for and written. */
interface Dialect {
  readonly query: Readonly<Record<string, string>>
  readonly token: string
  readonly root: string
  /** Tags of an object and of what lies below, with those of their names. */
  readonly object: readonly [tag: string, name: string, size: string]
  readonly prefix: readonly [tag: string, name: string]
  readonly next: string
}

const s3: Dialect = {
  query: { 'list-type': '2', 'encoding-type': 'url' },
  token: 'continuation-token',
  root: 'ListBucketResult',
  object: ['Contents', 'Key', 'Size'],
  prefix: ['CommonPrefixes', 'Prefix'],
  next: 'NextContinuationToken',
}
const azure: Dialect = {
  query: { restype: 'container', comp: 'list' },
  token: 'marker',
  root: 'EnumerationResults',
  object: ['Blob', 'Name', 'Content-Length'],
  prefix: ['BlobPrefix', 'Name'],
  next: 'NextMarker',
}

/** A page names some thousand keys, of at most a kilobyte each. */
const mostText = 16 * 2 ** 20
/** A bucket of ten million keys below one beginning is no cohort. */
const mostPages = 10_000

/** Those whose keys begin as that of the place, in the order of the keys' bytes; with `delimiter` only what lies right below it. Throws SlideError. */
export async function* objectsBelow(
  place: Place,
  delimiter: '/' | '',
  options: RemoteOptions = {},
  signal?: AbortSignal,
  patience = usualPatience,
): AsyncGenerator<ListedObject> {
  const { scheme, bucket, key: prefix } = place
  const shown = `${scheme}://${bucket}/${prefix}`
  const dialect = scheme === 'az' ? azure : s3
  const [object, nameOf, sizeOf] = dialect.object
  const [below, prefixOf] = dialect.prefix
  const entries = new RegExp(`<(${object}|${below})>([\\s\\S]*?)</\\1>`, 'g')
  let token = ''
  for (let page = 0; page < mostPages; page++) {
    const asked = { ...dialect.query, prefix, ...(delimiter ? { delimiter } : {}), ...(token ? { [dialect.token]: token } : {}) }
    const text = await pageOf(await doorAt({ ...place, key: '' }, asked, options), dialect, shown, patience, signal)
    const read = text.includes('<EncodingType>url</EncodingType>') ? decoded : plain
    for (const [, tag, inner] of text.matchAll(entries)) {
      const isPrefix = tag === below
      const name = valueIn(inner!, isPrefix ? prefixOf : nameOf)
      if (name !== undefined) yield { key: read(name), size: Number(valueIn(inner!, sizeOf) ?? 0), isPrefix }
    }
    const next = plain(valueIn(text, dialect.next) ?? '')
    if (next === '' && valueIn(text, 'IsTruncated') !== 'true') return
    if (next === '' || next === token) throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} does not say how it goes on`)
    token = next
  }
  throw new SlideError('SLIDE_TOO_LARGE', `${shown} is the beginning of the keys on more than ${mostPages} pages`)
}

async function pageOf(door: Door, dialect: Dialect, shown: string, patience: Patience, signal?: AbortSignal): Promise<string> {
  try {
    return await retrying(() => onePage(door, dialect, shown, patience, signal), patience, signal)
  } catch (error) {
    if (!(error instanceof Passing)) throw error
    throw new SlideError('SLIDE_UNREACHABLE', `${shown} cannot be listed: ${error.message}, ${patience.tries} times`, { cause: error })
  }
}

async function onePage(door: Door, { root }: Dialect, shown: string, { quietMs }: Patience, signal?: AbortSignal): Promise<string> {
  for (let lesson = 0; ; lesson++) {
    const asked = await door.ask({ 'accept-encoding': 'identity', 'user-agent': 'tiastream' })
    const answer = await exchange({ ...asked, signal, quietMs, follows: door.follows })
    if (lesson === 0 && door.learn?.(answer)) {
      answer.body.destroy()
      continue
    }
    if (answer.status !== 200) return refuse(answer, shown, door.remedy)
    const text = await textOf(answer, mostText, signal)
    if (!text.includes(root))
      throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} is none: is the endpoint that of an object store?`)
    return text
  }
}

const valueIn = (text: string, tag: string): string | undefined => new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`).exec(text)?.[1]

const letters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** As it is without the entities of XML. */
export const plain = (text: string): string =>
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
