/** The parts of an address in a bucket: `s3://bucket/key`, `gs://bucket/key`, `az://account/container/key`. */

import { schemeOf, signature, urlIn, withoutSecrets } from '../core/address.js'
import { SlideError } from '../core/errors.js'

export interface Place {
  readonly scheme: 's3' | 'gs' | 'az'
  /** Of Azure its account and container: `account/container`. */
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
  /** Of Azure what signs it: `sv=…&sig=…`; else empty. */
  readonly query: string
}

const shapes = {
  s3: { of: /^s3:\/\/([^/]+)(?:\/(.*))?$/is, form: 's3://bucket/key' },
  gs: { of: /^gs:\/\/([^/]+)(?:\/(.*))?$/is, form: 'gs://bucket/key' },
  az: { of: /^az:\/\/([^/]+\/[^/]+)(?:\/(.*))?$/is, form: 'az://account/container/key' },
} as const

/** Throws SlideError when no bucket is named. */
export function placeOf(uri: string): Place {
  const scheme = schemeOf(uri)
  if (scheme === null || scheme === 'http' || scheme === 'dicomweb')
    throw new SlideError('SLIDE_MISSING', `'${withoutSecrets(uri)}' names no bucket`)
  if (scheme !== 'az' && withoutSecrets(uri) !== uri)
    throw new SlideError(
      'SLIDE_FORBIDDEN',
      `${withoutSecrets(uri)} has keys before the name of its bucket, which are not taken from there`,
      {
        hint: 'addresses are written down: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (of Google GS_…), or AWS_PROFILE',
      },
    )
  const query = scheme === 'az' ? (signature.exec(uri)?.[0].slice(1) ?? '') : ''
  const bare = query === '' ? uri : uri.slice(0, -query.length - 1)
  const [, bucket, key = ''] = shapes[scheme].of.exec(bare) ?? []
  if (bucket !== undefined) return { scheme, bucket, key, query }
  throw new SlideError('SLIDE_MISSING', `'${bare}' names no bucket`, { hint: `write ${shapes[scheme].form}` })
}

/** The same of one object. */
export function objectPlace(uri: string): Place {
  const place = placeOf(uri)
  if (place.key !== '') return place
  throw new SlideError('SLIDE_MISSING', `${place.scheme}://${place.bucket}/ names no object`, {
    hint: `write ${shapes[place.scheme].form}`,
  })
}

/** A URL of `path` (bucket, key) at an endpoint, each letter as a signature has it. */
export function urlAt(endpoint: URL, path: string): URL {
  const url = new URL(endpoint)
  const wanted = `${url.pathname.replace(/\/$/, '')}/${encoded(path)}`
  url.pathname = wanted
  // A URL cannot hold `.` or `..` between slashes: it would be another key.
  if (url.pathname !== wanted) throw new SlideError('SLIDE_MISSING', `the key '${path}' cannot be asked for by a web address`)
  return url
}

const encoded = (key: string) =>
  encodeURIComponent(key)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')

/** Throws SlideError for an endpoint that is no web address. */
export function endpointOf(said: string | undefined): URL | undefined {
  if (!said) return undefined
  const url = urlIn(said)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new SlideError('SLIDE_UNREACHABLE', `the endpoint '${said}' is no web address`, { hint: 'write https://minio.hospital.org' })
}
