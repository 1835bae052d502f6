/** One crew for many slides: it stays warm, also past a slide that is given up. Expectations are the files of a plain run. */

import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { SlideRef } from '../../../src/core/slide.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../../src/pipeline/run/run.js'
import type { RunEvent } from '../../../src/pipeline/run/run-events.js'
import { openRunner } from '../../../src/pipeline/run/runner.js'
import { slidesOf } from '../../../src/pipeline/run/slides-of.js'
import { demoSlide, hashesOf, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('slides come one by one through one crew; one that is given up in the middle is done later, by the same threads', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'in'))
  for (const name of ['a', 'b', 'c']) await copyFile(demoSlide, path.join(folder, 'in', `${name}.tif`))
  const file = await writePipeline(folder, { slides: '{ glob: "in/*.tif" }', mask: '{ method: none }', model: null, sinks: '[parquet]' })
  await runPipeline(await readPlan(file, { output: path.join(folder, 'plain') }))
  const plan = await readPlan(file)
  for (const name of ['receipts', 'journal']) await mkdir(path.join(plan.output, '.tiastream', name), { recursive: true })
  const refs: SlideRef[] = []
  for await (const ref of slidesOf(plan)) refs.push(ref)
  const events: RunEvent[] = []
  let progressed: () => void = () => undefined
  const runner = await openRunner(plan, {
    onEvent: (event) => {
      events.push(event)
      if (event.type === 'slide.progress') progressed()
    },
  })
  t.teardown(() => runner.close())
  const own = new AbortController()
  progressed = () => own.abort(new Error('given up'))
  await t.throwsAsync(runner.runSlide(refs[0]!, { signal: own.signal }), undefined, 'the signal ends it')
  progressed = () => undefined
  const [b, c] = await Promise.all([runner.runSlide(refs[1]!), runner.runSlide(refs[2]!)])
  const a = await runner.runSlide(refs[0]!)
  t.deepEqual(
    [a, b, c].map((receipt) => receipt?.status),
    ['done', 'done', 'done'],
  )
  t.is(await runner.runSlide(refs[1]!), null, 'done before')
  t.deepEqual(await hashesOf(plan.output), await hashesOf(path.join(folder, 'plain')))
  t.is(events.filter(({ type }) => type === 'run.start').length, 0)
})
