/**
 * Looks at the headers of pages before hyparquet believes them: it writes as many values as a header claims, whatever the page holds, and
 * a damaged one claims billions.
 */

import type { RowGroup } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import type { ParquetFile } from './open.js'

/** Field numbers of `PageHeader` in the Parquet format: 2 unpacked size, 3 compressed size, 5 data page, 7 dictionary page, 8 data page of version 2. */
interface PageHeader {
  readonly field_2?: number
  readonly field_3?: number
  readonly field_5?: { readonly field_1?: number }
  readonly field_7?: { readonly field_1?: number }
  readonly field_8?: { readonly field_1?: number }
}

/** What is wrong with the pages of these columns of a row group, as the end of a sentence; null when nothing is. Holds one column. */
export async function pagesProblem(file: ParquetFile, group: RowGroup, names: readonly string[]): Promise<string | null> {
  for (const { meta_data: column } of group.columns) {
    const name = column?.path_in_schema[0]
    if (!column || name === undefined || !names.includes(name)) continue
    const first = Number(column.dictionary_page_offset ?? column.data_page_offset)
    const bytes = await file.slice(first, first + Number(column.total_compressed_size))
    if (!headersAgree(new DataView(bytes), Number(column.num_values))) return `the pages of column '${name}' are damaged`
  }
  return null
}

/** True when the pages fill the bytes, and hold `values` values together. */
function headersAgree(view: DataView, values: number): boolean {
  const reader = { view, offset: 0 }
  let left = values
  while (reader.offset < view.byteLength) {
    let header: PageHeader
    try {
      header = deserializeTCompactProtocol(reader)
    } catch {
      return false
    }
    const packed = header.field_3 ?? -1
    const claimed = (header.field_8 ?? header.field_5)?.field_1 ?? 0
    const words = header.field_7?.field_1 ?? 0
    if (!(packed >= 0 && packed <= view.byteLength - reader.offset && claimed >= 0 && words >= 0)) return false
    if (words > values && !mayHold(words, header.field_2 ?? 0, packed)) return false
    left -= claimed
    if (left < 0) return false
    reader.offset += packed
  }
  return left === 0
}

/**
 * Whether a dictionary may have more words than its column has values: who filters rows in pyarrow or pandas keeps the words of all. Each takes four bytes
 * at least, and words, which differ, do not pack to next to nothing.
 */
const mayHold = (words: number, unpacked: number, packed: number): boolean => 4 * words <= unpacked && unpacked <= 64 * (packed + 64)
