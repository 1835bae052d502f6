/**
 * Looks at the footer of an Arrow file before apache-arrow does, which counts as far as a damaged length says: up to 2³¹ entries, of each field.
 *
 *     … footer (FlatBuffers: where the batches lie, and the schema)  int32 its length  ARROW1
 *
 *     Footer  0 version  1 schema  2 dictionaries  3 record batches  4 metadata
 *     Schema  0 endianness  1 fields  2 metadata
 *     Field   0 name  1 nullable  2 type of type  3 type  4 dictionary  5 children  6 metadata
 */

import type { FileHandle } from 'node:fs/promises'

/** The length and the magic word. */
const endBytes = 10
/** Where a batch lies: three numbers of 64 bits. */
const blockBytes = 24
/** Of entries that lie elsewhere in the footer. */
const placeBytes = 4
/** Fields within fields; a vector of ours is two. */
const deepest = 16

/** Throws RangeError where a list has more entries than there are bytes for. */
export async function mustHoldFooter(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  const end = await viewOf(handle, size - endBytes, endBytes)
  const length = end.getInt32(0, true)
  const footer = new Tables(await viewOf(handle, size - endBytes - length, length))
  for (const [slot, bytes] of [
    [2, blockBytes],
    [3, blockBytes],
    [4, placeBytes],
  ] as const)
    footer.list(footer.root, slot, bytes)
  const schema = footer.slot(footer.root, 1)
  if (schema === null) return
  const table = footer.follow(schema)
  footer.list(table, 2, placeBytes)
  let fields = 0
  const look = (parent: number, slot: number, depth: number) => {
    if (depth > deepest) throw new RangeError(`fields lie more than ${deepest} deep`)
    for (const place of footer.list(parent, slot, placeBytes)) {
      // Lists may name the same fields again, and those the same lists.
      if (++fields * placeBytes > footer.bytes) throw new RangeError('more fields are named than there are bytes for')
      const field = footer.follow(place)
      footer.list(field, 6, placeBytes)
      look(field, 5, depth + 1)
    }
  }
  look(table, 1, 0)
}

async function viewOf(handle: FileHandle, position: number, length: number): Promise<DataView> {
  if (position < 0 || length < 0) throw new RangeError(`${length} bytes at ${position} are not there`)
  const bytes = new Uint8Array(length)
  const { bytesRead } = await handle.read(bytes, 0, length, position)
  if (bytesRead < length) throw new RangeError(`${length} bytes at ${position} end after ${bytesRead}`)
  return new DataView(bytes.buffer)
}

/** Tables of FlatBuffers: before each lies how far back its slots are told. A place beyond the bytes is a RangeError of the view. */
class Tables {
  readonly root: number

  constructor(private readonly view: DataView) {
    this.root = this.follow(0)
  }

  get bytes(): number {
    return this.view.byteLength
  }

  follow(place: number): number {
    return place + this.view.getUint32(place, true)
  }

  /** Where the slot of a table lies; null where it is left out. */
  slot(table: number, slot: number): number | null {
    const told = table - this.view.getInt32(table, true)
    const at = 4 + slot * 2
    const offset = at < this.view.getUint16(told, true) ? this.view.getUint16(told + at, true) : 0
    return offset === 0 ? null : table + offset
  }

  /** Where the entries of a list lie. */
  list(table: number, slot: number, bytes: number): readonly number[] {
    const place = this.slot(table, slot)
    if (place === null) return []
    const list = this.follow(place)
    const count = this.view.getUint32(list, true)
    if (list + 4 + count * bytes > this.view.byteLength) throw new RangeError(`a list of ${count} entries is longer than the footer`)
    return Array.from({ length: count }, (_, i) => list + 4 + i * bytes)
  }
}
