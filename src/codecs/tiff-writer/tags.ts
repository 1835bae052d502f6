/**
 * TIFF directories as bytes, little-endian, classic or BigTIFF. Knows tags and their types, nothing about pictures.
 *
 *   classic  count (2) · entries: id (2) type (2) count (4) value or offset (4) · next directory (4) · long values
 *   BigTIFF  count (8) · entries: id (2) type (2) count (8) value or offset (8) · next directory (8) · long values
 */

export type TagType = 'ascii' | 'short' | 'long' | 'rational' | 'undefined' | 'double' | 'long8' | 'ifd'

export interface Tag {
  readonly id: number
  readonly type: TagType
  /** Numbers; a rational is two of them (numerator, denominator); text and bytes are given as bytes. */
  readonly values: ArrayLike<number>
}

const types: Record<TagType, { readonly code: number; readonly bytes: number }> = {
  ascii: { code: 2, bytes: 1 },
  short: { code: 3, bytes: 2 },
  long: { code: 4, bytes: 4 },
  rational: { code: 5, bytes: 4 }, // one half: values hold both
  undefined: { code: 7, bytes: 1 },
  double: { code: 12, bytes: 8 },
  long8: { code: 16, bytes: 8 },
  ifd: { code: 13, bytes: 4 },
}

/** A zero-terminated text, UTF-8 (the specification says ASCII; every reader takes UTF-8). */
export function textTag(id: number, text: string): Tag {
  return { id, type: 'ascii', values: Buffer.from(`${text}\0`, 'utf8') }
}

const bytesOf = (tag: Tag): number => tag.values.length * types[tag.type].bytes

/** Bytes that a directory with these tags takes, values included; always even, so the next one is aligned. */
export function directoryBytes(tags: readonly Tag[], big: boolean): number {
  const inline = big ? 8 : 4
  const long = tags.map(bytesOf).filter((n) => n > inline)
  return fixedBytes(tags.length, big) + long.reduce((sum, n) => sum + padded(n), 0)
}

const padded = (n: number): number => (n + 7) & ~7
const fixedBytes = (count: number, big: boolean): number => padded(big ? 8 + count * 20 + 8 : 2 + count * 12 + 4)

/** The directory as it stands at file offset `at`, pointing on to `next` (0: the last one). */
export function directory(tags: readonly Tag[], at: number, next: number, big: boolean): Buffer {
  const out = Buffer.alloc(directoryBytes(tags, big))
  const sorted = [...tags].sort((a, b) => a.id - b.id)
  let entry = big ? out.writeUInt32LE(sorted.length, 0) + 4 : out.writeUInt16LE(sorted.length, 0)
  let long = fixedBytes(sorted.length, big)
  for (const tag of sorted) {
    const { code } = types[tag.type]
    const count = tag.type === 'rational' ? tag.values.length / 2 : tag.values.length
    out.writeUInt16LE(tag.id, entry)
    out.writeUInt16LE(code, entry + 2)
    out.writeUInt32LE(count, entry + 4)
    const value = entry + (big ? 12 : 8)
    if (bytesOf(tag) <= (big ? 8 : 4)) putValues(out, tag, value)
    else {
      putOffset(out, at + long, value, big)
      putValues(out, tag, long)
      long += padded(bytesOf(tag))
    }
    entry += big ? 20 : 12
  }
  putOffset(out, next, entry, big)
  return out
}

/** The first 8 (classic) or 16 (BigTIFF) bytes of a file whose first directory stands at `first`. */
export function header(first: number, big: boolean): Buffer {
  const out = Buffer.alloc(big ? 16 : 8)
  out.write('II', 0, 'latin1')
  out.writeUInt16LE(big ? 43 : 42, 2)
  if (big) out.writeUInt16LE(8, 4)
  putOffset(out, first, big ? 8 : 4, big)
  return out
}

function putOffset(out: Buffer, offset: number, at: number, big: boolean): void {
  if (big) out.writeBigUInt64LE(BigInt(offset), at)
  else out.writeUInt32LE(offset, at)
}

function putValues(out: Buffer, tag: Tag, at: number): void {
  const { bytes } = types[tag.type]
  for (let i = 0; i < tag.values.length; i++) {
    const value = tag.values[i]!
    const place = at + i * bytes
    if (tag.type === 'double') out.writeDoubleLE(value, place)
    else if (bytes === 8) out.writeBigUInt64LE(BigInt(value), place)
    else if (bytes === 4) out.writeUInt32LE(value, place)
    else if (bytes === 2) out.writeUInt16LE(value, place)
    else out[place] = value
  }
}
