/** What Prometheus gets, read by its own parser and by promtool while a run goes on; the rules, checked and made to fire. */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { writePipeline } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import { ask, observePython } from '../peers.js'
import { heldUntil, metricsAt, tiastream } from './watched.js'

const run = promisify(execFile)
const rules = path.join(packageRoot, 'deploy/prometheus/tiastream.rules.yml')

const hasPromtool = await run('promtool', ['--version']).then(
  () => true,
  () => false,
)
const withPromtool = hasPromtool ? test : test.skip
if (!hasPromtool) test.skip("promtool is not here (Debian's package prometheus has it)", () => undefined)

type Families = Record<string, { readonly type: string; readonly samples: readonly [string, Record<string, string>, number][] }>

test('numbers of a run while it goes on, by the parser of Prometheus', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder, {
    grid: '{ size: 224 px, at: 1 mpp, stride: 112 px }',
    mask: '{ method: none }',
    sinks: '[csv]',
  })
  const gate = path.join(folder, 'gate')
  let text: Promise<string> | undefined
  const { code, stderr } = await tiastream(['run', file, '--metrics', '127.0.0.1:0', '--log', 'json'], heldUntil(gate, 1), (said) => {
    const port = /answered at port (\d+)/.exec(said)?.[1]
    if (port && said.includes('slide.progress')) text ??= metricsAt(port, gate)
  })
  t.is(code, 0, stderr)
  const scraped = path.join(folder, 'metrics.txt')
  await writeFile(scraped, await text!)
  const families = (await ask(await observePython(), 'test-slow/observe/read_exposition.py', [scraped])) as Families
  const value = (family: string, name: string, labels: Record<string, string> = {}) =>
    families[family]!.samples.find(
      ([sample, of]) => sample === name && Object.entries(labels).every(([label, wanted]) => of[label] === wanted),
    )?.[2]
  t.is(families.tiastream_slides!.type, 'counter')
  t.is(families.tiastream_slide_duration_seconds!.type, 'histogram')
  t.is(value('tiastream_slides_active', 'tiastream_slides_active'), 1)
  t.is(value('tiastream_slides', 'tiastream_slides_total', { status: 'done' }), 0)
  t.true(value('tiastream_patches', 'tiastream_patches_total')! > 0)
  t.is(value('tiastream_info', 'tiastream_info', { device: 'cpu' }), 1)
  t.true(Math.abs(value('tiastream_last_progress_seconds', 'tiastream_last_progress_seconds')! - Date.now() / 1000) < 300)
  t.true(value('process_resident_memory_bytes', 'process_resident_memory_bytes')! > 50e6)
  if (hasPromtool) {
    const checked = run('promtool', ['check', 'metrics'])
    checked.child.stdin!.end(await readFile(scraped))
    t.is((await checked).stdout.trim(), '')
  }
})

withPromtool('rules are valid, and fire when they should', async (t) => {
  const folder = await tempFolder(t)
  await run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', rules])
  const labels = 'job="tiastream",instance="w1:9464"'
  /** `values` in Prometheus' notation, a minute apart; which alarms are there after `at`. */
  const cases: readonly { readonly at: string; readonly series: Readonly<Record<string, string>>; readonly fires: readonly string[] }[] = [
    {
      at: '20m',
      series: { [`tiastream_slides_active{${labels}}`]: '1x30', [`tiastream_last_progress_seconds{${labels}}`]: '0x30' },
      fires: ['TiastreamStalled'],
    },
    // It goes on: the time of the last progress is a minute ago at most.
    {
      at: '20m',
      series: { [`tiastream_slides_active{${labels}}`]: '1x30', [`tiastream_last_progress_seconds{${labels}}`]: '0+60x30' },
      fires: [],
    },
    // One in ten fails, then none.
    {
      at: '40m',
      series: {
        [`tiastream_slide_duration_seconds_count{${labels},status="failed"}`]: '0+1x60',
        [`tiastream_slide_duration_seconds_count{${labels},status="done"}`]: '0+9x60',
      },
      fires: ['TiastreamSlidesFail'],
    },
    {
      at: '40m',
      series: {
        [`tiastream_slide_duration_seconds_count{${labels},status="failed"}`]: '0+1x60',
        [`tiastream_slide_duration_seconds_count{${labels},status="done"}`]: '0+99x60',
      },
      fires: [],
    },
    // The first failure of all: the series begins at one.
    {
      at: '25m',
      series: { [`tiastream_slides_total{${labels},status="failed",code="SLIDE_TRUNCATED"}`]: '_x19 1x20' },
      fires: ['TiastreamSlideFailed'],
    },
    { at: '39m', series: { [`tiastream_slides_total{${labels},status="failed",code="SLIDE_TRUNCATED"}`]: '_x9 1x40' }, fires: [] },
    // Two workers say the same of run7, whose slides nobody takes; of run8 one is at work.
    {
      at: '30m',
      series: {
        [`tiastream_queue_slides{${labels},run="run7",state="waiting"}`]: '5x60',
        [`tiastream_queue_slides{${labels},run="run7",state="active"}`]: '0x60',
        [`tiastream_queue_slides{${labels.replace('w1', 'w2')},run="run7",state="waiting"}`]: '5x60',
        [`tiastream_queue_slides{${labels},run="run8",state="waiting"}`]: '5x60',
        [`tiastream_queue_slides{${labels},run="run8",state="active"}`]: '1x60',
      },
      fires: ['TiastreamNobodyTakesRun'],
    },
    {
      at: '30m',
      series: {
        [`tiastream_queue_slides{${labels},run="run8",state="waiting"}`]: '5x60',
        [`tiastream_queue_slides{${labels},run="run8",state="active"}`]: '1x60',
      },
      fires: [],
    },
    { at: '30m', series: { [`up{${labels}}`]: '1x10 0x30' }, fires: ['TiastreamWorkerDown'] },
    {
      at: '90m',
      series: { [`tiastream_slides_active{${labels}}`]: '0x100', [`tiastream_last_progress_seconds{${labels}}`]: '0x100' },
      fires: ['TiastreamIdle'],
    },
    {
      at: '90m',
      series: {
        [`tiastream_stage_time_seconds_total{${labels},stage="fetch"}`]: '0+40x100',
        [`tiastream_stage_time_seconds_total{${labels},stage="infer"}`]: '0+20x100',
      },
      fires: ['TiastreamReadingIsSlow'],
    },
    {
      at: '40m',
      series: {
        [`tiastream_patches_total{${labels}}`]: '0+1000x60',
        [`tiastream_rows_without_answer_total{${labels},why="unreadable"}`]: '0+20x60',
        [`tiastream_rows_without_answer_total{${labels},why="unanswered"}`]: '0x60',
      },
      fires: ['TiastreamPatchesUnreadable'],
    },
    { at: '15m', series: { [`tiastream_worker_paused{${labels},why="disk"}`]: '0x5 1x30' }, fires: ['TiastreamPaused'] },
    { at: '10m', series: { [`tiastream_runs_refused_total{${labels},code="RUN_REFUSED"}`]: '_x4 1x60' }, fires: ['TiastreamRunRefused'] },
    { at: '10m', series: { [`tiastream_warnings_total{${labels},code="MADE_AGAIN"}`]: '_x4 3x60' }, fires: ['TiastreamWorkThrownAway'] },
    {
      at: '60m',
      series: {
        [`tiastream_slide_attempts_total{${labels},attempt="first"}`]: '0+2x80',
        [`tiastream_slide_attempts_total{${labels},attempt="again"}`]: '0+1x80',
      },
      fires: ['TiastreamWorkersLost'],
    },
  ]
  const all = [...(await readFile(rules, 'utf8')).matchAll(/alert: (\w+)/g)].map(([, name]) => name!)
  const fired = new Set<string>()
  for (const { at, series, fires } of cases) {
    // promtool compares labels and texts as well: only that something fires is asked for, by a query over ALERTS.
    const asked = all.map((name) => ({
      expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
      eval_time: at,
      exp_samples: [{ labels: '{}', value: fires.includes(name) ? 1 : 0 }],
    }))
    const file = path.join(folder, 'cases.json')
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }))
    await writeFile(
      file,
      JSON.stringify({
        rule_files: [rules],
        evaluation_interval: '1m',
        tests: [{ interval: '1m', input_series: input, promql_expr_test: asked }],
      }),
    )
    await run('promtool', ['test', 'rules', file]).then(
      () => t.pass(),
      ({ stdout, stderr }) => t.fail(`${JSON.stringify(series)} at ${at}: ${stdout}${stderr}`),
    )
    for (const name of fires) fired.add(name)
  }
  t.deepEqual(all.filter((name) => !fired.has(name)).toSorted(), [
    'TiastreamBandsAreLong',
    'TiastreamPatchesUnanswered',
    'TiastreamQueueWaits',
  ])
})
