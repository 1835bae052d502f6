/** A slide, mask or picture that is written to during the run: its slide fails, nothing of it is published, the next run makes it whole. */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../../src/pipeline/run/run.js'
import { isOfCohort } from '../../../src/pipeline/store/layout.js'
import { editHead, framesIn, journalOf as journalIn } from '../../support/journal.js'
import { runFile } from '../../support/pipeline-file.js'
import { edit, maskBytes, slideBytes, writeCohort } from '../../support/small-cohort.js'
import { tempFolder } from '../../support/temp.js'

/** 784 patches in three bands: the first is journaled before the last is read. */
async function longCohort(folder: string): Promise<string> {
  await writeCohort(folder)
  await writeFile(path.join(folder, 'masks/a.npy'), maskBytes(1, 1, 1, 1))
  await edit(folder, 'code/rows.mjs', '(row) => (', '(row) => globalThis.onRow?.() ?? (')
  return folder
}

/** Where it is, or would be. */
const journalOf = (folder: string) => journalIn(path.join(folder, 'out'), 'a')

declare global {
  var onRow: (() => void) | undefined
}

/** Runs the cohort and does something to it when its first rows come (then their band is journaled), or when it begins. */
async function runWith(folder: string, when: 'begun' | 'journaled', act: () => void, signal?: AbortSignal) {
  let acted = false
  const once = () => {
    if (acted) return
    acted = true
    act()
  }
  globalThis.onRow = when === 'journaled' ? once : undefined
  const summary = await runPipeline(await readPlan(path.join(folder, 'p.yml')), {
    ...(signal ? { signal } : {}),
    onEvent: ({ type }) => {
      if (when === 'begun' && type === 'slide.start') once()
    },
  })
  globalThis.onRow = undefined
  return { summary, acted }
}

const files = (folder: string) => readdirSync(path.join(folder, 'out')).filter((name) => name !== '.tiastream' && !isOfCohort(name))

/** Other pixels, so another table; the same number of bytes. */
const other = slideBytes(0x55)

/** What a run makes that was never disturbed, by the slide and the mask. */
const undisturbed = new Map<string, string>()

async function fresh(t: ExecutionContext, folder: string): Promise<string> {
  const inputs = ['slides/a.tif', 'masks/a.npy', 'lists/l.csv'].map((name) => {
    const file = path.join(folder, name)
    return existsSync(file) ? readFileSync(file, 'latin1') : ''
  })
  const key = createHash('sha256').update(inputs.join('|')).digest('hex')
  const made = undisturbed.get(key) ?? (await run(t, folder))
  undisturbed.set(key, made)
  return made
}

async function run(t: ExecutionContext, folder: string): Promise<string> {
  const clean = await tempFolder(t)
  await cp(folder, clean, { recursive: true })
  await rm(path.join(clean, 'out'), { recursive: true, force: true })
  await runFile(path.join(clean, 'p.yml'))
  return readFile(path.join(clean, 'out/a.csv'), 'utf8')
}

const cases: readonly (readonly [what: string, when: 'begun' | 'journaled', act: (folder: string) => void])[] = [
  ['another slide of the same size, written into the file', 'journaled', (f) => writeFileSync(path.join(f, 'slides/a.tif'), other)],
  [
    'another slide of the same size and time',
    'journaled',
    (f) => {
      const file = path.join(f, 'slides/a.tif')
      const { atime, mtime } = statSync(file)
      writeFileSync(file, other)
      utimesSync(file, atime, mtime)
    },
  ],
  [
    'another slide put in its place',
    'journaled',
    (f) => {
      writeFileSync(path.join(f, 'slides/new.tif'), other)
      renameSync(path.join(f, 'slides/new.tif'), path.join(f, 'slides/a.tif'))
    },
  ],
  ['another slide, before its first patch', 'begun', (f) => writeFileSync(path.join(f, 'slides/a.tif'), other)],
  ['a slide that grows', 'journaled', (f) => writeFileSync(path.join(f, 'slides/a.tif'), 'more', { flag: 'a' })],
  ['a slide that is cut off', 'journaled', (f) => truncateSync(path.join(f, 'slides/a.tif'), 5000)],
  [
    'a slide that was written, its blocks the same',
    'journaled',
    (f) => writeFileSync(path.join(f, 'slides/a.tif'), readFileSync(path.join(f, 'slides/a.tif'))),
  ],
  ['a slide that is gone', 'journaled', (f) => renameSync(path.join(f, 'slides/a.tif'), path.join(f, 'slides/b.tif'))],
  ['another mask', 'journaled', (f) => writeFileSync(path.join(f, 'masks/a.npy'), maskBytes(1, 0, 1, 1))],
]

for (const [what, when, act] of cases) {
  test.serial(`${what}: the slide fails, nothing is published, and the next run is whole`, async (t) => {
    const folder = await longCohort(await tempFolder(t))
    const { summary, acted } = await runWith(folder, when, () => act(folder))
    t.true(acted)
    t.deepEqual(
      summary.failures.map(({ slide, error: { code } }) => [slide, code]),
      [['a', 'SLIDE_CHANGED']],
    )
    t.deepEqual(files(folder), [], 'no table, no part of one')
    t.false(existsSync(journalOf(folder)), 'rows of two contents are not kept')
    if (what === 'a slide that is gone') renameSync(path.join(folder, 'slides/b.tif'), path.join(folder, 'slides/a.tif'))
    if (what === 'a slide that is cut off') writeFileSync(path.join(folder, 'slides/a.tif'), other)
    const again = await runFile(path.join(folder, 'p.yml'))
    t.is(again.summary.slides.done, 1)
    t.is(await readFile(path.join(folder, 'out/a.csv'), 'utf8'), await fresh(t, folder))
  })
}

test.serial('a picture of a set that is written anew fails its set', async (t) => {
  const folder = await tempFolder(t)
  await writeCohort(folder)
  await mkdir(path.join(folder, 'k'))
  const picture = (value: number) =>
    sharp({ create: { width: 16, height: 16, channels: 3, background: { r: value, g: 9, b: 99 } } }).tiff({ compression: 'none' })
  for (let i = 0; i < 40; i++) await picture(i).toFile(path.join(folder, `k/${i + 10}.tif`))
  const text =
    'output: ./out\npatches: { folder: k, set: a }\nstages: [extract, batch: { size: 4 }, infer: { model: ./model }, merge]\nsinks: [csv]\nruntime: { lanes: 1 }\n'
  await writeFile(
    path.join(folder, 'p.yml'),
    text.replace(
      '[extract, batch: { size: 4 }, infer: { model: ./model }, merge]',
      '[extract, { batch: { size: 4 } }, { infer: { model: ./model } }, merge]',
    ),
  )
  const bytes = await picture(200).toBuffer()
  const { summary } = await runWith(folder, 'begun', () => writeFileSync(path.join(folder, 'k/12.tif'), bytes))
  t.is(summary.failures[0]?.error.code, 'SLIDE_CHANGED')
  t.deepEqual(files(folder), [])
  t.is((await runFile(path.join(folder, 'p.yml'))).summary.slides.done, 1)
})

let first: string

test.before('a run that was stopped when a band was journaled: what a killed one leaves', async (t) => {
  first = await mkdtemp(path.join(tmpdir(), 'tiastream-stopped-'))
  await longCohort(first)
  const stop = new AbortController()
  await runWith(first, 'journaled', () => stop.abort(new Error('enough')), stop.signal)
  t.true((await framesIn(journalOf(first))).length > 1)
})
test.after.always(() => rm(first, { recursive: true, force: true }))

/** A copy of it. */
async function stopped(t: ExecutionContext): Promise<string> {
  const folder = await tempFolder(t)
  await cp(first, folder, { recursive: true })
  return folder
}

const resumedBy = async (folder: string) => {
  const { events } = await runFile(path.join(folder, 'p.yml'))
  const patches = events.find((event) => event.type === 'slide.resumed')
  const anew = events.find((event) => event.type === 'warning' && event.code === 'JOURNAL_ANEW')
  return { resumed: patches?.type === 'slide.resumed' ? patches.patches : 0, anew: anew?.type === 'warning' ? anew.message : null }
}

test.serial('a journal is taken up by a copy staged elsewhere without its times', async (t) => {
  const folder = await stopped(t)
  const staged = path.join(await tempFolder(t), 'staged')
  await mkdir(staged)
  const file = path.join(staged, 'a.tif')
  writeFileSync(file, readFileSync(path.join(folder, 'slides/a.tif')))
  utimesSync(file, 1, 1)
  await writeFile(path.join(folder, 'lists/l.csv'), `uri,age\n${file},61\n`)
  const { resumed, anew } = await resumedBy(folder)
  t.true(resumed > 0)
  t.is(anew, null)
  t.is(await readFile(path.join(folder, 'out/a.csv'), 'utf8'), await fresh(t, folder))
})

const noJournal: readonly (readonly [what: string, change: (folder: string) => Promise<unknown>, why: RegExp])[] = [
  ['another mask', (f) => writeFile(path.join(f, 'masks/a.npy'), maskBytes(1, 0, 1, 1)), /another mask, list or pipeline/],
  ['another slide', (f) => writeFile(path.join(f, 'slides/a.tif'), other), /other content of the slide/],
  ['another module imported', (f) => writeFile(path.join(f, 'code/lib/numbers.json'), '[2]'), /another mask, list or pipeline/],
  ['another value in the list', (f) => edit(f, 'lists/l.csv', '61', '62'), /another mask, list or pipeline/],
  ['another device', (f) => editHead(journalOf(f), '"device":"cpu"', '"device":"cuda"'), /device cuda, and this is cpu/],
  ['another precision', (f) => editHead(journalOf(f), 'float32', 'float16'), /precision float16, and this is float32/],
]

for (const [what, change, why] of noJournal) {
  test.serial(`a journal is not taken up with ${what}, and that is said`, async (t) => {
    const folder = await stopped(t)
    await change(folder)
    const { resumed, anew } = await resumedBy(folder)
    t.is(resumed, 0)
    t.regex(anew!, why)
    // Node keeps a module it has loaded: this process would run the old one.
    if (what !== 'another module imported') t.is(await readFile(path.join(folder, 'out/a.csv'), 'utf8'), await fresh(t, folder))
  })
}
