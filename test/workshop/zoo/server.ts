/** A loopback server of one file that can be told to misbehave, and what it was asked for. */

import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly url: string
  readonly range: string | null
  status: number
  sent: number
}

/** Answers a request, or leaves it to the honest server by returning false. */
export type Misbehave = (request: IncomingMessage, response: ServerResponse, count: number) => boolean

export interface FileServer {
  readonly url: string
  readonly asked: Asked[]
  content: Buffer
  etag: string
  close(): Promise<void>
}

export async function serve(content: Buffer, misbehave: Misbehave = () => false): Promise<FileServer> {
  const asked: Asked[] = []
  const state = { content, etag: '"one"' }
  const server = createServer((request, response) => {
    const entry: Asked = { url: request.url!, range: request.headers.range ?? null, status: 0, sent: 0 }
    asked.push(entry)
    response.on('close', () => {
      entry.status = response.statusCode
    })
    if (misbehave(request, response, asked.length)) return
    response.setHeader('etag', state.etag)
    response.setHeader('accept-ranges', 'bytes')
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1])
    const same = request.headers['if-range'] === undefined || request.headers['if-range'] === state.etag
    if (Number.isInteger(from) && same) {
      if (from >= state.content.length) {
        response.writeHead(416, { 'content-range': `bytes */${state.content.length}` }).end()
        return
      }
      response.writeHead(206, {
        'content-range': `bytes ${from}-${state.content.length - 1}/${state.content.length}`,
        'content-length': state.content.length - from,
      })
      response.end(state.content.subarray(from))
      return
    }
    response.writeHead(200, { 'content-length': state.content.length })
    response.end(state.content)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const handle = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get content() {
      return state.content
    },
    set content(value) {
      state.content = value
    },
    get etag() {
      return state.etag
    },
    set etag(value) {
      state.etag = value
    },
    close: () =>
      new Promise<void>((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
  return handle
}

/** Sends the first `bytes` of what was asked for, and cuts the line once some of it lies in `file`. */
export function cut(response: ServerResponse, content: Buffer, bytes: number, file: string): true {
  response.writeHead(200, { 'content-length': content.length, etag: '"one"' })
  response.write(content.subarray(0, bytes))
  const timer = setInterval(async () => {
    const { size } = await stat(file).catch(() => ({ size: 0 }))
    if (size === 0) return
    clearInterval(timer)
    response.destroy()
  }, 10)
  response.on('close', () => clearInterval(timer))
  return true
}
