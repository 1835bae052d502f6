/** pyarrow, pandas and DuckDB read what the table sinks write, value for value. */

import path from 'node:path'
import test from 'ava'
import { outputColumns } from '../../src/core/columns/output-columns.js'
import { PlainNames } from '../../src/core/columns/plain-name.js'
import type { Column, Row } from '../../src/core/row.js'
import { addressColumns } from '../../src/stages/merge/columns.js'
import { everyRow, everyType, metadata, temporary, writeTable } from '../../test/sinks/tables.js'
import { ask, peerPython } from '../peers.js'

interface Answer {
  readonly seen: Readonly<Record<string, readonly Record<string, unknown>[]>>
  readonly metadata: unknown
  readonly types: Readonly<Record<string, string>> | null
}

const python = await peerPython()

/** As JSON has them: vectors as lists; a float32 is the double nearest to it in every tool. */
const asJson = (rows: Iterable<Row>, emptyIsNull: boolean) =>
  [...rows].map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        if (value instanceof Float32Array) return [name, [...value]]
        return [name, emptyIsNull && value === '' ? null : value]
      }),
    ),
  )

const withoutHalves = (rows: Iterable<Row>): Row[] => [...rows].map(({ halves, ...row }) => row)

const variants = [
  { kind: 'parquet', options: { row_group: 100 } },
  { kind: 'parquet', options: { row_group: 100, compression: 'gzip', embeddings: 'binary' } },
  { kind: 'parquet', options: { row_group: 100, compression: 'none', dictionary: 'off' } },
  { kind: 'parquet', options: { row_group: 100, engine: 'parquetjs', embeddings: 'binary' } },
  { kind: 'parquet', options: { row_group: 100, engine: 'parquetjs', embeddings: 'binary', compression: 'gzip' } },
  { kind: 'arrow', options: { batch: 100 } },
]

for (const { kind, options } of variants) {
  for (const count of [0, 1, 250]) {
    test(`${kind} ${JSON.stringify(options)}: ${count} rows`, async (t) => {
      const file = path.join(await temporary(t), `x.${kind}`)
      await writeTable(kind, file, everyType, everyRow(count), options)
      const { seen, metadata: read, types } = (await ask(python, 'test-slow/sinks/read_tables.py', [file, kind])) as Answer
      t.deepEqual(
        Object.keys(seen),
        kind === 'parquet' ? ['pyarrow', 'pandas', 'duckdb', 'polars', 'datafusion'] : ['pyarrow', 'pandas', 'polars', 'stream', 'duckdb'],
      )
      for (const [tool, rows] of Object.entries(seen))
        t.deepEqual(rows, asJson(kind === 'arrow' && tool === 'duckdb' ? withoutHalves(everyRow(count)) : everyRow(count), false))
      t.deepEqual(read, metadata(everyType))
      t.is(types!.index, 'int32')
      t.is(types!.mean, 'double')
      if (kind === 'parquet' && !('embeddings' in options)) t.is(types!.halves, 'list<element: halffloat not null>')
      if (kind === 'arrow') {
        t.is(types!.class, 'dictionary<values=string, indices=int32, ordered=0>')
        t.is(types!.features, 'fixed_size_list<item: float not null>[5]')
        t.is(types!.halves, 'fixed_size_list<item: halffloat not null>[3]')
      }
    })
  }
}

test('csv: the same values, but for what CSV cannot tell apart', async (t) => {
  const file = path.join(await temporary(t), 'x.csv')
  const columns = everyType.filter(({ type }) => type !== 'vector')
  const rows = withoutHalves(everyRow(250)).map(({ features, ...row }) => row)
  await writeTable('csv', file, columns, rows)
  const { seen } = (await ask(python, 'test-slow/sinks/read_tables.py', [file, 'csv'])) as Answer
  const single = (found: readonly Record<string, unknown>[], emptyIsNull: boolean) =>
    found.map((row) =>
      Object.fromEntries(
        columns.map(({ name, type }) => {
          const value = row[name]
          if (type === 'float32' && typeof value === 'number') return [name, Math.fround(value)]
          return [name, emptyIsNull && value === '' ? null : value]
        }),
      ),
    )
  t.deepEqual(single(seen.pyarrow!, false), asJson(rows, false))
  for (const tool of ['pandas', 'duckdb']) t.deepEqual(single(seen[tool]!, true), asJson(rows, true))
})

test('jsonl: the same values', async (t) => {
  const file = path.join(await temporary(t), 'x.jsonl')
  await writeTable('jsonl', file, everyType, everyRow(250))
  const { seen } = (await ask(python, 'test-slow/sinks/read_tables.py', [file, 'jsonl'])) as Answer
  const single = (value: unknown): unknown => (Array.isArray(value) ? value.map((v) => Math.fround(v as number)) : value)
  for (const rows of Object.values(seen)) {
    const found = rows.map((row) =>
      Object.fromEntries(
        everyType.map(({ name, type }) => {
          const value = row[name]
          return [name, type === 'float32' && typeof value === 'number' ? Math.fround(value) : single(value)]
        }),
      ),
    )
    t.deepEqual(found, asJson(everyRow(250), false))
  }
})

test('every column of a table is selected by DuckDB without quotes, whatever classes and values are called', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  const output = (name: string, kind: 'classes' | 'values', names: string[]) => ({
    ...{ name, kind, classes: names.map((one) => ({ name: one, color: '#000000' })), width: names.length, about: [] },
    ...({ inGraph: 'none', apply: 'none' } as const),
  })
  const odd = ['hematoxylin-rich', 'a b', 'a-b', 'ä', '1st', 'select']
  const outputs = [
    output('p', 'classes', odd),
    output('2 nd', 'classes', odd),
    output('v', 'values', [...odd, 'A B', 'order', 'left', '%']),
  ]
  const columns = [...addressColumns('slide'), ...outputColumns(outputs)]
  const cellOf = ({ type }: Column, i: number) => (type === 'category' || type === 'string' ? `text ${i}` : i)
  const row: Row = Object.fromEntries(columns.map((column, i) => [column.name, cellOf(column, i)]))
  await writeTable('parquet', file, columns, [row])
  const names = columns.map(({ name }) => name)
  const said = (await ask(python, 'test-slow/sinks/select_columns.py', [file, ...names])) as {
    readonly found: Readonly<Record<string, readonly unknown[]>>
    readonly together: readonly string[]
    readonly words: readonly string[]
  }
  t.deepEqual([...said.together], names)
  t.deepEqual(said.found, Object.fromEntries(columns.map((column, i) => [column.name, [cellOf(column, i)]])))
  t.true(said.words.length > 50)
  for (const word of said.words) t.is(new PlainNames().alone('value', word, 0), `value_${word}`)
})
