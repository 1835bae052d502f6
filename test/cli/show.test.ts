/** `tiastream show`: counts held against the rows as they were made. */

import { spawnSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { receiptName } from '../../src/pipeline/store/receipts.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { factsOf } from '../../src/results/facts.js'
import { receiptOf } from '../results/outputs.js'
import { everyRow, everyType, predictionColumns, predictions, temporary, writeTable } from '../sinks/tables.js'
import { asNobody, tiastreamProcess } from '../support/command-line.js'
import { tempFolder } from '../support/temp.js'
import { writeReceipt } from '../support/write-receipt.js'
import { tiastream } from './tiastream.js'

const made = [...predictions(250)]
const countOf = (name: string | null) => made.filter((row) => row.class === name).length

for (const [sink, file] of [
  ['parquet', 'S-1.parquet'],
  ['arrow', 'S-1.arrow'],
] as const) {
  test(`${sink}: rows, columns, classes, first rows and what made it`, async (t) => {
    const table = path.join(await temporary(t), file)
    await writeTable(sink, table, predictionColumns, made)
    const { code, stdout } = await tiastream('show', table, '--json')
    t.is(code, 0)
    const facts = JSON.parse(stdout)
    t.is(facts.rows, 250)
    t.deepEqual(
      facts.columns.map(({ name, type }: { name: string; type: string }) => [name, type]),
      predictionColumns.map(({ name, type }) => [name, type]),
    )
    for (const [name, count] of Object.entries(facts.classes)) t.is(count, countOf(name), name)
    t.is(facts.withoutClass, 5)
    t.deepEqual(facts.first, made.slice(0, 5))
    t.is(facts.provenance.fingerprint, 'cd'.repeat(32))

    const text = (await tiastream('show', table)).stdout
    for (const said of [
      /250 rows, 19 columns/,
      /S-1 é/,
      /0\.25 µm\/px/,
      /tissue3/,
      /sha256 (ab){32}/,
      /\(no answer\) +5 +2\.0 %/,
      /224 × 224 px at 0\.5 mpp/,
    ])
      t.regex(text, said)
  })

  test(`${sink}: every type comes back, vectors too`, async (t) => {
    const table = path.join(await temporary(t), file)
    await writeTable(sink, table, everyType, everyRow(40))
    const facts = await factsOf(table)
    t.deepEqual(facts.first, [...everyRow(5)])
    t.is(facts.rows, 40)
  })
}

test('a long name of a column, or one of two lines, leaves the others where they are', async (t) => {
  const table = path.join(await temporary(t), 'a.parquet')
  const names = ['index', 'which of these applies to the patient?'.repeat(9), 'two\r\nlines']
  const columns = names.map((name) => ({ name, type: 'int32' as const, about: 'A number.' }))
  await writeTable('parquet', table, columns, [Object.fromEntries(names.map((name, i) => [name, i]))])
  const { stdout } = await tiastream('show', table)
  t.regex(stdout, /^ {2}index +0$/m)
  t.regex(stdout, /^ {2}which of these applies to the patient\?w… +1$/m)
  t.regex(stdout, /^ {2}two lines +2$/m)
})

test('what is no table is told, exit 2', async (t) => {
  const folder = await temporary(t)
  for (const [name, told] of [
    ['x.parquet', /TABLE_UNREADABLE/],
    ['x.arrow', /TABLE_UNREADABLE/],
    ['', /NOT_AN_OUTPUT/],
  ] as const) {
    if (name) await writeFile(path.join(folder, name), 'no table')
    const { code, stderr } = await tiastream('show', path.join(folder, name))
    t.is(code, 2)
    t.regex(stderr, told)
  }
  t.regex((await tiastream('show', path.join(folder, 'nowhere.arrow'))).stderr, /TABLE_UNREADABLE/)
})

test('results of somebody else that may not be read are said to be that, and not to be absent or damaged', async (t) => {
  const folder = await tempFolder(t)
  await chmod(folder, 0o755)
  const results = await storeOf(folder)
  await writeReceipt(results, receiptOf('a'))
  const show = () => tiastreamProcess(['show', folder], packageRoot, asNobody)
  await chmod(path.join(folder, receiptName('a')), 0)
  t.like(await show(), { code: 2, out: '' })
  t.regex((await show()).err, /the receipt of a in .* cannot be read \[RECEIPT_UNREADABLE\]\n.*\n {2}ask who owns it.*\n {2}cause: EACCES/)
  await chmod(path.join(folder, '.tiastream'), 0)
  t.regex((await show()).err, /may not be read \(EACCES\) \[NOT_AN_OUTPUT\]\n {2}ask who owns it/)
  await chmod(path.join(folder, '.tiastream'), 0o755)
})

test('a pipe is no table: it is not waited for', async (t) => {
  const pipe = path.join(await tempFolder(t), 'a.parquet')
  if (spawnSync('mkfifo', [pipe]).status !== 0) {
    t.log('SKIPPED: there is no mkfifo')
    return t.pass()
  }
  const { code, stderr } = await tiastream('show', pipe)
  t.is(code, 2)
  t.regex(stderr, /is no plain file \[TABLE_UNREADABLE\]/)
})
