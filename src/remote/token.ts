/** Access tokens, as Google and Azure give them: for some minutes, to be got anew before they run out. */

import { SlideError } from '../core/errors.js'
import { exchange, Passing, textOf } from './exchange.js'
import { Renewed } from './renewed.js'

export interface Token {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** Of those that do not say how long they are good for. */
const usualLife = 5 * 60_000
const mostText = 64 * 1024

const tokens = new Renewed<Token>()

/** Of one kind of service, once for all slides of a thread; null where nobody asks. */
export const tokenOf = async (kind: string, get: () => Promise<Token | null>): Promise<string | null> =>
  (await tokens.get(kind, get))?.token ?? null

/** By a form, or (null) by a plain GET. Throws SlideError; what was sent is in no message. */
export async function askedFor(
  url: URL,
  form: Readonly<Record<string, string>> | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Token | null> {
  const body = form === null ? undefined : new URLSearchParams(form).toString()
  const typed =
    body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': `${Buffer.byteLength(body)}` }
  try {
    const asked = { url, headers: { ...headers, ...typed }, follows: false, quietMs: body === undefined ? 1000 : 10_000 }
    const answer = await exchange(body === undefined ? asked : { ...asked, method: 'POST', body })
    const text = await textOf(answer, mostText)
    if (answer.status !== 200) throw new Passing(`it says ${answer.status}`)
    const { access_token: token, expires_in: seconds } = JSON.parse(text) as { access_token?: unknown; expires_in?: unknown }
    if (typeof token !== 'string') throw new Passing('it gives none')
    const life = Number(seconds)
    return { token, expires: Date.now() + (life > 0 ? life * 1000 : usualLife) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SlideError('SLIDE_FORBIDDEN', `${url.origin} gives no access token: ${why}`, { hint: 'are the credentials still good?' })
  }
}
