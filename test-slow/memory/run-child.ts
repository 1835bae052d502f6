/**
 * Runs a pipeline in a process of its own until so many patches are answered, and prints what it held and what its plan says. argv: pipeline
 * file, patches, and the device that stands in for the one that the plan is made for (its session has the same thread).
 */

import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { sumOf } from '../../src/pipeline/plan/memory.js'
import type { PlannedStage } from '../../src/pipeline/plan/plan-type.js'
import { peakMemory } from '../../src/pipeline/run/peak-memory.js'
import { runPipeline } from '../../src/pipeline/run/run.js'

export interface Held {
  readonly device: string | null
  readonly answered: number
  readonly peak: number
  readonly planned: number
}

const [file, patches, device] = process.argv.slice(2)
const plan = await readPlan(file!)
const stop = new AbortController()
let answered = 0
const on = ({ provides, ...stage }: PlannedStage): PlannedStage => {
  const { answers } = provides
  return { ...stage, provides: answers ? { ...provides, answers: { ...answers, devices: [device!] } } : provides }
}
const segments = plan.segments.map(({ where, stages }) => ({ where, stages: where === 'device' ? stages.map(on) : stages }))
const summary = await runPipeline(
  { ...plan, segments },
  {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type !== 'slide.progress') return
      answered = event.inferred
      if (answered >= Number(patches)) stop.abort(new Error('enough'))
    },
  },
)
const held: Held = { device: summary.device, answered, peak: peakMemory(), planned: sumOf(plan.memory) }
console.log(JSON.stringify(held))
