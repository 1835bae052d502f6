/**
 * Who may ask. The server listens on loopback only; but any page in the same browser could reach it, by its address or by a
 * name that was made to point here (DNS rebinding). So the Host must be one of ours, and another site's page gets nothing.
 */

import type { IncomingMessage } from 'node:http'

export interface Refusal {
  readonly status: number
  readonly why: string
}

/** Null when the request may be answered. */
export function refusalOf(request: Pick<IncomingMessage, 'method' | 'headers' | 'url'>, port: number): Refusal | null {
  const { host } = request.headers
  if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(host ?? ''))
    return { status: 421, why: `this server is not ${host ?? 'nameless'}` }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, why: 'only GET and HEAD are answered' }
  const site = request.headers['sec-fetch-site']
  const isLink = request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document'
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink)
    return { status: 403, why: 'asked for by a page of another site' }
  if ((request.url?.length ?? 0) > 4096) return { status: 414, why: 'the address is too long' }
  return null
}

/** Sent with every answer. The page runs our scripts only and talks to nobody else. */
export const guardHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}
