/** The server of the viewer: loopback only, this run only. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { urlIn } from '../../core/address.js'
import { PipelineError, recordOf, TiastreamError } from '../../core/errors.js'
import { shown } from '../../core/text/unseen.js'
import type { Results } from '../open.js'
import { answer } from './answers.js'
import { guardHeaders, refusalOf } from './guard.js'
import { ShownSlides } from './shown-slides.js'

export interface Viewer {
  readonly url: string
  readonly port: number
  /** Stops listening, ends open connections and closes the slides. */
  close(): Promise<void>
}

export interface ViewerOptions {
  /** 0: any free one. */
  readonly port?: number
  /** Take any free port where this one cannot be had: the viewer says which. */
  readonly orAnother?: boolean
}

/** Throws PipelineError PORT_BUSY. */
export async function startViewer(results: Results, { port = 0, orAnother = false }: ViewerOptions = {}): Promise<Viewer> {
  const slides = new ShownSlides(results)
  const server = createServer((request, response) => void respond(slides, request, response))
  await listen(server, port).catch((error: unknown) => {
    if (!orAnother) throw error
    return listen(server, 0)
  })
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${bound}/`,
    port: bound,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await slides.close()
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      reject(
        new PipelineError('PORT_BUSY', `port ${port} cannot be listened on (${cause.code})`, {
          hint: 'give another one with --port, or 0 for any that is free',
          cause,
        }),
      )
    }
    server.once('error', failed)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed)
      resolve()
    })
  })
}

async function respond(slides: ShownSlides, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A tile that has been scrolled away is not worth reading.
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    const refusal = refusalOf(request)
    if (refusal) return send(request, response, refusal.status, { type: 'text/plain; charset=utf-8', body: `${refusal.why}\n` })
    const url = urlIn(request.url ?? '', 'http://127.0.0.1')
    const found = url && (await answer(slides, url, gone.signal))
    if (found) send(request, response, 200, found)
    else send(request, response, 404, { type: 'text/plain; charset=utf-8', body: 'there is nothing of this name\n' })
  } catch (error) {
    if (gone.signal.aborted) return
    const { code, message, hint } = recordOf(error)
    // A stack is for our eyes: the page is told what a person can act on.
    const said = error instanceof TiastreamError ? { code, message, hint } : { code: 'BUG', message: 'the viewer failed here' }
    if (!(error instanceof TiastreamError)) process.stderr.write(shown(`${message}\n`))
    send(request, response, 500, { type: 'application/json; charset=utf-8', body: JSON.stringify(said) })
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  { type, body }: { type: string; body: Buffer | string },
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  // The predictions of an id may change between two runs: the browser asks again, our own cache answers.
  response.writeHead(status, { ...guardHeaders, 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
