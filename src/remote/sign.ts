/** aws4fetch's doorway: signatures of version 4, as S3 and those who speak its language take them; and Google's own, which has the same form. */

import { createHash, createHmac } from 'node:crypto'
import type { Credentials } from './credentials/credentials.js'
import type { Request } from './door.js'

/** The same request with the headers that sign it. */
export async function signed(request: Request, who: Credentials, region: string, service: 's3' | 'sts'): Promise<Request> {
  const { AwsV4Signer } = await import('aws4fetch')
  const { accessKeyId, secretAccessKey, sessionToken } = who
  const { method, url, headers } = request
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers },
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service,
    region,
  })
  const { headers: all } = await signer.sign()
  return { method, url, headers: Object.fromEntries(all) }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const notSigned = ['content-length', 'content-type', 'user-agent', 'accept-encoding']

/** By Google's words (GOOG4-HMAC-SHA256): where a request has headers of Google's own, Amazon's may not stand beside them. `at`: milliseconds since 1970. */
export function signedForGoogle({ method, url, headers }: Request, id: string, secret: string, at = Date.now()): Request {
  const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  const all: Record<string, string> = { ...headers, host: url.host, 'x-goog-date': date, 'x-goog-content-sha256': 'UNSIGNED-PAYLOAD' }
  const names = Object.keys(all)
    .filter((name) => !notSigned.includes(name))
    .sort()
  const strict = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...url.searchParams]
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .sort()
    .join('&')
  const lines = names.map((name) => `${name}:${all[name]!.trim().replace(/\s+/g, ' ')}\n`).join('')
  const canonical = [method, url.pathname, query, lines, names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n')
  const scope = `${date.slice(0, 8)}/auto/storage/goog4_request`
  const key = scope.split('/').reduce<string | Buffer>((last, part) => hmac(last, part), `GOOG4${secret}`)
  const signature = hmac(key, ['GOOG4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex')
  const authorization = `GOOG4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const { host, ...sent } = all
  return { method, url, headers: { ...sent, authorization } }
}
