/** A file that only grows, durably: what is added while a flush is under way shares the next one. */

import { constants, type FileHandle, open } from 'node:fs/promises'
import { onDisk } from '../../core/files/on-disk.js'
import { whenFree } from '../../flow/file-handles.js'
import { behind, writing } from '../../sinks/common/file.js'
import { noLink } from './inside.js'

const growable = constants.O_RDWR | noLink

interface Added {
  readonly pieces: readonly Uint8Array[]
  readonly settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
}

export class GrowingFile {
  readonly #waiting: Added[] = []
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

  /** Adds pieces, one after another, without joining them. Returns when they are safe, and so is all that was added before them. Throws SinkError; after that nothing more is added. */
  add(pieces: readonly Uint8Array[]): Promise<void> {
    const safe = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ pieces, settle: { resolve, reject } })
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
      const added = this.#waiting.splice(0)
      try {
        if (this.#failed) throw this.#failed.error
        await writing(this.path, () => this.#write(added.flatMap(({ pieces }) => pieces)))
        for (const { settle } of added) settle.resolve()
      } catch (error) {
        this.#failed ??= { error }
        for (const { settle } of added) settle.reject(error)
      }
    }
    this.#flushing = null
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    let at = this.end
    for (let left = pieces.filter(({ length }) => length > 0); left.length > 0; ) {
      const { bytesWritten } = await this.handle.writev(left, at)
      at += bytesWritten
      left = bytesWritten === bytesOf(left) ? [] : behind(left, bytesWritten)
    }
    await onDisk(this.handle)
    this.end = at
  }
}

const bytesOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0)
