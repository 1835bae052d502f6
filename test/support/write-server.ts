/**
 * A little object store in memory that takes writes, in the words of S3, Google or Azure: conditions, uploads in parts, lists. It looks at who signs, not at the
 * signature; the slow tests have servers that do.
 */

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Odd, type OddServer, oddServer, partOf } from './odd-server.js'

export interface Kept {
  readonly bytes: Buffer
  readonly etag: string
  readonly generation: number
  readonly meta: Readonly<Record<string, string>>
}

export interface WriteServer extends OddServer {
  readonly objects: Map<string, Kept>
  /** Uploads in parts that nobody has completed: their parts by number (of Azure by the name of the block). */
  readonly uploads: Map<string, { readonly key: string; readonly parts: Map<string, Buffer>; readonly meta: Record<string, string> }>
  /** Is asked first; true when it has answered. It has the body. */
  first: (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean
  /** What a request does is done before its answer goes: an answer can be lost. True: it is lost. */
  lose: (request: IncomingMessage) => boolean
  /** Conditions are kept. */
  keeps: boolean
}

const md5 = (bytes: Uint8Array, as: 'hex' | 'base64' = 'hex') => createHash('md5').update(bytes).digest(as)

export async function writeServer(bucket: string): Promise<WriteServer> {
  let generation = 0
  const begin: Odd = (_, request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      if (!self.first(request, response, body)) answer(request, response, body)
    })
    return true
  }
  const server = await oddServer(new Uint8Array(0), begin)
  const keep = (key: string, bytes: Buffer, meta: Record<string, string>, etag = `"${md5(bytes)}"`): Kept => {
    const kept = { bytes, etag, generation: ++generation, meta }
    self.objects.set(key, kept)
    return kept
  }
  const self: WriteServer = Object.assign(server, {
    objects: new Map<string, Kept>(),
    uploads: new Map(),
    first: () => false,
    lose: () => false,
    keeps: true,
  })

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): unknown {
    const { pathname, searchParams: query } = new URL(request.url!, 'http://x')
    const { headers, method } = request
    const say = (status: number, code = '', more: Record<string, string> = {}) => {
      if (self.lose(request)) return void request.socket.destroy()
      response
        .writeHead(status, more)
        .end(code === '' || method === 'HEAD' ? '' : code.startsWith('<') ? code : `<Error><Code>${code}</Code></Error>`)
    }
    const [, named, ...rest] = pathname.split('/')
    if (named !== bucket) return say(404, 'NoSuchBucket')
    const key = decodeURIComponent(rest.join('/'))
    const meta = Object.fromEntries(Object.entries(headers).filter(([name]) => /^x-(amz|goog|ms)-meta-/.test(name))) as Record<
      string,
      string
    >
    const there = self.objects.get(key)
    const told = (kept: Kept) => ({ etag: kept.etag, 'x-goog-generation': `${kept.generation}`, ...kept.meta })
    if (headers['content-md5'] !== undefined && headers['content-md5'] !== md5(body, 'base64')) return say(400, 'BadDigest')
    const [wanted, unwanted, google] = [headers['if-match'], headers['if-none-match'], headers['x-goog-if-generation-match']]
    if (self.keeps && method === 'PUT') {
      if (unwanted === '*' && there) return 'x-ms-version' in headers ? say(409, 'BlobAlreadyExists') : say(412, 'PreconditionFailed')
      if (wanted !== undefined && !there) return say(404, 'NoSuchKey')
      if (wanted !== undefined && wanted !== there?.etag) return say(412, 'PreconditionFailed')
      if (google !== undefined && google !== `${there?.generation ?? 0}`) return say(412, 'PreconditionFailed')
    }
    const id = query.get('uploadId')
    if (method === 'GET' && key === '') return say(200, query.has('uploads') ? uploadsPage(query) : listPage(query))
    if (method === 'POST' && query.has('uploads')) {
      const upload = `up&${++generation}`
      self.uploads.set(upload, { key, parts: new Map(), meta })
      return say(200, `<InitiateMultipartUploadResult><UploadId>${upload.replace('&', '&amp;')}</UploadId></InitiateMultipartUploadResult>`)
    }
    if (method === 'PUT' && query.get('comp') === 'block') {
      const upload = self.uploads.get(key) ?? { key, parts: new Map(), meta }
      self.uploads.set(key, upload)
      upload.parts.set(query.get('blockid')!, body)
      return say(201)
    }
    if (method === 'PUT' && query.get('comp') === 'blocklist') {
      const names = [...body.toString().matchAll(/<Latest>([^<]+)</g)].map(([, name]) => name!)
      const upload = self.uploads.get(key)
      if (!upload || names.some((name) => !upload.parts.has(name))) return say(400, 'InvalidBlockList')
      self.uploads.delete(key)
      return say(201, '', told(keep(key, Buffer.concat(names.map((name) => upload.parts.get(name)!)), meta, `"0x${++generation}"`)))
    }
    if (id !== null) {
      const upload = self.uploads.get(id)
      if (!upload || upload.key !== key) return say(404, 'NoSuchUpload')
      if (method === 'PUT') {
        upload.parts.set(query.get('partNumber')!, body)
        return say(200, '', { etag: `"${md5(body)}"` })
      }
      self.uploads.delete(id)
      if (method === 'DELETE') return say(204)
      const parts = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>&quot;(\w+)&quot;</g)]
      if (parts.some(([, number, etag]) => md5(upload.parts.get(number!) ?? Buffer.alloc(0)) !== etag)) return say(400, 'InvalidPart')
      const kept = keep(
        key,
        Buffer.concat(parts.map(([, number]) => upload.parts.get(number!)!)),
        upload.meta,
        `"${generation}-${parts.length}"`,
      )
      return say(200, `<CompleteMultipartUploadResult><ETag>&quot;${kept.etag.slice(1, -1)}&quot;</ETag></CompleteMultipartUploadResult>`)
    }
    if (method === 'PUT') return say('x-ms-blob-type' in headers ? 201 : 200, '', told(keep(key, body, meta)))
    if (method === 'DELETE') return self.objects.delete(key) ? say(204) : say(404, 'NoSuchKey')
    if (!there) return say(404, 'NoSuchKey')
    if (method === 'HEAD') return say(200, '', { ...told(there), 'content-length': `${there.bytes.length}` })
    const part = partOf(there.bytes, request)
    const bytes = part === null ? there.bytes : there.bytes.subarray(part.start, part.end)
    const range = part === null ? {} : { 'content-range': `bytes ${part.start}-${part.end - 1}/${there.bytes.length}` }
    if (part !== null && part.start >= there.bytes.length)
      return void response.writeHead(416, { 'content-range': `bytes */${there.bytes.length}` }).end()
    if (headers['if-match'] !== undefined && headers['if-match'] !== there.etag) return say(412, 'PreconditionFailed')
    response.writeHead(part === null ? 200 : 206, { ...told(there), ...range, 'content-length': `${bytes.length}` }).end(bytes)
  }

  const form = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')
  const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

  function listPage(query: URLSearchParams): string {
    const [prefix, delimiter, isAzure] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', query.get('comp') === 'list']
    const entries = new Map<string, string>()
    for (const [key, { bytes }] of [...self.objects].sort(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)))) {
      if (!key.startsWith(prefix)) continue
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      const top = end < 0 ? key : key.slice(0, end + 1)
      const name = isAzure ? xml(top) : form(top)
      const [object, below] = isAzure
        ? [
            `<Blob><Name>${name}</Name><Properties><Content-Length>${bytes.length}</Content-Length></Properties></Blob>`,
            `<BlobPrefix><Name>${name}</Name></BlobPrefix>`,
          ]
        : [
            `<Contents><Key>${name}</Key><Size>${bytes.length}</Size></Contents>`,
            `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`,
          ]
      entries.set(top, end < 0 ? object : below)
    }
    const all = [...entries.values()].join('')
    return isAzure
      ? `<EnumerationResults><Blobs>${all}</Blobs><NextMarker /></EnumerationResults>`
      : `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${all}</ListBucketResult>`
  }

  /** Two a page. */
  function uploadsPage(query: URLSearchParams): string {
    const all = [...self.uploads].filter(([, { key }]) => key.startsWith(query.get('prefix') ?? ''))
    const from = query.has('upload-id-marker') ? all.findIndex(([id]) => id === query.get('upload-id-marker')) + 1 : 0
    const page = all.slice(from, from + 2)
    const last = page.at(-1)
    const more = from + 2 < all.length
    const next = more ? `<NextKeyMarker>${xml(last![1].key)}</NextKeyMarker><NextUploadIdMarker>${xml(last![0])}</NextUploadIdMarker>` : ''
    const uploads = page.map(
      ([id, { key }]) =>
        `<Upload><Key>${xml(key)}</Key><UploadId>${xml(id)}</UploadId><Initiated>2026-11-28T00:00:00.000Z</Initiated></Upload>`,
    )
    return `<ListMultipartUploadsResult><IsTruncated>${more}</IsTruncated>${next}${uploads.join('')}</ListMultipartUploadsResult>`
  }
  return self
}
