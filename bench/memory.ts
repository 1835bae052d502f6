/** Memory: peak resident memory of whole runs, against the area of a slide and against the number of slides. */

import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Asked } from './support/asked.js'
import { childResult } from './support/child.js'
import { dataPath } from './support/folders.js'
import { modelFolder, weightsOf } from './support/models.js'
import { Peer } from './support/peers.js'
import type { RunResult } from './support/run-child.js'
import type { Work } from './support/runs.js'
import { copies, generatedSlide } from './support/slides.js'
import { prose, table, verdictBelow } from './support/table.js'
import { toolboxPython } from './support/toolbox.js'

const MiB = 2 ** 20

/** The bundled model: with it reading is the work, and a run of tens of thousands of patches is short. */
const model = 'stain'
const sinks = '[parquet, arrow]'

export default async function memory({ quick }: Asked): Promise<void> {
  const sides = quick ? [10_000, 40_000] : [10_000, 40_000, 100_000]
  await againstToolbox(quick)
  prose('\n## against the area of the slide: as many patches of each, spread over all of it, no mask')
  await byArea(sides, (side) => ({
    name: `memory-${side}`,
    mask: '{ method: none }',
    grid: `{ size: 224 px, at: 0.5 mpp, stride: ${(224 * side) / 10_000} px }`,
  }))
  prose('\n## the same with a mask by Otsu, which looks at the whole slide at 8 um: about five bytes for each of its pixels')
  await byArea(sides, (side) => ({
    name: `memory-mask-${side}`,
    mask: '{ method: otsu }',
    grid: `{ size: 224 px, at: 0.5 mpp, stride: ${(224 * side) / 10_000} px }`,
  }))

  prose('\n## against the number of slides (2,048² pixels each, two side by side)')
  const one = await generatedSlide({ side: 2048, mpp: 0.5, tissue: 1 })
  const byCount: RunResult[] = []
  for (const count of quick ? [4, 16] : [16, 64, 128]) {
    const folder = path.dirname(dataPath('cohort', 'x'))
    await rm(folder, { recursive: true, force: true })
    await copies(one, count, path.dirname(dataPath('cohort', 'x')))
    const work: Work = { name: 'memory-cohort', slide: `${folder}/*.tif`, model, slides: 2, sinks }
    byCount.push(await childResult<RunResult>('run-child.js', [JSON.stringify(work)]))
    await rm(folder, { recursive: true, force: true })
  }
  table(byCount.map((r) => ({ slides: r.slides, patches: r.rows, 'peak MiB': r.peak / MiB, seconds: r.seconds })))
  verdictBelow(
    `${byCount.at(-1)!.slides} slides against ${byCount[0]!.slides}`,
    (byCount.at(-1)!.peak - byCount[0]!.peak) / MiB,
    64,
    ' MiB',
  )
}

/** Whole slides through the same network, each contestant in a process of its own. */
async function againstToolbox(quick: boolean): Promise<void> {
  const python = toolboxPython()
  const folder = await modelFolder('mobilenet_v2', 'fp32')
  const weights = await weightsOf('mobilenet_v2')
  if (python === null || folder === null || weights === null) return
  const rows: Record<string, string | number>[] = []
  for (const side of quick ? [1344, 2688] : [2688, 10_752]) {
    const slide = await generatedSlide({ side, mpp: 0.5, tissue: 1 })
    const work: Work = { name: 'memory-toolbox', slide, model: folder, mask: '{ method: none }' }
    const ours = await childResult<RunResult>('run-child.js', [JSON.stringify(work)])
    const peer = new Peer(python, 'toolbox')
    const question = { do: 'predict', path: slide, architecture: 'mobilenet_v2', classes: 9, batch: 16 }
    await peer.ask({ ...question, weights: weights.replace('.pth', '.tiatoolbox.pth'), base_mpp: 0.5, mpp: 0.5, workers: 0 })
    const { peak } = await peer.ask<{ peak: number }>({ do: 'peak' })
    await peer.stop()
    rows.push({ patches: ours.rows, 'tiastream MiB': ours.peak / MiB, 'TIAToolbox MiB': peak / MiB })
  }
  prose('\n## against TIAToolbox: mobilenet_v2 over whole slides, without workers of its own (each would hold as much again)')
  table(rows)
}

async function byArea(sides: readonly number[], workOf: (side: number) => Omit<Work, 'slide' | 'model'>): Promise<void> {
  const found: { side: number; result: RunResult }[] = []
  for (const side of sides) {
    const slide = await generatedSlide({ side, mpp: 0.5, tissue: 0.5 })
    found.push({ side, result: await childResult<RunResult>('run-child.js', [JSON.stringify({ ...workOf(side), slide, model, sinks })]) })
  }
  const [first, ...larger] = found
  table(
    found.map(({ side, result }) => ({
      slide: `${side.toLocaleString('en')}² pixels`,
      area: `${Math.round((side / first!.side) ** 2)} x`,
      patches: result.rows,
      'peak MiB': result.peak / MiB,
      seconds: result.seconds,
      'decoded / touched': result.decodedPerTouched,
    })),
  )
  for (const { side, result } of larger) {
    verdictBelow(
      `${side.toLocaleString('en')}² against ${first!.side.toLocaleString('en')}²`,
      (result.peak - first!.result.peak) / MiB,
      64,
      ' MiB',
    )
  }
}
