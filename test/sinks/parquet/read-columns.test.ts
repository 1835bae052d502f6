/** Columns as arrays, one row by its number, and whole tables as batches, against the rows as they went in. */

import { open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CompressionType, compressionRegistry, RecordBatchFileWriter, tableFromIPC } from 'apache-arrow'
import test, { type ExecutionContext } from 'ava'
import type { PipelineError } from '../../../src/core/errors.js'
import { type Batch, batchOf, type Column, type Row, readTable, rowsOf } from '../../../src/index.js'
import { openParquet } from '../../../src/sinks/parquet/read.js'
import { readBatches, readColumns } from '../../../src/sinks/parquet/read-columns.js'
import { readRow } from '../../../src/sinks/parquet/read-row.js'
import { everyRow, everyType, predictionColumns, predictions, temporary, writeTable } from '../tables.js'

const count = 250

for (const engine of ['hyparquet', 'parquetjs']) {
  test(`${engine}: values of all kinds but vectors, nulls too, over several row groups`, async (t) => {
    const file = path.join(await temporary(t), 'a.parquet')
    const columns = engine === 'hyparquet' ? everyType : everyType.filter(({ type }) => type !== 'vector')
    const rows = [...everyRow(count)].map((row) => Object.fromEntries(columns.map(({ name }) => [name, row[name]!])))
    await writeTable('parquet', file, columns, rows, { row_group: 90, engine })
    const names = columns.filter(({ type }) => type !== 'vector').map(({ name }) => name)
    let seen = 0
    for await (const group of readColumns(file, [...names, 'absent'])) {
      t.is(group.first, seen)
      t.false('absent' in group.values)
      for (let i = 0; i < group.count; i++, seen++)
        for (const name of names) t.deepEqual(group.values[name]![i], rows[seen]![name], `${name} of row ${seen}`)
    }
    t.is(seen, count)
    for (const number of [0, 89, 90, 249]) t.deepEqual({ ...(await readRow(file, number)) }, rows[number])
    for (const number of [-1, 250, 1.5, Number.NaN]) t.is(await readRow(file, number), null)
  })
}

test('of a row group with very many values some rows are held at a time, and all come', async (t) => {
  const file = path.join(await temporary(t), 'a.parquet')
  const rows = [...everyRow(count)]
  await writeTable('parquet', file, everyType, rows, { row_group: 90 })
  const width = everyType.reduce((sum, { size = 1 }) => sum + size, 0)
  const found: Row[] = []
  for await (const batch of readBatches(file, everyType, 40 * width + 1)) {
    t.true(batch.length <= 40)
    found.push(...rowsOf(everyType, batch))
  }
  t.deepEqual(found, rows)
  const counts: number[] = []
  for await (const { first, count: some, values } of readColumns(file, ['index', 'x0'], 2 * 64)) {
    counts.push(some)
    t.is(values.index![0], rows[first]!.index)
    t.is(values.x0![some - 1], rows[first + some - 1]!.x0)
  }
  t.deepEqual(counts, [64, 26, 64, 26, 64, 6])
})

test('a table with a damaged page is an error, not other values', async (t) => {
  const file = path.join(await temporary(t), 'a.parquet')
  await writeTable('parquet', file, everyType, everyRow(count), { compression: 'gzip' })
  const bytes = await readFile(file)
  bytes.fill(0xff, 4, 400)
  await writeFile(file, bytes)
  const read = async () => {
    for await (const group of readColumns(file, ['index', 'x0'])) t.truthy(group)
  }
  await t.throwsAsync(read(), { code: 'TABLE_UNREADABLE' })
  await t.throwsAsync(readRow(file, 3), { code: 'TABLE_UNREADABLE' })
})

for (const [name, sink, options] of [
  ['a.parquet', 'parquet', { row_group: 90 }],
  ['binary.parquet', 'parquet', { row_group: 90, embeddings: 'binary' }],
  ['a.arrow', 'arrow', {}],
] as const) {
  test(`${name}: readTable gives the batches that were written, as often as one likes, with what made them`, async (t) => {
    const file = path.join(await temporary(t), name)
    const rows = [...everyRow(count)]
    await writeTable(sink, file, everyType, rows, options)
    const table = await readTable(file)
    t.deepEqual(table.columns, everyType)
    t.is(table.provenance.fingerprint, table.metadata.fingerprint)
    t.is(table.metadata.slide.id.length > 0, true)
    const batches: Batch[] = []
    for await (const batch of table) batches.push(batch)
    t.is(batches.length > 1, sink === 'parquet')
    t.deepEqual(
      batches.flatMap((batch) => rowsOf(everyType, batch)),
      rows,
    )
    // The same memory as made from the rows: types, validity and bits of float16.
    const first = batches[0]!
    const wanted = batchOf(everyType, rows.slice(0, first.length), 0)
    for (const [c, data] of wanted.columns.entries()) if (data.type !== 'category') t.deepEqual(first.columns[c], data, everyType[c]!.name)
    let seen = 0
    for await (const row of table.rows()) {
      t.deepEqual(row, rows[seen++]!)
      if (seen === 3) break
    }
    t.is(seen, 3)
  })
}

test('columns of a row group that hold more than are read at once are read one after another', async (t) => {
  const file = path.join(await temporary(t), 'a.parquet')
  const [size, count] = [4096, 520]
  const columns: Column[] = ['a', 'v', 'b'].map((name) => ({
    name,
    type: name === 'v' ? 'vector' : 'int32',
    size: name === 'v' ? size : 1,
    about: '',
  }))
  const rows = Array.from({ length: count }, (_, i) => ({ a: i, v: new Float32Array(size).fill(i), b: -i }))
  await writeTable('parquet', file, columns, rows)
  for await (const { length, columns: found } of await readTable(file)) {
    t.is(length, count)
    const sums = found.map((data) => (data as { values: Float32Array }).values.reduce((sum, value) => sum + value, 0))
    const sum = (count * (count - 1)) / 2
    t.deepEqual(sums, [sum, sum * size, -sum])
  }
})

test("a column of a list may be called '__proto__': it is a column like any other, in rows, too", async (t) => {
  const columns = ['index', '__proto__'].map((name) => ({ name, type: 'int32' as const, about: 'A number.' }))
  const rows = [0, 1].map((i) => ({ index: i, ['__proto__']: 7 - i }))
  for (const sink of ['parquet', 'arrow'] as const) {
    const file = path.join(await temporary(t), `a.${sink}`)
    await writeTable(sink, file, columns, rows)
    const found: Row[] = []
    for await (const row of (await readTable(file)).rows()) found.push(row)
    t.deepEqual(found.map(Object.entries), rows.map(Object.entries))
    // As a rows: stage hands them on.
    t.deepEqual(rowsOf(columns, batchOf(columns, found, 0)).map(Object.entries), rows.map(Object.entries))
    if (sink === 'parquet') t.deepEqual(Object.entries((await readRow(file, 1))!), Object.entries(rows[1]!))
  }
})

test('readTable says what a file is that is no table of ours, and where one is damaged', async (t) => {
  const folder = await temporary(t)
  const file = path.join(folder, 'a.arrow')
  await t.throwsAsync(readTable(path.join(folder, 'none.parquet')), { code: 'TABLE_UNREADABLE', message: /is not there/ })
  await t.throwsAsync(readTable(folder), { code: 'TABLE_UNREADABLE', message: /is a folder/ })
  await writeTable('arrow', file, everyType, everyRow(count))
  const bytes = await readFile(file)
  const name = Buffer.from('"type":"int32"')
  const at = bytes.lastIndexOf(name)
  bytes.set(Buffer.from('"type":"bool" '), at)
  await writeFile(file, bytes)
  await t.throwsAsync(readTable(file), { code: 'TABLE_FOREIGN', message: /other columns than its metadata names/ })
  await writeFile(file, bytes.subarray(0, bytes.length / 2))
  await t.throwsAsync(readTable(file), { code: 'TABLE_UNREADABLE' })
})

/** One block, in which bytes that repeat those four before them are copied; what does not get smaller Arrow leaves as it is. */
function lz4Frame(data: Uint8Array): Uint8Array {
  const long = (length: number) => (length < 15 ? [] : [...Array<number>(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255])
  const block: number[] = []
  for (let at = 0; at < data.length; ) {
    let from = at
    let to = at
    for (; to < data.length && to - from < 8; to++) if (to < 4 || data[to] !== data[to - 4]) from = to + 1
    while (to < data.length && data[to] === data[to - 4]) to++
    if (to - from < 8) from = to
    const [literals, copied] = [from - at, to - from - 4]
    block.push((Math.min(15, literals) << 4) | Math.max(0, Math.min(15, copied)), ...long(literals), ...data.subarray(at, from))
    if (to > from) block.push(4, 0, ...long(copied))
    at = to
  }
  const length = Buffer.alloc(4)
  length.writeUInt32LE(block.length)
  return Buffer.concat([Buffer.from('04224d184040c0', 'hex'), length, Uint8Array.from(block), Buffer.alloc(4)])
}

test('an Arrow file that another program compressed is read, as Feather is LZ4; one that it made a stream of is told', async (t) => {
  const file = path.join(await temporary(t), 'a.arrow')
  await writeTable('arrow', file, everyType, everyRow(count))
  const bytes = await readFile(file)
  const rows = async () => {
    const all: Row[] = []
    for await (const row of (await readTable(file)).rows()) all.push(row)
    return all
  }
  const plain = await rows()
  t.is(plain.length, count)
  const made: { readonly frame: Uint8Array; readonly length: number }[] = []
  const encode = (data: Uint8Array) => {
    made.push({ frame: lz4Frame(data), length: data.length })
    return made.at(-1)!.frame
  }
  compressionRegistry.set(CompressionType.LZ4_FRAME, { encode })
  made.length = 0
  const writer = new RecordBatchFileWriter({ compressionType: CompressionType.LZ4_FRAME })
  const packed = Buffer.from(await writer.writeAll(tableFromIPC(bytes)).toUint8Array())
  // apache-arrow says in front of a frame how long that is; Arrow, how long its content.
  let frames = 0
  for (const { frame, length } of made) {
    const at = packed.indexOf(frame)
    if (at < 0) continue
    packed.writeBigInt64LE(BigInt(length), at - 8)
    frames++
  }
  t.true(frames > 3)
  await writeFile(file, packed)
  t.deepEqual(await rows(), plain)
  await writeFile(file, packed.fill(0x11, packed.length >> 2, packed.length >> 1))
  await t.throwsAsync(rows(), { code: 'TABLE_UNREADABLE' })
  // Behind its magic word a file of ours is a whole stream.
  await writeFile(file, bytes.subarray(8))
  const error = await t.throwsAsync(rows(), { code: 'TABLE_FOREIGN', message: /a\.arrow is an Arrow stream, not a file/ })
  t.regex((error as PipelineError).hint!, /write_feather/)
})

/** A table in which the metadata says something else than the columns: so it is when another program wrote it anew. */
async function withOther(t: ExecutionContext, from: string, to: string): Promise<string> {
  const file = path.join(await temporary(t), 'a.parquet')
  await writeTable('parquet', file, everyType, everyRow(count))
  const bytes = await readFile(file)
  bytes.set(Buffer.from(to.padEnd(from.length)), bytes.lastIndexOf(Buffer.from(from)))
  await writeFile(file, bytes)
  return file
}

test('vectors that are shorter than the column says are an error, and no zeros behind them', async (t) => {
  const file = await withOther(t, '"size":5', '"size":6')
  const told = { code: 'TABLE_UNREADABLE', message: /'features' is of vectors of 6 numbers, but one has 5$/ }
  const table = await readTable(file)
  await t.throwsAsync(async () => {
    for await (const batch of table) t.truthy(batch)
  }, told)
  await t.throwsAsync(async () => {
    for await (const row of (await openParquet(file)).rows) t.truthy(row)
  }, told)
  await t.throwsAsync(readRow(file, 3), told)
})

test('a table that another program wrote anew is told which column is no longer what it was', async (t) => {
  for (const [from, to, message] of [
    ['"name":"note"', '"name":"nose"', /: 'nose' is not there$/],
    ['"name":"x0","type":"int32"', '"name":"x0","type":"bool"', /: 'x0' is OPTIONAL INT32, not OPTIONAL BOOLEAN$/],
    [
      '"nullable":true,"about":"Text',
      '"nullable":false,"about":"Tex',
      /: 'note' is OPTIONAL BYTE_ARRAY UTF8, not REQUIRED BYTE_ARRAY UTF8$/,
    ],
  ] as const) {
    await t.throwsAsync(readTable(await withOther(t, from, to)), { code: 'TABLE_FOREIGN', message })
  }
})

test('rows of another slide than the metadata says, as in tables that another program joined, are told', async (t) => {
  const file = path.join(await temporary(t), 'a.parquet')
  await writeTable('parquet', file, predictionColumns, predictions(10))
  const bytes = await readFile(file)
  const put = (from: string, to: string) => bytes.set(Buffer.from(to), bytes.lastIndexOf(from))
  put('"id":"S-1 é"', '"id":"S-2 é"')
  await writeFile(file, bytes)
  // A rows: stage may say what it likes.
  await t.notThrowsAsync(readTable(file))
  put('tiastream version', 'parquet-cpp-arrow')
  await writeFile(file, bytes)
  const message = /a\.parquet holds rows of the slide 'S-1 é', and its metadata is that of 'S-2 é'$/
  await t.throwsAsync(readTable(file), { code: 'TABLE_FOREIGN', message })
})

test.serial('a table that the system does not give is told as that, and not as one that another program wrote', async (t) => {
  const folder = await temporary(t)
  const file = path.join(folder, 'a.parquet')
  await writeTable('parquet', file, everyType, everyRow(count))
  const handle = await open(file)
  const handles = Object.getPrototypeOf(handle) as { read: unknown }
  await handle.close()
  const { read } = handles
  handles.read = () => Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' }))
  try {
    const told = { code: 'TABLE_UNREADABLE', message: /a\.parquet cannot be read: EIO: i\/o error, read$/ }
    const error = await t.throwsAsync<PipelineError>(openParquet(file), told)
    t.regex(error!.hint!, /try again/)
  } finally {
    handles.read = read
  }
})
