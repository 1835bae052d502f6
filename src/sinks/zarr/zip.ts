/**
 * A ZIP file of entries that are stored as they are, as bytes. Sizes and places are 32 bits and the number of entries is 16: what is larger stands once more
 * in a field of 64 bits, and only then, so that a small file is the one that every reader knows. Pure.
 */

import zlib from 'node:zlib'

/** As large as a field of 32 or 16 bits says: look at the wide one. */
const beyond32 = 0xffff_ffff
const beyond16 = 0xffff
/** The first day a ZIP file can name, 1 January 1980: the same rows make the same bytes. */
const day = 0x0021
/** What a reader must know: stored entries, or fields of 64 bits. */
const plain = 20
const wide = 45

export interface Entry {
  readonly name: Uint8Array
  readonly crc: number
  /** Of one piece in memory, never beyond 32 bits. */
  readonly size: number
  /** Where its head begins. */
  readonly offset: number
}

/** Node has `zlib.crc32` since 20.15, below what we ask for; its types came later. */
export const { crc32 } = zlib as unknown as { readonly crc32: (data: Uint8Array) => number }

/** Before the bytes of an entry: signature, version, UTF-8 names, stored, time, day, crc, size, size, length of the name, no extra field. */
export function headOf({ name, crc, size }: Entry): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  common(head, 4, plain, { crc, size, name })
  return Buffer.concat([head, name])
}

/** In the list at the end: as above after "version made by"; then comment, disk, attributes (0) and the offset of the head. */
export function lineOf({ name, crc, size, offset }: Entry): Buffer {
  const isFar = offset >= beyond32
  const line = Buffer.alloc(46)
  const version = isFar ? wide : plain
  line.writeUInt32LE(0x02014b50, 0)
  line.writeUInt16LE(version, 4)
  common(line, 6, version, { crc, size, name })
  line.writeUInt16LE(isFar ? 12 : 0, 30)
  line.writeUInt32LE(Math.min(offset, beyond32), 42)
  if (!isFar) return Buffer.concat([line, name])
  const more = Buffer.alloc(12)
  more.writeUInt16LE(1, 0)
  more.writeUInt16LE(8, 2)
  more.writeBigUInt64LE(BigInt(offset), 4)
  return Buffer.concat([line, name, more])
}

/** Behind the list, which has so many lines and bytes and begins at `offset`. */
export function endOf(lines: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(lines, beyond16), 8)
  end.writeUInt16LE(Math.min(lines, beyond16), 10)
  end.writeUInt32LE(Math.min(size, beyond32), 12)
  end.writeUInt32LE(Math.min(offset, beyond32), 16)
  return lines < beyond16 && size < beyond32 && offset < beyond32 ? end : Buffer.concat([wideEndOf(lines, size, offset), end])
}

/** The same in 64 bits (its own length, two versions, two disks, lines twice, size, offset), and where it lies, which readers find before the end. */
function wideEndOf(lines: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(wide, 12)
  end.writeUInt16LE(wide, 14)
  for (const [at, value] of [lines, lines, size, offset].entries()) end.writeBigUInt64LE(BigInt(value), 24 + 8 * at)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(offset + size), 64)
  end.writeUInt32LE(1, 72)
  return end
}

function common(bytes: Buffer, at: number, version: number, { crc, size, name }: Omit<Entry, 'offset'>): void {
  bytes.writeUInt16LE(version, at)
  bytes.writeUInt16LE(0x0800, at + 2)
  bytes.writeUInt16LE(day, at + 8)
  bytes.writeUInt32LE(crc, at + 10)
  bytes.writeUInt32LE(size, at + 14)
  bytes.writeUInt32LE(size, at + 18)
  bytes.writeUInt16LE(name.length, at + 22)
}
