/**
 * A file server behind a link of given latency and bandwidth, in a thread of its own. Answers leave in the order in which requests came (FIFO): each is
 * there one round trip after it was asked for, or when the link has carried what came before it, and then its own bytes. What was carried is counted.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export interface LinkSpec {
  /** A path below it is the path of a file below this folder. */
  readonly root: string
  /** Milliseconds of a round trip. */
  readonly latency: number
  /** Bytes a second. */
  readonly rate: number
}

export interface Carried {
  readonly bytes: number
  readonly requests: number
  /** Requests that had to wait for the answer of another: the longest chain. */
  readonly trips: number
}

export interface Link {
  readonly urlOf: (file: string) => string
  /** What was carried since the last call. */
  readonly carried: () => Carried
  readonly close: () => Promise<void>
}

const [BYTES, REQUESTS, TRIPS] = [0, 1, 2]

export async function startLink(spec: LinkSpec): Promise<Link> {
  const counts = new Float64Array(new SharedArrayBuffer(24))
  const worker = new Worker(new URL(import.meta.url), { workerData: { spec, counts } })
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return {
    urlOf: (file) => `http://127.0.0.1:${port}/${file.split('/').map(encodeURIComponent).join('/')}`,
    carried: () => {
      const [bytes, requests, trips] = counts as unknown as [number, number, number]
      counts.fill(0)
      return { bytes, requests, trips }
    },
    close: async () => {
      await worker.terminate()
    },
  }
}

function serve({ root, latency, rate }: LinkSpec, counts: Float64Array): void {
  const files = new Map<string, { readonly handle: number; readonly size: number }>()
  const fileOf = (url: string) => {
    const known = files.get(url)
    if (known !== undefined) return known
    const handle = openSync(`${root}${decodeURIComponent(url)}`, 'r')
    const { size } = fstatSync(handle)
    files.set(url, { handle, size })
    return { handle, size }
  }
  process.once('exit', () => {
    for (const { handle } of files.values()) closeSync(handle)
  })
  /** When the link has carried everything that was asked for. */
  let free = 0
  const server = http.createServer((request, response) => {
    const arrived = performance.now()
    const trip = counts[TRIPS]! + 1
    counts[REQUESTS]!++
    let body = Buffer.alloc(0)
    let headers: http.OutgoingHttpHeaders = {}
    let status = 404
    try {
      const { handle, size } = fileOf(request.url!)
      const [, from = 0, to = size - 1] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).map(Number)
      const end = Math.min(to, size - 1)
      body = Buffer.allocUnsafe(Math.max(0, end - from + 1))
      readSync(handle, body, 0, body.length, from)
      status = 206
      headers = { etag: '"1"', 'content-range': `bytes ${from}-${end}/${size}` }
    } catch {
      // What is not there is not there.
    }
    free = Math.max(free, arrived + latency) + (body.length / rate) * 1000
    setTimeout(
      () => {
        counts[BYTES]! += body.length
        counts[TRIPS] = Math.max(counts[TRIPS]!, trip)
        response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
      },
      Math.max(0, free - performance.now()),
    )
  })
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port))
}

if (!isMainThread) {
  const given = workerData as { readonly spec: LinkSpec; readonly counts: Float64Array }
  serve(given.spec, given.counts)
}
