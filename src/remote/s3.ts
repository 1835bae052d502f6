/** Objects of S3 and of servers that speak its language (MinIO, Ceph, SeaweedFS, R2, Google's by its keys): where a bucket is, and how a request is signed. */

import type { S3Options } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { credentials, forgetCredentials, regionOf } from './credentials/chain.js'
import type { Door, Request } from './door.js'
import type { Answer } from './exchange.js'
import { signed } from './sign.js'

export interface Place {
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
}

/** Throws SlideError when no bucket is named. */
export function placeOf(uri: string): Place {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,254})(?:\/(.*))?$/is.exec(uri) ?? []
  if (bucket !== undefined) return { bucket, key }
  throw new SlideError('SLIDE_MISSING', `'${uri}' names no bucket`, { hint: 'write s3://bucket/key' })
}

export async function s3Door(uri: string, options: S3Options = {}): Promise<Door> {
  const { bucket, key } = placeOf(uri)
  if (key === '') throw new SlideError('SLIDE_MISSING', `'${uri}' names no object`, { hint: 'write s3://bucket/key' })
  return doorOf(bucket, key, {}, options)
}

/** To the list of a bucket. */
export const listDoor = (bucket: string, query: Readonly<Record<string, string>>, options: S3Options = {}): Promise<Door> =>
  doorOf(bucket, '', query, options)

/** Where Amazon's buckets turned out to be, for the next object of them. */
const regions = new Map<string, string>()
/** Keys younger than this are not the reason why they are refused. */
const freshMs = 10_000

async function doorOf(bucket: string, key: string, query: Readonly<Record<string, string>>, options: S3Options): Promise<Door> {
  const endpoint = endpointOf(options)
  const asked = await regionOf(options)
  const region = () => (endpoint === undefined ? regions.get(bucket) : undefined) ?? asked
  let signedAt: number | null = null
  return {
    async ask(headers) {
      const url = urlOf(endpoint ?? new URL(`https://s3.${region()}.amazonaws.com`), bucket, key, pathStyle(options, endpoint, bucket))
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const request: Request = { method: 'GET', url, headers }
      if (options.anonymous) return request
      const who = await credentials(options)
      if (who === null) return request
      signedAt ??= Date.now()
      return signed(request, who, region(), 's3')
    },
    follows: false,
    learn({ status, headers }: Answer) {
      const home = headers['x-amz-bucket-region']
      if (endpoint === undefined && typeof home === 'string' && /^[a-z0-9-]{1,40}$/.test(home) && home !== region()) {
        regions.set(bucket, home)
        return true
      }
      if (![400, 401, 403].includes(status) || signedAt === null || Date.now() - signedAt < freshMs) return false
      forgetCredentials(options)
      signedAt = null
      return true
    },
    remedy: 'are the credentials those of somebody who may read it? a public bucket is read with s3: { anonymous: true }',
  }
}

function endpointOf({ endpoint }: S3Options): URL | undefined {
  const said = endpoint ?? (process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL)
  if (!said) return undefined
  if (URL.canParse(said) && /^https?:$/.test(new URL(said).protocol)) return new URL(said)
  throw new SlideError('SLIDE_UNREACHABLE', `the endpoint '${said}' is no web address`, { hint: 'write https://minio.hospital.org' })
}

/** Amazon's certificates are for one name before `s3`, so not for a bucket with a dot in its own; another server may have no names for buckets. */
const pathStyle = ({ path_style }: S3Options, endpoint: URL | undefined, bucket: string): boolean =>
  path_style ?? (endpoint !== undefined || bucket.includes('.'))

function urlOf(endpoint: URL, bucket: string, key: string, pathStyled: boolean): URL {
  const url = new URL(endpoint)
  const before = url.pathname.replace(/\/$/, '')
  const path = `${before}${pathStyled ? `/${bucket}` : ''}/${encoded(key)}`
  if (!pathStyled) url.hostname = `${bucket}.${url.hostname}`
  url.pathname = path
  // A URL cannot hold `.` or `..` between slashes: it would be another key.
  if (url.pathname !== path) throw new SlideError('SLIDE_MISSING', `the key '${key}' of ${bucket} cannot be asked for by a web address`)
  return url
}

/** As the signature has it, too. */
const encoded = (key: string) =>
  encodeURIComponent(key)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
