/** The same pipeline from a program: the plugin is a value. Its slides are painted first: a left half of one red, a right half of another. */

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { defaultEnvironment, readPlan, runPipeline, withPlugins } from 'tiastream'
import plain from './index.mjs'

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

const environment = withPlugins(defaultEnvironment, plain)
const plan = await readPlan(here('from-program.yml'), {}, environment)
const summary = await runPipeline(plan)
console.log(`${summary.slides.done} slides, ${summary.rows} rows`)
