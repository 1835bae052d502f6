/** A web server of one file that does what it is told, for the tests of sources: every answer can be made odd. */

import { createHash } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

/** True when it has answered; false leaves the answer to the well-behaved server. `n` counts the requests from 0. */
export type Odd = (n: number, request: IncomingMessage, response: ServerResponse) => boolean

export interface OddServer {
  readonly url: string
  readonly seen: Seen[]
  bytes: Uint8Array
  odd: Odd
  close(): Promise<void>
}

export async function oddServer(bytes: Uint8Array, odd: Odd = () => false): Promise<OddServer> {
  const seen: Seen[] = []
  const server = http.createServer((request, response) => {
    seen.push({ method: request.method!, url: request.url!, headers: request.headers })
    if (!self.odd(seen.length - 1, request, response)) serve(self.bytes, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: OddServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    bytes,
    odd,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}

export const tagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`

export function partOf(bytes: Uint8Array, request: IncomingMessage): { start: number; end: number } | null {
  const found = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  return found === null ? null : { start: Number(found[1]), end: Math.min(Number(found[2]) + 1, bytes.length) }
}

/** As a server should: one range, its size, ETag and time, and conditions. */
export function serve(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  more: Record<string, string> = {},
  status = 206,
): void {
  const etag = tagOf(bytes)
  const condition = request.headers['if-match']
  const part = partOf(bytes, request)
  if (request.method !== 'GET') return void response.writeHead(405).end()
  if (condition !== undefined && condition !== etag) return void response.writeHead(412).end()
  if (part === null) return void response.writeHead(200, { etag, 'content-length': bytes.length, ...more }).end(bytes)
  if (part.start >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  const body = bytes.subarray(part.start, part.end)
  response
    .writeHead(status, {
      etag,
      'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT',
      'content-range': `bytes ${part.start}-${part.end - 1}/${bytes.length}`,
      'content-length': body.length,
      ...more,
    })
    .end(body)
}
