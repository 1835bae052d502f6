/**
 * Who may ask. The server listens on loopback only; but any page in the same browser could reach it, by its address or by a
 * name that was made to point here (DNS rebinding). So the Host must be a name of the machine itself, and another site's page gets
 * nothing. The port may be any: a tunnel (`ssh -L 9000:127.0.0.1:8000`) has its own, and no page of another port is let in, since
 * the browser says that it comes from another origin.
 */

import type { IncomingMessage } from 'node:http'

export interface Refusal {
  readonly status: number
  readonly why: string
}

const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?$/i

/** Null when the request may be answered. */
export function refusalOf(request: Pick<IncomingMessage, 'method' | 'headers' | 'url'>): Refusal | null {
  const { host } = request.headers
  const named = loopback.exec(host ?? '')
  if (!named || Number(named[1] ?? 80) > 65_535) return { status: 421, why: `this server is not ${host ?? 'nameless'}` }
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
