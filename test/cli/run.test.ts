/** `tiastream run` and `inspect` as a person calls them: what they print and the code they end with. */

import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import type { RunEvent, RunSummary } from '../../src/pipeline/run/run-events.js'
import { storeOf } from '../../src/pipeline/store/store-of.js'
import { joinOutput } from '../../src/pipeline/store/worker.js'
import { asNobody, tiastreamProcess } from '../support/command-line.js'
import { demoSlide, writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'
import { tiastream } from './tiastream.js'

const quick = { grid: '{ size: 224 px, at: 4 mpp }', sinks: '[csv]' }

test('a run says what it did and ends with 0; again it has nothing to do', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder, quick)
  const first = await tiastream('run', file, '--lanes', '1')
  t.is(first.code, 0, first.stderr)
  t.regex(first.stderr, /1 lane on cpu[\s\S]*demo: \d+ rows in [\d.]+ s → demo\.csv[\s\S]*done: 1 done, 0 failed, 0 done before/)
  const again = await tiastream('run', file)
  t.regex(again.stderr, /done: 0 done, 0 failed, 1 done before \(\d+ rows\)/)
  t.notRegex(again.stderr, /demo:/)
  const summary = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/run.json'), 'utf8')) as RunSummary
  t.deepEqual(summary.slides, { done: 0, failed: 0, skipped: 1 })
})

test('--log json prints an event a line, and nothing else', async (t) => {
  const folder = await tempFolder(t)
  const { code, stderr, stdout } = await tiastream(
    'run',
    await writePipeline(folder, quick),
    '--log',
    'json',
    '-o',
    path.join(folder, 'elsewhere'),
  )
  t.is(code, 0, stderr)
  t.is(stdout, '')
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent & { time: string })
  t.deepEqual(
    [...new Set(events.map(({ type }) => type))].filter((type) => type !== 'slide.progress' && type !== 'warning'),
    ['run.start', 'slide.start', 'slide.opened', 'slide.written', 'slide.done', 'run.end'],
  )
  t.true(events.every(({ time }) => !Number.isNaN(Date.parse(time))))
  t.true((await readFile(path.join(folder, 'elsewhere/demo.csv'), 'utf8')).startsWith('slide,index,'))
})

test('exit codes: 1 for failed slides, 2 for a wrong pipeline or command line, 4 for an output that cannot be written', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'text.tif'), 'no slide')
  const bad = await tiastream('run', await writePipeline(folder, { ...quick, slides: '{ glob: "./*.tif" }' }))
  t.is(bad.code, 1)
  t.regex(bad.stderr, /text: FAILED: .*text\.tif.*\[SLIDE_/)
  const wrong = await tiastream('run', await writePipeline(folder, { ...quick, mask: '{ kep: 1 }' }))
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /pipeline\.yml:5:\d+ .*'kep', did you mean 'keep'/)
  t.is((await tiastream('run', path.join(folder, 'pipeline.yml'), '--shard', '3/2')).code, 2)
  const plan = await readPlan(await writePipeline(folder, { ...quick, sinks: '[parquet]' }))
  const store = await storeOf(plan.output)
  await store.prepare()
  const other = await joinOutput(store, plan)
  await other.claim()
  const busy = await tiastream('run', await writePipeline(folder, quick))
  await other.leave()
  t.is(busy.code, 4, busy.stderr)
  t.regex(busy.stderr, new RegExp(`in use by process ${process.pid} on .*\\[OUTPUT_BUSY\\]`))
})

test('inspect tells size, levels and where the resolution comes from; a file that is no slide ends with 1, after the others', async (t) => {
  const folder = await tempFolder(t)
  const text = path.join(folder, 'text.tif')
  await writeFile(text, 'no slide')
  const { code, stdout, stderr } = await tiastream('inspect', text, demoSlide)
  t.is(code, 1)
  t.regex(stderr, /text\.tif.*\[SLIDE_UNSUPPORTED\]|text\.tif.*\[SLIDE_MALFORMED\]/)
  t.regex(stdout, /7168 × 5120 px, jpeg[\s\S]*0\.5 µm\/px \(TIFF resolution tags\)[\s\S]*2: 1792 × 1280 px, 1\/4, tiles 256 × 256/)
  const json = await tiastream('inspect', demoSlide, '--json')
  t.like(JSON.parse(json.stdout), { width: 7168, height: 5120, mpp: { x: 0.5, y: 0.5 } })
})

test('without permission: a slide fails by name and the others go on; an output folder is refused before anything starts', async (t) => {
  const folder = await tempFolder(t)
  for (const name of ['mine', 'open', 'out']) await mkdir(path.join(folder, name))
  const [closed, open] = ['mine/closed.tif', 'open/open.tif'].map((name) => path.join(folder, name)) as [string, string]
  for (const slide of [closed, open]) await copyFile(demoSlide, slide)
  await writeFile(path.join(folder, 'list.csv'), `id,uri\nclosed,${closed}\nopen,${open}\n`)
  const file = await writePipeline(folder, { ...quick, slides: '{ list: ./list.csv }' })
  await chmod(folder, 0o755)
  await chmod(path.join(folder, 'out'), 0o777)
  await chmod(path.join(folder, 'mine'), 0o000)
  t.teardown(() => chmod(path.join(folder, 'mine'), 0o755))
  const some = await tiastreamProcess(['run', file], folder, asNobody)
  t.is(some.code, 1, some.err)
  t.regex(some.err, /closed: FAILED: .*closed\.tif.*\[SLIDE_FORBIDDEN\]/)
  t.regex(some.err, /open: \d+ rows/)
  const denied = await tiastreamProcess(['run', file, '-o', path.join(folder, 'mine/out')], folder, asNobody)
  t.is(denied.code, 4, denied.err)
  t.regex(denied.err, /mine/)
})
