/** A process of its own for one run, so that its peak memory is its own. */

import { peakMemory } from '../../src/pipeline/run/peak-memory.js'
import { runWork, type Work } from './runs.js'

export interface RunResult {
  readonly seconds: number
  readonly rows: number
  readonly peak: number
  readonly slides: number
  readonly decodedPerTouched: number | null
}

const { seconds, summary } = await runWork(JSON.parse(process.argv[2]!) as Work)
const result: RunResult = {
  seconds,
  rows: summary.rows,
  peak: peakMemory(),
  slides: summary.slides.done,
  decodedPerTouched: summary.decodedPerTouched,
}
console.log(JSON.stringify(result))
