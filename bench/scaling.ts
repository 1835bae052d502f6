/** Scaling: one lane and two, measured; and from the same rates a model of many lanes with a GPU, which nobody has measured. */

import type { Asked } from './support/asked.js'
import { modelFolder } from './support/models.js'
import { alternate, median, ratioOf } from './support/rounds.js'
import { type Ran, runWork } from './support/runs.js'
import { generatedSlide } from './support/slides.js'
import { prose, table } from './support/table.js'

export default async function scaling({ quick }: Asked): Promise<void> {
  const slide = await generatedSlide({ side: quick ? 2240 : 8960, mpp: 0.499, tissue: 1 })
  const models = [
    { name: 'stain (reading is the work)', folder: 'stain' as string | null },
    { name: 'mobilenet_v2 fp32', folder: await modelFolder('mobilenet_v2', 'fp32') },
  ]
  const last = new Map<string, Ran>()
  for (const { name, folder } of models) {
    if (folder === null) continue
    const contestants = [1, 2].map((lanes) => ({
      name: `${name}, ${lanes} lane(s)`,
      run: async () => {
        const ran = await runWork({ name: 'scaling', slide, model: folder, lanes })
        last.set(`${name} ${lanes}`, ran)
        return { seconds: ran.busy, done: ran.summary.rows, cpu: ran.cpu }
      },
    }))
    const outcomes = await alternate(contestants, quick ? 2 : 5)
    prose(`\n## ${name}, ${last.get(`${name} 1`)!.summary.rows} patches`)
    table(
      outcomes.map((o) => ({
        what: o.name,
        'patches/s': o.rate,
        'patches per cpu second': median(o.samples.map(({ done, cpu }) => done / cpu!)),
      })),
    )
    prose(`two lanes / one lane: ${ratioOf(outcomes[1]!, outcomes[0]!).toFixed(2)}`)
  }
  onPaper(last.get(`${models[0]!.name} 1`)!)
}

/**
 * Seconds of one patch at each place, from the run with one lane: fetch, decode and resample in a lane, from its receipt; grid, merge, sinks
 * and messages as the time in which the main thread was at work.
 */
function onPaper(ran: Ran): void {
  const rows = ran.summary.rows
  const { fetch = 0, decode = 0, resample = 0 } = ran.summary.spentMs
  const lane = (fetch + decode + resample) / 1000 / rows
  const main = ran.main / rows
  prose('\n## on paper: N lanes that read, one GPU session, one main thread')
  prose(
    `measured in this run, per patch: fetch ${ms(fetch / rows)}, decode ${ms(decode / rows)}, resample ${ms(resample / rows)}; the main thread ${ms(main * 1000)} (of a short run: starting and committing count)`,
  )
  table(
    [1, 2, 4, 8, 16, 32].map((lanes) => {
      const reading = lanes / lane
      const rows = 1 / main
      const gpus = [500, 2000, 8000]
      const at = (gpu: number) => Math.min(reading, gpu, rows)
      const neck = (gpu: number) => (at(gpu) === reading ? 'reading' : at(gpu) === gpu ? 'the GPU' : 'the main thread')
      return {
        lanes,
        'reading patches/s': reading,
        'main thread patches/s': rows,
        ...Object.fromEntries(gpus.map((gpu) => [`GPU of ${gpu}/s`, `${Math.round(at(gpu))} (${neck(gpu)})`])),
      }
    }),
  )
  prose(
    'Not in the model: memory bandwidth shared by the lanes, the disk, the transfer to the GPU (150 KB a patch: 2,000 patches/s are 0.3 GB/s). It says where the bottleneck moves, not what a machine reaches.',
  )
}

const ms = (value: number): string => `${value.toFixed(3)} ms`
