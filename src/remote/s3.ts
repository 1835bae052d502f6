/** Objects of S3 and of servers that speak its language (MinIO, Ceph, SeaweedFS, R2): where a bucket is, and how a request is signed. */

import type { S3Options } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { amazonHost } from './credentials/amazon.js'
import { credentials, endpointSaid, forgetCredentials, regionOf } from './credentials/chain.js'
import type { Door, Request } from './door.js'
import type { Answer } from './exchange.js'
import { endpointOf, urlAt } from './place.js'
import { signed } from './sign.js'

/** Where Amazon's buckets turned out to be, for the next object of them. */
const regions = new Map<string, string>()
/** Keys younger than this are not the reason why they are refused. */
const freshMs = 10_000

/** To an object, or with a query to the list of a bucket. */
export async function s3Door(bucket: string, key: string, query: Readonly<Record<string, string>>, options: S3Options = {}): Promise<Door> {
  const endpoint = endpointOf(options.endpoint ?? (await endpointSaid(options)))
  const asked = await regionOf(options)
  const region = () => (endpoint === undefined ? regions.get(bucket) : undefined) ?? asked
  let signedAt: number | null = null
  return {
    async ask(headers, { method = 'GET', query: more = {} } = {}) {
      const url = urlOf(
        endpoint ?? new URL(`https://${amazonHost('s3', region(), process.env)}`),
        bucket,
        key,
        pathStyle(options, endpoint, bucket),
      )
      for (const [name, value] of Object.entries({ ...query, ...more })) url.searchParams.set(name, value)
      const request: Request = { method, url, headers: { ...headers, ...payer(options) } }
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

/** Of a bucket whose readers pay, which whoever is nobody cannot. By the name that GDAL reads. */
const payer = ({ anonymous }: S3Options): Readonly<Record<string, string>> =>
  process.env.AWS_REQUEST_PAYER === 'requester' && !anonymous ? { 'x-amz-request-payer': 'requester' } : {}

/** What may be part of the name of a host, as it is. A dot may not: Amazon's certificates are for one name before `s3`. */
const hostName = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/** Another server may have no names for buckets. */
const pathStyle = ({ path_style }: S3Options, endpoint: URL | undefined, bucket: string): boolean =>
  path_style ?? (endpoint !== undefined || !hostName.test(bucket))

function urlOf(endpoint: URL, bucket: string, key: string, pathStyled: boolean): URL {
  if (pathStyled) return urlAt(endpoint, `${bucket}/${key}`)
  const own = new URL(endpoint)
  const wanted = `${bucket}.${own.hostname}`
  own.hostname = wanted
  // A URL takes what is no name of a host for another one, or for none.
  if (own.hostname !== wanted)
    throw new SlideError(
      'SLIDE_MISSING',
      `the bucket '${bucket}' cannot be the beginning of the name of a host, as path_style: false wants it`,
      {
        hint: 's3: { path_style: true }',
      },
    )
  return urlAt(own, key)
}
