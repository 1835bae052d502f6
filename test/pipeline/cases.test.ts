import path from 'node:path'
import test from 'ava'
import { RowWatch } from '../../src/pipeline/case-expect.js'
import { type Expectation, readCases } from '../../src/pipeline/case-form.js'
import { runCases, tablesIn } from '../../src/pipeline/cases.js'
import { receiptOf } from '../results/outputs.js'
import { folderOf } from '../sources/support.js'

const differences = (expect: Partial<Expectation>, rows: readonly Record<string, number | string | null>[]) => {
  const watch = new RowWatch({ failed: { min: 0, max: 0 }, ...expect })
  for (const row of rows) watch.see(row)
  return watch.differences()
}

test('rows are counted, and every wish of a column is looked at', (t) => {
  const rows = [
    { n: 1, c: 'a' },
    { n: 3, c: 'b' },
    { n: null, c: 'a' },
  ]
  const exactly = (n: number) => ({ min: n, max: n })
  t.deepEqual(
    differences({ rows: exactly(3), values: { n: { min: exactly(1), max: exactly(3), mean: exactly(2), nulls: exactly(1) } } }, rows),
    [],
  )
  t.deepEqual(differences({ values: { c: { among: ['a', 'b'], counts: { a: exactly(2), b: exactly(1), z: exactly(0) } } } }, rows), [])
  t.deepEqual(
    differences(
      {
        rows: { min: 4 },
        values: {
          n: { min: { min: 2 }, mean: { max: 1 } },
          c: { among: ['a'], counts: { a: exactly(3) } },
          gone: {},
          d: { min: exactly(1) },
        },
      },
      rows.map((row) => ({ ...row, d: 'x' })),
    ),
    [
      'the number of rows is 3, expected at least 4',
      'the smallest n is 1, expected at least 2',
      'the mean of n is 2, expected at most 1',
      "c is 'b' once, expected only a",
      'the number of rows with c a is 2, expected 3',
      'there is no column gone',
      'd has no numbers',
    ],
  )
})

test('a case that expects what is not so fails, and says how it is', async (t) => {
  const folder = await folderOf(t, {
    'p.yml': 'output: out\nslides: { glob: "*.svs" }\nstages: [merg]\nsinks: [csv]\n',
    'p.test.yml':
      'tests:\n  - { name: wrong, expect: { rows: 3 } }\n  - { name: right, expect: { problems: [merge, finds no file] } }\n  - { name: away, needs: [gone.txt], expect: {} }\n',
  })
  const file = await readCases(path.join(folder, 'p.yml'))
  const results = []
  for await (const { name, outcome, why } of runCases(file)) results.push([name, outcome, why.length])
  t.deepEqual(results, [
    ['wrong', 'failed', 2],
    ['right', 'failed', 3],
    ['away', 'skipped', 1],
  ])
})

test('values are read from the tables of the parquet sink, by whatever name', async (t) => {
  const files = [
    { sink: 'parquet', file: 'rows/a.pq', bytes: 1 },
    { sink: 'geoparquet', file: 'a.parquet', bytes: 1 },
  ]
  const receipt = receiptOf('a', { files, rows: 1 })
  const folder = await folderOf(t, { '.tiastream/receipts/a.json': JSON.stringify(receipt), 'rows/a.pq': '-', 'a.parquet': '-' })
  const tables: string[] = []
  for await (const table of tablesIn(folder)) tables.push(table)
  t.deepEqual(tables, [path.join(folder, 'rows/a.pq')])
})

test('a file of cases is checked like a pipeline', async (t) => {
  const folder = await folderOf(t, {
    'p.test.yml': 'test: []\ntests:\n  - { name: x, expects: { rows: 3 } }\n  - { name: y, expect: { rows: many } }\n',
  })
  const error = await t.throwsAsync(readCases(path.join(folder, 'p.yml')), { code: 'UNKNOWN_OPTION' })
  t.deepEqual(
    error.message.split('\n').map((line) => line.replace(/^.*p\.test\.yml:/, '')),
    [
      "1:1   a file of cases has no 'test', only tests:",
      '3:5   tests[0] needs expect:',
      "3:16   tests[0] has no option 'expects', did you mean 'expect'?",
      "4:32   tests[1].expect.rows must be a number or a map, is 'many'",
      '4 problems',
    ],
  )
})
