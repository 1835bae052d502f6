/** Where a zarr group lies: a ZIP file of stored entries, or a folder. Both take one named piece after the other. */

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { OutputFile, writing } from '../common/file.js'
import { crc32, endOf, headOf, lineOf } from './zip.js'

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

export async function zipStore(file: string): Promise<Store> {
  const output = await OutputFile.open(file)
  const lines: Uint8Array[] = []
  return {
    async put(name, bytes) {
      const entry = { name: Buffer.from(name, 'utf8'), crc: crc32(bytes), size: bytes.length, offset: output.bytes }
      await output.write(Buffer.concat([headOf(entry), bytes]))
      lines.push(lineOf(entry))
    },
    async finish() {
      const list = Buffer.concat(lines)
      await output.write(Buffer.concat([list, endOf(lines.length, list.length, output.bytes)]))
      await output.finish()
    },
    close: () => output.close(),
  }
}
