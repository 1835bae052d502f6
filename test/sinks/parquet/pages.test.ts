/** Headers of pages, byte by byte as the format has them (Thrift, compact), before anything is unpacked. */

import test from 'ava'
import type { RowGroup } from 'hyparquet'
import type { ParquetFile } from '../../../src/sinks/parquet/open.js'
import { pagesProblem } from '../../../src/sinks/parquet/pages.js'

/** A number of 32 bits in zigzag, seven bits a byte. */
const number = (value: number): number[] => {
  const bytes: number[] = []
  for (let left = value * 2; bytes.length === 0 || left > 0; left = Math.floor(left / 128))
    bytes.push((left % 128) + (left >= 128 ? 128 : 0))
  return bytes
}
const sizes = (kind: number, unpacked: number, packed: number) => [kind, unpacked, packed].flatMap((value) => [0x15, ...number(value)])
const dictionary = (words: number, unpacked: number, packed: number) => [
  ...sizes(2, unpacked, packed),
  ...[0x4c, 0x15, ...number(words), 0x15, 0, 0, 0],
  ...new Array<number>(packed).fill(0),
]
const data = (values: number) => [
  ...sizes(0, 8, 8),
  0x2c,
  0x15,
  ...number(values),
  0x15,
  0,
  0x15,
  6,
  0x15,
  6,
  0,
  0,
  ...new Array<number>(8).fill(0),
]

function problemOf(words: number, unpacked: number, packed: number) {
  const bytes = Uint8Array.from([...dictionary(words, unpacked, packed), ...data(3)])
  const file = { slice: async (start: number, end: number) => bytes.buffer.slice(start, end) } as unknown as ParquetFile
  const column = { path_in_schema: ['class'], data_page_offset: 0n, total_compressed_size: BigInt(bytes.length), num_values: 3n }
  return pagesProblem(file, { columns: [{ meta_data: column }] } as unknown as RowGroup, ['class'])
}

test('a dictionary may have more words than values, as pyarrow leaves it of filtered rows, but no more than its bytes can hold', async (t) => {
  t.is(await problemOf(3, 30, 20), null)
  t.is(await problemOf(9, 90, 60), null)
  t.regex((await problemOf(9, 30, 60))!, /the pages of column 'class' are damaged/)
  t.regex((await problemOf(2 ** 29, 2 ** 31 - 1, 60))!, /damaged/)
})
