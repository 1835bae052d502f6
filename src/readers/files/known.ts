/**
 * What the thread that opened a slide far away first has found out about its files: the others open it with that, and ask nobody. Plain data;
 * all bytes lie in one memory that all threads read.
 */

import type { ByteSource, KnownFile, Piece } from '../byte-source.js'
import type { Listed } from './files.js'

export interface Known {
  /** By the uri they were opened with. */
  readonly files: ReadonlyMap<string, KnownFile>
  /** What lies in a folder, as it was listed; null for what is none. */
  readonly folders: ReadonlyMap<string, readonly Listed[] | null>
}

/** Bytes of all files of a slide; what is beyond is asked for again. */
const MOST_BYTES = 32 * 2 ** 20

/** Notes what is found out while a slide is opened. */
export class Finding {
  readonly #open: (readonly [uri: string, source: ByteSource])[] = []
  readonly #closed: (readonly [uri: string, known: KnownFile])[] = []
  readonly #folders = new Map<string, readonly Listed[] | null>()

  opened(uri: string, source: ByteSource): void {
    if (source.known !== undefined) this.#open.push([uri, source])
  }

  /** Of a file that is opened for a moment only. */
  async closing(uri: string, source: ByteSource): Promise<void> {
    if (source.known !== undefined) this.#closed.push([uri, await source.known()])
  }

  listed(uri: string, inside: readonly Listed[] | null): void {
    this.#folders.set(uri, inside)
  }

  /** Null when no file lies far away. */
  async known(): Promise<Known | null> {
    const open = await Promise.all(this.#open.map(async ([uri, source]) => [uri, await source.known!()] as const))
    const files = new Map<string, KnownFile>()
    let bytes = 0
    for (const [uri, { pieces, ...facts }] of [...open, ...this.#closed]) {
      const before = files.get(uri)?.pieces ?? []
      const all = [...before]
      for (const piece of pieces) {
        const isThere = before.some((one) => one.offset === piece.offset && one.bytes.length >= piece.bytes.length)
        if (isThere || bytes + piece.bytes.length > MOST_BYTES) continue
        bytes += piece.bytes.length
        all.push(piece)
      }
      files.set(uri, { ...facts, pieces: all })
    }
    return files.size === 0 ? null : { files: shared(files, bytes), folders: this.#folders }
  }
}

/** Copies of all bytes in one memory. */
function shared(files: Known['files'], bytes: number): Known['files'] {
  const memory = new Uint8Array(new SharedArrayBuffer(bytes))
  let at = 0
  const put = ({ offset, bytes }: Piece): Piece => {
    memory.set(bytes, at)
    at += bytes.length
    return { offset, bytes: memory.subarray(at - bytes.length, at) }
  }
  return new Map([...files].map(([uri, { pieces, ...facts }]) => [uri, { ...facts, pieces: pieces.map(put) }]))
}
