import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { everyRow, everyType, temporary, writeTable } from '../tables.js'

test('every line is an object that reads back equal', async (t) => {
  const file = path.join(await temporary(t), 'x.jsonl.partial')
  await writeTable('jsonl', file, everyType, everyRow(250))
  const lines = (await readFile(file, 'utf8')).split('\n')
  t.is(lines.pop(), '')
  const rows = lines.map((line) => {
    const row = JSON.parse(line)
    for (const { name, type } of everyType) {
      if (row[name] === null) continue
      if (type === 'vector') row[name] = Float32Array.from(row[name])
      if (type === 'float32') row[name] = Math.fround(row[name])
    }
    return row
  })
  t.deepEqual(rows, [...everyRow(250)])
})

test('no rows: an empty file; NaN is a string, never a wrong number', async (t) => {
  const folder = await temporary(t)
  const columns = [{ name: 'p', type: 'float32', about: '' }] as const
  await writeTable('jsonl', path.join(folder, 'a'), columns, [])
  t.is(await readFile(path.join(folder, 'a'), 'utf8'), '')
  await writeTable('jsonl', path.join(folder, 'b'), columns, [{ p: Number.NaN }])
  t.is(await readFile(path.join(folder, 'b'), 'utf8'), '{"p":"NaN"}\n')
})
