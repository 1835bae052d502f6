/** Tables lie in a folder of their own, which holds nothing else; an output that an earlier version began goes on as it was begun. */

import { copyFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { exportTable } from '../../../src/pipeline/export.js'
import { openResults } from '../../../src/results/open.js'
import { tiastream } from '../../support/command-line.js'
import { demoSlide, resultsOf, runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

const small = { slides: '{ glob: "./*.tif" }', grid: '{ size: 224 px, at: 16 mpp }', mask: '{ method: none }', model: null }

async function folderWith(t: ExecutionContext, ...slides: string[]) {
  const folder = await tempFolder(t)
  for (const slide of slides) await copyFile(demoSlide, path.join(folder, `${slide}.tif`))
  return folder
}

const namesOf = async (folder: string) => [...(await resultsOf(path.join(folder, 'out'))).keys()]

test('tables lie in rows/, and nothing else does; all commands find them', async (t) => {
  const folder = await folderWith(t, 'a', 'b')
  const file = await writePipeline(folder, { ...small, sinks: '[parquet, arrow, csv, thumbnail]' })
  await runFile(file)
  t.deepEqual((await readdir(path.join(folder, 'out/rows'))).toSorted(), ['a.parquet', 'b.parquet'])
  t.deepEqual(
    (await openResults(path.join(folder, 'out'))).slides.map(({ table }) => table),
    ['a', 'b'].map((slide) => path.join(folder, `out/rows/${slide}.parquet`)),
  )
  t.regex((await tiastream(['show', 'out'], folder)).out, /rows\/a\.parquet/)
  const { file: made } = await exportTable(path.join(folder, 'out/rows/a.parquet'), { to: 'jsonl' })
  t.is(made, path.join(folder, 'out/a.jsonl'), 'an export does not go among the tables')
  const { err } = await tiastream(['report', 'out/rows'], folder)
  t.regex(err, new RegExp(`name the output folder: ${folder}/out`))
})

test('an output whose tables lie in itself goes on so, and nothing of it is done again', async (t) => {
  const folder = await folderWith(t, 'a')
  await runFile(await writePipeline(folder, { ...small, sinks: '[parquet: { file: "{slide}.parquet" }]' }))
  await copyFile(demoSlide, path.join(folder, 'b.tif'))
  const file = await writePipeline(folder, { ...small, sinks: '[parquet]' })
  t.deepEqual((await runFile(file)).summary.slides, { done: 1, failed: 0, skipped: 1 })
  t.deepEqual(await namesOf(folder), ['a.parquet', 'b.parquet'])
})

test('a name that the pipeline gives is the name of the table, also where tables lie elsewhere', async (t) => {
  const folder = await folderWith(t, 'a')
  await runFile(await writePipeline(folder, { ...small, sinks: '[parquet: { file: "{slide}.parquet" }]' }))
  const file = await writePipeline(folder, { ...small, sinks: '[parquet: { file: "rows/{slide}.parquet" }]' })
  t.deepEqual((await runFile(file)).summary.slides, { done: 1, failed: 0, skipped: 0 })
  t.deepEqual(await namesOf(folder), ['a.parquet', 'rows/a.parquet'])
})
