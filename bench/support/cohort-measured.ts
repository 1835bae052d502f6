/** What the simulation of a cohort needs to know of this machine: how long slides take, a worker to start, a slide to be taken up. */

import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { type Work, writeWork } from './runs.js'
import { generatedSlide } from './slides.js'

const patch = 224

/** Seconds. */
export interface SlideTimes {
  /** Of a slide: `fixed + each · patches`. */
  readonly fixed: number
  readonly each: number
  /** From the start of a process until its first slide begins. */
  readonly start: number
  /** Taking a slide up takes longer than beginning it: its journal is replayed. */
  readonly takeUp: number
  /** Between two bands that are safe. */
  readonly band: number
  /** What it was made of, for the table. */
  readonly measured: readonly { readonly patches: number; readonly seconds: number }[]
}

/** One lane, the bundled model: a worker that has one core. */
export async function measureSlides(quick: boolean): Promise<SlideTimes> {
  const sides = quick ? [8, 24] : [8, 24, 48]
  const measured: { patches: number; seconds: number }[] = []
  const bands: number[] = []
  for (const side of sides) {
    const { file, output } = await writeWork(await workOn(side))
    await rm(output, { recursive: true, force: true })
    const events = await eventsOf(file)
    const done = events.find((event) => event.type === 'slide.done')!
    measured.push({ patches: done.rows, seconds: done.seconds })
    bands.push(...events.flatMap((event) => (event.type === 'slide.band' ? [event.seconds] : [])))
  }
  const { fixed, each } = lineThrough(measured.map(({ patches, seconds }) => [patches, seconds]))
  const last = sides.at(-1)!
  const resumed = await takenUp(await workOn(last))
  return {
    fixed,
    each,
    start: await startOf(await workOn(sides[0]!)),
    takeUp: Math.max(0, resumed.seconds - fixed - each * resumed.asked),
    band: median(bands),
    measured,
  }
}

const workOn = async (side: number): Promise<Work> => ({
  name: `cohort-${side}`,
  slide: await generatedSlide({ side: side * patch, mpp: 0.5, tissue: 1 }),
  model: 'stain',
  lanes: 1,
})

async function eventsOf(file: string, stopAt = 2): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  const stop = new AbortController()
  await runPipeline(await readPlan(file), {
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event)
      if (event.type === 'slide.progress' && event.share >= stopAt) stop.abort()
    },
  })
  return events
}

/** A slide that is stopped in the middle and taken up. */
async function takenUp(work: Work): Promise<{ seconds: number; asked: number }> {
  const { file, output } = await writeWork(work)
  await rm(output, { recursive: true, force: true })
  await eventsOf(file, 0.5)
  const done = (await eventsOf(file)).find((event) => event.type === 'slide.done')!
  return { seconds: done.seconds, asked: done.patches.asked }
}

/** The process of a worker: Node, threads, model. The median of three. */
async function startOf(work: Work): Promise<number> {
  const seconds: number[] = []
  for (let i = 0; i < 3; i++) {
    const { file, output } = await writeWork(work)
    await rm(output, { recursive: true, force: true })
    const began = performance.now()
    const child = spawn(process.execPath, [path.join(packageRoot, 'dist/src/cli.js'), 'run', file, '--log', 'json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    for await (const line of createInterface({ input: child.stderr })) {
      if (!line.includes('"slide.start"')) continue
      seconds.push((performance.now() - began) / 1000)
      child.kill('SIGTERM')
    }
  }
  return median(seconds)
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Least squares. */
export function lineThrough(points: readonly (readonly [number, number])[]): { fixed: number; each: number } {
  const n = points.length
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / n
  const [mx, my] = [mean(0), mean(1)]
  const each = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  return { each, fixed: Math.max(0, my - each * mx) }
}
