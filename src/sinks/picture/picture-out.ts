/** What takes the rows of a picture, whatever its format. */

import type { OutputFile } from '../common/file.js'

export interface PictureOut {
  /** Whole rows from top to bottom; with `repeat` one row stands for that many. */
  write(rows: Uint8Array | Float32Array, repeat?: number): Promise<void>
  finish(): Promise<void>
  close(): Promise<void>
}

/** Writes the first bytes of an opened file; it is closed again when they cannot be written. */
export async function openedWith(file: OutputFile, head: Uint8Array): Promise<void> {
  try {
    await file.write(head)
  } catch (error) {
    await file.close()
    throw error
  }
}
