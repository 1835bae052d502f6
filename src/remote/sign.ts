/** aws4fetch's doorway: signatures of version 4, as S3 and those who speak its language take them. */

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
