/**
 * Runs a pipeline in a process of its own until so many patches are answered, and prints what it held and what its plan says. argv: pipeline
 * file and patches.
 */

import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { sumOf } from '../../src/pipeline/plan/memory.js'
import { peakMemory } from '../../src/pipeline/run/peak-memory.js'
import { runPipeline } from '../../src/pipeline/run/run.js'

export interface Held {
  readonly device: string | null
  readonly answered: number
  readonly peak: number
  readonly planned: number
}

const [file, patches] = process.argv.slice(2)
const plan = await readPlan(file!)
const stop = new AbortController()
let answered = 0
const summary = await runPipeline(plan, {
  signal: stop.signal,
  onEvent: (event) => {
    if (event.type !== 'slide.progress') return
    answered = event.inferred
    if (answered >= Number(patches)) stop.abort(new Error('enough'))
  },
})
const held: Held = { device: summary.device, answered, peak: peakMemory(), planned: sumOf(plan.memory) }
console.log(JSON.stringify(held))
