/**
 * A zip archive of weights: yauzl's doorway. Names that leave the archive, entries named twice, and entries that claim far
 * more than their bytes can hold are refused before anything is read; every entry's checksum is checked.
 */

import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import yauzl from 'yauzl'
import { openBytes, type WeightBytes } from './bytes.js'
import { unreadable } from './tensors.js'

/** A state dict has one entry per tensor and a few more; the largest networks have a few thousand. */
const mostEntries = 100_000
/** Trained weights hardly compress; an entry that does this well is made to fill the memory. */
const mostRatio = 100

export interface Archive {
  /** Uncompressed sizes by name. */
  readonly sizes: ReadonlyMap<string, number>
  read(name: string): Promise<Buffer>
  /** An entry piece by piece. Throws after the last piece where its checksum is another. */
  pieces(name: string): AsyncGenerator<Buffer>
  close(): void
}

export async function openArchive(path: string): Promise<Archive> {
  const bytes = await openBytes(path)
  const options = { autoClose: false, strictFileNames: true }
  const zip = await yauzl.fromRandomAccessReaderPromise(new Reader(bytes), bytes.size, options).catch(async (cause: Error) => {
    await bytes.close()
    throw unreadable(`${path} is no readable zip archive: ${cause.message}`, cause)
  })
  const entries = new Map<string, yauzl.Entry>()
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.size >= mostEntries) throw unreadable(`${path} has more than ${mostEntries} entries`)
      if (entries.has(entry.fileName)) throw unreadable(`${path} has the entry ${entry.fileName} twice`)
      if (entry.uncompressedSize > entry.compressedSize * mostRatio + 1024) {
        throw unreadable(`${path}: ${entry.fileName} claims ${entry.uncompressedSize} bytes out of ${entry.compressedSize} compressed ones`)
      }
      if (entry.compressedSize > zip.fileSize) throw unreadable(`${path}: ${entry.fileName} claims more bytes than the file has`)
      entries.set(entry.fileName, entry)
    }
  } catch (cause) {
    zip.close()
    throw cause instanceof Error && 'family' in cause ? cause : unreadable(`${path} is refused: ${(cause as Error).message}`, cause)
  }
  const entryOf = (name: string): yauzl.Entry => {
    const entry = entries.get(name)
    if (!entry) throw unreadable(`${path} has no entry ${name}`)
    return entry
  }
  async function* piecesOf(name: string): AsyncGenerator<Buffer> {
    const entry = entryOf(name)
    let [sum, length] = [0, 0]
    // yauzl ends the stream with an error when more or fewer bytes come than the entry says
    const failed = (cause: Error): never => {
      throw unreadable(`${path}: ${name} cannot be read: ${cause.message}`, cause)
    }
    const stream = await zip.openReadStreamPromise(entry).catch(failed)
    const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    try {
      for (;;) {
        const next = await pieces.next().catch(failed)
        if (next.done) break
        sum = crc32(next.value, sum)
        length += next.value.length
        yield next.value
      }
    } finally {
      stream.destroy()
    }
    if (length !== entry.uncompressedSize || sum !== entry.crc32)
      throw unreadable(`${path}: ${name} does not have the checksum it should have`)
  }
  return {
    sizes: new Map([...entries].map(([name, entry]) => [name, entry.uncompressedSize])),
    async read(name) {
      const out = Buffer.allocUnsafeSlow(entryOf(name).uncompressedSize)
      let filled = 0
      for await (const piece of piecesOf(name)) filled += piece.copy(out, filled)
      return out
    },
    pieces: piecesOf,
    close: () => zip.close(),
  }
}

/** Bytes for yauzl. Its own reader throws out of a callback, where nothing can catch it, when a header points beyond what a file can have. */
class Reader extends yauzl.RandomAccessReader {
  readonly #bytes: WeightBytes

  constructor(bytes: WeightBytes) {
    super()
    this.#bytes = bytes
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    this.#bytes.read(position, length).then((read) => {
      read.copy(buffer, offset)
      callback(null)
    }, callback)
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.#bytes, start, end), { objectMode: false })
  }

  override close(callback: (error: Error | null) => void): void {
    this.#bytes.close().then(() => callback(null), callback)
  }
}

const piece = 256 * 1024

async function* pieces(bytes: WeightBytes, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += piece) yield await bytes.read(at, Math.min(piece, end - at))
}
