/** A file that only grows, durably: what is added while a flush is under way shares the next one. */

import { constants, type FileHandle, open } from 'node:fs/promises'
import { whenFree } from '../../flow/file-handles.js'
import { writing } from '../../sinks/common/file.js'
import { noLink } from './inside.js'

export const readable = constants.O_RDONLY | noLink
const growable = constants.O_RDWR | noLink

interface Piece {
  readonly bytes: Uint8Array
  readonly settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
}

export class GrowingFile {
  readonly #waiting: Piece[] = []
  #flushing: Promise<void> | null = null
  #failed: { readonly error: unknown } | null = null

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
    /** Bytes that are safe; what lies behind them is overwritten. */
    private end: number,
  ) {}

  /** Opens a file that is there; what is added lies behind its first `end` bytes. Throws SinkError. */
  static open(path: string, end: number): Promise<GrowingFile> {
    return writing(path, async () => {
      const handle = await whenFree(() => open(path, growable))
      try {
        await handle.truncate(end)
      } catch (error) {
        await handle.close()
        throw error
      }
      return new GrowingFile(path, handle, end)
    })
  }

  /** Returns when the bytes are safe, and so is all that was added before them. Throws SinkError; after that nothing more is added. */
  add(bytes: Uint8Array): Promise<void> {
    const safe = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ bytes, settle: { resolve, reject } })
    })
    this.#flushing ??= this.#flush()
    return safe
  }

  /** Waits for what was added. */
  async close(): Promise<void> {
    await this.#flushing
    await this.handle.close()
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const pieces = this.#waiting.splice(0)
      try {
        if (this.#failed) throw this.#failed.error
        await writing(this.path, () => this.#write(pieces.map(({ bytes }) => bytes)))
        for (const { settle } of pieces) settle.resolve()
      } catch (error) {
        this.#failed ??= { error }
        for (const { settle } of pieces) settle.reject(error)
      }
    }
    this.#flushing = null
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    let at = this.end
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) {
        const { bytesWritten } = await this.handle.write(piece, done, piece.length - done, at)
        done += bytesWritten
        at += bytesWritten
      }
    }
    await this.handle.sync()
    this.end = at
  }
}
