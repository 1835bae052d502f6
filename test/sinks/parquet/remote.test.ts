/** Tables on servers: the same rows as from the file, by ranges of it. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { PipelineError } from '../../../src/core/errors.js'
import { type Batch, type Row, readTable } from '../../../src/index.js'
import { openRangeFile } from '../../../src/remote/range-file.js'
import { openParquet } from '../../../src/sinks/parquet/read.js'
import { readColumns } from '../../../src/sinks/parquet/read-columns.js'
import { oddServer } from '../../support/odd-server.js'
import { everyRow, everyType, temporary, writeTable } from '../tables.js'

for (const [sink, name, options] of [
  ['parquet', 'a.parquet', { row_group: 3000 }],
  ['arrow', 'a.arrow', {}],
  ['arrow', 'a.feather', {}],
] as const) {
  test(`${name}: the same batches as from the file`, async (t) => {
    const file = path.join(await temporary(t), name)
    await writeTable(sink, file, everyType, everyRow(9000), options)
    const server = await oddServer(await readFile(file))
    t.teardown(() => server.close())
    const batchesIn = async (at: string) => {
      const batches: Batch[] = []
      for await (const batch of await readTable(at)) batches.push(batch)
      return batches
    }
    t.deepEqual(await batchesIn(`${server.url}/${name}`), await batchesIn(file))
    t.deepEqual(await batchesIn(`${server.url}/${name}?X-Amz-Signature=a.b`), await batchesIn(file))
    // Neighbours come together.
    t.true(server.seen.length < 24, `${server.seen.length}`)
  })
}

test('of a large table one column is fetched, not the others', async (t) => {
  const file = path.join(await temporary(t), 'a.parquet')
  const wide = [...everyType, { name: 'many', type: 'vector', size: 1000, about: 'Many numbers.' } as const]
  const many = Float32Array.from({ length: 1000 }, () => Math.random())
  const rows: Row[] = [...everyRow(2000)].map((row, i) => ({ ...row, many: many.map((value) => value + i) }))
  await writeTable('parquet', file, wide, rows, { row_group: 1000 })
  const bytes = await readFile(file)
  const server = await oddServer(bytes)
  t.teardown(() => server.close())
  let seen = 0
  for await (const { count, values } of readColumns(`${server.url}/a.parquet`, ['x0']))
    for (let i = 0; i < count; i++) t.is(values.x0![i], rows[seen++]!.x0)
  t.is(seen, 2000)
  const asked = server.seen.reduce((sum, { headers }) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.range!)!
    return sum + Number(to) - Number(from)
  }, 0)
  t.true(bytes.length > 7e6 && asked < 5e6, `${asked} of ${bytes.length}`)
})

test('what is not there, may not be read, or is no table says so', async (t) => {
  const server = await oddServer(Buffer.from('PAR1 and then nothing'), (_, { url }, response) => {
    if (url === '/none') return !!response.writeHead(404).end()
    if (url === '/closed') return !!response.writeHead(403).end()
    if (url === '/empty') return !!response.writeHead(416, { 'content-range': 'bytes */0' }).end()
    return false
  })
  t.teardown(() => server.close())
  for (const [name, said] of [
    ['none', /\/none does not exist: the server says 404/],
    ['closed', /\/closed may not be read: the server says 403/],
    ['empty', /\/empty is no whole table/],
    ['short?token=hush', /is no whole Parquet file/],
  ] as const) {
    const error = await t.throwsAsync<PipelineError>(openParquet(`${server.url}/${name}`), { instanceOf: PipelineError })
    t.is(error.code, 'TABLE_UNREADABLE')
    t.regex(error.message, said)
    t.notRegex(`${error.message} ${error.hint}`, /hush/)
  }
})

test('stretches of a file are those of the file, across its blocks', async (t) => {
  const bytes = Buffer.from(Uint32Array.from({ length: 700_000 }, (_, i) => i).buffer)
  const server = await oddServer(bytes)
  t.teardown(() => server.close())
  const { byteLength, slice } = await openRangeFile(`${server.url}/a`)
  t.is(byteLength, bytes.length)
  for (const [from, to] of [
    [0, 4],
    [65_530, 65_540],
    [2 ** 20 - 3, 2 ** 20 + 3],
    [100, 2_700_000],
    [2_799_990, 2_800_000],
    [2_000_000, 2_000_000],
  ] as const)
    t.true(bytes.subarray(from, to).equals(await slice(from, to)), `${from}-${to}`)
})
