/**
 * The list of libraries that `ldconfig` makes, which the loader of Linux (glibc) looks a name up in.
 *
 *     head    "glibc-ld.so.cache1.1" 20 · entries 4 @20 · length of the texts 4 @24 · 20 bytes more
 *     entry   flags 4 · name 4 · path 4 · version 4 · hwcap 8; name and path are places in the file, from the head
 *
 * Older systems have an older list before it, which is passed over: "ld.so-1.7.0" 12 · entries 4, of 12 bytes each.
 */

import { readFile, stat } from 'node:fs/promises'

const place = '/etc/ld.so.cache'
/** Large systems have some hundred kilobytes. */
const most = 2 ** 25
const magic = 'glibc-ld.so.cache1.1'

/** Every path that the list has for a name. Empty where there is no list, or none of this kind. */
export async function ldCache(): Promise<ReadonlyMap<string, readonly string[]>> {
  const is = await stat(place).catch(() => null)
  if (is === null || !is.isFile() || is.size > most) return new Map()
  return entriesIn(await readFile(place).catch(() => Buffer.alloc(0)))
}

/** What is damaged is left out: the loader's own reading is what counts, this one only explains it. */
export function entriesIn(bytes: Buffer): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const start = startIn(bytes)
  const count = start + 24 <= bytes.length ? bytes.readUInt32LE(start + 20) : 0
  const textAt = (at: number): string | null => {
    const end = bytes.indexOf(0, start + at)
    return end < 0 || end - start - at > 4096 ? null : bytes.toString('utf8', start + at, end)
  }
  for (let i = 0, at = start + 48; i < count && at + 24 <= bytes.length; i++, at += 24) {
    const [name, path] = [textAt(bytes.readUInt32LE(at + 4)), textAt(bytes.readUInt32LE(at + 8))]
    if (!name || !path?.startsWith('/')) continue
    found.set(name, [...(found.get(name) ?? []), path])
  }
  return found
}

/** Where the head is; beyond the end when there is none. */
function startIn(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 11) !== 'ld.so-1.7.0' || bytes.length < 16) return isHead(bytes, 0) ? 0 : bytes.length
  const after = 16 + bytes.readUInt32LE(12) * 12
  const start = Math.ceil(after / 8) * 8
  return isHead(bytes, start) ? start : bytes.length
}

const isHead = (bytes: Buffer, at: number): boolean => bytes.toString('latin1', at, at + magic.length) === magic
