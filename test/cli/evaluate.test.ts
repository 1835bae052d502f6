/** The commands evaluate and report as a person calls them: what they print, write and refuse, and their exit codes. */

import { access, appendFile, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { folderText } from '../../src/cli/show-text.js'
import { state } from '../../src/pipeline/store/result-store.js'
import { changedText } from '../../src/results/changed.js'
import type { Evaluation } from '../../src/results/evaluate/evaluate.js'
import { unfinishedText } from '../../src/results/left-over.js'
import { openResults, type SlideResult } from '../../src/results/open.js'
import { overviewOf } from '../../src/results/report/overview.js'
import { cases, equalsSklearn, writeCase } from '../results/evaluate/golden.js'
import { summary, writeState } from '../results/outputs.js'
import { tempFolder } from '../support/temp.js'
import { tiastream } from './tiastream.js'

const one = cases['nine classes, two of them absent']!

test('evaluate prints a table and writes JSON, SVG and PNG', async (t) => {
  const folder = await tempFolder(t)
  await writeCase(folder, one)
  const file = (end: string) => path.join(folder, `scores.${end}`)
  const { code, stdout, stderr } = await tiastream('evaluate', folder, '-o', file('json'), '-o', file('svg'), '-o', file('png'))
  t.is(code, 0, stderr)
  t.regex(stdout, /^accuracy 0\.5167 over 120 patches\n/)
  t.regex(stdout, /TUM +0\.588 +0\.417 +0\.488 +0\.807 +24 +17\n/)
  equalsSklearn(t, JSON.parse(await readFile(file('json'), 'utf8')) as Evaluation, one.expected)
  const svg = await readFile(file('svg'), 'utf8')
  t.true(svg.startsWith('<svg') && svg.includes('Accuracy 51.7 %') && svg.includes('>67%<'))
  t.is((await readFile(file('png'))).readUInt32BE(0), 0x89504e47)
})

test('evaluate --json prints nothing else; of slides that left the cohort it and show say so beside', async (t) => {
  const folder = await tempFolder(t)
  await writeCase(folder, one)
  await writeState(folder, 'run.json', { ...summary, leftovers: ['a', 'b', 'c', 'd', 'e', 'f'] })
  const { stdout, stderr } = await tiastream('evaluate', folder, '--json')
  equalsSklearn(t, JSON.parse(stdout) as Evaluation, one.expected)
  t.is(stderr, 'warning: their labels count, too: not part of the last run: a, b, c, d, e, …\n')
  t.regex(folderText(await openResults(folder)), /\nnot part of the last run: a, b, c, d, e, …$/)
})

test('slides that failed or have not ended are in no count: evaluate says so beside, show and the report name them', async (t) => {
  const folder = await tempFolder(t)
  await writeCase(folder, one)
  t.is(unfinishedText(await openResults(folder)), null)
  const [{ receipt }] = (await openResults(folder)).slides as [SlideResult]
  await writeState(folder, 'receipts/broken.json', { ...receipt, slide: 'broken', status: 'failed', files: [], rows: 0 })
  const listed = [receipt.slide, 'broken', 'later'].map((slide) => JSON.stringify({ slide, uri: `/in/${slide}.tif` }))
  await writeFile(path.join(folder, state, 'slides.jsonl'), `${listed.join('\n')}\n`)
  const { stdout, stderr } = await tiastream('evaluate', folder, '--json')
  equalsSklearn(t, JSON.parse(stdout) as Evaluation, one.expected)
  t.is(stderr, 'warning: not all patches are counted: of 4 slides 1 failed, 1 not done yet: broken, later\n')
  const results = await openResults(folder)
  t.regex(folderText(results), /: 4 slides, 2 done, 1 failed, 1 not done yet, 120 rows\n[\s\S]*\n {2}later +not done yet$/)
  t.regex(overviewOf(results).text, /<strong>Not done yet: later\.<\/strong>/)
})

test('a table that another program has changed since the run counts as it is, and is named; so is a slide that is there twice', async (t) => {
  const folder = await tempFolder(t)
  await writeCase(folder, one)
  const results = await openResults(folder)
  t.is(await changedText(results), null)
  const [{ table, receipt }] = results.slides as [SlideResult]
  await appendFile(table!, 'x')
  const told = `${path.relative(folder, table!)} is of another size than when the run wrote it: another program has changed the rows, which count as they are now`
  t.is(await changedText(results), told)
  await truncate(table!, receipt.files[0]!.bytes)
  await writeFile(
    path.join(folder, '.tiastream/receipts', `${receipt.slide}.json`),
    JSON.stringify({ ...receipt, files: receipt.files.map((file) => ({ ...file, bytes: file.bytes + 1 })) }),
  )
  const { code, stderr } = await tiastream('evaluate', folder)
  t.deepEqual([code, stderr], [0, `warning: ${told}\n`])
  const identity = { bytes: 1, modified: 1, head: 'a', blocks: 'b' }
  // The copy gave CSV.
  for (const [slide, files] of [
    [receipt.slide, receipt.files],
    ['copy', []],
  ] as const)
    await writeFile(path.join(folder, '.tiastream/receipts', `${slide}.json`), JSON.stringify({ ...receipt, slide, identity, files }))
  t.is(
    (await tiastream('evaluate', folder)).stderr,
    `warning: 1 slide is there under several ids, with the same rows, and counts each time: copy and ${receipt.slide}\n`,
  )
})

test('what is wrong is said with exit code 2: no output folder, no such form of file', async (t) => {
  const folder = await tempFolder(t)
  const none = await tiastream('evaluate', folder)
  t.is(none.code, 2)
  t.regex(none.stderr, /holds no receipts of a tiastream run/)
  t.regex(none.stderr, /NOT_AN_OUTPUT/)
  const form = await tiastream('evaluate', folder, '-o', 'scores.xlsx')
  t.is(form.code, 2)
  t.regex(form.stderr, /ends in none of \.json, \.svg, \.png/)
})

test('report writes report.html into the output folder and says where', async (t) => {
  const folder = await tempFolder(t)
  await writeCase(folder, one)
  const { code, stdout, stderr } = await tiastream('report', folder)
  t.is(code, 0, stderr)
  t.true(stdout.startsWith(path.join(folder, 'report.html')))
  await t.notThrowsAsync(access(path.join(folder, 'report.html')))
})
