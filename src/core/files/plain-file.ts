/**
 * Files that somebody else may have laid there, in results that were sent or on a disk that many write to. A pipe would be waited for without end, and a
 * device has no end: neither is a file, and what is one has a size, which is bounded before it is read.
 */

import { constants, type FileHandle, open } from 'node:fs/promises'

const waitsForNobody = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** `flags`: besides. Throws the error of the system, EINVAL for what is no file, EISDIR for a folder. */
export async function openPlain(file: string, flags = 0): Promise<FileHandle> {
  const handle = await open(file, waitsForNobody | flags)
  try {
    const facts = await handle.stat()
    if (facts.isFile()) return handle
    throw facts.isDirectory() ? said('EISDIR', 'it is a folder') : said('EINVAL', 'it is a pipe, a socket or a device, not a file')
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** All of it. Throws as `openPlain`, and EFBIG for more than `most` bytes. */
export async function readPlain(file: string, most: number): Promise<Buffer> {
  const handle = await openPlain(file)
  try {
    const { size } = await handle.stat()
    if (size > most) throw said('EFBIG', `it has ${size} bytes, and ${most} at most are read`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

const said = (code: string, message: string): Error => Object.assign(new Error(message), { code })
