/** Runs a pipeline in a process of its own, with parts so small that a small file has several. argv: pipeline file, scratch folder. */

import { writeSync } from 'node:fs'
import { exitCodeOf } from '../../src/cli/exit.js'
import { recordOf } from '../../src/core/errors.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { requests } from '../../src/remote/write/ask.js'
import { usualSizes } from '../../src/remote/write/upload.js'
import { smallSizes } from './small-sizes.js'

Object.assign(usualSizes, smallSizes)
const [file, scratch] = process.argv.slice(2)
try {
  const summary = await runPipeline(await readPlan(file!), {
    scratch: scratch!,
    onEvent: (event) => writeSync(1, `${JSON.stringify(event)}\n`),
  })
  writeSync(1, `${JSON.stringify({ requests })}\n`)
  process.exitCode = summary.status === 'done' ? 0 : 1
} catch (error) {
  writeSync(2, `${JSON.stringify(recordOf(error))}\n`)
  process.exitCode = exitCodeOf(error)
}
