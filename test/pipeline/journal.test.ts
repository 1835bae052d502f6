import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { Column, Row } from '../../src/core/row.js'
import { openJournal } from '../../src/pipeline/journal.js'
import { sayDifference } from '../../src/pipeline/state.js'
import { all } from '../support/stage-context.js'
import { tempFolder } from '../support/temp.js'

const columns: Column[] = [
  { name: 'index', type: 'int32', about: 'Raster index.' },
  { name: 'class', type: 'category', nullable: true, about: 'Class.' },
  { name: 'prob', type: 'float32', nullable: true, about: 'Probability.' },
  { name: 'features', type: 'vector', size: 3, about: 'Features.' },
]
const row = (index: number): Row => ({
  index,
  class: index % 3 ? `class ${index % 3}` : null,
  prob: index % 2 ? Math.fround(index / 7) : null,
  features: Float32Array.of(index, -index, 0.5),
})
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i))
const header = {
  fingerprint: 'f',
  identity: { bytes: 1, modified: 2.5, head: 'h', blocks: 'b' },
  made: { tiastream: '1', device: 'cpu', precision: 'float32' },
}

test('what was appended is there in the next run, in order, value for value', async (t) => {
  const output = await tempFolder(t)
  const first = await openJournal(output, 'a', columns, header)
  t.is(first.through, 0)
  await first.append(rows(0, 5), 10)
  await first.append([], 20)
  await first.append(rows(5, 9), 25)
  const again = await openJournal(output, 'a', columns, header)
  t.is(again.through, 25)
  t.deepEqual(await all(again.replay()), rows(0, 9))
  await again.append(rows(9, 10), 26)
  t.deepEqual(await all((await openJournal(output, 'a', columns, header)).replay()), rows(0, 10))
})

test('a journal of other rows, of another file, device or precision is started anew, and says why', async (t) => {
  const output = await tempFolder(t)
  const { identity, made } = header
  const others = [
    [{ ...header, fingerprint: 'g' }, /another mask, list or pipeline/],
    [{ ...header, identity: { ...identity, bytes: 2 } }, /other content/],
    [{ ...header, identity: { ...identity, head: 'i' } }, /other content/],
    [{ ...header, identity: { ...identity, blocks: 'c' } }, /other content/],
    [{ ...header, made: { ...made, device: 'cuda' } }, /made with device cpu, and this is cuda/],
    [{ ...header, made: { ...made, precision: 'float16' } }, /made with precision float32, and this is float16/],
    [{ ...header, made: { ...made, tiastream: '2' } }, /made with tiastream 1, and this is 2/],
  ] as const
  for (const [other, why] of others) {
    const first = await openJournal(output, 'a', columns, header)
    await first.append(rows(0, 5), 5)
    const anew = await openJournal(output, 'a', columns, other)
    t.is(anew.through, 0)
    t.regex(anew.anew!, why)
    t.is((await openJournal(output, 'a', columns, other)).anew, null, 'said once')
  }
})

test('a journal of the same content is taken up whatever its time', async (t) => {
  const output = await tempFolder(t)
  await (await openJournal(output, 'a', columns, header)).append(rows(0, 5), 5)
  const { through, anew } = await openJournal(output, 'a', columns, { ...header, identity: { ...header.identity, modified: 3 } })
  t.deepEqual({ through, anew }, { through: 5, anew: null })
})

test('a journal of version 0.1 is started anew, and says so', async (t) => {
  const output = await tempFolder(t)
  await (await openJournal(output, 'a', columns, header)).append(rows(0, 5), 5)
  const old = { fingerprint: 'f', identity: { bytes: 1, modified: 2.5, head: 'h' } }
  await writeFile(path.join(output, '.tiastream/journal/a/journal.json'), JSON.stringify(old))
  const { through, anew } = await openJournal(output, 'a', columns, header)
  t.is(through, 0)
  t.regex(anew!, /tiastream unknown/)
})

test('a damaged segment and those after it are not believed', async (t) => {
  const output = await tempFolder(t)
  const journal = await openJournal(output, 'a', columns, header)
  for (const [from, to] of [
    [0, 100],
    [100, 200],
    [200, 300],
  ] as const) {
    await journal.append(rows(from, to), to)
  }
  const folder = path.join(output, '.tiastream/journal/a')
  const [, second] = (await readdir(folder))
    .filter((name) => name.endsWith('.arrows'))
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  const file = path.join(folder, second!)
  const whole = await readFile(file)
  for (const length of [0, 1, whole.length >> 1, whole.length - 20]) {
    await writeFile(file, whole)
    await truncate(file, length)
    t.is((await openJournal(output, 'a', columns, header)).through, 100, `cut to ${length} of ${whole.length} bytes`)
  }
})

test('one changed bit is noticed, wherever it is', async (t) => {
  const output = await tempFolder(t)
  await (await openJournal(output, 'a', columns, header)).append(rows(0, 20), 20)
  const folder = path.join(output, '.tiastream/journal/a')
  const file = path.join(folder, (await readdir(folder)).find((name) => name.endsWith('.arrows'))!)
  const whole = await readFile(file)
  for (let at = 0; at < whole.length; at += 37) {
    const changed = Buffer.from(whole)
    changed[at] = changed[at]! ^ 4
    await writeFile(file, changed)
    t.is((await openJournal(output, 'a', columns, header)).through, 0, `byte ${at} of ${whole.length}`)
  }
})

test('the next segment after a damaged one takes its place', async (t) => {
  const output = await tempFolder(t)
  const journal = await openJournal(output, 'a', columns, header)
  await journal.append(rows(0, 10), 10)
  await journal.append(rows(10, 20), 20)
  const folder = path.join(output, '.tiastream/journal/a')
  await truncate(path.join(folder, '10-20-10.arrows'), 3)
  const again = await openJournal(output, 'a', columns, header)
  await again.append(rows(10, 14), 14)
  const third = await openJournal(output, 'a', columns, header)
  t.deepEqual(await all(third.replay()), rows(0, 14))
})

test('a difference is said in words', (t) => {
  const was = { fingerprint: 'a', stages: [{ grid: { stride: [224, 224] } }, { mask: { keep: 0 } }] }
  const is = { fingerprint: 'b', stages: [{ grid: { stride: [112, 224] } }, { mask: { keep: 0 } }] }
  t.is(sayDifference(was, is), 'stages[0].grid.stride[0]: 112, was 224')
  t.regex(sayDifference(was, { ...was, fingerprint: 'b' }), /rows module/)
})
