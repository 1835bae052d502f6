/**
 * One object on a server, read by ranges. The first answer says how large it is and in which state (its ETag); every further range asks for that very
 * state, and what is not of it is never handed out.
 *
 * What a server answers is believed by its Content-Range, not by its status: one that answers 200 with a range is right, and one that answers 206
 * with another range is not.
 */

import { setMaxListeners } from 'node:events'
import { type RemoteOptions, withoutSecrets } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Door } from './door.js'
import { doorTo } from './doors.js'
import { type Answer, bodyInto, exchange, isUnreachable, Passing } from './exchange.js'
import { type Patience, retrying, usualPatience } from './patience.js'
import { refuse, unreachable } from './refusal.js'

/** The first request brings so much: most slides say where everything is at one of their ends. */
const firstBytes = 64 * 1024

/** The state of an object that all its bytes must be of. */
export interface ObjectFacts {
  readonly size: number
  /** Milliseconds since 1970; 0 when the server does not say. */
  readonly modified: number
  /** A strong ETag with its quotes; null when there is none. */
  readonly etag: string | null
  /** What stands in the ETag, be it strong or weak; absent when there is none. */
  readonly tag?: string
}

export interface Bytes {
  readonly facts: ObjectFacts
  readonly bytes: Uint8Array
}

export class RemoteObject {
  /** The address without its secrets. */
  readonly uri: string
  readonly #door: Door
  readonly #patience: Patience
  /** Where a redirect led: asked at once the next time, until it says no. */
  #elsewhere: URL | null = null
  #facts: ObjectFacts | null = null

  private constructor(uri: string, door: Door, patience: Patience) {
    this.uri = uri
    this.#door = door
    this.#patience = patience
  }

  /** Opens it and brings its first bytes (at most 64 KiB). Throws SlideError. */
  static async open(
    uri: string,
    options?: RemoteOptions,
    signal?: AbortSignal,
    patience = usualPatience,
  ): Promise<{ readonly object: RemoteObject; readonly head: Uint8Array }> {
    const object = new RemoteObject(withoutSecrets(uri), await doorTo(uri, options), patience)
    const head = await object.#ask(0, firstBytes, signal)
    return { object, head }
  }

  /** One whose state is known: nothing is asked. Throws SlideError. */
  static async known(
    uri: string,
    { size, modified, etag, tag }: ObjectFacts,
    options?: RemoteOptions,
    patience = usualPatience,
  ): Promise<RemoteObject> {
    const object = new RemoteObject(withoutSecrets(uri), await doorTo(uri, options), patience)
    object.#facts = { size, modified, etag, ...(tag === undefined ? {} : { tag }) }
    return object
  }

  get facts(): ObjectFacts {
    return this.#facts!
  }

  /** Exactly these bytes, which must lie within the object. Throws SlideError. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#ask(offset, length, signal)
  }

  async #ask(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    // Every range in flight is a listener, and Node warns from the eleventh on.
    if (signal !== undefined) setMaxListeners(0, signal)
    try {
      return await retrying(() => this.#once(offset, length, signal), this.#patience, signal)
    } catch (error) {
      throw unreachable(error, this.uri, 'fetched', this.#patience)
    }
  }

  async #once(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const answer = await this.#answer(offset, length, signal)
    try {
      return await this.#bytesOf(answer, offset, length, signal)
    } finally {
      answer.body.destroy()
    }
  }

  async #answer(offset: number, length: number, signal?: AbortSignal): Promise<Answer> {
    const headers = {
      range: `bytes=${offset}-${offset + length - 1}`,
      // A range of a compressed file would be rubbish.
      'accept-encoding': 'identity',
      'user-agent': 'tiastream',
      ...(this.#facts?.etag ? { 'if-match': this.#facts.etag } : {}),
    }
    const { quietMs } = this.#patience
    const moved = await this.#answerElsewhere(headers, signal)
    if (moved !== null) return moved
    for (let lesson = 0; ; lesson++) {
      const asked = await this.#door.ask(headers)
      const answer = await exchange({ ...asked, signal, quietMs, follows: this.#door.follows })
      if (lesson > 0 || !this.#door.learn?.(answer)) {
        if (answer.url.href !== asked.url.href) this.#elsewhere = answer.url
        return answer
      }
      answer.body.destroy()
    }
  }

  /** Where a redirect led; null when it leads there no more: for a while only, to another of many machines, or to one that is gone. */
  async #answerElsewhere(headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer | null> {
    const url = this.#elsewhere
    if (url === null) return null
    const answer = await exchange({ url, headers, signal, quietMs: this.#patience.quietMs }).catch((error: unknown) => {
      if (!isUnreachable(error)) throw error
      return null
    })
    if (answer !== null && (answer.status < 400 || [412, 416].includes(answer.status))) return answer
    if (this.#elsewhere === url) this.#elsewhere = null
    answer?.body.destroy()
    return null
  }

  async #bytesOf(answer: Answer, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { status, headers } = answer
    const range = rangeOf(headers['content-range']) ?? wholeIn(answer, offset, length)
    if (status === 412) throw this.#changed('the server has another state of it now')
    if (status === 416) {
      const size = range?.size ?? 'an unknown number of'
      throw new SlideError('SLIDE_TRUNCATED', `${this.uri} has ${size} bytes, but bytes ${offset} to ${offset + length} are needed`, {
        hint: size === 0 ? 'it is empty: copy it again' : 'the file is incomplete: copy it again',
      })
    }
    if (status !== 200 && status !== 206) return refuse(answer, this.uri, this.#door.remedy)
    if (range === null) {
      const what = status === 206 ? 'and does not say which part that is' : 'with the whole file where a part was asked for'
      throw this.#noRanges(`the server answers ${status} ${what}`)
    }
    const codings = codingsOf(headers)
    if (codings.length > 0) throw this.#noRanges(`the server sends it compressed (${codings.join(', ')}), although it was asked not to`)
    const facts = this.#seen(headers, range)
    const wanted = Math.min(offset + length, facts.size) - offset
    if (range.start !== offset || range.end - range.start !== wanted)
      throw new Passing(`bytes ${range.start} to ${range.end} came, where ${offset} to ${offset + wanted} were asked for`)
    const bytes = new Uint8Array(wanted)
    await bodyInto(answer, bytes, signal)
    this.#facts ??= facts
    return bytes
  }

  /** The state it is in, which must be that of the first answer, also where the server takes no conditions. */
  #seen(headers: Answer['headers'], { size }: Range): ObjectFacts {
    if (size === null) throw this.#noRanges('the server does not say how large it is')
    const version = versionIn(headers)
    const { tag, modified } = version
    const first = this.#facts
    if (first === null) return { size, ...version }
    if (size !== first.size) throw this.#changed(`it had ${first.size} bytes, and has ${size}`)
    if (tag !== undefined && first.tag !== undefined && tag !== first.tag)
      throw this.#changed(`its ETag was "${first.tag}", and is "${tag}"`)
    // A proxy may drop what the server says.
    const isTimed = first.etag === null || (version.etag === null && modified !== 0 && first.modified !== 0)
    if (isTimed && modified !== first.modified)
      throw this.#changed(`it was written at ${new Date(first.modified).toISOString()}, and is of ${new Date(modified).toISOString()}`)
    return first
  }

  #changed(how: string): SlideError {
    return new SlideError('SLIDE_CHANGED', `${this.uri} has changed while it was read: ${how}`, {
      hint: 'nothing of it is published; run again when it is written to no more',
    })
  }

  #noRanges(why: string): SlideError {
    return new SlideError('SLIDE_NO_RANGES', `${this.uri} cannot be read in parts: ${why}`, {
      hint: 'copy it to this machine, or set cache: download',
    })
  }
}

/** In which state a server says that it gives a file. */
export function versionIn(headers: Answer['headers']): Pick<ObjectFacts, 'etag' | 'tag' | 'modified'> {
  // Some servers forget the quotes: that is compared, and no condition.
  const [, weak, quote, tag] = /^(W\/)?("?)([^"]+)\2$/.exec(headers.etag ?? '') ?? []
  const time = Date.parse(headers['last-modified'] ?? '')
  const modified = Number.isFinite(time) ? time : 0
  return {
    etag: tag !== undefined && weak === undefined && quote !== '' ? `"${tag}"` : null,
    ...(tag === undefined ? {} : { tag }),
    modified,
  }
}

/** How a body is packed; how it came is none of it: `aws-chunked` is what some programs leave behind with an object that they once wrote so. */
export const codingsOf = (headers: Answer['headers']): readonly string[] =>
  (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => !['', 'identity', 'aws-chunked'].includes(coding))

interface Range {
  /** The end is behind the last byte. */
  readonly start: number
  readonly end: number
  /** Null when the server does not know it. */
  readonly size: number | null
}

/** `bytes 0-65535/1234567`, of 416 `bytes *\/1234567`; null when there is none. */
function rangeOf(text: string | undefined): Range | null {
  const found = /^bytes\s+(?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(text?.trim() ?? '')
  if (found === null) return null
  const [, from, to, size] = found
  const start = Number(from ?? 0)
  const read = { start, end: Number(to ?? -1) + 1, size: size === '*' ? null : Number(size) }
  return [read.start, read.end, read.size ?? 0].every(Number.isSafeInteger) ? read : null
}

/** A server without ranges may answer with all of a file that is no longer than what was asked for: then that is what was asked for. */
function wholeIn({ status, headers }: Answer, offset: number, length: number): Range | null {
  const said = headers['content-length']
  const size = status === 200 && offset === 0 && said !== undefined ? Number(said) : Number.NaN
  return size <= length ? { start: 0, end: size, size } : null
}
