import { readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { parquetMetadata } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { PipelineError } from '../../../src/core/errors.js'
import type { Column, Row } from '../../../src/core/row.js'
import countRows from '../../../src/sinks/parquet/count.js'
import { openParquetFile } from '../../../src/sinks/parquet/open.js'
import { openParquet } from '../../../src/sinks/parquet/read.js'
import { everyRow, everyType, metadata, temporary, writeTable } from '../tables.js'

const engines = [
  { engine: 'hyparquet', compression: 'snappy', embeddings: 'list' },
  { engine: 'hyparquet', compression: 'gzip', embeddings: 'binary' },
  { engine: 'hyparquet', compression: 'none', embeddings: 'list', dictionary: 'off' },
  { engine: 'parquetjs', compression: 'snappy', embeddings: 'binary' },
  { engine: 'parquetjs', compression: 'gzip', embeddings: 'binary' },
  { engine: 'parquetjs', compression: 'none', embeddings: 'binary' },
]

async function allRows(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

for (const options of engines) {
  for (const count of [0, 1, 100, 250]) {
    test(`${options.engine}, ${options.compression}, ${options.embeddings}: ${count} rows come back equal`, async (t) => {
      const file = path.join(await temporary(t), 'x.parquet.partial')
      await writeTable('parquet', file, everyType, everyRow(count), { ...options, row_group: 100 })
      const table = await openParquet(file)
      t.is(table.count, count)
      t.is(await countRows(file), count)
      t.deepEqual(table.metadata, metadata(everyType))
      t.deepEqual(await allRows(table.rows), [...everyRow(count)])
    })
  }
}

test('row groups are as large as asked, and the codec is the one asked for', async (t) => {
  const folder = await temporary(t)
  for (const { engine, compression, embeddings } of engines) {
    const file = path.join(folder, `${engine}-${compression}`)
    await writeTable('parquet', file, everyType, everyRow(250), { engine, compression, embeddings, row_group: 100 })
    const bytes = await readFile(file)
    const footer = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer)
    t.deepEqual(
      footer.row_groups.map((group) => Number(group.num_rows)),
      [100, 100, 50],
    )
    const codecs = new Set(footer.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data!.codec)))
    t.deepEqual([...codecs], [compression === 'none' ? 'UNCOMPRESSED' : compression.toUpperCase()])
  }
})

test('wide vectors make a row group shorter: it holds at most 2^22 of their numbers', async (t) => {
  const folder = await temporary(t)
  const vector = new Float32Array(2 ** 18)
  const columns: Column[] = [{ name: 'features', type: 'vector', size: vector.length, about: 'features' }]
  const rows = Array.from({ length: 18 }, () => ({ features: vector }))
  for (const { engine, compression } of engines) {
    const file = path.join(folder, `${engine}-${compression}`)
    await writeTable('parquet', file, columns, rows, { engine, compression, embeddings: 'binary' })
    const bytes = await readFile(file)
    const footer = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer)
    t.deepEqual(
      footer.row_groups.map((group) => Number(group.num_rows)),
      [16, 2],
    )
  }
})

test('the same rows make the same bytes', async (t) => {
  const folder = await temporary(t)
  for (const { engine, compression, embeddings } of engines) {
    const bytes: Buffer[] = []
    for (const name of ['a', 'b']) {
      const file = path.join(folder, `${engine}-${compression}-${name}`)
      await writeTable('parquet', file, everyType, everyRow(250), { engine, compression, embeddings, row_group: 100 })
      bytes.push(await readFile(file))
    }
    t.true(bytes[0]!.equals(bytes[1]!))
  }
})

test('a column of nulls alone, and NaN, keep their values', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  const columns = [
    { name: 'class', type: 'category', nullable: true, about: '' },
    { name: 'p', type: 'float32', nullable: true, about: '' },
    { name: 'v', type: 'vector', size: 2, about: '' },
  ] as const
  const rows = [Number.NaN, null, Number.POSITIVE_INFINITY, -0].map((p) => ({ class: null, p, v: new Float32Array([Number.NaN, 1]) }))
  await writeTable('parquet', file, columns, rows)
  t.deepEqual(await allRows((await openParquet(file)).rows), rows)
})

test('a column in which a number is NaN has no bounds, which readers would believe of it, too', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  const columns = ['p', 'q'].map((name): Column => ({ name, type: 'float32', nullable: true, about: '' }))
  const rows = Array.from({ length: 50_000 }, (_, i) => {
    const p = (i % 1000) / 4
    return { p: i === 30_000 ? Number.NaN : i === 45_000 ? null : p, q: p }
  })
  await writeTable('parquet', file, columns, rows, { row_group: 20_000 })
  const opened = await openParquetFile(file)
  await opened.close()
  const said = opened.metadata.row_groups.map((group) =>
    group.columns.map(({ column_index_offset, meta_data }) => {
      const { min_value, max_value, null_count } = meta_data!.statistics!
      return [min_value, max_value, Number(null_count), column_index_offset !== undefined]
    }),
  )
  const q = [-0, 249.75, 0, true]
  t.deepEqual(said, [
    [[undefined, undefined, 0, false], q],
    [[undefined, undefined, 0, false], q],
    [
      [undefined, undefined, 1, false],
      [-0, 249.75, 0, said[2]![1]![3]!],
    ],
  ])
})

test('parquetjs says that it cannot write NaN', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  const columns = [{ name: 'p', type: 'float32', about: '' }] as const
  await t.throwsAsync(writeTable('parquet', file, columns, [{ p: Number.NaN }], { engine: 'parquetjs' }), {
    name: 'SinkError',
    code: 'ROW_INVALID',
    message: /'p' is NaN/,
  })
})

test('a value that does not fit its column is refused, with row and column', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  const columns = [{ name: 'n', type: 'int32', about: '' }] as const
  for (const wrong of [1.5, 2 ** 31, '1', null, true]) {
    await t.throwsAsync(writeTable('parquet', file, columns, [{ n: 1 }, { n: wrong }]), {
      name: 'SinkError',
      code: 'ROW_INVALID',
      message: /row 1: column 'n' is int32, but holds/,
    })
  }
  await t.throwsAsync(writeTable('parquet', file, columns, [{}]), { code: 'ROW_INVALID', message: /holds nothing/ })
  const single = [{ name: 'p', type: 'float32', about: '' }] as const
  for (const wrong of [1e39, -1e300]) await t.throwsAsync(writeTable('parquet', file, single, [{ p: wrong }]), { code: 'ROW_INVALID' })
  await t.notThrowsAsync(writeTable('parquet', file, single, [{ p: 3.4e38 }]))
})

test('rows may be read again, and reading may stop half-way', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  await writeTable('parquet', file, everyType, everyRow(250), { row_group: 100 })
  const { rows } = await openParquet(file)
  for await (const row of rows) if (row.index === 120) break
  t.is((await allRows(rows)).length, 250)
})

test('a Parquet file not made by tiastream, a cut one and none at all are refused by name', async (t) => {
  const folder = await temporary(t)
  const foreign = path.join(folder, 'foreign.parquet')
  await writeFile(foreign, Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'a', data: [1, 2] }] })))
  await t.throwsAsync(openParquet(foreign), { name: 'PipelineError', code: 'TABLE_FOREIGN', message: /was not made by tiastream/ })
  await writeFile(
    foreign,
    Buffer.from(parquetWriteBuffer({ columnData: ['slide', 'index', 'status'].map((name) => ({ name, data: ['a'] })) })),
  )
  const error = await t.throwsAsync<PipelineError>(openParquet(foreign), {
    code: 'TABLE_FOREIGN',
    message: /has columns of tiastream, but not its metadata/,
  })
  t.regex(error.hint!, /pyarrow keeps it/, 'as pandas writes it anew')

  const cut = path.join(folder, 'cut.parquet')
  await writeTable('parquet', cut, everyType, everyRow(250))
  await truncate(cut, (await stat(cut)).size - 100)
  await t.throwsAsync(openParquet(cut), { name: 'PipelineError', code: 'TABLE_UNREADABLE', message: /no whole Parquet file/ })
  await t.throwsAsync(openParquet(path.join(folder, 'none.parquet')), { code: 'TABLE_UNREADABLE', message: /none\.parquet is not there/ })
})

test('a damaged row group is an error, never fewer rows', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  await writeTable('parquet', file, everyType, everyRow(250), { row_group: 100 })
  const bytes = await readFile(file)
  // The header of the first page follows the four letters PAR1.
  bytes.fill(0xff, 4, 24)
  await writeFile(file, bytes)
  const { rows } = await openParquet(file)
  const damaged = await t.throwsAsync(allRows(rows), { code: 'TABLE_UNREADABLE', message: /rows 0 to 100 cannot be read/ })
  // It has its old size: to a run it is done.
  t.regex((damaged as { hint?: string }).hint!, /^remove it and run/)
})

test('a table whose bytes were changed ends in an error of ours or in all its rows, whatever the bytes', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  await writeTable('parquet', file, everyType, everyRow(60), { row_group: 30 })
  const good = await readFile(file)
  // A linear congruential generator (Numerical Recipes): the same changes every time.
  let seed = 1
  const next = (below: number) => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let round = 0; round < 60; round++) {
    const bytes = Buffer.from(good)
    for (let change = 0; change < 3; change++) bytes[next(bytes.length)] = [0, 255, 127, 128, next(256)][next(5)]!
    await writeFile(file, bytes)
    try {
      t.is((await allRows((await openParquet(file)).rows)).length, 60)
    } catch (error) {
      t.is((error as Error).name, 'PipelineError', String(error))
    }
  }
})
