/** Programs of others open the folder of a cohort's tables as one, with a slide that failed, one without rows, one without answers, ids like 001 and long ones. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { gatherCohort } from '../../src/pipeline/cohort/gather.js'
import { broken, colours, patchesOf, writeColours } from '../../test/pipeline/cohort/colours.js'
import { runFile } from '../../test/support/pipeline-file.js'
import { datasetPython } from '../peers.js'
import { expected, expectedClass, seenBy } from './seen.js'

const python = await datasetPython()
const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-dataset-'))
const { summary } = await runFile(await writeColours(folder, { sinks: '[parquet, arrow, overlay]' }))
const { isComplete } = await gatherCohort(path.join(folder, 'out'), { compact: 256e6 })

test.after.always(() => rm(folder, { recursive: true, force: true }))

const text: Readonly<Record<string, string>> = {
  pyarrow: 'string',
  duckdb: 'VARCHAR',
  polars: 'String',
  deltalake: 'string',
  pyiceberg: 'string',
}

for (const place of ['rows', 'compact']) {
  for (const [reader, string] of Object.entries(text)) {
    test.serial(`${reader} opens ${place}/ as one table`, async (t) => {
      t.deepEqual([summary.slides.done, summary.slides.failed, isComplete], [colours.length, 1, true])
      const { class: share, types, files, planned, bounds, ...seen } = await seenBy(python, reader, path.join(folder, 'out', place))
      t.deepEqual(seen, expected)
      t.true(Math.abs(share - expectedClass) < 1e-5, `${share}, not ${expectedClass}`)
      for (const name of ['slide', 'class', 'status', 'patient']) t.is(types[name], string, name)
      if (place === 'compact') return
      if (files !== undefined) t.is(files, colours.length)
      // What a catalogue keeps of the files' own bounds: Delta all of them, so that long ids are told apart; Iceberg 16 letters.
      if (bounds) {
        const ids = colours.filter((one) => patchesOf(one) > 0).map(({ id }) => [id, id])
        t.deepEqual(bounds, ids)
      }
      if (planned !== undefined) t.is(planned, 2)
    })
  }
}

test.serial('a slide whose id begins with _ is there for each of them', async (t) => {
  const own = await mkdtemp(path.join(tmpdir(), 'tiastream-dataset-'))
  t.teardown(() => rm(own, { recursive: true, force: true }))
  const which = [...colours.slice(0, 1), { ...colours.at(-1)!, id: '_7' }]
  const { summary: done } = await runFile(await writeColours(own, { which, withBroken: false }))
  t.is(done.slides.done, 2)
  for (const reader of Object.keys(text)) {
    const { slides } = await seenBy(python, reader, path.join(own, 'out/rows'))
    t.deepEqual(slides, Object.fromEntries(which.map((one) => [one.id, patchesOf(one)])), reader)
  }
})

test.serial('the table of slides is selected by DuckDB without a quote, and says the same as the rows', async (t) => {
  const script = `
import duckdb, json, sys
rows, cohort = sys.argv[1:3]
columns = [row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{cohort}'").fetchall()]
for name in columns:
    duckdb.sql(f"SELECT {name} FROM '{cohort}' ORDER BY {name}").fetchall()
joined = duckdb.sql(f"""SELECT c.slide, any_value(c.rows), count(r.slide), any_value(c.count_hematoxylin_rich), count(*) FILTER (r.class = 'hematoxylin-rich')
  FROM '{cohort}' c LEFT JOIN '{rows}/*.parquet' r ON r.slide = c.slide GROUP BY c.slide ORDER BY c.slide""").fetchall()
print(json.dumps({"columns": columns, "joined": joined}))
`
  const { stdout } = await promisify(execFile)(python, [
    '-c',
    script,
    path.join(folder, 'out/rows'),
    path.join(folder, 'out/cohort.parquet'),
  ])
  const { columns, joined } = JSON.parse(stdout) as { columns: string[]; joined: [string, number, number, number | null, number][] }
  t.true(columns.includes('count_no_tissue'))
  t.deepEqual(
    joined.map(([slide]) => slide),
    [...colours.map(({ id }) => id), broken].sort(),
  )
  for (const [slide, rows, found, classed, counted] of joined) {
    t.is(rows, found, slide)
    t.is(classed ?? 0, counted, slide)
  }
})
