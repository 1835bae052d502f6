/**
 * One HTTP exchange: redirects followed (a few, never to something less safe, and never with what proves who we are to another host), silence and drops cut off.
 * What may pass when it is asked again is a `Passing`; everything else is final.
 */

import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { urlIn } from '../core/address.js'
import { SlideError, TiastreamError } from '../core/errors.js'
import { ownAuthority } from '../core/text/remedies.js'
import { Pace, slowMsOf } from '../flow/pace.js'
import { agentFor, ignoredProxy, isWeb } from './agents.js'
import { noAnswer } from './no-answer.js'

/** A failure that may pass: worth another try. */
export class Passing extends Error {
  readonly afterMs: number
  /** What a person can do about it, where trying again may not help. */
  readonly hint?: string

  constructor(
    message: string,
    { afterMs = 0, hint, cause }: { readonly afterMs?: number; readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.afterMs = afterMs
    if (hint !== undefined) this.hint = hint
  }
}

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'

export interface Question {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly method?: Method
  /** Pieces are asked for as the server takes them. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal | undefined
  /** A server that sends nothing for so long is given up, and one that sends next to nothing for six times as long. */
  readonly quietMs: number
  /** So long next to nothing may come, instead: a server that works on a question for minutes sends a space now and then, to keep the connection. */
  readonly slowMs?: number | undefined
  /** Redirects are followed; unless told otherwise they are. */
  readonly follows?: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Must be read to its end, or destroyed. */
  readonly body: IncomingMessage
  /** Who answered in the end. */
  readonly url: URL
}

const mostRedirects = 5

/** What another host is told: no header that proves who we are. */
const harmless = ['accept', 'range', 'if-match', 'accept-encoding', 'user-agent']

/** Throws Passing, SlideError (a redirect that is not followed), or what the signal says. */
export async function exchange(question: Question): Promise<Answer> {
  let { url, headers } = question
  const shown = (at: URL) => `${at.origin}${at.pathname}`
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const answer = await once({ ...question, url, headers })
    const to = redirectOf(answer)
    if (to === null || question.follows === false) return answer
    answer.body.destroy()
    const next = urlIn(to, url.href)
    if (next === null || !isWeb(next.protocol))
      throw new SlideError('SLIDE_UNREADABLE', `${shown(question.url)} redirects to what is no web address`)
    if (url.protocol === 'https:' && next.protocol !== 'https:')
      throw new SlideError('SLIDE_UNREADABLE', `${shown(question.url)} redirects to ${shown(next)}, which is not encrypted`)
    if (next.origin !== url.origin) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.includes(name)))
    url = next
  }
  throw new SlideError('SLIDE_UNREADABLE', `${shown(question.url)} redirects more than ${mostRedirects} times`)
}

function redirectOf({ status, headers }: Answer): string | null {
  return [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined ? inUtf8(headers.location) : null
}

/** Node takes each byte of a header for a letter; a server that escapes nothing means UTF-8. */
function inUtf8(text: string): string {
  const read = Buffer.from(text, 'latin1').toString('utf8')
  return read.includes('\ufffd') ? text : read
}

function once({ url, headers, method = 'GET', body, signal, quietMs, slowMs = slowMsOf(quietMs) }: Question): Promise<Answer> {
  signal?.throwIfAborted()
  const send: typeof http.request = url.protocol === 'https:' ? https.request : http.request
  const agent = agentFor(url)
  return new Promise((resolve, reject) => {
    // Said here it counts from the first packet on, which a firewall may drop; said later only once there is a connection.
    const asked = send(url, { method, headers, agent, timeout: quietMs, ...(signal === undefined ? {} : { signal }) })
    let begun: IncomingMessage | undefined
    const giveUp = (why: string) => (begun ?? asked).destroy(new Passing(why))
    asked.on('timeout', () => giveUp(`nothing came for ${quietMs / 1000} s`))
    asked.on('socket', (socket) => mindPace(asked, socket, slowMs, giveUp))
    asked.on('error', (error) => reject(failureOf(error, signal, url)))
    asked.on('response', (answer) => {
      begun = answer
      // A body that breaks while nobody reads it must not end the process.
      answer.on('error', () => undefined)
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer, url })
    })
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) asked.end(body)
    else {
      const pieces = Readable.from(body, { highWaterMark: 1 })
      pieces.on('error', (error) => asked.destroy(error))
      // A server that refuses may answer before all is sent.
      asked.on('close', () => pieces.destroy())
      pieces.pipe(asked)
    }
  })
}

/** Looks now and then how much came, until the answer is here. */
function mindPace(asked: http.ClientRequest, socket: Socket, slowMs: number, giveUp: (why: string) => void): void {
  const before = socket.bytesRead
  const pace = new Pace(slowMs, performance.now())
  const look = () => {
    const why = pace.tooSlow(socket.bytesRead - before, performance.now())
    if (why !== null) giveUp(why)
  }
  // A thread that was at work for long first takes what lies there.
  const timer = setInterval(() => setImmediate(look), slowMs / 6)
  asked.once('close', () => clearInterval(timer))
}

/** Fills `into` from the body; throws Passing when it is shorter or longer. */
export async function bodyInto(answer: Answer, into: Uint8Array, signal?: AbortSignal): Promise<void> {
  let done = 0
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (done + chunk.length > into.length) throw new Passing(`more than the ${into.length} bytes came that were promised`)
      into.set(chunk, done)
      done += chunk.length
    }
  } catch (error) {
    throw failureOf(error, signal)
  }
  if (done < into.length) throw new Passing(`only ${done} of ${into.length} bytes came`)
}

/** All of a body that is a text (a page of a list). Throws Passing when it is longer than `most` bytes. */
export async function textOf(answer: Answer, most: number, signal?: AbortSignal): Promise<string> {
  return (await bytesOf(answer, most, signal)).toString('utf8')
}

/** All of a body. Throws Passing, or what `tooLong` says, when it is longer than `most` bytes, and Passing when it is shorter than was said. */
export async function bytesOf(
  answer: Answer,
  most: number,
  signal?: AbortSignal,
  tooLong = (): Error => new Passing(`more than ${most} bytes came, where less was to come`),
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > most) throw tooLong()
      chunks.push(chunk)
    }
  } catch (error) {
    throw failureOf(error, signal)
  }
  return Buffer.concat(chunks)
}

/** Nobody answered, or not to the end: another address may. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Passing || (error instanceof SlideError && error.code === 'SLIDE_UNREACHABLE')

/** No name, no trust: it will be so the next time, too. */
const lasting = /^(ENOTFOUND|ERR_INVALID|ERR_UNESCAPED)/
const untrusted = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/
const trust = `who vouches for this server? ${ownAuthority}`

function failureOf(error: unknown, signal: AbortSignal | undefined, url?: URL): unknown {
  if (signal?.aborted) return signal.reason
  if (error instanceof Passing || error instanceof TiastreamError || !(error instanceof Error)) return error
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : (error as NodeJS.ErrnoException)
  const { code = '' } = inner
  if (code === '' || code === 'ABORT_ERR') return error
  // Newer versions of Node give an advice of their own behind a semicolon.
  if (untrusted.test(code)) return new SlideError('SLIDE_UNREACHABLE', inner.message.replace(/;.*/s, ''), { hint: trust, cause: error })
  const { message, ...told } = noAnswer(inner, url?.protocol)
  const hint = (url && ignoredProxy(url)) ?? told.hint
  const more = { ...(hint === undefined ? {} : { hint }), cause: error }
  return lasting.test(code) ? new SlideError('SLIDE_UNREACHABLE', message, more) : new Passing(message, more)
}
