/** A cohort as a table: what is said of all slides follows from what became of each, and `_SUCCESS` is there when all of it holds, and only then. */

import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { packed } from '../../../src/pipeline/cohort/compact.js'
import { gatherCohort } from '../../../src/pipeline/cohort/gather.js'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { changedText } from '../../../src/results/changed.js'
import { openResults } from '../../../src/results/open.js'
import { readTable } from '../../../src/results/read-table.js'
import { tiastream } from '../../support/command-line.js'
import { runFile } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'
import { type Asked, broken, colours, isAnswered, patchesOf, writeColours } from './colours.js'

interface Place {
  readonly folder: string
  readonly file: string
  readonly out: string
  readonly at: (name: string) => string
}

function placeOf(folder: string): Place {
  const out = path.join(folder, 'out')
  return { folder, file: path.join(folder, 'pipeline.yml'), out, at: (name) => path.join(out, name) }
}

/** Finished cohorts, each made once for all tests: nobody writes into them. */
const finished = mkdtempSync(path.join(tmpdir(), 'tiastream-gather-'))
process.on('exit', () => rmSync(finished, { recursive: true, force: true }))
const runs = new Map<string, Promise<Place>>()

function made(asked: Asked = {}): Promise<Place> {
  const key = JSON.stringify(asked)
  const place = runs.get(key) ?? makeIn(path.join(finished, `${runs.size}`), asked)
  runs.set(key, place)
  return place
}

async function makeIn(folder: string, asked: Asked): Promise<Place> {
  await mkdir(folder)
  await runFile(await writeColours(folder, asked))
  return placeOf(folder)
}

/** One of its own, for a test that changes what it was made of. */
const anew = async (t: ExecutionContext, asked: Asked = {}): Promise<Place> => makeIn(path.join(await tempFolder(t), 'own'), asked)

/** A copy for one test. */
async function copied(t: ExecutionContext, asked: Asked = {}): Promise<Place> {
  const folder = await tempFolder(t)
  await cp((await made(asked)).folder, folder, { recursive: true, preserveTimestamps: true })
  return placeOf(folder)
}

const bytesOf = async (file: string) => {
  const bytes = await readFile(file)
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}
const rowsOf = async (file: string) => parquetReadObjects({ file: await bytesOf(file) })
const hash = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
const manifestOf = async (out: string) => JSON.parse(await readFile(path.join(out, 'manifest.json'), 'utf8'))

test('files that speak of many slides are told from those of others', async (t) => {
  const { out, at } = await copied(t)
  await gatherCohort(out, { compact: 256e6 })
  for (const name of ['cohort.parquet', 'compact/part-00000.parquet'])
    await t.throwsAsync(readTable(at(name)), {
      code: 'TABLE_FOREIGN',
      message: `${at(name)} speaks of many slides, and a table here is that of one`,
    })
})

test('a run ends with a row a slide, failed ones too, a manifest of every file, and _SUCCESS', async (t) => {
  const { folder, out, at } = await made({ sinks: '[parquet, jsonl]' })
  const rows = await rowsOf(at('cohort.parquet'))
  // `broken` is between the digits and `study`.
  t.deepEqual(
    rows.map(({ slide }) => slide),
    ['001', '002', '010', broken, ...colours.slice(3).map(({ id }) => id)],
  )
  for (const one of colours) {
    const row = rows.find(({ slide }) => slide === one.id)!
    const receipt = JSON.parse(await readFile(at(`.tiastream/receipts/${one.id}.json`), 'utf8')) as Receipt
    t.like(row, {
      uri: path.join(folder, `in/${one.id}.tif`),
      ...{ status: 'done', listed: true, code: null, message: null, kind: 'slide', power: 20, mpp_x: 0.5, mpp_y: 0.5 },
      ...{ rows: BigInt(patchesOf(one)), unreadable: 0n, unanswered: BigInt(isAnswered(one) ? 0 : patchesOf(one)) },
      ...{ width: BigInt(one.across * 16), height: BigInt(one.down * 16), file: `rows/${one.id}.parquet`, model: 'mean' },
      slide_bytes: BigInt((await stat(path.join(folder, `in/${one.id}.tif`))).size),
      bytes: BigInt((await stat(at(`rows/${one.id}.parquet`))).size + (await stat(at(`${one.id}.jsonl`))).size),
      model_sha256: await hash(path.join(folder, 'mean/model.onnx')),
      ...{
        device: 'cpu',
        fingerprint: receipt.fingerprint,
        seconds: receipt.seconds,
        tiastream: receipt.tiastream,
        worker: receipt.worker ?? null,
      },
    })
    // The class of a patch is the channel that is the brightest.
    const classes = ['hematoxylin_rich', 'eosin_rich', 'no_tissue'].map((name) => row[`count_${name}`])
    const brightest = one.rgb.indexOf(Math.max(...one.rgb))
    t.deepEqual(
      classes,
      [0, 1, 2].map((i) => BigInt(isAnswered(one) && i === brightest ? patchesOf(one) : 0)),
      one.id,
    )
  }
  const failed = rows.find(({ slide }) => slide === broken)!
  t.like(failed, {
    status: 'failed',
    code: 'SLIDE_TRUNCATED',
    rows: 0n,
    bytes: 0n,
    file: null,
    width: null,
    model: null,
    count_eosin_rich: null,
  })
  t.regex(failed.message as string, /ends at byte 100/)

  const manifest = await manifestOf(out)
  const all = colours.reduce((sum, one) => sum + patchesOf(one), 0)
  t.like(manifest, { slides: { all: 6, done: 5, failed: 1, waiting: 0, unlisted: 0 }, rows: all, compact: null })
  t.is(manifest.files.length, 2 * colours.length + 1)
  for (const { file, bytes, sha256 } of manifest.files) {
    t.is((await stat(at(file))).size, bytes, file)
    t.is(await hash(at(file)), sha256, file)
  }
  t.deepEqual(JSON.parse(await readFile(at('_SUCCESS'), 'utf8')), { slides: 6, done: 5, failed: 1 })
})

test('the table of slides has whole bounds, an order, text that says so, and the version that made it', async (t) => {
  const { at } = await made()
  const metadata = parquetMetadata(await bytesOf(at('cohort.parquet')))
  t.regex(metadata.created_by!, /^tiastream version \d+\.\d+\.\d+/)
  const [group] = metadata.row_groups
  t.deepEqual(group!.sorting_columns, [{ column_idx: 0, descending: false, nulls_first: false }])
  const slide = group!.columns[0]!.meta_data!
  t.is(slide.statistics!.min_value, '001')
  t.is(slide.statistics!.max_value, colours.at(-1)!.id)
  t.truthy(slide.bloom_filter_offset)
  for (const element of metadata.schema.filter(({ type }) => type === 'BYTE_ARRAY'))
    t.deepEqual([element.logical_type, element.converted_type], [{ type: 'STRING' }, 'UTF8'], element.name)
})

test('gathered again it has the same bytes, and nothing is written', async (t) => {
  const { out, at } = await copied(t)
  const before = await Promise.all(
    ['cohort.parquet', 'manifest.json', '_SUCCESS'].map(async (name) => [await hash(at(name)), (await stat(at(name))).mtimeMs]),
  )
  const { isComplete, warnings } = await gatherCohort(out)
  t.true(isComplete)
  t.deepEqual(warnings, [])
  t.deepEqual(
    await Promise.all(
      ['cohort.parquet', 'manifest.json', '_SUCCESS'].map(async (name) => [await hash(at(name)), (await stat(at(name))).mtimeMs]),
    ),
    before,
  )
  await rm(at('cohort.parquet'))
  await gatherCohort(out)
  t.is(await hash(at('cohort.parquet')), before[0]![0] as string)
})

/** JSON has no bigint. */
const written = (row: object) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))

test('another run, with other lanes, has the same rows but for its times', async (t) => {
  const before = await made()
  const { file, at } = placeOf(await tempFolder(t))
  await writeColours(path.dirname(file))
  await writeFile(file, (await readFile(file, 'utf8')).replace('lanes: 1', 'lanes: 2'))
  await runFile(file)
  const place = path.dirname(file)
  const without = (rows: Record<string, unknown>[], folder: string) =>
    rows.map(({ seconds, worker, ...row }) => JSON.parse(written(row).replaceAll(folder, '')))
  t.deepEqual(without(await rowsOf(at('cohort.parquet')), place), without(await rowsOf(before.at('cohort.parquet')), before.folder))
})

test('a slide without a receipt waits, and there is no _SUCCESS; the command ends with 1', async (t) => {
  const { folder, out, at } = await copied(t)
  await rm(at('.tiastream/receipts/002.json'))
  const { isComplete, slides, warnings } = await gatherCohort(out)
  t.false(isComplete)
  t.like(slides, { all: 6, done: 4, failed: 1, waiting: 1 })
  t.true(
    warnings.some((one) => /1 slide is not done yet/.test(one)),
    warnings.join('\n'),
  )
  t.true(
    warnings.some((one) => /rows\/ holds 1 file .*rows\/002\.parquet/.test(one)),
    warnings.join('\n'),
  )
  t.false(existsSync(at('_SUCCESS')))
  const row = (await rowsOf(at('cohort.parquet'))).find(({ slide }) => slide === '002')!
  t.like(row, { status: 'waiting', listed: true, uri: path.join((await made()).folder, 'in/002.tif'), rows: null })
  const { code, out: said, err } = await tiastream(['gather', 'out'], folder)
  t.is(code, 1)
  t.regex(said, /6 slides: 4 done, 1 failed, 1 waiting\n.*\nwrote cohort\.parquet, manifest\.json\n/)
  t.regex(err, /warning: 1 slide is not done yet/)
})

test('a file that is gone or was changed in size takes _SUCCESS away', async (t) => {
  const { out, at } = await copied(t)
  await writeFile(at('rows/001.parquet'), 'cut')
  const { isComplete, warnings } = await gatherCohort(out)
  t.false(isComplete)
  t.regex(warnings[0]!, /rows\/001\.parquet is gone or of another size/)
  t.false(existsSync(at('_SUCCESS')))
  // Nor is one that lies elsewhere, by a receipt that somebody else made, among the tables of this output.
  const name = at('.tiastream/receipts/001.json')
  const receipt = JSON.parse(await readFile(name, 'utf8')) as Receipt
  await writeFile(at('../elsewhere.parquet'), await readFile(at('rows/002.parquet')))
  const { size } = await stat(at('../elsewhere.parquet'))
  await writeFile(name, JSON.stringify({ ...receipt, files: [{ sink: 'parquet', file: 'rows/../../elsewhere.parquet', bytes: size }] }))
  t.regex((await gatherCohort(out)).warnings.join(), /rows\/\.\.\/\.\.\/elsewhere\.parquet is gone or of another size/)
})

test('a table of the same size and of other bytes is told, by its time and its sha256; one that was only touched is not', async (t) => {
  const { out, at } = await copied(t)
  const [name, other] = (await manifestOf(out)).files
    .filter(({ sink }: { sink?: string }) => sink === 'parquet')
    .map(({ file }: { file: string }) => file)
  const later = new Date(Date.now() + 3_600_000)
  await utimes(at(other), later, later)
  t.false((await gatherCohort(out)).warnings.join().includes('other bytes'))
  const bytes = await readFile(at(name))
  bytes[Math.floor(bytes.length / 2)]! ^= 1
  await writeFile(at(name), bytes)
  await utimes(at(name), later, later)
  const told = `${name} has other bytes than when the run wrote it: remove it and run the pipeline again`
  t.deepEqual((await gatherCohort(out)).warnings, [told])
  t.regex(
    (await changedText(await openResults(out)))!,
    new RegExp(`${name} is of other bytes than when the run wrote it: another program has changed the rows`),
  )
  // A time from before tells nothing.
  await utimes(at(name), 0, 0)
  t.deepEqual((await gatherCohort(out)).warnings, [])
})

test('a receipt that lost a key is none: its slide is told as not done, and the next run does it anew', async (t) => {
  const { file, out, at } = await copied(t, { withBroken: false })
  const name = '.tiastream/receipts/001.json'
  const whole = JSON.parse(await readFile(at(name), 'utf8')) as Receipt
  for (const key of ['files', 'rows', 'warnings', 'fingerprint', 'counts'] as const) {
    await writeFile(at(name), JSON.stringify({ ...whole, [key]: undefined }))
    const { isComplete, slides, warnings } = await gatherCohort(out)
    t.false(isComplete, key)
    t.is(slides.waiting, 1, key)
    t.regex(warnings[0]!, /^\.tiastream\/receipts\/001\.json is damaged and no receipt any more, .*run the pipeline again/, key)
    await t.throwsAsync(openResults(out), { code: 'RECEIPT_UNREADABLE', message: /receipt of 001 / }, key)
  }
  const { summary } = await runFile(file)
  t.like(summary.slides, { done: 1, skipped: 4 })
  t.deepEqual((await gatherCohort(out)).warnings, [])
})

test('what is wanting of an output of version 0.1 is made by a run with --redo, and that is what is said', async (t) => {
  const { folder, file, at } = await copied(t, { withBroken: false })
  for (const { id } of colours) {
    const receipt = at(`.tiastream/receipts/${id}.json`)
    await writeFile(receipt, (await readFile(receipt, 'utf8')).replace('tiastream-receipt/2', 'tiastream-receipt/1'))
  }
  await rm(at('rows/001.parquet'))
  const said = async () => (await tiastream(['gather', 'out'], folder)).err
  t.regex(await said(), /001\.parquet is gone or of another size, so there is no _SUCCESS: run the pipeline again with --redo\n/)
  // It did not write it.
  await rm(at('.tiastream/slides.jsonl'))
  t.regex(await said(), /so there is no _SUCCESS: run the pipeline again with --redo, 5 slides of tiastream 0\.1 are then made anew\n/)
  await t.throwsAsync(runFile(file), { code: 'OUTPUT_DIFFERS' })
  await runFile(file, { redo: true })
  t.is(await said(), '')
})

test('what is wanting of an output of an older schema is made by a run with --redo, and that is what is said', async (t) => {
  const { folder, at } = await copied(t, { withBroken: false })
  const plan = at('.tiastream/plan.json')
  await writeFile(plan, JSON.stringify({ ...JSON.parse(await readFile(plan, 'utf8')), schema: '1' }))
  await rm(at('.tiastream/slides.jsonl'))
  const { err } = await tiastream(['gather', 'out'], folder)
  t.regex(err, /so there is no _SUCCESS: run the pipeline again with --redo, 5 slides of schema 1 are then made anew\n/)
})

test('a run that changes the output takes _SUCCESS away before, and a run that changes nothing leaves all as it is', async (t) => {
  const { file, at } = await anew(t, { withBroken: false })
  const before = [await hash(at('manifest.json')), (await stat(at('_SUCCESS'))).mtimeMs]
  await runFile(file)
  t.deepEqual([await hash(at('manifest.json')), (await stat(at('_SUCCESS'))).mtimeMs], before)
  await rm(at('rows/001.parquet'))
  const seen: boolean[] = []
  const { runPipeline } = await import('../../../src/pipeline/run/run.js')
  const { readPlan } = await import('../../../src/pipeline/check/read-plan.js')
  await runPipeline(await readPlan(file), {
    onEvent: ({ type }) => {
      if (type === 'slide.start' || type === 'slide.done') seen.push(existsSync(at('_SUCCESS')))
    },
  })
  t.deepEqual(seen, [false, false])
  t.true(existsSync(at('_SUCCESS')))
})

test('a slide that the source has no more stays in the table, and is said not to be listed', async (t) => {
  const { folder, file, out, at } = await copied(t, { withBroken: false })
  await writeColours(folder, { which: colours.slice(1), withBroken: false })
  await runFile(file)
  const rows = await rowsOf(at('cohort.parquet'))
  t.deepEqual(
    rows.map(({ slide, status, listed }) => [slide, status, listed]),
    colours.map(({ id }) => [id, 'done', id !== '001']),
  )
  t.is((await manifestOf(out)).slides.unlisted, 1)
  t.true(existsSync(at('_SUCCESS')))
})

test('of shards the one that ends last gathers; of slides that are named only these are made again', async (t) => {
  const folder = await tempFolder(t)
  const file = await writeColours(folder)
  const at = (name: string) => path.join(folder, 'out', name)
  await runFile(file, { shard: { index: 1, count: 2 } })
  t.false(existsSync(at('cohort.parquet')))
  await runFile(file, { shard: { index: 2, count: 2 } })
  t.is((await rowsOf(at('cohort.parquet'))).length, 6)
  t.true(existsSync(at('_SUCCESS')))
  const { events, summary } = await runFile(file, { only: ['002'], redo: true })
  t.deepEqual(summary.slides, { done: 1, failed: 0, skipped: 0 })
  t.true(events.every((event) => !('slide' in event) || event.slide === '002'))
  t.is((await rowsOf(at('cohort.parquet'))).length, 6)
  t.true(existsSync(at('_SUCCESS')))
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('  - extract', '  - extract\n  - measure'))
  await t.throwsAsync(runFile(file, { only: ['002'], redo: true }), { code: 'OUTPUT_DIFFERS', message: /the stage measure is new$/ })
  await writeFile(file, text)
  await t.throwsAsync(runFile(file, { only: [2] as never }), { code: 'OPTION_INVALID', message: /only is a list$/ })
  await t.throwsAsync(runFile(file, { only: ['002'], shard: { index: 1, count: 2 } }), { message: /is given shard and only$/ })
  await t.throwsAsync(runFile(file, { only: ['002', '02'] }), {
    code: 'SLIDE_UNKNOWN',
    message: /no slide with the id '02', did you mean '0/,
  })
})

test('tables that lie in the output itself have no other table among them', async (t) => {
  const { out, at } = await copied(t, { sinks: '[parquet: { file: "{slide}.parquet" }]', withBroken: false })
  t.false(existsSync(at('cohort.parquet')))
  t.is((await rowsOf(at('cohort/cohort.parquet'))).length, 5)
  t.is((await gatherCohort(out)).cohort, 'cohort/cohort.parquet')
})

test('tables of another sink among those of the rows are named: every row would be read twice', async (t) => {
  const warned = async (sinks: string) => (await gatherCohort((await made({ sinks, withBroken: false })).out)).warnings
  t.regex(
    (await warned('[parquet, geoparquet: { file: "rows/{slide}.geo.parquet" }]')).join(),
    /^rows\/ holds 5 files .*: rows\/001\.geo\.parquet, /,
  )
  t.regex((await warned('[parquet: { file: "{slide}.parquet" }, geoparquet]')).join(), /^the output holds 5 files .*: 001\.geo\.parquet, /)
  t.deepEqual(await warned('[parquet, geoparquet]'), [])
})

test('one slide under two ids is told, whatever its names and places are; with other rows it is meant so', async (t) => {
  const { out, at } = await copied(t, { withBroken: false })
  const receipt = JSON.parse(await readFile(at('.tiastream/receipts/001.json'), 'utf8')) as Receipt
  await rm(at('.tiastream/slides.jsonl'))
  const again = async (change: Partial<Receipt>) => {
    await writeFile(
      at('.tiastream/receipts/copy.json'),
      JSON.stringify({ ...receipt, slide: 'copy', uri: 's3://bucket/copy.tif', ...change }),
    )
    return (await gatherCohort(out)).warnings.slice(1)
  }
  t.deepEqual(await again({}), ['1 slide is there under several ids, with the same rows, and counts each time: 001 and copy'])
  const series = (head: string, nameless: string) => ({ identity: { ...receipt.identity!, head, nameless } })
  await writeFile(at('.tiastream/receipts/first.json'), JSON.stringify({ ...receipt, slide: 'first', ...series('its files', 'n') }))
  t.regex((await again(series('other names', 'n'))).join(), /several ids.*: copy and first/)
  t.deepEqual(await again(series('other names', 'm')), [])
  await rm(at('.tiastream/receipts/first.json'))
  for (const other of [{ rows: 4 }, { rows: 0 }, { read: ['another mask'] }, { identity: { ...receipt.identity!, blocks: 'other' } }])
    t.deepEqual(await again(other), [])
})

test('a file of somebody else is not replaced, and the run goes well', async (t) => {
  const folder = await tempFolder(t)
  const file = await writeColours(folder, { withBroken: false })
  await mkdir(path.join(folder, 'out'))
  await writeFile(path.join(folder, 'out/manifest.json'), '{ "mine": true }')
  const { summary, events } = await runFile(file)
  t.is(summary.status, 'done')
  const said = events.flatMap((event) => (event.type === 'warning' && event.code === 'COHORT' ? [event.message] : []))
  t.regex(said.join('\n'), /there is no cohort\.parquet: .*out\/manifest\.json was not written by tiastream gather \(move it away\)/)
  t.is(await readFile(path.join(folder, 'out/manifest.json'), 'utf8'), '{ "mine": true }')
  await t.throwsAsync(gatherCohort(path.join(folder, 'out')), { code: 'OUTPUT_EXISTS' })
  // A folder, and a file.
  for (const other of [folder, file]) await t.throwsAsync(gatherCohort(other), { code: 'NOT_AN_OUTPUT', message: /holds no receipts/ })
})

test('a cohort of failed slides is a table, too', async (t) => {
  const folder = await tempFolder(t)
  const file = await writeColours(folder, { which: colours.slice(0, 1) })
  await writeFile(path.join(folder, 'list.csv'), `uri,id\nin/${broken}.tif,${broken}\n`)
  await runFile(file)
  const rows = await rowsOf(path.join(folder, 'out/cohort.parquet'))
  t.is(rows.length, 1)
  t.like(rows[0], { slide: broken, status: 'failed', code: 'SLIDE_TRUNCATED', rows: 0n })
  t.like((await gatherCohort(path.join(folder, 'out'), { compact: 1e9 })).compact, { parts: [], made: 0 })
})

test('compacted: the rows of all tables, slide after slide, in parts of about the size that was asked for', async (t) => {
  const { out, at } = await copied(t)
  const { compact, isComplete } = await gatherCohort(out, { compact: 1e9 })
  t.true(isComplete)
  t.is(compact!.parts.length, 1)
  const own = await Promise.all(colours.map(({ id }) => rowsOf(at(`rows/${id}.parquet`))))
  t.deepEqual(await rowsOf(at('compact/part-00000.parquet')), own.flat())
  const { row_groups, created_by } = parquetMetadata(await bytesOf(at('compact/part-00000.parquet')))
  t.regex(created_by!, /^tiastream version/)
  const [{ columns, sorting_columns }] = row_groups as [(typeof row_groups)[number]]
  const names = columns.map(({ meta_data }) => meta_data!.path_in_schema[0])
  t.deepEqual(
    sorting_columns?.map(({ column_idx }) => names[column_idx]),
    ['slide', 'index'],
  )
  t.is(columns[0]!.meta_data!.statistics!.max_value, colours.at(-1)!.id)
  t.truthy(columns[0]!.meta_data!.bloom_filter_offset)
  t.is((await manifestOf(out)).compact.parts[0].sha256, await hash(at('compact/part-00000.parquet')))
})

test('compacted again nothing is made; a slide that was made again makes its part anew, and the others stay', async (t) => {
  const { folder, file, out, at } = await anew(t, { withBroken: false })
  const sizes = await Promise.all(colours.map(async ({ id }) => (await stat(at(`rows/${id}.parquet`))).size))
  const partBytes = sizes[0]! + sizes[1]! + sizes[2]! + 10
  t.is((await gatherCohort(out, { compact: partBytes })).compact!.made, 2)
  const before = await hash(at('compact/part-00000.parquet'))
  t.like((await gatherCohort(out, { compact: partBytes })).compact, { made: 0, isCurrent: true })
  // Another colour: other rows, a table of about the same size.
  await writeColours(folder, { which: colours.map((one, i) => (i === 4 ? { ...one, rgb: [41, 80, 120] } : one)), withBroken: false })
  const { events } = await runFile(file)
  t.true(events.some((event) => event.type === 'warning' && /compact\/ holds the rows of before/.test(event.message)))
  t.false((await manifestOf(out)).compact.isCurrent)
  const again = await gatherCohort(out, { compact: partBytes })
  t.like(again.compact, { made: 1, isCurrent: true })
  t.is(await hash(at('compact/part-00000.parquet')), before)
  // In one part now: the second goes.
  t.is((await gatherCohort(out, { compact: 1e9 })).compact!.parts.length, 1)
  t.false(existsSync(at('compact/part-00001.parquet')))
})

test('a table of which a bit has turned on its disk is not compacted, wherever the bit is, and not taken for the right one later', async (t) => {
  const { out, at } = await copied(t)
  const table = at(`rows/${colours[0]!.id}.parquet`)
  const right = await readFile(table)
  for (const share of [0.1, 0.3, 0.5]) {
    const wrong = Buffer.from(right)
    wrong[Math.floor(right.length * share)]! ^= 0x10
    await writeFile(table, wrong)
    await t.throwsAsync(gatherCohort(out, { compact: 1e9 }), { code: 'TABLE_UNREADABLE', message: /its sha256 is .* and its receipt says/ })
    t.false(existsSync(at('compact/part-00000.parquet')))
  }
  await writeFile(table, right)
  t.is((await gatherCohort(out, { compact: 1e9 })).compact!.made, 1)
})

test('what lies among the receipts and is none keeps nobody waiting: a copy, and what a Mac leaves on a share', async (t) => {
  const { out, at } = await copied(t)
  const receipts = at('.tiastream/receipts')
  await writeFile(path.join(receipts, `._${colours[0]!.id}.json`), 'Mac OS X')
  await cp(path.join(receipts, `${colours[0]!.id}.json`), path.join(receipts, `${colours[0]!.id} copy.json`))
  const before = await gatherCohort((await made()).out)
  const { isComplete, slides, warnings } = await gatherCohort(out)
  t.true(isComplete)
  t.deepEqual(slides, before.slides)
  t.true(warnings.some((warning) => warning.includes(`${colours[0]!.id} copy.json are no receipts`)))
  // That of a slide that the source has is another matter.
  await writeFile(path.join(receipts, `${colours[0]!.id}.json`), 'half')
  t.like(await gatherCohort(out), { isComplete: false, slides: { waiting: 1 } })
})

test('which slides are in which part follows from their sizes', (t) => {
  const table = (slide: string, bytes: number) => ({ slide, bytes, path: '', rows: 1, sha256: slide })
  const packs = packed([table('a', 60), table('b', 50), table('c', 300), table('d', 40), table('e', 60), table('f', 1)], 100)
  t.deepEqual(
    packs.map((pack) => pack.map(({ slide }) => slide).join('')),
    ['a', 'b', 'c', 'de', 'f'],
  )
})

test('the size of a part is read with its unit, or told', async (t) => {
  const { folder } = await copied(t, { which: colours.slice(0, 1), withBroken: false })
  t.is((await tiastream(['gather', 'out', '--compact', '256 MiB'], folder)).code, 0)
  for (const wrong of ['256', '256MBit', '0MB', 'large']) {
    const { code, err } = await tiastream(['gather', 'out', '--compact', wrong], folder)
    t.is(code, 2, wrong)
    t.regex(err, /write an amount with its unit/, wrong)
  }
})
