/** OME-Zarr stores as one input each, for the fuzzer: all their files behind one another, each with its path before it. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type ZarrFile, zarrSeries, zarrShards } from '../../fixtures/ome-zarr.js'

const between = '\n\0\n'

export const zarrWords = [
  '"uint8"',
  '"sharding_indexed"',
  '"transpose"',
  '"zstd"',
  '"blosc"',
  '"gzip"',
  '"order":"F"',
  '"fill_value":',
  between,
  '../',
]

const packed = (files: readonly ZarrFile[]): Buffer =>
  Buffer.concat(files.flatMap(({ path, bytes }, i) => [Buffer.from(`${i === 0 ? '' : between}${path}\n`), bytes]))

/** A level of each, so that an input is short. */
export const zarrStores = (): Buffer[] => [packed(zarrSeries().filter(({ path }) => !path.startsWith('0/0/0/'))), packed(zarrShards())]

/** The store that an input is, in a folder. */
export async function unpackStore(bytes: Buffer, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const part of bytes.toString('latin1').split(between).slice(0, 100)) {
    const end = part.indexOf('\n')
    const name = part.slice(0, end)
    if (!/^[\w.]{1,40}(\/[\w.]{1,40}){0,8}$/.test(name) || name.split('/').some((one) => /^\.+$/.test(one))) continue
    const file = path.join(folder, name)
    // A name may be that of a folder, or lie below a file.
    await mkdir(path.dirname(file), { recursive: true }).catch(() => undefined)
    await writeFile(file, Buffer.from(part.slice(end + 1), 'latin1')).catch(() => undefined)
  }
}
