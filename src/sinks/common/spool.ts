/** A nameless file for what must be written later: it vanishes with the process, whatever ends it. */

import { type FileHandle, open, unlink } from 'node:fs/promises'
import { type OutputFile, writing } from './file.js'

const copied = 1024 ** 2

export class Spool {
  #bytes = 0

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  static open(path: string): Promise<Spool> {
    return writing(path, async () => {
      const handle = await open(path, 'w+')
      await unlink(path)
      return new Spool(path, handle)
    })
  }

  write(text: string): Promise<void> {
    return writing(this.path, async () => {
      const bytes = Buffer.from(text, 'utf8')
      let done = 0
      while (done < bytes.length) done += (await this.handle.write(bytes, done, bytes.length - done, this.#bytes + done)).bytesWritten
      this.#bytes += done
    })
  }

  /** Appends all that was written to another file, a piece at a time. */
  async copyTo(file: OutputFile): Promise<void> {
    const piece = new Uint8Array(Math.min(copied, this.#bytes))
    for (let at = 0; at < this.#bytes; ) {
      const { bytesRead } = await writing(this.path, () => this.handle.read(piece, 0, piece.length, at))
      if (bytesRead === 0) throw new Error(`a spooled file ended at byte ${at} of ${this.#bytes}`)
      await file.write(piece.subarray(0, bytesRead))
      at += bytesRead
    }
  }

  close(): Promise<void> {
    return this.handle.close()
  }
}
