/** What a server says instead of the bytes, as an error that tells who can act. What it writes beside it is read for a few words only: it may repeat what was signed. */

import { SlideError } from '../core/errors.js'
import { setClock } from '../core/text/remedies.js'
import { type Answer, isUnreachable, Passing } from './exchange.js'
import type { Patience } from './patience.js'

/** What is thrown when nobody answers: after all tries, or at once where no name or no trust is there. Any other error stays as it is. */
export function unreachable(error: unknown, shown: string, doing: string, { tries }: Patience): unknown {
  if (!isUnreachable(error)) return error
  const { message, hint = 'this may pass: run it again' } = error as SlideError | Passing
  const why = error instanceof Passing ? `${message}, ${tries} times` : message
  return new SlideError('SLIDE_UNREACHABLE', `${shown} cannot be ${doing}: ${why}`, { hint, cause: error })
}

/** Servers refuse a request that is dated further off than this. */
const mostSkewMs = 5 * 60_000

/** How far the clock of this machine is off, where that is why a server refuses; else null. */
export function skewOf({ status, headers }: Pick<Answer, 'status' | 'headers'>, code: string | undefined, now = Date.now()): string | null {
  const ms = Date.parse(headers.date ?? '') - now
  if (![400, 401, 403].includes(status) || !(code === 'RequestTimeTooSkewed' || Math.abs(ms) > mostSkewMs)) return null
  return Number.isFinite(ms) && Math.abs(ms) >= 60_000
    ? `${Math.round(Math.abs(ms) / 60_000)} minutes ${ms < 0 ? 'ahead of' : 'behind'}`
    : 'far off'
}

/** Servers explain an error in a few hundred bytes. */
const mostText = 16 * 1024

/** Asked again: too many requests, and whatever a server, or one before it (520 to 530), says of itself; not what it will never do, nor that it is full. */
export const mayPass = (status: number): boolean =>
  [408, 425, 429].includes(status) || (status >= 500 && ![501, 505, 507, 511].includes(status))

/** Throws; `shown` is the address without its secrets. Reads the body. */
export async function refuse(answer: Answer, shown: string, remedy: string): Promise<never> {
  const { status, headers } = answer
  const text = await wordsOf(answer)
  const code = codeOf(answer, text)
  const said = `the server says ${status}${code === undefined ? '' : ` (${code})`}`
  if (mayPass(status) || code === 'SlowDown' || code === 'RequestTimeout')
    throw new Passing(said, { afterMs: waitOf(headers['retry-after']) })
  if (status === 404 || status === 410)
    throw new SlideError('SLIDE_MISSING', `${shown} does not exist: ${said}`, {
      hint: code === 'NoSuchBucket' ? 'is the bucket spelt right?' : 'is the address spelt right?',
    })
  // What lies between may answer with a day of its own (a cache): only of what is signed is the clock the reason.
  const skew = code !== undefined && /Skewed|Authenticat|Signature/.test(code) ? skewOf(answer, code) : null
  if (skew !== null)
    throw new SlideError(
      'SLIDE_FORBIDDEN',
      `${shown} may not be read, as the clock of this machine is ${skew} that of the server: ${said}`,
      { hint: setClock },
    )
  if (expired.test(text))
    throw new SlideError('SLIDE_FORBIDDEN', `${shown} may not be read: what signs its address, or who asks, has expired (${said})`, {
      hint: 'sign the address anew, for longer than the run takes; the next run goes on where this one ended',
    })
  // S3 and its kin; Azure (409).
  if (code === 'InvalidObjectState' || code === 'BlobArchived' || code === 'BlobBeingRehydrated')
    throw new SlideError('SLIDE_FORBIDDEN', `${shown} lies in an archive, from which nothing is read at once: ${said}`, {
      hint: 'restore it first (aws s3api restore-object, az storage blob set-tier), or copy it into another storage class',
    })
  if (
    status === 401 ||
    status === 403 ||
    (status === 400 && code !== undefined && /Authorization|AccessKey|Token|Signature|Credential/i.test(code))
  )
    throw new SlideError('SLIDE_FORBIDDEN', `${shown} may not be read: ${said}`, {
      hint: remedy,
    })
  throw new SlideError('SLIDE_UNREADABLE', `${shown} cannot be read: ${said}`)
}

/** Of S3 and its kin, Azure, and CloudFront. */
const expired = /ExpiredToken|TokenRefreshRequired|Request has expired|has expired|Signature not valid in the specified time frame/i

/** The one word by which a server says what is wrong; undefined where it says none. */
export function codeOf({ headers }: Pick<Answer, 'headers'>, text: string): string | undefined {
  const said = /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? headers['x-ms-error-code']
  return typeof said === 'string' && /^\w{1,64}$/.test(said) ? said : undefined
}

/** Milliseconds, of seconds or a date; 0 where it says nothing. */
export function waitOf(after: string | undefined, now = Date.now()): number {
  if (after === undefined) return 0
  const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now
  return Number.isFinite(wait) && wait > 0 ? wait : 0
}

/** Its beginning; empty when nothing comes. */
async function wordsOf({ body }: Answer): Promise<string> {
  let text = ''
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      text += chunk.toString('utf8')
      if (text.length > mostText) break
    }
  } catch {
    // What came before it broke is enough.
  }
  return text
}
