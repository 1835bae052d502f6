/**
 * Overhead: the whole pipeline, slide to Parquet, against the bare runtime (ONNX Runtime; OpenVINO where it is and the processor has AMX) on batches
 * that lie in memory, with the same threads.
 */

import { Lanes } from '../src/flow/lanes.js'
import overheadOnOpenVino from './overhead-openvino.js'
import type { Asked } from './support/asked.js'
import { type Architecture, modelFolder } from './support/models.js'
import type { BareJob } from './support/ort-worker.js'
import { alternate, type Contestant, median, type Outcome, ratioOf, spreadOf, timed } from './support/rounds.js'
import { runWork } from './support/runs.js'
import { generatedSlide, tissueTiles } from './support/slides.js'
import { prose, table, verdict } from './support/table.js'

interface Row {
  readonly architecture: Architecture
  readonly kind: 'fp32' | 'int8'
  readonly asked: number
  /**
   * Side of the slide: enough patches for half a minute and more on a fast processor, a part of what a whole slide takes. What a run pays once, whatever the
   * number of its patches, is some one and a half processor seconds: Arrow with its first rows, Node's compiling of what runs often in each thread, a last batch half empty.
   */
  readonly side: number
  /** 0.5: on the level's own pixels. 0.499: every patch is resampled, the commonest real case. */
  readonly mpps: readonly number[]
}

const rows: readonly Row[] = [
  { architecture: 'resnet18', kind: 'fp32', asked: 0.95, side: 10_752, mpps: [0.5] },
  { architecture: 'resnet18', kind: 'int8', asked: 0.93, side: 14_336, mpps: [0.5, 0.499] },
  { architecture: 'mobilenet_v2', kind: 'fp32', asked: 0.93, side: 20_160, mpps: [0.5, 0.499] },
  { architecture: 'mobilenet_v2', kind: 'int8', asked: 0.9, side: 40_320, mpps: [0.5, 0.499] },
]

export default async function overhead(asked: Asked): Promise<void> {
  await overheadOnOrt(asked)
  if (asked.networks === undefined) await overheadOnOpenVino(asked)
}

async function overheadOnOrt({ quick, networks }: Asked): Promise<void> {
  for (const { architecture, kind, asked, side, mpps } of rows) {
    if (networks !== undefined && !networks.includes(architecture)) continue
    const model = await modelFolder(architecture, kind)
    if (model === null) continue
    for (const mpp of mpps) {
      const slide = await generatedSlide({ side: quick ? 4480 : side, mpp, tissue: 1 })
      const lanes = new Lanes({
        count: 2,
        script: new URL('./support/ort-worker.js', import.meta.url),
        workerData: null,
        revive: (e) => new Error(String(e)),
      })
      const pixels = await patches()
      const count = quick ? 160 : Math.round((side / 224) ** 2 / 2)
      const bare = (batch: number): Contestant => {
        const job: BareJob = { folder: model, pixels, batch, count, threads: 1 }
        const both = () => Promise.all([0, 1].map((lane) => lanes.call<number>(lane, { body: job })))
        return {
          name: `bare onnxruntime, 2 sessions x 1 thread, batches of ${batch}`,
          run: () => timed(async () => (await both()).reduce((a, b) => a + b, 0)),
        }
      }
      const name = `overhead-${architecture}-${kind}`
      const whole = async () => {
        const ran = await runWork({ name, slide, model })
        return { seconds: ran.busy, done: ran.summary.rows, cpu: ran.cpu }
      }
      // What a run does by itself with such a network (moves-memory.ts) a user of the bare runtime may do, too.
      const fours = architecture === 'mobilenet_v2' ? [bare(4)] : []
      const contestants: Contestant[] = [{ name: 'tiastream run, 2 lanes', run: whole }, bare(16), ...fours]
      const outcomes = await alternate(contestants, quick ? 2 : 3)
      await lanes.close()
      const [ours, two, four] = outcomes as [Outcome, Outcome, Outcome?]
      prose(`\n## ${architecture} ${kind}, slide of ${mpp} um at 0.5 um, batches of 16`)
      table(
        outcomes.map((o) => ({
          what: o.name,
          'patches/s': o.rate,
          'patches per cpu second': median(o.samples.map(({ done, cpu }) => done / cpu!)),
        })),
      )
      verdict(`pipeline / bare onnxruntime, as many sessions and threads (${spreadOf(ours, two)})`, ratioOf(ours, two), asked)
      if (four) prose(`pipeline / the same in batches of 4: ${ratioOf(ours, four).toFixed(2)} (${spreadOf(ours, four)})`)
    }
  }
}

/** 32 patches side by side. */
export async function patches(): Promise<Uint8Array> {
  const out = new Uint8Array(32 * 224 * 224 * 3)
  const { pixels } = await tissueTiles()
  for (let n = 0; n < 32; n++) {
    for (let y = 0; y < 224; y++) out.set(pixels[n]!.subarray(y * 768, y * 768 + 672), (n * 224 + y) * 672)
  }
  return out
}
