/** What readers prune by and judge a file by; the expectations are those of the Parquet format's own specification. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { asyncBufferFromFile, parquetMetadata, parquetReadObjects } from 'hyparquet'
import type { Row } from '../../../src/core/row.js'
import { predictionColumns, predictions, temporary, writeTable } from '../tables.js'

async function written(t: ExecutionContext, rows: Iterable<Row>, options: object = {}) {
  const file = path.join(await temporary(t), 'x.parquet')
  await writeTable('parquet', file, predictionColumns, rows, options as Record<string, unknown>)
  const bytes = await readFile(file)
  return { file, bytes, footer: parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer) }
}

const long = 'study-2024-hospital-cohort-slide-0001'

test('names of 37 letters keep their whole bounds: files can be told apart by them', async (t) => {
  const { footer } = await written(
    t,
    [...predictions(10)].map((row) => ({ ...row, slide: long })),
  )
  const { statistics } = footer.row_groups[0]!.columns[0]!.meta_data!
  t.like(statistics, { min_value: long, max_value: long })
})

test('text says so in the old way and in the new one, the writer has a version', async (t) => {
  const { footer } = await written(t, predictions(10))
  t.like(
    footer.schema.find(({ name }) => name === 'slide'),
    { converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  )
  t.is(footer.created_by, 'tiastream version 0.1.0')
})

test('pages are indexed, the id has a bloom filter', async (t) => {
  const { footer } = await written(t, predictions(60_000))
  const columns = new Map(footer.row_groups[0]!.columns.map((column) => [column.meta_data!.path_in_schema[0], column]))
  for (const name of ['index', 'base_x', 'tissue']) {
    t.true(columns.get(name)!.column_index_offset! > 0n, name)
    t.true(columns.get(name)!.offset_index_offset! > 0n, name)
  }
  t.true(columns.get('slide')!.meta_data!.bloom_filter_offset! > 0n)
})

test('the order of the rows is declared where it is there, and only there', async (t) => {
  const leaf = predictionColumns.findIndex(({ name }) => name === 'index')
  const inOrder = (await written(t, predictions(250), { row_group: 100 })).footer
  for (const group of inOrder.row_groups) t.like(group.sorting_columns![0], { column_idx: leaf, descending: false })
  const turned = (await written(t, [...predictions(250)].reverse(), { row_group: 100 })).footer
  for (const group of turned.row_groups) t.is(group.sorting_columns, undefined)
})

test('a table without rows has an empty list of structs, as the format says', async (t) => {
  const { bytes, footer, file } = await written(t, [])
  t.is(footer.row_groups.length, 0)
  // Thrift's compact protocol: field 3 (i64) 0, field 4 a list (9) of no (0) structs (C).
  t.true(bytes.includes(Buffer.from([0x16, 0x00, 0x19, 0x0c])))
  t.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(file) }), [])
})
