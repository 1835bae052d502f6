/** The same pipeline from a program: the plugin is a value. Its slides are painted first: a left half of one red, a right half of another. */

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  batch,
  csv,
  defaultEnvironment,
  definePipeline,
  extract,
  grid,
  merge,
  runPipeline,
  sinkOf,
  sourceOf,
  stepOf,
  withPlugins,
} from 'tiastream'
import plain, { redness, tally, worklist } from './index.mjs'

/** `width` × `height` pixels, (left, 0, 0) and (right, 0, 0), as PPM. */
export function ppmOf(width, height, left, right) {
  const pixels = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) pixels[i * 3] = i % width < width / 2 ? left : right
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels])
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
await mkdir(here('slides'), { recursive: true })
await writeFile(here('slides/a.ppm'), ppmOf(256, 128, 200, 100))
await writeFile(here('slides/b.ppm'), ppmOf(128, 192, 50, 150))

const plan = await definePipeline(
  {
    source: sourceOf(worklist)({ file: './worklist.jsonl' }),
    stages: [grid({ size: '32 px', at: 'baseline' }), extract(), stepOf(redness)(), batch(), merge()],
    sinks: [csv(), sinkOf(tally)()],
    output: './out-of-program',
  },
  { folder: here('.'), environment: withPlugins(defaultEnvironment, plain) },
)
const summary = await runPipeline(plan)
console.log(`${summary.slides.done} slides, ${summary.rows} rows`)
