/**
 * One series on a DICOMweb server (WADO-RS): what is said of its instances, and their frames as they are stored.
 *
 * Frames come as parts of one answer, in the order in which they were asked for; one that is asked for alone may be the whole answer. An answer with fewer
 * or more, of other frames, or that ends early is none: it is asked for again, and then the slide fails. A server that gives no lists is asked for each frame.
 */

import { SlideError } from '../../core/errors.js'
import { Passing } from '../exchange.js'
import { type Patience, usualPatience } from '../patience.js'
import { isUid, type SeriesAddress, seriesAddress } from './address.js'
import { answerTo, type Body, jsonOf, longPatience } from './ask.js'
import { type MediaType, mediaTypeOf, NotMultipart, type Part, partsOf } from './multipart.js'

export interface StoredFrame {
  /** Of the part: `image/jpeg`. */
  readonly type: string
  /** Its transfer syntax, where the server says it. */
  readonly syntax?: string
  readonly bytes: Uint8Array
}

/** Bytes of the metadata of a series; frames that say where they lie take some 1,500 each. */
const mostMetadata = 64 * 2 ** 20
/** Of a part, for its headers and boundary. */
const mostOverhead = 32 * 1024

/** Of those that some server writes in JPEG, too: it may take one type alone. */
const jpegAlone = 'multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50'

/** As they are stored, in any syntax; else (some servers want to be asked by type) in one of these; else as older servers are asked, and at last in anything. */
const accepted = [
  'multipart/related; type="application/octet-stream"; transfer-syntax=*',
  [
    ...[50, 70, 80, 81, 90, 91, 201, 202, 203].map((n) => {
      const type = n < 80 ? 'jpeg' : n < 90 ? 'jls' : n < 200 ? 'jp2' : 'jphc'
      return `multipart/related; type="image/${type}"; transfer-syntax=1.2.840.10008.1.2.4.${n}`
    }),
    'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1',
  ].join(', '),
  jpegAlone,
  'multipart/related; type="application/octet-stream"',
  '*/*',
] as const

/** Of a server that is asked in another way than it likes. */
const notSo = [400, 406, 415]

export class RemoteSeries {
  readonly #address: SeriesAddress
  readonly #patience: Patience | undefined
  /** Which of the accepted an instance is asked for with. */
  readonly #ways = new Map<string, string>()
  /** Whether this server gives several frames in an answer; undefined until it was asked. */
  #lists: boolean | undefined

  /** Asks nothing yet. Throws SlideError for an address of no series. */
  constructor(uri: string, patience?: Patience) {
    this.#address = seriesAddress(uri)
    this.#patience = patience
  }

  /** The address without its secrets. */
  get uri(): string {
    return this.#address.shown
  }

  /** The number of the series. */
  get uid(): string {
    return this.#address.series
  }

  uriOf(instance: string): string {
    return `${this.uri}/instances/${instance}`
  }

  /** What is said of all instances, as JSON. Throws SlideError. */
  async metadata(signal?: AbortSignal): Promise<unknown> {
    const { url, query } = this.#address
    const shown = `${this.uri}/metadata`
    const patience = this.#patience ?? longPatience
    const said = await answerTo({
      url: `${url}/metadata${query}`,
      shown,
      accept: 'application/dicom+json',
      most: mostMetadata,
      read: jsonOf(shown),
      none: [204],
      patience,
      signal,
    })
    if (said === null)
      throw new SlideError('SLIDE_MISSING', `${this.uri} does not exist: the server has nothing to say of it (204)`, {
        hint: 'is the address spelt right?',
      })
    return said
  }

  /**
   * The first frame of the first of some instances, which are one level: all are asked for as this one was answered. A server may have decoded a frame unless it
   * is asked for by type: `isMeant` says whether it is worth asking in another way. Throws SlideError.
   */
  async first(
    instances: readonly [string, ...string[]],
    most: number,
    isMeant: (frame: StoredFrame) => boolean,
    signal?: AbortSignal,
  ): Promise<StoredFrame> {
    let found: { readonly frame: StoredFrame; readonly accept: string } | undefined
    for (const accept of accepted) {
      const frame = found
        ? await this.#tried(instances[0], 0, most, accept, signal)
        : await this.#asked(instances[0], [0], most, accept, accept === accepted.at(-1), signal)
      if (frame === null) continue
      const meant = isMeant(frame[0]!)
      if (meant || found === undefined) found = { frame: frame[0]!, accept }
      if (meant) break
    }
    for (const instance of instances) this.#ways.set(instance, found!.accept)
    return found!.frame
  }

  /** Frames of an instance, numbered from 0, each of at most `most` bytes. Throws SlideError. */
  async frames(instance: string, numbers: readonly number[], most: number, signal?: AbortSignal): Promise<readonly StoredFrame[]> {
    const accept = this.#ways.get(instance) ?? accepted[0]
    const ask = async (some: readonly number[]) => (await this.#asked(instance, some, most, accept, true, signal))!
    if (numbers.length === 1 || this.#lists) return ask(numbers)
    if (this.#lists === undefined)
      try {
        const frames = await ask(numbers)
        this.#lists = true
        return frames
      } catch (error) {
        // To a list some say 400, 404 or 500, or give the first frame of it: then that is there.
        if (!(error instanceof SlideError) || error.code === 'SLIDE_FORBIDDEN' || error.code === 'SLIDE_TOO_LARGE') throw error
        if ((await this.#tried(instance, numbers[0]!, most, accept, signal)) === null) throw error
        this.#lists ??= false
      }
    return (await Promise.all(numbers.map((number) => ask([number])))).flat()
  }

  /** A frame that nobody depends on; null where there is none. */
  async #tried(
    instance: string,
    number: number,
    most: number,
    accept: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly StoredFrame[] | null> {
    try {
      return await this.#asked(instance, [number], most, accept, false, signal, { ...usualPatience, tries: 1 })
    } catch (error) {
      if (error instanceof SlideError) return null
      throw error
    }
  }

  /** Null where the server does not answer to this Accept, unless that `isLast`: then it is told why. */
  #asked(
    instance: string,
    numbers: readonly number[],
    most: number,
    accept: string,
    isLast: boolean,
    signal: AbortSignal | undefined,
    patience = this.#patience ?? usualPatience,
  ): Promise<readonly StoredFrame[] | null> {
    const { url, query } = this.#address
    const list = numbers.map((number) => number + 1).join(',')
    return answerTo({
      url: `${url}/instances/${instance}/frames/${list}${query}`,
      shown: `${this.uriOf(instance)}/frames/${list}`,
      accept,
      most: numbers.length * (most + mostOverhead) + mostOverhead,
      read: (answer) => framesIn(answer, numbers),
      none: isLast ? [] : notSo,
      patience,
      signal,
    })
  }
}

/** Pixels, not the page of a login. */
const ofPixels = /^(image\/|(application|binary)\/octet-stream$)/

function framesIn({ type, body, isWhole }: Body, numbers: readonly number[]): readonly StoredFrame[] {
  const whole = mediaTypeOf(type)
  if (ofPixels.test(whole.type)) {
    if (numbers.length > 1) throw new Passing(`one frame came, where ${numbers.length} were asked for`)
    if (!isWhole) throw new Passing('a frame came whose end nobody can tell')
    return [frameOf(whole, body, whole)]
  }
  let parts: readonly Part[]
  try {
    parts = partsOf(type, body, numbers.length)
  } catch (error) {
    throw error instanceof NotMultipart ? new Passing(error.message, { cause: error }) : error
  }
  if (parts.length < numbers.length) throw new Passing(`${parts.length} frames came, where ${numbers.length} were asked for`)
  return parts.map(({ headers, bytes }, i) => {
    // Not every server says it.
    const at = /\/frames\/(\d+)\/?$/.exec(headers.get('content-location') ?? '')?.[1]
    if (at !== undefined && Number(at) !== numbers[i]! + 1)
      throw new Passing(`frame ${at} came, where frame ${numbers[i]! + 1} was asked for`)
    return frameOf(mediaTypeOf(headers.get('content-type') ?? ''), bytes, whole)
  })
}

/** What a part does not say, all of the answer may: `multipart/related; type="image/jpeg; transfer-syntax=…"`. */
function frameOf({ type, parameters }: MediaType, bytes: Uint8Array, { parameters: ofAll }: MediaType): StoredFrame {
  const inner = mediaTypeOf(ofAll.get('type') ?? '')
  const syntax = [parameters, ofAll, inner.parameters].map((one) => one.get('transfer-syntax') ?? '').find(isUid)
  return { type: type === '' ? inner.type : type, bytes, ...(syntax === undefined ? {} : { syntax }) }
}
