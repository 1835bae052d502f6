/** What a store says instead of doing what it was asked, as an error of the results: who can act, and how. Nothing it writes is repeated but one word: it may repeat what was signed. */

import { SinkError } from '../../core/errors.js'
import { setClock } from '../../core/text/remedies.js'
import { type Answer, Passing } from '../exchange.js'
import { codeOf, mayPass, skewOf, waitOf } from '../refusal.js'

/** Asked again whatever the status: too much at once, busy, or bytes that came otherwise than they went. */
const passingCodes =
  /^(SlowDown|RequestTimeout|InternalError|OperationAborted|ConditionalRequestConflict|BadDigest|Md5Mismatch|IncompleteBody|XAmzContentSHA256Mismatch|ServerBusy|OperationTimedOut|ServiceUnavailable|TooManyRequests)$/
/** What a server has no more room for. */
const fullCodes = /^(QuotaExceeded|XMinioStorageFull|InsufficientStorage|StorageFull|AccountQuotaExceeded)$/
const strangerCodes = /Authorization|Authentication|AccessKey|Token|Signature|Credential|InvalidSecurity|Unauthorized/i

/** Throws Passing for what is asked again, else SinkError. `doing`: `written`, `read`, `listed`, `removed`; `may`: what right it takes. */
export function refuseToWrite(answer: Pick<Answer, 'status' | 'headers'>, text: string, shown: string, doing: string): never {
  const { status, headers } = answer
  const code = codeOf(answer, text)
  const said = `the server says ${status}${code === undefined ? '' : ` (${code})`}`
  const error = (name: string, fact: string, hint: string) => new SinkError(name, `${shown} ${fact}: ${said}`, { hint })
  if (status === 507 || (code !== undefined && fullCodes.test(code)))
    throw error('DISK_FULL', 'cannot be written', 'the store has no more room for it: make some, and run again; what is committed stays')
  if (mayPass(status) || (code !== undefined && passingCodes.test(code)))
    throw new Passing(said, { afterMs: waitOf(headers['retry-after']) })
  const skew = skewOf(answer, code)
  if (skew !== null)
    throw error('OUTPUT_DENIED', `may not be ${doing}, as the clock of this machine is ${skew} that of the server`, setClock)
  if (status === 404 && /^(NoSuchBucket|ContainerNotFound)$/.test(code ?? ''))
    throw error('OUTPUT_MISSING', `cannot be ${doing}, as its bucket is not there`, 'is it spelt right? tiastream makes no buckets')
  if (status === 401 || ((status === 403 || status === 400) && code !== undefined && strangerCodes.test(code)))
    throw error(
      'OUTPUT_DENIED',
      `may not be ${doing}: the server does not take who asks`,
      'are key, secret and session those of this store, and not expired?',
    )
  if (status === 403)
    throw error('OUTPUT_DENIED', `may not be ${doing}`, 'give who asks the right to read, write, list and delete below this address')
  if (status === 413 || code === 'EntityTooLarge')
    throw error('OUTPUT_TOO_LARGE', 'cannot be written', 'the store takes no object so large')
  if (code === 'KeyTooLongError' || status === 414)
    throw error('OUTPUT_NAME', 'cannot be written', 'give the slide a shorter id in the list')
  if (status === 501)
    throw error(
      'OUTPUT_NO_CONDITIONS',
      `cannot be ${doing}`,
      'results need a store that takes If-None-Match: see docs/object-store-results.md',
    )
  throw new SinkError('OUTPUT_FAILED', `${shown} cannot be ${doing}: ${said}`)
}
