/** The journal on a slow disk: a flush takes 25 ms longer, as on a disk that turns or one across a network; patches cost next to nothing. */

import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../src/core/package-root.js'
import type { Asked } from './support/asked.js'
import { alternate } from './support/rounds.js'
import { runWork } from './support/runs.js'
import { generatedSlide } from './support/slides.js'
import { prose, table, verdict } from './support/table.js'

const flushMs = 25

/** Of every file of this thread: journal, tables and receipts are flushed here. */
async function slowDisk(): Promise<() => void> {
  const handle = await open(path.join(packageRoot, 'package.json'))
  await handle.close()
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  const { sync } = prototype
  prototype.sync = async function (this: FileHandle) {
    await new Promise((resolve) => setTimeout(resolve, flushMs))
    await sync.call(this)
  }
  return () => {
    prototype.sync = sync
  }
}

/**
 * Version 0.1 with one lane on these patches, on a machine of 2 cores. It flushed twice a band, one band after another: 256 rows of 50 ms are 5,120 rows a
 * second at the most, on any machine.
 */
const before = 4093
const asked = 3

export default async function journal({ quick }: Asked): Promise<void> {
  // 32 patches a row of the grid: a band is the 256 that it has at least. So many bands that start and commit are little beside them.
  const side = 4096
  const stride = quick ? 4 : 1
  const slide = await generatedSlide({ side, mpp: 0.5, tissue: 0 })
  const grid = `{ size: 16 px, stride: [128, ${stride}], at: 0.5 mpp }`
  const quickly = await slowDisk()
  try {
    const outcomes = await alternate(
      [1, 4].map((lanes) => ({
        name: `${lanes} lane(s)`,
        run: async () => {
          const ran = await runWork({ name: 'journal', slide, model: null, grid, lanes, sinks: '[arrow]' })
          return { seconds: ran.busy, done: ran.summary.rows, cpu: ran.cpu }
        },
      })),
      quick ? 2 : 3,
    )
    const four = outcomes[1]!
    prose(`\n## ${four.samples[0]!.done} patches of 16 × 16 px, no model, ${flushMs} ms a flush`)
    table([{ what: 'version 0.1, 1 lane', 'rows/s': before }, ...outcomes.map((o) => ({ what: o.name, 'rows/s': o.rate }))])
    verdict(`4 lanes / 1 lane of version 0.1`, four.rate / before, asked)
  } finally {
    quickly()
  }
}
