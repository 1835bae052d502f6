/**
 * A series on a DICOMweb server as a source of bytes: they are what counts of the metadata of its instances, as one document, and the state of the
 * series is the hash of it. Frames are no part of these bytes: they are asked for by their numbers.
 */

import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { SlideError } from '../../core/errors.js'
import { isUid } from '../../remote/dicomweb/address.js'
import { RemoteSeries, type StoredFrame } from '../../remote/dicomweb/series.js'
import { bytesIn } from '../block-cache.js'
import { type ByteSource, type KnownFile, truncated } from '../byte-source.js'
import { malformed, tooLarge } from './elements.js'
import { WSI } from './header.js'
import { type JsonItem, JsonSet, keptOf } from './json.js'
import { tags } from './tags.js'

/** Instances of a slide: a level is one, or a few. */
const MOST_INSTANCES = 1024

/** `known`: by another thread; then nobody is asked. Throws SlideError. */
export async function openSeries(uri: string, signal?: AbortSignal, known?: KnownFile): Promise<SeriesSource> {
  const series = new RemoteSeries(uri)
  const there = known && bytesIn(known.pieces, { offset: 0, length: known.size })
  if (there !== undefined) return new SeriesSource(series, there)
  const source = new SeriesSource(series, documentOf(await series.metadata(signal), series))
  if (known !== undefined && known.etag !== source.version)
    throw new SlideError(
      'SLIDE_CHANGED',
      `${series.uri} has changed while it was read: the server says other things of its instances now`,
      {
        hint: 'nothing of it is published; run again when nobody writes to it',
      },
    )
  return source
}

interface Document {
  readonly sha256: string
  /** In the order of their numbers. */
  readonly instances: readonly JsonItem[]
}

/** What counts of the instances that are whole slide images, by their numbers. */
function documentOf(said: unknown, series: RemoteSeries): Buffer {
  if (!Array.isArray(said)) throw malformed(series.uri, 'has metadata that are no list of instances')
  const instances = new Map<string, JsonItem>()
  for (const one of said) {
    const kept = keptOf(one, series.uri)
    const set = new JsonSet(kept)
    if (set.text(tags.SOPClassUID) !== WSI || (set.text(tags.SeriesInstanceUID) ?? series.uid) !== series.uid) continue
    const uid = set.text(tags.SOPInstanceUID) ?? ''
    if (!isUid(uid)) throw malformed(series.uri, `has an instance whose number is none (${JSON.stringify(uid.slice(0, 80))})`)
    const twin = instances.get(uid)
    if (twin !== undefined && JSON.stringify(twin) !== JSON.stringify(kept))
      throw malformed(series.uri, `has the instance ${uid} twice, and says two things of it`)
    instances.set(uid, kept)
    if (instances.size > MOST_INSTANCES) throw tooLarge(series.uri, `has more than ${MOST_INSTANCES} instances`)
  }
  const kept = [...instances].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
  // At the beginning, which is always looked at for who a slide is: all of a long document counts.
  const document: Document = { sha256: createHash('sha256').update(JSON.stringify(kept)).digest('hex'), instances: kept }
  return Buffer.from(JSON.stringify(document))
}

export class SeriesSource implements ByteSource {
  readonly uri: string
  readonly size: number
  /** A server says no time that all instances have. */
  readonly modified = 0
  readonly version: string
  readonly #series: RemoteSeries
  readonly #document: Uint8Array
  readonly #closed = new AbortController()

  constructor(series: RemoteSeries, document: Uint8Array) {
    this.uri = series.uri
    this.size = document.length
    this.version = createHash('sha256').update(document).digest('hex')
    this.#series = series
    this.#document = document
    // Every request in flight is a listener, and Node warns from the eleventh on.
    setMaxListeners(0, this.#closed.signal)
  }

  /** Of each instance its number, its address and what is said of it. */
  instances(): readonly { readonly uid: string; readonly uri: string; readonly set: JsonSet }[] {
    const { instances } = JSON.parse(Buffer.from(this.#document).toString('utf8')) as Document
    return instances.map((item) => {
      const set = new JsonSet(item)
      const uid = set.text(tags.SOPInstanceUID)!
      return { uid, uri: this.#series.uriOf(uid), set }
    })
  }

  /** The first frame of a level (its instances), and how the others are asked for: `RemoteSeries.first`. Throws SlideError. */
  first(
    level: readonly [string, ...string[]],
    most: number,
    isMeant: (frame: StoredFrame) => boolean,
    signal?: AbortSignal,
  ): Promise<StoredFrame> {
    return this.#series.first(level, most, isMeant, this.#untilClosed(signal))
  }

  /** Frames of an instance as they are stored, numbered from 0. Throws SlideError. */
  frames(instance: string, numbers: readonly number[], most: number, signal?: AbortSignal): Promise<readonly StoredFrame[]> {
    return this.#series.frames(instance, numbers, most, this.#untilClosed(signal))
  }

  #untilClosed(signal: AbortSignal | undefined): AbortSignal {
    const closed = this.#closed.signal
    return signal === undefined ? closed : AbortSignal.any([signal, closed])
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted()
    if (offset + length > this.size) throw truncated(this.uri, offset, length, this.size)
    return this.#document.slice(offset, offset + length)
  }

  async known(): Promise<KnownFile> {
    return { size: this.size, modified: this.modified, etag: this.version, pieces: [{ offset: 0, bytes: this.#document }] }
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error(`${this.uri} has been closed`))
  }
}
