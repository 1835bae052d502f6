/** `/metrics` for Prometheus. It listens where it is told to, answers nothing else, and knows no slide, path or pipeline. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { urlIn } from '../core/address.js'
import { PipelineError } from '../core/errors.js'
import { expositionOf, expositionType } from './exposition.js'
import type { Meters } from './meters.js'

export interface MetricsPlace {
  /** Absent: all addresses of the machine, IPv4 and IPv6. */
  readonly host?: string
  /** 0: any free one. */
  readonly port: number
}

/** `:9464`, `9464`, `127.0.0.1:9464`, `[::1]:9464`. Throws PipelineError OPTION_INVALID. */
export function metricsPlaceOf(written: string): MetricsPlace {
  const [, bracketed, plain, digits = ''] = /^(?:\[([\da-f:.%\w]+)\]:|([^:[\]/\s]*):)?(\d{1,5})$/i.exec(written.trim()) ?? []
  const port = digits === '' ? Number.NaN : Number(digits)
  if (!(port <= 65_535)) {
    throw new PipelineError('OPTION_INVALID', `'${written}' is no place to answer Prometheus at`, {
      hint: 'write :9464, or 127.0.0.1:9464 for this machine only; 0 as port is any that is free',
    })
  }
  const host = bracketed ?? plain ?? ''
  return { port, ...(host === '' ? {} : { host }) }
}

/** At once. */
const mostConnections = 64

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** `more`: further lines, as a queue has them. Rejects with the error of the system where the place cannot be had. The process does not stay for it. */
export async function serveMetrics(meters: Meters, { host, port }: MetricsPlace, more: () => Promise<string>): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    // Whoever scans ports asks for what is no address at all (`//`): that must not end the run.
    const pathname = urlIn(request.url ?? '', 'http://metrics')?.pathname
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (pathname !== '/metrics' || !isRead) {
      response.writeHead(isRead ? 404 : 405, { 'content-type': 'text/plain' }).end('this server has /metrics\n')
      return
    }
    // What the queue does not say, the others still do.
    more()
      .catch(() => '')
      .then((text) => response.writeHead(200, { 'content-type': expositionType }).end(expositionOf(meters) + text))
  })
  // Nobody holds a connection open without asking for anything.
  server.requestTimeout = 10_000
  server.keepAliveTimeout = 5000
  // Nor takes the file handles away that slides need: Prometheus asks on one or two.
  server.maxConnections = mostConnections
  await listening(server, port, host)
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      // A connection that breaks later is that of one scrape.
      server.on('error', () => undefined)
      resolve()
    })
  })
}
