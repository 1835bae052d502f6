/** One question to a DICOMweb server, asked again as long as that may help. Who asks: user and password of the address, else an access token of the environment. */

import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { SlideError } from '../../core/errors.js'
import { saidInHeader } from '../credentials/said.js'
import { doorTo } from '../doors.js'
import { type Answer, bytesOf, exchange, Passing } from '../exchange.js'
import { codingsOf } from '../object.js'
import { type Patience, retrying, usualPatience } from '../patience.js'
import { refuse, unreachable } from '../refusal.js'
import { mediaTypeOf } from './multipart.js'

export interface Body {
  /** As the server says it; or empty. */
  readonly type: string
  readonly body: Buffer
  /** It said how long it would be, or that it was at its end: nothing was cut off without a word. */
  readonly isWhole: boolean
}

export interface Question<T> {
  /** https or http, with user and password. */
  readonly url: string
  /** The address without secrets, for messages. */
  readonly shown: string
  readonly accept: string
  /** Bytes of the answer. */
  readonly most: number
  /** What the answer becomes; throws Passing where asking again may help. */
  readonly read: (answer: Body) => T
  /** Statuses that are an answer, too: then it is null. */
  readonly none?: readonly number[]
  readonly patience?: Patience
  readonly signal?: AbortSignal | undefined
}

const remedy =
  'may this user read it? write dicomweb://user:password@host/…, or set TIASTREAM_DICOMWEB_TOKEN (an access token; one that lasts for less than the run: TIASTREAM_DICOMWEB_TOKEN_FILE) and TIASTREAM_DICOMWEB_HOST (whose it is)'

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
  const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'tiastream', ...(await tokenFor(new URL(url))) }
  const answer = await exchange({ ...(await door.ask(headers)), signal, quietMs })
  try {
    if (none?.includes(answer.status)) return null
    if (answer.status !== 200 && answer.status !== 206) return await refuse(answer, shown, remedy)
    const body = await unpacked(await bodyOf(answer, shown, most, signal), codingsOf(answer.headers), shown, most)
    const isWhole = answer.headers['content-length'] !== undefined || answer.headers['transfer-encoding'] !== undefined
    return read({ type: answer.headers['content-type'] ?? '', body, isWhole })
  } finally {
    answer.body.destroy()
  }
}

const tooLong = (shown: string, most: number) =>
  new SlideError('SLIDE_TOO_LARGE', `the server answers with more than ${most} bytes where ${shown} is asked for`)

function bodyOf(answer: Answer, shown: string, most: number, signal: AbortSignal | undefined): Promise<Buffer> {
  if (Number(answer.headers['content-length'] ?? 0) > most) throw tooLong(shown, most)
  return bytesOf(answer, most, signal, () => tooLong(shown, most))
}

const unpackers = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) }

/** Nothing compressed is asked for; what lies compressed on a plain web server (static DICOMweb) comes so all the same. */
async function unpacked(body: Buffer, codings: readonly string[], shown: string, most: number): Promise<Buffer> {
  let bytes = body
  for (const coding of codings.toReversed()) {
    const unpack = Object.hasOwn(unpackers, coding) ? unpackers[coding as keyof typeof unpackers] : undefined
    if (unpack === undefined)
      throw new SlideError('SLIDE_UNREADABLE', `${shown} comes compressed (${coding}), although it was asked not to`)
    try {
      bytes = await unpack(bytes, { maxOutputLength: most })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(shown, most)
      throw new Passing(`what came is no whole ${coding}`, { cause })
    }
  }
  return bytes
}

/** It goes to the hosts that it is said to be for, and to no other. One in a file is read each time: who renews it writes it there, while a run is at work. */
async function tokenFor({ host, hostname }: URL): Promise<Record<string, string>> {
  const { TIASTREAM_DICOMWEB_TOKEN_FILE: file, TIASTREAM_DICOMWEB_HOST: hosts = '' } = process.env
  const isMeant = hosts.split(',').some((one) => [host, hostname].includes(one.trim().toLowerCase()))
  if (!isMeant) return {}
  const own = saidInHeader(process.env, 'TIASTREAM_DICOMWEB_TOKEN') ?? (file && (await tokenIn(file)))
  return own ? { authorization: `Bearer ${own}` } : {}
}

async function tokenIn(file: string): Promise<string> {
  let token: string
  try {
    token = (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    throw new SlideError('SLIDE_FORBIDDEN', `the access token cannot be read from TIASTREAM_DICOMWEB_TOKEN_FILE (${file})`, {
      hint: 'name a file that holds the token and nothing else',
      cause,
    })
  }
  if (/^[\x21-\x7e]+$/.test(token)) return token
  // While it is written anew it may be empty.
  throw new Passing(`there is no access token in ${file} (TIASTREAM_DICOMWEB_TOKEN_FILE)`)
}

/**
 * Of a JSON document. Plain web servers give one a type of their own. Throws SLIDE_UNREADABLE for anything else, such as the page of a login.
 */
export function jsonOf(shown: string): (answer: Body) => unknown {
  return ({ type, body }) => {
    const { type: kind } = mediaTypeOf(type)
    try {
      return JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''))
    } catch (cause) {
      if (/^application\/(dicom\+)?json$/.test(kind))
        throw new SlideError('SLIDE_UNREADABLE', `the server answers with broken JSON where ${shown} is asked for`, { cause })
      throw new SlideError(
        'SLIDE_UNREADABLE',
        `the server answers with '${kind.slice(0, 80)}' where ${shown} is asked for, and not with DICOM JSON`,
        {
          hint: 'is this the address of its DICOMweb service, and does it want a login? (of Orthanc it ends in /dicom-web)',
        },
      )
    }
  }
}

/** Metadata of a series is gathered from all of its files. */
export const longPatience: Patience = { ...usualPatience, quietMs: 60_000 }
