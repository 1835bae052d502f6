/**
 * Lists in parts, and lists that grow: their tables agree in type. What DuckDB 2.0.1 (`DESCRIBE SELECT * FROM '*.parquet'`) says of such
 * files: age and code DOUBLE, min(age) 61 and max(age) 61.5; pyarrow 26.0.1: both double, in each file.
 */

import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parquetMetadata } from 'hyparquet'
import { PipelineError } from '../../../src/core/errors.js'
import { checkPipeline } from '../../../src/pipeline/check/check.js'
import { demoSlide, runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

/** What is looked at here comes from the list. */
const plain = { grid: '{ size: 224 px, at: 16 mpp }', mask: '{ method: none }', model: null, sinks: '[parquet]' }

async function cohort(t: ExecutionContext, more = '') {
  const folder = await tempFolder(t)
  for (const name of 'abc') await copyFile(demoSlide, path.join(folder, `${name}.tif`))
  const slides = `{ list: l.csv${more} }`
  const file = await writePipeline(folder, { slides, ...plain })
  const list = (...lines: string[]) => writeFile(path.join(folder, 'l.csv'), ['uri,age,code', ...lines, ''].join('\n'))
  return { folder, file, list }
}

/** Physical type and repetition of a column in a file, as the format has them. */
async function typesIn(folder: string, slide: string) {
  const { schema } = parquetMetadata((await readFile(path.join(folder, `out/rows/${slide}.parquet`))).buffer as ArrayBuffer)
  const of = (name: string) => schema.filter((one) => one.name === name).map(({ type, repetition_type: nullable }) => `${type} ${nullable}`)
  return [...of('age'), ...of('code')]
}

test('parts of a list, one run each, give tables of one type', async (t) => {
  const { folder, file, list } = await cohort(t)
  const types: string[][] = []
  for (const line of ['a.tif,61,7', 'b.tif,61.5,12', 'c.tif,,']) {
    await list(line)
    t.is((await runFile(file)).summary.slides.done, 1)
    types.push(await typesIn(folder, line[0]!))
  }
  t.deepEqual(types, Array(3).fill(['DOUBLE OPTIONAL', 'DOUBLE OPTIONAL']))
})

test('a list that grows, also by empty cells, leaves finished slides alone', async (t) => {
  const { file, list } = await cohort(t)
  await list('a.tif,61,x', 'b.tif,62,y')
  await runFile(file)
  await list('a.tif,61,x', 'b.tif,62,y', 'c.tif,,')
  t.deepEqual((await runFile(file)).summary.slides, { done: 1, failed: 0, skipped: 2 })
  await list('a.tif,61,x', 'b.tif,63,y', 'c.tif,,')
  t.deepEqual((await runFile(file)).summary.slides, { done: 1, failed: 0, skipped: 2 }, 'a value of one slide is that slide alone')
})

test('a value that does not fit the first run is told before anything starts, with its line and the way out, which works', async (t) => {
  const { folder, file, list } = await cohort(t)
  await list('a.tif,61,7')
  await runFile(file)
  await list('a.tif,61,7', 'b.tif,62,007')
  const { problems } = await checkPipeline(file)
  t.deepEqual(
    problems.map(({ file: at, line, code }) => [path.basename(at), line, code]),
    [['l.csv', 3, 'LIST_INVALID']],
  )
  t.regex(problems[0]!.message, /code is '007'.*columns: \{ code: text \}/)
  const slides = '{ list: l.csv, columns: { code: text } }'
  await writePipeline(folder, { slides, ...plain })
  await t.throwsAsync(runFile(file), { instanceOf: PipelineError, code: 'OUTPUT_DIFFERS' })
  t.is((await runFile(file, { redo: true })).summary.slides.done, 2)
  t.deepEqual(await typesIn(folder, 'a'), ['DOUBLE OPTIONAL', 'BYTE_ARRAY OPTIONAL'])
  t.deepEqual((await runFile(file)).summary.slides, { done: 0, failed: 0, skipped: 2 })
})

test('the next part may not be declared as something else, even when none of its slides is done', async (t) => {
  const { folder, file, list } = await cohort(t)
  await list('a.tif,61,7')
  await runFile(file)
  await list('b.tif,61,7')
  await writePipeline(folder, { slides: '{ list: l.csv, columns: { age: integer } }', model: null, sinks: '[parquet]' })
  const error = (await t.throwsAsync(runFile(file), { code: 'OUTPUT_DIFFERS' })) as PipelineError
  t.regex(error.message, /age as number, and here it is integer/)
})

test('in separate outputs a declaration makes the parts agree', async (t) => {
  const { folder, file, list } = await cohort(t, ', columns: { age: integer, code: text }')
  const types: string[][] = []
  for (const line of ['a.tif,61,7', 'b.tif,,007']) {
    await list(line)
    await rm(path.join(folder, 'out'), { recursive: true, force: true })
    await runFile(file)
    types.push(await typesIn(folder, line[0]!))
  }
  t.deepEqual(types, Array(2).fill(['INT32 OPTIONAL', 'BYTE_ARRAY OPTIONAL']))
})

/**
 * What DuckDB 2.0.1 says of `'*.parquet'` with such tables: where the first one has a column that another lacks, "schema mismatch in glob"; where a
 * later one has one more, that column is not there, without a word. With `union_by_name = true` all are, age DOUBLE.
 */
test('columns that come or go from one part of a list to the next are told of; what stays keeps its type', async (t) => {
  const { folder, file, list } = await cohort(t)
  const told = async () =>
    (await runFile(file)).events.flatMap((event) => (event.type === 'warning' && event.message.includes('the list') ? [event.message] : []))
  await list('a.tif,61,7')
  t.deepEqual(await told(), [])
  await writeFile(path.join(folder, 'l.csv'), 'uri,age,sex\nb.tif,61.5,f\n')
  const union = 'read together they need union by name (DuckDB: union_by_name = true)'
  t.deepEqual(await told(), [
    `the list has sex, which tables of earlier runs into this output lack: ${union}`,
    `the list lacks code, which tables of earlier runs into this output have: ${union}`,
  ])
  t.deepEqual((await typesIn(folder, 'b'))[0], 'DOUBLE OPTIONAL')
  // The same list grown by a column: nothing is made again unasked, and the column is named.
  await writeFile(path.join(folder, 'l.csv'), 'uri,age,sex,stage\nb.tif,61.5,f,2\n')
  await t.throwsAsync(runFile(file), { code: 'OUTPUT_DIFFERS', message: /columns\.stage\.type: "float64", was none/ })
})
