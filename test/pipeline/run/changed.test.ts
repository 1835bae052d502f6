/** A slide, mask or picture that is written to during the run: its slide fails, nothing of it is published, the next run makes it whole. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../../src/pipeline/run/run.js'
import { isOfCohort } from '../../../src/pipeline/store/layout.js'
import { editHead, framesIn, journalOf as journalIn } from '../../support/journal.js'
import { runFile } from '../../support/pipeline-file.js'
import { edit, maskBytes, slideBytes, writeCohort } from '../../support/small-cohort.js'
import { tempFolder } from '../../support/temp.js'

/** What all tests of this file look at. */
const place = mkdtempSync(path.join(tmpdir(), 'tiastream-changed-'))
test.after.always(() => rm(place, { recursive: true, force: true }))

const pixels = slideBytes()

/** Slides of 784 patches in three bands each: the first is journaled before the last is read. One slide after the other unless `slides` says otherwise. */
async function longCohort(folder: string, ids: readonly string[] = ['a'], slides = 1): Promise<string> {
  await writeCohort(folder)
  for (const id of ids) {
    await writeFile(path.join(folder, `slides/${id}.tif`), pixels)
    await writeFile(path.join(folder, `masks/${id}.npy`), maskBytes(1, 1, 1, 1))
  }
  await writeFile(path.join(folder, 'lists/l.csv'), ['uri,age', ...ids.map((id) => `../slides/${id}.tif,61`), ''].join('\n'))
  await edit(folder, 'p.yml', 'lanes: 1', `lanes: 1, slides: ${slides}`)
  await edit(folder, 'p.yml', 'batch: { size: 4 }', 'batch: { size: 32 }')
  // Where a test looks on, it is told of each row, and the row waits for what it does then.
  await writeFile(
    path.join(folder, 'code/rows.mjs'),
    `import { factor } from './lib/factor.mjs'
const scored = (row) => ({ ...row, score: factor })
const told = (row, slide) => Promise.resolve(globalThis.onRow?.(slide)).then(() => scored(row))
export default (rows, { highland, slide }) => (globalThis.onRow ? rows.flatMap((row) => highland(told(row, slide))) : rows.map(scored))
`,
  )
  return folder
}

/** Where it is, or would be. */
const journalOf = (folder: string, id = 'a') => journalIn(path.join(folder, 'out'), id)

declare global {
  var onRow: ((slide: { readonly id: string }) => unknown) | undefined
}

/** Runs the cohort and does something to each slide when its first rows come (then their band is journaled), and when it begins. */
async function runWith(folder: string, act: (when: 'begun' | 'journaled', id: string) => unknown, signal?: AbortSignal) {
  const acted = new Map<string, unknown>()
  globalThis.onRow = ({ id }) => {
    if (!acted.has(id)) acted.set(id, act('journaled', id))
    return acted.get(id)
  }
  try {
    const summary = await runPipeline(await readPlan(path.join(folder, 'p.yml')), {
      ...(signal ? { signal } : {}),
      onEvent: (event) => {
        if (event.type === 'slide.start') act('begun', event.slide)
      },
    })
    return { summary, acted: [...acted.keys()] }
  } finally {
    globalThis.onRow = undefined
  }
}

const files = (folder: string) => readdirSync(path.join(folder, 'out')).filter((name) => name !== '.tiastream' && !isOfCohort(name))

/** Other pixels, so another table; the same number of bytes. */
const other = slideBytes(0x55)

/** The tables that a run makes of the cohort that was never disturbed, by the slide. */
async function fresh(folder: string, ids: readonly string[]): Promise<readonly string[]> {
  const clean = `${folder}-undisturbed`
  await cp(folder, clean, { recursive: true })
  await rm(path.join(clean, 'out'), { recursive: true, force: true })
  await runFile(path.join(clean, 'p.yml'))
  return tablesOf(clean, ids)
}

const tablesOf = (folder: string, ids: readonly string[]) =>
  Promise.all(ids.map((id) => readFile(path.join(folder, `out/${id}.csv`), 'utf8')))

type Act = (slide: string, mask: string) => void

/** The slides of one cohort, each with what is done to it during the run. */
const cases: Readonly<Record<string, readonly [what: string, when: 'begun' | 'journaled', act: Act]>> = {
  a: ['another slide of the same size, written into the file', 'journaled', (slide) => writeFileSync(slide, other)],
  b: [
    'another slide of the same size and time',
    'journaled',
    (slide) => {
      const { atime, mtime } = statSync(slide)
      writeFileSync(slide, other)
      utimesSync(slide, atime, mtime)
    },
  ],
  c: [
    'another slide put in its place',
    'journaled',
    (slide) => {
      writeFileSync(`${slide}.new`, other)
      renameSync(`${slide}.new`, slide)
    },
  ],
  d: ['another slide, before its first patch', 'begun', (slide) => writeFileSync(slide, other)],
  e: ['a slide that grows', 'journaled', (slide) => writeFileSync(slide, 'more', { flag: 'a' })],
  f: ['a slide that is cut off', 'journaled', (slide) => truncateSync(slide, 5000)],
  g: ['a slide that was written, its blocks the same', 'journaled', (slide) => writeFileSync(slide, readFileSync(slide))],
  h: ['a slide that is gone', 'journaled', (slide) => renameSync(slide, `${slide}.gone`)],
  i: ['another mask', 'journaled', (_, mask) => writeFileSync(mask, maskBytes(1, 0, 1, 1))],
}
const ids = Object.keys(cases)

interface Changed {
  readonly codes: ReadonlyMap<string, string>
  readonly acted: readonly string[]
  /** Files and journals that the run left. */
  readonly left: readonly string[]
  /** Of the next run, and of a run that was never disturbed. */
  readonly again: readonly string[]
  readonly fresh: readonly string[]
}

let changed: Changed
test.serial.before('a run of which each slide changes, and the next one', async (t) => {
  const folder = await longCohort(path.join(place, 'changed'), ids)
  const { summary, acted } = await runWith(folder, (when, id) => {
    const [, at, act] = cases[id]!
    if (at === when) act(path.join(folder, `slides/${id}.tif`), path.join(folder, `masks/${id}.npy`))
  })
  const left = [...files(folder), ...ids.map((id) => journalOf(folder, id)).filter((file) => existsSync(file))]
  renameSync(path.join(folder, 'slides/h.tif.gone'), path.join(folder, 'slides/h.tif'))
  writeFileSync(path.join(folder, 'slides/f.tif'), other)
  t.is((await runFile(path.join(folder, 'p.yml'))).summary.slides.done, ids.length)
  changed = {
    codes: new Map(summary.failures.map(({ slide, error: { code } }) => [slide, code])),
    ...{ acted, left, again: await tablesOf(folder, ids), fresh: await fresh(folder, ids) },
  }
})

for (const [at, [id, [what, when]]] of Object.entries(cases).entries()) {
  test.serial(`${what}: the slide fails, nothing is published, and the next run is whole`, (t) => {
    if (when === 'journaled') t.true(changed.acted.includes(id), 'a band of it was journaled')
    t.is(changed.codes.get(id), 'SLIDE_CHANGED')
    t.deepEqual(
      changed.left.filter((file) => path.basename(file).startsWith(`${id}.`) || file.includes(`/journal/${id}/`)),
      [],
      'no table, no part of one, no rows of two contents',
    )
    t.is(changed.again[at], changed.fresh[at])
  })
}

test.serial('nothing else is left of such a run', (t) => t.deepEqual(changed.left, []))

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
  const { summary } = await runWith(folder, (when) => {
    if (when === 'begun') writeFileSync(path.join(folder, 'k/12.tif'), bytes)
  })
  t.is(summary.failures[0]?.error.code, 'SLIDE_CHANGED')
  t.deepEqual(files(folder), [])
  t.is((await runFile(path.join(folder, 'p.yml'))).summary.slides.done, 1)
})

/** The slides of a cohort that was stopped, each with what changes before it is run again, and why its journal is not taken up; null: it is. */
const stopped: Readonly<Record<string, readonly [what: string, change: (folder: string) => Promise<unknown>, why: RegExp | null]>> = {
  a: ['another mask', (f) => writeFile(path.join(f, 'masks/a.npy'), maskBytes(1, 0, 1, 1)), /another mask, list or pipeline/],
  b: ['another slide', (f) => writeFile(path.join(f, 'slides/b.tif'), other), /other content of the slide/],
  c: ['another value in the list', (f) => edit(f, 'lists/l.csv', 'c.tif,61', 'c.tif,62'), /another mask, list or pipeline/],
  d: ['another device', (f) => editHead(journalOf(f, 'd'), '"device":"cpu"', '"device":"cuda"'), /device cuda, and this is cpu/],
  e: ['another precision', (f) => editHead(journalOf(f, 'e'), 'float32', 'float16'), /precision float16, and this is float32/],
  f: [
    'a copy staged elsewhere without its times',
    async (f) => {
      await mkdir(path.join(f, 'staged'))
      await writeFile(path.join(f, 'staged/f.tif'), await readFile(path.join(f, 'slides/f.tif')))
      await utimes(path.join(f, 'staged/f.tif'), 1, 1)
      await edit(f, 'lists/l.csv', '../slides/f.tif', '../staged/f.tif')
    },
    null,
  ],
}
const those = Object.keys(stopped)

const resumedBy = async (folder: string) => {
  const { events } = await runFile(path.join(folder, 'p.yml'))
  return {
    resumed: new Map(events.flatMap((event) => (event.type === 'slide.resumed' ? [[event.slide, event.patches] as const] : []))),
    anew: new Map(
      events.flatMap((event) => (event.type === 'warning' && event.code === 'JOURNAL_ANEW' ? [[event.slide, event.message] as const] : [])),
    ),
  }
}

interface Resumed extends Awaited<ReturnType<typeof resumedBy>> {
  readonly again: readonly string[]
  readonly fresh: readonly string[]
}

const first = path.join(place, 'stopped')
let resumed: Resumed
test.serial.before(
  'a run that was stopped when a band of each slide was journaled: what a killed one leaves; and the next one',
  async (t) => {
    await longCohort(first, those, those.length)
    const stop = new AbortController()
    const waiting = new Set(those)
    // Each slide is held where its first band is journaled, until all are there.
    const act = (when: string, id: string) => {
      if (when === 'begun') return
      waiting.delete(id)
      if (waiting.size === 0) stop.abort(new Error('enough'))
      return new Promise(() => undefined)
    }
    t.is((await runWith(first, act, stop.signal)).summary.status, 'stopped')
    for (const id of those) t.true((await framesIn(journalOf(first, id))).length > 1, id)
    const folder = `${first}-again`
    await cp(first, folder, { recursive: true })
    for (const [, change] of Object.values(stopped)) await change(folder)
    const came = await resumedBy(folder)
    resumed = { ...came, again: await tablesOf(folder, those), fresh: await fresh(folder, those) }
  },
)

for (const [at, [id, [what, , why]]] of Object.entries(stopped).entries()) {
  test.serial(why === null ? `a journal is taken up by ${what}` : `a journal is not taken up with ${what}, and that is said`, (t) => {
    if (why === null) t.true(resumed.resumed.get(id)! > 0)
    else t.is(resumed.resumed.get(id), undefined)
    if (why === null) t.is(resumed.anew.get(id), undefined)
    else t.regex(resumed.anew.get(id) ?? '', why)
    t.is(resumed.again[at], resumed.fresh[at])
  })
}

test.serial('a journal is not taken up with another module imported, and that is said', async (t) => {
  const folder = await tempFolder(t)
  await cp(first, folder, { recursive: true })
  await writeFile(path.join(folder, 'lists/l.csv'), 'uri,age\n../slides/a.tif,61\n')
  await writeFile(path.join(folder, 'code/lib/numbers.json'), '[2]')
  const { resumed, anew } = await resumedBy(folder)
  t.is(resumed.size, 0)
  // Node keeps a module it has loaded: this process would run the old one, so its rows are not looked at.
  t.regex(anew.get('a') ?? '', /another mask, list or pipeline/)
})
