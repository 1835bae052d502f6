/**
 * Objects below one address of a bucket, to be read whole, written, replaced and removed. A PUT may have a condition; one whose answer was lost is asked
 * again, and knows its own object by a mark. Memory: what is given and taken as bytes, and a few pieces of a file.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { RemoteOptions } from '../../core/address.js'
import { SinkError, SlideError } from '../../core/errors.js'
import { Passing } from '../exchange.js'
import { objectsBelow } from '../list.js'
import type { ListedObject } from '../list-page.js'
import type { Patience } from '../patience.js'
import type { Place } from '../place.js'
import { askBucket, type Body, type Said, type Sent, writingPatience } from './ask.js'
import { bodyOf } from './body.js'
import { bucketPlace } from './bucket-place.js'
import { type Condition, type Dialect, dialectOf } from './dialect.js'
import { resultErrorOf } from './result-error.js'

/** Most bytes of an object that is read whole: receipts, states, frames of a journal. */
const mostWhole = 2 ** 30

export interface Stored {
  readonly bytes: Buffer
  /** Its state, for a condition; null where the store says none. */
  readonly tag: string | null
}

export interface Facts {
  readonly size: number
  readonly tag: string | null
  readonly mark: string | null
}

export class Bucket {
  /** The address without its secrets; ends with a slash. */
  readonly uri: string
  readonly dialect: Dialect
  /** Its ETags are MD5s. Not those of a store that encrypts with keys of others. */
  saysMd5 = false
  readonly #place: Place
  readonly #base: string

  /** Nothing is asked yet. Throws SinkError for an invalid address. */
  constructor(
    uri: string,
    private readonly options: RemoteOptions = {},
    private readonly patience: Patience = writingPatience,
  ) {
    const { place, base, uri: plain } = bucketPlace(uri)
    this.#place = place
    this.#base = base
    this.uri = plain
    this.dialect = dialectOf(place.scheme)
  }

  /** The address of an object, with what signs it where that stands behind the address. */
  addressOf(name: string): string {
    const { scheme, bucket, query } = this.#place
    return `${scheme}://${bucket}/${this.#base}${name}${query === '' ? '' : `?${query}`}`
  }

  /** The whole key of a name. */
  keyOf(name: string): string {
    return `${this.#base}${name}`
  }

  ask(name: string, sent: Omit<Sent, 'key'>): Promise<Said> {
    return askBucket(this.#place, { ...sent, key: `${this.#base}${name}` }, this.options, this.patience)
  }

  /** To the bucket itself. */
  askAll(sent: Omit<Sent, 'key'>): Promise<Said> {
    return askBucket(this.#place, { ...sent, key: '' }, this.options, this.patience)
  }

  /** All of an object; null where there is none. Throws SinkError. */
  async get(name: string): Promise<Stored | null> {
    const { status, code, headers, bytes } = await this.ask(name, { method: 'GET', doing: 'read', answers: [200, 404], most: mostWhole })
    if (status === 404) return this.#noObject(name, 'read', code)
    return { bytes, tag: this.dialect.tagOf(headers) }
  }

  /** What is known of an object without its bytes; null where there is none. Throws SinkError. */
  async head(name: string): Promise<Facts | null> {
    const { status, headers } = await this.ask(name, { method: 'HEAD', doing: 'read', answers: [200, 404] })
    return status === 404 ? null : factsIn(headers, this.dialect)
  }

  /** Writes an object. Answers its state, or null where the condition does not hold. Throws SinkError. */
  async put(name: string, content: Uint8Array | Body, condition: Condition = null): Promise<{ readonly tag: string | null } | null> {
    const body = content instanceof Uint8Array ? bodyOf(content) : content
    const mark = randomUUID()
    const { dialect } = this
    const said = await this.ask(name, {
      method: 'PUT',
      doing: 'written',
      headers: { ...dialect.always, ...dialect.when(condition), ...(condition === null ? {} : { [dialect.mark]: mark }) },
      body,
      judge: this.judgeOf(body),
      // 409: the same of Azure, or of two at once. 404: there is nothing to be replaced.
      answers: condition === null ? [200, 201] : [200, 201, 412, ...('tag' in condition ? [404] : []), ...(this.#isAzure ? [409] : [])],
    })
    if (said.status < 300) return { tag: dialect.tagOf(said.headers) }
    if (said.status === 404) return this.#noObject(name, 'written', said.code)
    if (!said.again) return null
    // An earlier try may have done it, and only its answer was lost.
    const there = await this.head(name)
    return there?.mark === mark ? { tag: there.tag } : null
  }

  /** Where the store says the MD5 of what it got (see `probe.ts`), that must be ours: else it is sent again. */
  judgeOf(body: Body): (headers: IncomingHttpHeaders) => void {
    return (headers) => {
      const other = this.saysMd5 ? otherMd5(headers, body) : null
      if (other !== null) throw new Passing(`the store got other bytes than were sent (of the MD5 ${other})`)
    }
  }

  /** Removes an object; one that is gone already is no error. With a condition: only in the very state that was seen, where the store takes that. */
  async remove(name: string, condition: Condition = null): Promise<void> {
    await this.ask(name, { method: 'DELETE', doing: 'removed', headers: this.dialect.when(condition), answers: [200, 202, 204, 404, 412] })
  }

  /** Names below the address that begin so, in the order of their bytes; with `delimiter` only what lies right below, folders with a slash behind. Throws SinkError. */
  async *list(beginning = '', delimiter: '/' | '' = ''): AsyncGenerator<ListedObject> {
    const place = { ...this.#place, key: `${this.#base}${beginning}` }
    try {
      for await (const found of objectsBelow(place, delimiter, this.options, { patience: this.patience })) {
        const key = found.key.slice(this.#base.length)
        if (key !== '') yield { ...found, key }
      }
    } catch (error) {
      throw error instanceof SlideError ? listErrorOf(error, this.uri) : error
    }
  }

  get #isAzure(): boolean {
    return this.#place.scheme === 'az'
  }

  /** Everything of ours goes into a bucket that somebody has made. */
  #noObject(name: string, doing: string, code: string | undefined): null {
    if (!/^(NoSuchBucket|ContainerNotFound)$/.test(code ?? '')) return null
    throw new SinkError(
      'OUTPUT_MISSING',
      `${this.uri}${name} cannot be ${doing}, as its bucket is not there: the server says 404 (${code})`,
      {
        hint: 'is it spelt right? tiastream makes no buckets',
      },
    )
  }
}

function listErrorOf(error: SlideError, uri: string): SinkError {
  if (error.code === 'SLIDE_MISSING')
    return new SinkError('OUTPUT_MISSING', `${uri} cannot be listed, as its bucket is not there`, {
      hint: 'is it spelt right? tiastream makes no buckets',
    })
  return resultErrorOf(error, uri, 'listed')
}

function factsIn(headers: IncomingHttpHeaders, dialect: Dialect): Facts {
  const mark = headers[dialect.mark]
  return {
    size: Number(headers['content-length'] ?? Number.NaN),
    tag: dialect.tagOf(headers),
    mark: typeof mark === 'string' ? mark : null,
  }
}

/**
 * An ETag of one PUT is the MD5 of its bytes in most stores: one that says another has got other bytes, and did not look. (Content-MD5 goes with every PUT, so most
 * find it themselves.) Null where it is right, or is no MD5.
 */
export function otherMd5(headers: IncomingHttpHeaders, body: Body): string | null {
  const said = /^"([0-9a-f]{32})"$/.exec(headers.etag ?? '')?.[1]
  return said === undefined || said === Buffer.from(body.md5, 'base64').toString('hex') ? null : said
}
