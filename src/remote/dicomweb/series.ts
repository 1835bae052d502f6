/**
 * One series on a DICOMweb server (WADO-RS): what is said of its instances, and their frames as they are stored.
 *
 * Frames come as parts of one answer, in the order in which they were asked for. An answer with fewer or more, of other frames, or that ends early is
 * none: it is asked for again, and then the slide fails.
 */

import { Passing } from '../exchange.js'
import { type Patience, usualPatience } from '../patience.js'
import { type SeriesAddress, seriesAddress } from './address.js'
import { answerTo, jsonOf, longPatience } from './ask.js'
import { mediaTypeOf, NotMultipart, type Part, partsOf } from './multipart.js'

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

/** As they are stored, in any syntax; else (some servers want to be asked by type) in one of these. */
const accepted = [
  'multipart/related; type="application/octet-stream"; transfer-syntax=*',
  [
    ...[50, 70, 80, 81, 90, 91, 201, 202, 203].map((n) => {
      const type = n < 80 ? 'jpeg' : n < 90 ? 'jls' : n < 200 ? 'jp2' : 'jphc'
      return `multipart/related; type="image/${type}"; transfer-syntax=1.2.840.10008.1.2.4.${n}`
    }),
    'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1',
  ].join(', '),
] as const

export class RemoteSeries {
  readonly #address: SeriesAddress
  readonly #patience: Patience | undefined
  /** Which of the accepted this server takes; undefined until one was answered. */
  #taken: string | undefined

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
  metadata(signal?: AbortSignal): Promise<unknown> {
    const { url, query } = this.#address
    const shown = `${this.uri}/metadata`
    const patience = this.#patience ?? longPatience
    return answerTo({
      url: `${url}/metadata${query}`,
      shown,
      accept: 'application/dicom+json',
      most: mostMetadata,
      read: jsonOf(shown),
      patience,
      signal,
    })
  }

  /** Frames of an instance, numbered from 0, each of at most `most` bytes. Throws SlideError. */
  async frames(instance: string, numbers: readonly number[], most: number, signal?: AbortSignal): Promise<readonly StoredFrame[]> {
    const { url, query } = this.#address
    const list = numbers.map((number) => number + 1).join(',')
    const ways = this.#taken === undefined ? accepted : [this.#taken]
    for (const [i, accept] of ways.entries()) {
      const frames = await answerTo({
        url: `${url}/instances/${instance}/frames/${list}${query}`,
        shown: `${this.uriOf(instance)}/frames/${list}`,
        accept,
        most: numbers.length * (most + mostOverhead) + mostOverhead,
        read: ({ type, body }) => framesIn(type, body, numbers),
        // Of an answer to the last one the reason is told.
        none: i + 1 < ways.length ? [400, 406, 415] : [],
        patience: this.#patience ?? usualPatience,
        signal,
      })
      if (frames === null) continue
      this.#taken = accept
      return frames
    }
    return []
  }
}

function framesIn(type: string, body: Buffer, numbers: readonly number[]): readonly StoredFrame[] {
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
    const { type: own, parameters } = mediaTypeOf(headers.get('content-type') ?? '')
    const syntax = parameters.get('transfer-syntax')
    return { type: own, bytes, ...(syntax === undefined ? {} : { syntax }) }
  })
}
