/** The end of a Parquet file: what hyparquet-writer makes of it, and the one byte in it that is mended. */

import { ByteWriter, type ParquetWriter } from 'hyparquet-writer'
import type { OutputFile } from '../common/file.js'

/** Where hyparquet-writer writes what is not ours: it counts on from where the file ends. */
export class Tail {
  readonly buffer = new ByteWriter()

  constructor(readonly file: OutputFile) {}

  /** What it has made goes to the file. */
  async flush(): Promise<void> {
    const bytes = this.buffer.getBytes()
    this.buffer.index = 0
    await this.file.write(bytes)
  }

  /** Indexes, bloom filters and footer. */
  async finish(parquet: ParquetWriter): Promise<void> {
    this.buffer.offset = parquet.row_groups.length === 0 ? this.buffer.offset : this.file.bytes
    const begin = this.buffer.index
    await parquet.finish()
    if (parquet.row_groups.length === 0) typeEmptyList(this.buffer.getBytes().subarray(begin))
    await this.flush()
  }
}

/**
 * A table without rows has an empty list of row groups. hyparquet-writer 0.17 takes the type of a list's elements from the first one, and
 * writes "byte" where there is none; readers on the Rust crate refuse that. In Thrift's compact protocol:
 *
 *     16 00   field 3, i64: no rows
 *     19 0t   field 4, list: no elements of type t; 3 is byte, C is struct
 */
function typeEmptyList(footer: Uint8Array): void {
  const bytes = Buffer.from(footer.buffer, footer.byteOffset, footer.byteLength)
  // The texts behind it hold no such bytes.
  const at = bytes.lastIndexOf(Buffer.from([0x16, 0x00, 0x19]))
  if (at >= 0 && bytes[at + 3]! >> 4 === 0) bytes[at + 3] = 0x0c
}
