/** A file on a server as a source of bytes: while it is opened, small reads come in blocks; afterwards every read is a range of its own. */

import { type RemoteOptions, withoutSecrets } from '../core/address.js'
import { RemoteObject } from '../remote/object.js'
import type { Asking } from '../remote/patience.js'
import { BlockCache, bytesIn } from './block-cache.js'
import { type ByteSource, fromAfar, type KnownFile, openFile, type Piece, truncated } from './byte-source.js'

/** `known`: by another thread; then it is opened without a request. */
export async function openRemote(
  uri: string,
  options?: RemoteOptions,
  { known, ...asking }: Asking & { readonly known?: KnownFile | undefined } = {},
): Promise<ByteSource> {
  if (options?.cache === 'download') return openDownloaded(uri, options, asking)
  const { signal, patience } = asking
  if (known !== undefined) return new RemoteSource(await RemoteObject.known(uri, known, options, patience), known.pieces)
  const { object, head } = await RemoteObject.open(uri, options, signal, patience)
  return new RemoteSource(object, [], head)
}

/** As a file of this machine, but for its state. */
async function openDownloaded(uri: string, options: RemoteOptions, asking: Asking): Promise<ByteSource> {
  const { download } = await import('../remote/download.js')
  const { file, facts } = await download(uri, options, asking)
  const source = await openFile(file)
  const shown = withoutSecrets(uri)
  return {
    uri: shown,
    size: source.size,
    modified: facts.modified,
    ...(facts.etag === null ? {} : { version: facts.etag }),
    read: (...asked) => source.read(...asked),
    close: () => source.close(),
  }
}

class RemoteSource implements ByteSource {
  readonly uri: string
  readonly size: number
  readonly modified: number
  readonly version?: string
  readonly reading = fromAfar
  readonly #object: RemoteObject
  /** What another thread has read. */
  readonly #pieces: readonly Piece[]
  /** Null when the slide is open. */
  #opening: BlockCache | null
  readonly #closed = new AbortController()

  constructor(object: RemoteObject, pieces: readonly Piece[], head?: Uint8Array) {
    const { size, modified, etag } = object.facts
    this.uri = object.uri
    this.size = size
    this.modified = modified
    if (etag !== null) this.version = etag
    this.#object = object
    this.#pieces = pieces
    this.#opening = new BlockCache(size, (...asked) => this.#ask(...asked), head)
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#known(offset, length, signal) ?? this.#opening?.read(offset, length, signal) ?? this.#ask(offset, length, signal)
  }

  async readOnce(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#known(offset, length, signal) ?? this.#opening?.kept(offset, length) ?? this.#ask(offset, length, signal)
  }

  soon(offset: number, length: number, signal?: AbortSignal): void {
    // What another thread has read holds all that opening needs.
    if (this.#pieces.length === 0) this.#opening?.soon(offset, length, signal)
  }

  /** Undefined for what has to be asked for. */
  #known(offset: number, length: number, signal?: AbortSignal): Uint8Array | undefined {
    signal?.throwIfAborted()
    this.#closed.signal.throwIfAborted()
    if (offset + length > this.size) throw truncated(this.uri, offset, length, this.size)
    return length === 0 ? new Uint8Array(0) : bytesIn(this.#pieces, { offset, length })
  }

  #ask(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#object.read(offset, length, this.#until(signal))
  }

  async known(): Promise<KnownFile> {
    return { ...this.#object.facts, pieces: (await this.#opening?.soFar()) ?? [] }
  }

  opened(): void {
    this.#opening = null
  }

  /** What was found out is kept: a file that was looked at is looked at by other threads, too. */
  async close(): Promise<void> {
    this.#closed.abort(new Error(`${this.uri} has been closed`))
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal])
  }
}
