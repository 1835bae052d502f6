/** Columns as arrays, and one row by its number, against the rows as they went in. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readColumns } from '../../../src/sinks/parquet/read-columns.js'
import { readRow } from '../../../src/sinks/parquet/read-row.js'
import { everyRow, everyType, temporary, writeTable } from '../tables.js'

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
