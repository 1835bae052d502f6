import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { PlanContext } from '../../../src/core/stage.js'
import spec from '../../../src/sinks/csv/spec.js'
import { everyRow, everyType, temporary, writeTable } from '../tables.js'

/** An independent reader of RFC 4180: a state machine over characters; `null` for an empty unquoted field. */
function parseCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = []
  let record: (string | null)[] = []
  let i = 0
  while (i < text.length) {
    if (text[i] === '"') {
      let field = ''
      for (i++; ; i++) {
        if (text[i] !== '"') field += text[i]
        else if (text[i + 1] === '"') field += text[i++]
        else break
      }
      i++
      record.push(field)
    } else {
      const end = /[,\r]/.exec(text.slice(i))!.index + i
      record.push(end === i ? null : text.slice(i, end))
      i = end
    }
    if (text[i] === ',') i++
    else {
      if (text.slice(i, i + 2) !== '\r\n') throw new Error(`no line end at ${i}`)
      i += 2
      records.push(record)
      record = []
    }
  }
  return records
}

test('every value reads back, null apart from the empty text', async (t) => {
  const file = path.join(await temporary(t), 'x.csv.partial')
  const columns = everyType.filter(({ type }) => type !== 'vector')
  const rows = [...everyRow(250)].map(({ features, halves, ...row }) => row)
  await writeTable('csv', file, columns, rows)
  const [header, ...records] = parseCsv(await readFile(file, 'utf8'))
  t.deepEqual(
    header,
    columns.map(({ name }) => name),
  )
  const back = records.map((record) =>
    Object.fromEntries(
      columns.map(({ name, type }, c) => {
        const field = record[c]!
        if (field === null || type === 'string' || type === 'category') return [name, field]
        if (type === 'bool') return [name, field === 'true']
        return [name, type === 'float32' ? Math.fround(Number(field)) : Number(field)]
      }),
    ),
  )
  t.deepEqual(back, rows)
})

test('no rows: the header alone', async (t) => {
  const file = path.join(await temporary(t), 'x.csv')
  await writeTable(
    'csv',
    file,
    [
      { name: 'a,b', type: 'int32', about: '' },
      { name: 'c', type: 'int32', about: '' },
    ],
    [],
  )
  t.is(await readFile(file, 'utf8'), '"a,b",c\r\n')
})

test('vectors are refused, in check and when it opens, or written as JSON', async (t) => {
  const file = path.join(await temporary(t), 'x.csv')
  const columns = [{ name: 'v', type: 'vector', size: 2, about: '' }] as const
  const plan = { columns } as unknown as PlanContext & { columns: typeof columns }
  t.regex(spec.problems!({ file: 'x', vectors: 'refuse' }, plan)[0]!, /'v' is a vector of 2 numbers/)
  t.deepEqual(spec.problems!({ file: 'x', vectors: 'json' }, plan), [])
  await t.throwsAsync(writeTable('csv', file, columns, []), { name: 'SinkError', code: 'VALUE_UNSUPPORTED' })
  await writeTable('csv', file, columns, [{ v: new Float32Array([0.1, 2]) }], { vectors: 'json' })
  t.is(await readFile(file, 'utf8'), 'v\r\n"[0.1,2.0]"\r\n')
})

test('null in a table of one column is no empty line, which readers skip', async (t) => {
  const file = path.join(await temporary(t), 'x.csv')
  const columns = [{ name: 'class', type: 'category', nullable: true, about: '' }] as const
  await writeTable(
    'csv',
    file,
    columns,
    ['a', null, ''].map((word) => ({ class: word })),
  )
  // So does Python's csv.writer.
  t.is(await readFile(file, 'utf8'), 'class\r\na\r\n""\r\n""\r\n')
})

test('NaN and the infinities are words that polars, pandas, DuckDB and R take for numbers', async (t) => {
  const file = path.join(await temporary(t), 'x.csv.partial')
  const columns = (['float32', 'float64'] as const).map((type) => ({ name: type, type, about: '' }))
  const rows = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((odd) => ({ float32: odd, float64: odd }))
  await writeTable('csv', file, columns, rows)
  t.is(await readFile(file, 'utf8'), 'float32,float64\r\nNaN,NaN\r\ninf,inf\r\n-inf,-inf\r\n')
})
