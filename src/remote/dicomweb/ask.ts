/** One question to a DICOMweb server, asked again as long as that may help. Who asks: user and password of the address, else an access token of the environment. */

import { SlideError } from '../../core/errors.js'
import { doorTo } from '../doors.js'
import { type Answer, bytesOf, exchange } from '../exchange.js'
import { codingsOf } from '../object.js'
import { type Patience, retrying, usualPatience } from '../patience.js'
import { refuse, unreachable } from '../refusal.js'

export interface Question<T> {
  /** https or http, with user and password. */
  readonly url: string
  /** The address without secrets, for messages. */
  readonly shown: string
  readonly accept: string
  /** Bytes of the answer. */
  readonly most: number
  /** What the answer becomes; throws Passing where asking again may help. */
  readonly read: (answer: { readonly type: string; readonly body: Buffer }) => T
  /** Statuses that are an answer, too: then it is null. */
  readonly none?: readonly number[]
  readonly patience?: Patience
  readonly signal?: AbortSignal | undefined
}

const remedy =
  'may this user read it? write dicomweb://user:password@host/…, or set TIASTREAM_DICOMWEB_TOKEN (an access token) and TIASTREAM_DICOMWEB_HOST (whose it is)'

/** Throws SlideError. */
export async function answerTo<T>(question: Question<T>): Promise<T | null> {
  const { shown, patience = usualPatience, signal } = question
  try {
    return await retrying(() => once(question, patience), patience, signal)
  } catch (error) {
    throw unreachable(error, shown, 'fetched', patience)
  }
}

async function once<T>({ url, shown, accept, most, read, none, signal }: Question<T>, { quietMs }: Patience): Promise<T | null> {
  const door = await doorTo(url)
  const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'tiastream', ...tokenFor(new URL(url)) }
  const answer = await exchange({ ...(await door.ask(headers)), signal, quietMs })
  try {
    if (none?.includes(answer.status)) return null
    if (answer.status !== 200 && answer.status !== 206) return await refuse(answer, shown, remedy)
    const [coding] = codingsOf(answer.headers)
    if (coding !== undefined)
      throw new SlideError('SLIDE_UNREADABLE', `${shown} comes compressed (${coding}), although it was asked not to`)
    return read({ type: answer.headers['content-type'] ?? '', body: await bodyOf(answer, shown, most, signal) })
  } finally {
    answer.body.destroy()
  }
}

function bodyOf(answer: Answer, shown: string, most: number, signal: AbortSignal | undefined): Promise<Buffer> {
  const tooLong = () => new SlideError('SLIDE_TOO_LARGE', `the server answers with more than ${most} bytes where ${shown} is asked for`)
  if (Number(answer.headers['content-length'] ?? 0) > most) throw tooLong()
  return bytesOf(answer, most, signal, tooLong)
}

/** It goes to the hosts that it is said to be for, and to no other. */
function tokenFor({ host, hostname }: URL): Record<string, string> {
  const { TIASTREAM_DICOMWEB_TOKEN: token, TIASTREAM_DICOMWEB_HOST: hosts = '' } = process.env
  const isMeant = hosts.split(',').some((one) => [host, hostname].includes(one.trim().toLowerCase()))
  return token && isMeant ? { authorization: `Bearer ${token}` } : {}
}

/** Of a JSON document, which a server may take its time to make. Throws SLIDE_UNREADABLE for anything else, such as the page of a login. */
export function jsonOf(shown: string): (answer: { readonly type: string; readonly body: Buffer }) => unknown {
  return ({ type, body }) => {
    const [kind = ''] = type.split(';')
    if (/^application\/(dicom\+)?json$/i.test(kind.trim())) {
      try {
        return JSON.parse(body.toString('utf8'))
      } catch (cause) {
        throw new SlideError('SLIDE_UNREADABLE', `the server answers with broken JSON where ${shown} is asked for`, { cause })
      }
    }
    throw new SlideError(
      'SLIDE_UNREADABLE',
      `the server answers with '${kind.slice(0, 80)}' where ${shown} is asked for, and not with DICOM JSON`,
      {
        hint: 'is this the address of its DICOMweb service, and does it want a login? (of Orthanc it ends in /dicom-web)',
      },
    )
  }
}

/** Metadata of a series is gathered from all of its files. */
export const longPatience: Patience = { ...usualPatience, quietMs: 60_000 }
