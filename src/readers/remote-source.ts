/**
 * A file on a server as a source of bytes. Opening a slide asks for dozens of small pieces that lie close together: while it is opened they come in blocks of
 * 64 KiB, of which at most 64 are kept; afterwards every read is a range of its own.
 */

import { type RemoteOptions, withoutSecrets } from '../core/address.js'
import { firstBytes, type ObjectFacts, RemoteObject } from '../remote/object.js'
import type { Patience } from '../remote/patience.js'
import { type ByteSource, fromAfar, openFile, truncated } from './byte-source.js'

/** Longer reads go straight through. */
const BLOCK = firstBytes
const MOST_BLOCKS = 64

export async function openRemote(uri: string, options?: RemoteOptions, signal?: AbortSignal, patience?: Patience): Promise<ByteSource> {
  if (options?.cache === 'download') return openDownloaded(uri, options, signal, patience)
  const { object, head } = await RemoteObject.open(uri, options, signal, patience)
  return new RemoteSource(object, head)
}

/** As a file of this machine, but for who it is. */
async function openDownloaded(uri: string, options: RemoteOptions, signal?: AbortSignal, patience?: Patience): Promise<ByteSource> {
  const { download } = await import('../remote/download.js')
  const { file, facts } = await download(uri, options, signal, patience)
  const source = await openFile(file)
  const shown = withoutSecrets(uri)
  return {
    uri: shown,
    size: source.size,
    modified: facts.modified,
    version: versionOf(facts),
    read: (...asked) => source.read(...asked),
    close: () => source.close(),
  }
}

const versionOf = ({ etag, modified }: ObjectFacts): string => etag ?? `${modified}`

class RemoteSource implements ByteSource {
  readonly uri: string
  readonly size: number
  readonly modified: number
  readonly version: string
  readonly reading = fromAfar
  readonly #object: RemoteObject
  /** The longest unused first. Null when the slide is open. */
  #blocks: Map<number, Promise<Uint8Array>> | null = new Map()
  readonly #closed = new AbortController()

  constructor(object: RemoteObject, head: Uint8Array) {
    const { size, modified } = object.facts
    this.uri = object.uri
    this.size = size
    this.modified = modified
    this.version = versionOf(object.facts)
    this.#object = object
    this.#blocks!.set(0, Promise.resolve(head))
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted()
    if (offset + length > this.size) throw truncated(this.uri, offset, length, this.size)
    if (length === 0) return new Uint8Array(0)
    if (this.#blocks === null || length > BLOCK) return this.#object.read(offset, length, this.#until(signal))
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    this.#fetch(this.#blocks, first, last, signal)
    const [start, next] = await Promise.all([this.#blocks.get(first)!, this.#blocks.get(last)!])
    const from = offset - first * BLOCK
    if (first === last) return start.slice(from, from + length)
    return Buffer.concat([start.subarray(from), next.subarray(0, length - (BLOCK - from))])
  }

  opened(): void {
    this.#blocks = null
  }

  async close(): Promise<void> {
    this.#blocks = null
    this.#closed.abort(new Error(`${this.uri} has been closed`))
  }

  /** A piece of at most a block lies in one or two; two that are missing come as one range. */
  #fetch(blocks: Map<number, Promise<Uint8Array>>, first: number, last: number, signal?: AbortSignal): void {
    const missing = first === last ? [first] : [first, last]
    for (const at of missing) {
      const known = blocks.get(at)
      if (known === undefined) continue
      blocks.delete(at)
      blocks.set(at, known)
    }
    const needed = missing.filter((at) => !blocks.has(at))
    if (needed.length === 0) return
    const start = needed[0]! * BLOCK
    const range = this.#object.read(start, Math.min(needed.length * BLOCK, this.size - start), this.#until(signal))
    needed.forEach((at, i) => {
      const block = range.then((bytes) => bytes.subarray(i * BLOCK, (i + 1) * BLOCK))
      // One that failed is asked for again by the next reader.
      block.catch(() => blocks.get(at) === block && blocks.delete(at))
      blocks.set(at, block)
    })
    for (const [at] of blocks) {
      if (blocks.size <= MOST_BLOCKS) break
      blocks.delete(at)
    }
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal])
  }
}
