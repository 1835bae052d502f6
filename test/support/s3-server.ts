/** A little S3: one bucket in memory, read by ranges and listed by pages of three. It looks at who signs, not at the signature; the slow tests have servers that do. */

import { type OddServer, oddServer, serve } from './odd-server.js'

export interface S3Server extends OddServer {
  readonly objects: Map<string, Uint8Array>
}

export async function s3Server(bucket: string, objects: Readonly<Record<string, Uint8Array>>, who?: string): Promise<S3Server> {
  const all = new Map(Object.entries(objects))
  const server = await oddServer(new Uint8Array(0), (_, request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const refuse = (status: number, code: string) => !!response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`)
    const signer = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1]
    if (who !== signer) return refuse(403, signer === undefined ? 'AccessDenied' : 'InvalidAccessKeyId')
    const [, named, ...rest] = pathname.split('/')
    if (named !== bucket) return refuse(404, 'NoSuchBucket')
    const key = decodeURIComponent(rest.join('/'))
    if (key === '') response.end(pageOf([...all], searchParams))
    else if (all.has(key)) serve(all.get(key)!, request, response)
    else return refuse(404, 'NoSuchKey')
    return true
  })
  return Object.assign(server, { objects: all })
}

const form = (text: string) => encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/')

function pageOf(objects: readonly (readonly [string, Uint8Array])[], asked: URLSearchParams): string {
  const [prefix, delimiter] = [asked.get('prefix') ?? '', asked.get('delimiter') ?? '']
  const entries = new Map<string, string>()
  for (const [key, bytes] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix)) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const top = end < 0 ? key : key.slice(0, end + 1)
    const name = form(top)
    entries.set(
      top,
      end < 0
        ? `<Contents><Key>${name}</Key><Size>${bytes.length}</Size></Contents>`
        : `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`,
    )
  }
  const from = Number(asked.get('continuation-token')?.replace('after &', '') ?? 0)
  const more = from + 3 < entries.size
  const token = more ? `<NextContinuationToken>after &amp;${from + 3}</NextContinuationToken>` : ''
  const page = [...entries.values()].slice(from, from + 3).join('')
  return `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${token}${page}</ListBucketResult>`
}
