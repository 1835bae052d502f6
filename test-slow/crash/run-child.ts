/** Runs a pipeline in a process of its own and prints every event as a JSON line. argv: pipeline file, then name=value vars. */

import { writeSync } from 'node:fs'
import { exitCodeOf } from '../../src/cli/exit.js'
import { recordOf } from '../../src/core/errors.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { die } from './kill-at.js'

const [file, ...vars] = process.argv.slice(2)
/** `400:4000`: how often it is heard of, and when it counts as dead. */
const [beatMs, silentMs] = (process.env.TIASTREAM_TEST_TIMES ?? '').split(':').map(Number)
const times = beatMs && silentMs ? { times: { beatMs, silentMs } } : {}
/** `inferred:400`, `patches:400`: killed as soon as that number of a slide's progress is as high, before anything comes of it. */
const [counted, deadly] = (process.env.TIASTREAM_TEST_KILL_AT ?? '').split(':')
const onEvent = (event: RunEvent) => {
  writeSync(1, `${JSON.stringify(event)}\n`)
  if (counted && event.type === 'slide.progress' && event[counted as 'inferred' | 'patches'] >= Number(deadly)) die()
}
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort(new Error('SIGTERM')))
try {
  const plan = await readPlan(file!, { vars: Object.fromEntries(vars.map((pair) => pair.split('=') as [string, string])) })
  const summary = await runPipeline(plan, { ...times, signal: stop.signal, onEvent })
  process.exitCode = summary.status === 'done' ? 0 : summary.status === 'stopped' ? 143 : 1
} catch (error) {
  writeSync(2, `${JSON.stringify(recordOf(error))}\n`)
  process.exitCode = exitCodeOf(error)
}
