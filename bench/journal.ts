/** The journal on a slow disk: a flush takes 25 ms longer, as on a disk that turns or one across a network; patches cost next to nothing. */

import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../src/core/package-root.js'
import type { Asked } from './support/asked.js'
import { alternate, type Outcome, ratioOf, spreadOf } from './support/rounds.js'
import { runWork } from './support/runs.js'
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

export default async function journal({ quick }: Asked): Promise<void> {
  const quickly = await slowDisk()
  const slide = path.join(packageRoot, 'fixtures/slides/demo.tif')
  // 32 patches a row of the grid: a band is the 256 that it has at least.
  const grid = `{ size: [56, 4], at: ${quick ? 4 : 2} mpp }`
  try {
    const outcomes = await alternate(
      [1, 4].map((lanes) => ({
        name: `${lanes} lane(s)`,
        run: async () => {
          const ran = await runWork({ name: 'journal', slide, model: null, grid, lanes, sinks: '[arrow]' })
          return { seconds: ran.busy, done: ran.summary.rows, cpu: ran.cpu }
        },
      })),
      quick ? 2 : 5,
    )
    const [one, four] = outcomes as [Outcome, Outcome]
    prose(`\n## ${one.samples[0]!.done} patches of 56 × 4 px, no model, ${flushMs} ms a flush`)
    table(outcomes.map((o) => ({ what: o.name, 'patches/s': o.rate })))
    verdict(`4 lanes / 1 lane (${spreadOf(four, one)})`, ratioOf(four, one), 3)
  } finally {
    quickly()
  }
}
