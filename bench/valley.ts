/** Small slides one after another: how long the lanes stand idle between them. */

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { readPlan } from '../src/pipeline/check/read-plan.js'
import { hire } from '../src/pipeline/run/crew.js'
import { runnerOf } from '../src/pipeline/run/runner.js'
import { runSlides, stopOn } from '../src/pipeline/run/side-by-side.js'
import { Summary } from '../src/pipeline/run/summary.js'
import { storeOf } from '../src/pipeline/store/store-of.js'
import type { Asked } from './support/asked.js'
import { dataPath } from './support/folders.js'
import { writeWork } from './support/runs.js'
import { copies, generatedSlide } from './support/slides.js'
import { prose, table, verdictBelow } from './support/table.js'

const lanes = 2

export default async function valley({ quick }: Asked): Promise<void> {
  const folder = path.dirname(dataPath('valley', 'x'))
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await copies(await generatedSlide({ side: quick ? 2048 : 4096, mpp: 0.5, tissue: 1 }), 4, folder)
  const found = []
  for (const sinks of ['[parquet]', '[parquet, overlay, thumbnail]']) {
    for (const slides of [1, 2]) found.push({ sinks, slides, ...(await idleIn(`${folder}/*.tif`, slides, sinks)) })
  }
  prose('\n## four small slides, masked by Otsu, model stain; a lane is idle when fewer blocks are asked for than there are lanes')
  table(found.map(({ idle, ...rest }) => ({ ...rest, 'idle %': idle })))
  for (const { sinks, slides, idle } of found)
    if (slides === 2) verdictBelow(`lanes idle between slides, two side by side, ${sinks}`, idle, 5, ' %')
}

/** From the first block that is asked for to the last: the share of the lanes' time in which there was nothing to do. */
async function idleIn(slide: string, slides: number, sinks: string) {
  const { file, output } = await writeWork({ name: 'valley', slide, model: 'stain', mask: '{ method: otsu }', lanes, slides, sinks })
  await rm(output, { recursive: true, force: true })
  const plan = await readPlan(file)
  const store = await storeOf(plan.output)
  await store.prepare()
  const crew = await hire(plan)
  const events: { at: number; by: 1 | -1 }[] = []
  const note = (by: 1 | -1) => events.push({ at: performance.now(), by })
  const ask: typeof crew.ask = (...given) => {
    note(1)
    return crew.ask(...given).finally(() => note(-1))
  }
  const stop = stopOn(undefined)
  await runSlides(plan, await runnerOf(plan, { ...crew, ask }, stop), { stop }, () => undefined, new Summary())
  await crew.close()
  const last = events.findLastIndex(({ by }) => by === 1)
  let [open, idle] = [0, 0]
  for (const [i, { at, by }] of events.slice(0, last + 1).entries()) {
    if (i > 0) idle += Math.max(0, lanes - open) * (at - events[i - 1]!.at)
    open += by
  }
  const seconds = (events.at(-1)!.at - events[0]!.at) / 1000
  return { seconds, idle: idle / 10 / lanes / seconds }
}
