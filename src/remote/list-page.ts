/** A page of the list of a bucket: ListObjectsV2 of S3 and Google, List Blobs of Azure. */

import { elements, plain, valueIn } from './xml.js'

export interface ListedObject {
  readonly key: string
  readonly size: number
  /** What lies below: the key is the beginning of keys, up to the delimiter. */
  readonly isPrefix: boolean
}

/** How a list is asked for and written. */
export interface Dialect {
  readonly query: Readonly<Record<string, string>>
  readonly token: string
  readonly root: string
  /** Tags of an object and of what lies below, with those of their names. */
  readonly object: readonly [tag: string, name: string, size: string]
  readonly prefix: readonly [tag: string, name: string]
  readonly next: string
}

export const s3: Dialect = {
  query: { 'list-type': '2', 'encoding-type': 'url' },
  token: 'continuation-token',
  root: 'ListBucketResult',
  object: ['Contents', 'Key', 'Size'],
  prefix: ['CommonPrefixes', 'Prefix'],
  next: 'NextContinuationToken',
}
export const azure: Dialect = {
  query: { restype: 'container', comp: 'list' },
  token: 'marker',
  root: 'EnumerationResults',
  object: ['Blob', 'Name', 'Content-Length'],
  prefix: ['BlobPrefix', 'Name'],
  next: 'NextMarker',
}

/** In the order of the page. */
export function* objectsOn(text: string, { object, prefix }: Dialect): Generator<ListedObject, void, undefined> {
  const [tag, nameOf, sizeOf] = object
  const [below, prefixOf] = prefix
  const read = text.includes('<EncodingType>url</EncodingType>') ? decoded : plain
  for (const { name, inner } of elements(text, tag, below)) {
    const isPrefix = name === below
    const key = valueIn(inner, isPrefix ? prefixOf : nameOf)
    const size = Number(valueIn(inner, sizeOf) ?? 0)
    if (key !== undefined) yield { key: read(key), size: Number.isSafeInteger(size) && size > 0 ? size : 0, isPrefix }
  }
}

/** What the next page is asked for by; empty on the last one, undefined where it is not the last and does not say. */
export function nextOn(text: string, { next }: Dialect): string | undefined {
  const token = plain(valueIn(text, next) ?? '')
  return token === '' && valueIn(text, 'IsTruncated') === 'true' ? undefined : token
}

/** As it is in a form: a space is a plus. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(plain(text).replaceAll('+', ' '))
  } catch {
    return plain(text)
  }
}
