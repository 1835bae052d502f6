/** Where a zarr group lies: a ZIP file of stored entries, or a folder. Both take one named piece after the other. */

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import zlib from 'node:zlib'
import { SinkError } from '../../core/errors.js'
import { OutputFile, writing } from '../common/file.js'

export interface Store {
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>
  readonly finish: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Empties what an earlier attempt left. */
export async function folderStore(folder: string): Promise<Store> {
  await writing(folder, async () => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
  })
  return {
    async put(name, bytes) {
      const file = path.join(folder, name)
      await writing(file, () => mkdir(path.dirname(file), { recursive: true }))
      const output = await OutputFile.open(file)
      try {
        await output.write(bytes)
        await output.finish()
      } finally {
        await output.close()
      }
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

/** Sizes and offsets of a ZIP file without extensions are 32 bits, the number of entries 16. */
const largest = 2 ** 32 - 1
const mostEntries = 65_535

export async function zipStore(file: string): Promise<Store> {
  const output = await OutputFile.open(file)
  const directory: Uint8Array[] = []
  return {
    async put(name, bytes) {
      const offset = output.bytes
      if (offset + bytes.length > largest || directory.length === mostEntries) {
        throw new SinkError('OUTPUT_TOO_LARGE', `${file} grows beyond what a ZIP file can hold`, {
          hint: 'leave probabilities out, or use arrow',
        })
      }
      const encoded = Buffer.from(name, 'utf8')
      const crc = crc32(bytes)
      await output.write(Buffer.concat([localHeader(encoded, crc, bytes.length), encoded, bytes]))
      directory.push(Buffer.concat([directoryHeader(encoded, crc, bytes.length, offset), encoded]))
    },
    async finish() {
      const entries = Buffer.concat(directory)
      await output.write(Buffer.concat([entries, endOf(directory.length, entries.length, output.bytes)]))
      await output.finish()
    },
    close: () => output.close(),
  }
}

/** The first day a ZIP file can name, 1 January 1980: the same rows make the same bytes. */
const day = 0x0021

/** signature, version 2.0, UTF-8 names, stored, time, day, crc, size, size, length of the name, no extra field. */
function localHeader(name: Uint8Array, crc: number, size: number): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  common(header, 4, crc, size, name.length)
  return header
}

/** As above after "version made by"; then comment, disk, attributes (0) and the offset of the local header. */
function directoryHeader(name: Uint8Array, crc: number, size: number, offset: number): Buffer {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(20, 4)
  common(header, 6, crc, size, name.length)
  header.writeUInt32LE(offset, 42)
  return header
}

function common(header: Buffer, at: number, crc: number, size: number, nameLength: number): void {
  header.writeUInt16LE(20, at)
  header.writeUInt16LE(0x0800, at + 2)
  header.writeUInt16LE(day, at + 8)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(size, at + 14)
  header.writeUInt32LE(size, at + 18)
  header.writeUInt16LE(nameLength, at + 22)
}

function endOf(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries, 8)
  end.writeUInt16LE(entries, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

/** Node has `zlib.crc32` since 20.15, below what we ask for; its types came later. */
const { crc32 } = zlib as unknown as { readonly crc32: (data: Uint8Array) => number }
