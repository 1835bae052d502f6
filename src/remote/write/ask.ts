/** One question to a bucket, asked until there is an answer: what may pass is asked again, and whoever asks is told whether an earlier try may have been heard. */

import type { IncomingHttpHeaders } from 'node:http'
import type { RemoteOptions } from '../../core/address.js'
import { SinkError, SlideError } from '../../core/errors.js'
import { doorAt } from '../doors.js'
import { bytesOf, exchange, type Method, Passing } from '../exchange.js'
import { type Patience, retrying } from '../patience.js'
import type { Place } from '../place.js'
import { codeOf } from '../refusal.js'
import { refuseToWrite } from './refusal.js'
import { resultErrorOf } from './result-error.js'

/** A store that is busy is given more time than a slide: 8 tries are about half a minute. */
export const writingPatience: Patience = { tries: 8, pauseMs: 200, quietMs: 30_000 }

/** Answers that are no objects are a few hundred bytes. */
const mostText = 64 * 1024

export interface Body {
  readonly length: number
  /** Of all of it, in base64: a store that got other bytes says so. */
  readonly md5: string
  /** Made anew for each try. */
  pieces(): Uint8Array | AsyncIterable<Uint8Array>
}

export interface Sent {
  readonly method: Method
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Body
  /** For errors: `written`, `read`, `listed`, `removed`. */
  readonly doing: string
  /** Statuses that are answers; all others are refusals, or asked again. */
  readonly answers: readonly number[]
  /** Throws Passing where the answer says that it was not done well. */
  readonly judge?: (headers: IncomingHttpHeaders) => void
  /** Most bytes of an answer. */
  readonly most?: number
  /** How long next to nothing may come: see `Question` of an exchange. */
  readonly slowMs?: number
}

export interface Said {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly code: string | undefined
  readonly bytes: Buffer
  /** An earlier try got no answer: it may have been done all the same. */
  readonly again: boolean
}

/** How often this process has asked, by method: for those who count. */
export const requests: Partial<Record<Method, number>> = {}

/** Throws SinkError. */
export async function askBucket(place: Place, sent: Sent, options: RemoteOptions, patience: Patience = writingPatience): Promise<Said> {
  const { scheme, bucket } = place
  const { key, doing, answers, method, body, query = {}, most = mostText } = sent
  const shown = `${scheme}://${bucket}/${key}`
  let again = false
  let lessons = 0
  const once = async (): Promise<Said> => {
    const door = await doorAt({ ...place, key }, {}, options)
    for (;;) {
      const headers = {
        ...sent.headers,
        ...(body === undefined ? {} : { 'content-md5': body.md5 }),
        ...(method === 'PUT' || method === 'POST' ? { 'content-length': `${body?.length ?? 0}` } : {}),
        'accept-encoding': 'identity',
        'user-agent': 'tiastream',
      }
      const asked = await door.ask(headers, { method, query })
      requests[method] = (requests[method] ?? 0) + 1
      const pieces = body?.pieces()
      const answer = await exchange({
        ...asked,
        quietMs: patience.quietMs,
        slowMs: sent.slowMs,
        follows: door.follows,
        ...(pieces === undefined ? {} : { body: pieces }),
      })
      try {
        if (!answers.includes(answer.status) && lessons++ === 0 && door.learn?.(answer)) continue
        const bytes = await bytesOf(answer, most)
        const isAnswer = answers.includes(answer.status)
        const text = answer.status < 300 && method === 'GET' ? '' : bytes.toString('utf8')
        // A store may begin to answer before it knows how it will end.
        if (isAnswer && method === 'POST' && answer.status < 300 && /<Error>/.test(text))
          refuseToWrite({ status: 500, headers: {} }, text, shown, doing)
        if (!isAnswer) refuseToWrite(answer, text, shown, doing)
        if (answer.status < 300) sent.judge?.(answer.headers)
        return { status: answer.status, headers: answer.headers, code: codeOf(answer, text), bytes, again }
      } finally {
        answer.body.destroy()
      }
    }
  }
  try {
    return await retrying(
      () =>
        once().catch((error: unknown) => {
          if (error instanceof Passing) again = true
          throw error
        }),
      patience,
    )
  } catch (error) {
    if (error instanceof Passing)
      throw new SinkError('OUTPUT_UNREACHABLE', `${shown} cannot be ${doing}: ${error.message}, ${patience.tries} times`, {
        hint: 'what is committed stays: run again when the store answers',
        cause: error,
      })
    if (error instanceof SlideError) throw resultErrorOf(error, shown, doing)
    throw error
  }
}
