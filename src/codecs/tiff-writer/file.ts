/** The file being written: tiles are appended, directories come last, and only then does the header point to them. */

import { type FileHandle, open } from 'node:fs/promises'
import { onDisk } from '../../core/files/on-disk.js'
import type { Place, TiffPicture } from './picture.js'
import { levelsOf, levelTags, needsBig } from './picture.js'
import { directory, directoryBytes, header, type Tag } from './tags.js'

const alignment = 8

export class TiffFile {
  readonly big: boolean
  #handle: FileHandle | null
  #at: number

  private constructor(handle: FileHandle, big: boolean) {
    this.#handle = handle
    this.big = big
    this.#at = big ? 16 : 8
  }

  static async open(path: string, big: boolean): Promise<TiffFile> {
    const file = new TiffFile(await open(path, 'w'), big)
    try {
      await file.#put(header(0, big), 0)
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Appends bytes and says where they are. */
  async append(bytes: Uint8Array): Promise<Place> {
    const place = { offset: this.#at, bytes: bytes.length }
    this.#at += Math.ceil(bytes.length / alignment) * alignment
    await this.#put(bytes, place.offset)
    return place
  }

  /** Writes the directories of all levels and the header, and brings everything to the disk. */
  async finish(picture: TiffPicture, places: readonly (readonly Place[])[]): Promise<void> {
    const tags = levelsOf(picture).map((level, i) => levelTags(picture, level, i, places[i]!, this.big))
    const directories = picture.pyramid === 'subifd' ? this.#nested(tags) : this.#chained(tags)
    const first = this.#at
    await this.#put(Buffer.concat(directories), first)
    await this.#put(header(first, this.big), 0)
    if (this.#handle) await onDisk(this.#handle)
    await this.close()
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = null
    await handle?.close()
  }

  #chained(levels: readonly (readonly Tag[])[]): Buffer[] {
    let at = this.#at
    return levels.map((tags, i) => {
      const end = at + directoryBytes(tags, this.big)
      const bytes = directory(tags, at, i + 1 < levels.length ? end : 0, this.big)
      at = end
      return bytes
    })
  }

  #nested([main, ...smaller]: readonly (readonly Tag[])[]): Buffer[] {
    const link = (values: number[]): Tag => ({ id: 330, type: this.big ? 'long8' : 'long', values })
    const withLinks = (values: number[]) => (smaller.length === 0 ? main! : [...main!, link(values)])
    let at = this.#at + directoryBytes(withLinks(smaller.map(() => 0)), this.big)
    const offsets: number[] = []
    const parts = smaller.map((tags) => {
      offsets.push(at)
      const bytes = directory(tags, at, 0, this.big)
      at += bytes.length
      return bytes
    })
    return [directory(withLinks(offsets), this.#at, 0, this.big), ...parts]
  }

  async #put(bytes: Uint8Array, at: number): Promise<void> {
    let done = 0
    while (done < bytes.length) done += (await this.#handle!.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }
}

/** Opens a file for a picture, classic or BigTIFF as its size asks. */
export const fileFor = (path: string, picture: TiffPicture): Promise<TiffFile> => TiffFile.open(path, needsBig(picture))
