import { open, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Message, type RecordBatchFileReader, RecordBatchReader, tableFromIPC } from 'apache-arrow'
import test from 'ava'
import countRows from '../../../src/sinks/arrow/count.js'
import { mustHoldFooter } from '../../../src/sinks/arrow/footer.js'
import { openArrow } from '../../../src/sinks/arrow/read.js'
import { lengthBefore } from '../../../src/sinks/arrow/unpack.js'
import { everyRow, everyType, metadata, temporary, writeTable } from '../tables.js'

for (const count of [0, 1, 250]) {
  test(`${count} rows come back equal, with their metadata`, async (t) => {
    const file = path.join(await temporary(t), 'x.arrow.partial')
    await writeTable('arrow', file, everyType, everyRow(count), { batch: 100 })
    t.is(await countRows(file), count)
    const table = tableFromIPC(await readFile(file))
    t.deepEqual(JSON.parse(table.schema.metadata.get('tiastream')!), metadata(everyType))
    t.deepEqual(
      table.schema.fields.map((field) => [field.name, field.metadata.get('about')]),
      everyType.map(({ name, about }) => [name, about]),
    )
    const rows = table.toArray().map((row) => {
      const { features, halves, ...rest } = row.toJSON()
      return { ...rest, features: features && Float32Array.from(features), halves: halves && Float32Array.from(halves) }
    })
    t.deepEqual(rows, [...everyRow(count)])
  })
}

test('batches are as large as asked; a word is written once', async (t) => {
  const file = path.join(await temporary(t), 'x.arrow')
  await writeTable('arrow', file, everyType, everyRow(250), { batch: 100 })
  const reader = RecordBatchReader.from(await readFile(file))
  const sizes: number[] = []
  let words: unknown[] = []
  for (const batch of reader) {
    sizes.push(batch.numRows)
    words = [...batch.getChild('class')!.data[0]!.dictionary!]
  }
  t.deepEqual(sizes, [100, 100, 50])
  t.is(words.length, 5)
  t.is(new Set(words).size, 5)
})

test('words that come late are one dictionary to who reads by the footer, and a file is read from front to back', async (t) => {
  const file = path.join(await temporary(t), 'x.arrow')
  await writeTable('arrow', file, everyType, everyRow(250), { batch: 100 })
  const bytes = await readFile(file)
  const reader = RecordBatchReader.from(bytes)
  reader.open()
  const blocks = [...(reader as RecordBatchFileReader).footer!.dictionaryBatches()]
  const dictionaries = blocks.map(({ offset, metaDataLength }) => {
    const message = Message.decode(bytes.subarray(offset + 8, offset + metaDataLength))
    return message.isDictionaryBatch() ? [message.header().isDelta, message.header().data.length] : null
  })
  // polars refuses what is a delta.
  t.deepEqual(dictionaries, [[false, 5]])
  // The format: a magic word of 8 bytes with its padding, a whole stream, and the footer.
  const [stream, whole] = [tableFromIPC(bytes.subarray(8)), tableFromIPC(bytes)]
  t.deepEqual(stream.toArray().map(String), whole.toArray().map(String))
})

test('the same rows make the same bytes', async (t) => {
  const folder = await temporary(t)
  const files = ['a', 'b'].map((name) => path.join(folder, name))
  for (const file of files) await writeTable('arrow', file, everyType, everyRow(250), { batch: 100 })
  t.true((await readFile(files[0]!)).equals(await readFile(files[1]!)))
})

test('a cut file and a file of something else are no count', async (t) => {
  const file = path.join(await temporary(t), 'x.arrow')
  await writeTable('arrow', file, everyType, everyRow(250))
  await truncate(file, 2000)
  await t.throwsAsync(countRows(file), { name: 'SinkError', code: 'OUTPUT_BROKEN' })
  await writeFile(file, 'not arrow')
  await t.throwsAsync(countRows(file), { name: 'SinkError', code: 'OUTPUT_BROKEN' })
})

test('a damaged file that claims more rows than it holds is refused', async (t) => {
  const file = path.join(await temporary(t), 'x.arrow')
  await writeTable('arrow', file, everyType, everyRow(77))
  const bytes = await readFile(file)
  const rowsIn = async (damaged: Uint8Array) => {
    await writeFile(file, damaged)
    const table = await openArrow(file)
    let rows = 0
    try {
      for await (const batch of table.batches()) rows += batch.length
    } finally {
      await table.close()
    }
    return rows
  }
  t.is(await rowsIn(bytes), 77)
  // The batch says how many rows it has, and so does each of its columns.
  const places = Array.from({ length: bytes.length / 8 - 1 }, (_, i) => i * 8).filter((at) => bytes.readBigInt64LE(at) === 77n)
  t.true(places.length > everyType.length)
  const said = new Set<unknown>()
  for (const at of places) {
    const damaged = Buffer.from(bytes)
    damaged.writeBigInt64LE(1077n, at)
    said.add(await rowsIn(damaged).catch(({ code }) => code))
  }
  t.false(said.has(1077), [...said].join())
  t.true(said.has('TABLE_UNREADABLE'))
})

test('a batch that is none any more is refused, and not looked for without end', async (t) => {
  const file = path.join(await temporary(t), 'x.arrow')
  await writeTable('arrow', file, everyType, everyRow(7))
  const bytes = await readFile(file)
  const reader = RecordBatchReader.from(bytes)
  reader.open()
  const [block] = [...(reader as RecordBatchFileReader).footer!.recordBatches()]
  // Of a message: 1 schema, 2 dictionary, 3 batch. It stands in the first bytes of its table.
  const places = Array.from({ length: 60 }, (_, i) => block!.offset + 8 + i).filter((at) => bytes[at] === 3)
  const said = new Set<unknown>()
  for (const at of places) {
    const damaged = Buffer.from(bytes)
    damaged[at] = 0
    await writeFile(file, damaged)
    const table = await openArrow(file)
    const all = async () => {
      for await (const _ of table.batches());
    }
    said.add(await all().catch((error: { code: unknown }) => error.code))
    await table.close()
  }
  t.true(said.has('TABLE_UNREADABLE'), [...said].join())
})

test('a footer with a list that is longer than the file is refused, and not counted to its end', async (t) => {
  const file = path.join(await temporary(t), 'x.arrow')
  await writeTable('arrow', file, everyType, everyRow(7))
  const bytes = await readFile(file)
  const from = bytes.length - 10 - bytes.readInt32LE(bytes.length - 10)
  const read = async (damaged: Uint8Array) => {
    await writeFile(file, damaged)
    await (await openArrow(file)).close()
    return 'ok'
  }
  t.is(await read(bytes), 'ok')
  // The footer's own lists, and the metadata of the schema and of each field, each begin with a small number.
  const said = new Map<unknown, number>()
  for (let at = from; at + 4 <= bytes.length - 10; at += 4) {
    if (![1, 2, everyType.length].includes(bytes.readUInt32LE(at))) continue
    const damaged = Buffer.from(bytes)
    damaged[at + 3] = 64
    const code = await read(damaged).catch((error: { code: unknown }) => error.code)
    said.set(code, (said.get(code) ?? 0) + 1)
  }
  t.true(said.get('TABLE_UNREADABLE')! > everyType.length, [...said].join())
})

test('a footer whose fields are named again and again is refused before they are counted', async (t) => {
  // Level by level one field of 8 bytes (how far back its slots are told, where its children are) and a list that names the next one six times.
  const levels = 16
  const [start, each] = [48, 8 + 4 + 6 * 4]
  const footer = Buffer.alloc(start + levels * each + 8)
  footer.writeUInt32LE(28, 0)
  // Slots: of footer and schema the second one, of a field the sixth.
  for (const [at, ...words] of [
    [4, 8, 8, 0, 4],
    [12, 16, 8, 0, 0, 0, 0, 0, 4],
  ] as const)
    for (const [i, word] of words.entries()) footer.writeUInt16LE(word, at + 2 * i)
  const table = (at: number, slots: number, to: number) => {
    footer.writeInt32LE(at - slots, at)
    footer.writeUInt32LE(to - at - 4, at + 4)
  }
  table(28, 4, 36)
  table(36, 4, start + 8)
  for (let i = 0, at = start; i < levels; i++, at += each) {
    table(at, 12, at + 8)
    footer.writeUInt32LE(6, at + 8)
    for (let entry = at + 12; entry < at + each; entry += 4) footer.writeUInt32LE(at + each - entry, entry)
  }
  footer.writeInt32LE(start + levels * each - 12, start + levels * each)
  const file = path.join(await temporary(t), 'x.arrow')
  const end = Buffer.from('....ARROW1')
  end.writeInt32LE(footer.length)
  await writeFile(file, Buffer.concat([footer, end]))
  const handle = await open(file)
  await t.throwsAsync(mustHoldFooter(handle), { message: 'more fields are named than there are bytes for' })
  await handle.close()
})

test('a packed buffer may be as large as pyarrow makes one of 65,536 vectors', (t) => {
  const claims = (bytes: number) => {
    const packed = Buffer.alloc(8 + 4)
    packed.writeBigInt64LE(BigInt(bytes))
    return () => lengthBefore(packed.subarray(8))
  }
  t.is(claims(65_536 * 1536 * 4)(), 402_653_184)
  t.throws(claims(2 ** 40), { message: /claims 1099511627776 bytes/ })
})
