/**
 * The whole pipeline in bfloat16 and in int8 by OpenVINO against bare OpenVINO in as many threads of the same process form, and against our own
 * float32: on a processor with AMX, where OpenVINO is.
 */

import { Lanes } from '../src/flow/lanes.js'
import { placeOfOpenVino } from '../src/models/session/openvino/places.js'
import { hasAmx } from '../src/models/session/processor.js'
import type { Computing } from '../src/models/session/session.js'
import { patches } from './overhead.js'
import type { Asked } from './support/asked.js'
import { type Architecture, modelFolder } from './support/models.js'
import type { BareJob } from './support/ort-worker.js'
import { alternate, type Contestant, median, type Outcome, ratioOf, type Sample, spreadOf, timed } from './support/rounds.js'
import { runWork, type Work } from './support/runs.js'
import { generatedSlide } from './support/slides.js'
import { prose, table, verdict } from './support/table.js'
import { vitFolder } from './support/vit.js'

interface Row {
  readonly title: string
  readonly model: () => Promise<string | null>
  readonly precision: 'bf16'
  readonly side: number
  /** Of bare OpenVINO, and of our float32 (int8: of our int8 by ONNX Runtime); null: nothing is asked. */
  readonly asked: number
  readonly gain: number | null
}

const network = (architecture: Architecture, kind: 'fp32' | 'int8') => () => modelFolder(architecture, kind)

const rows: readonly Row[] = [
  { title: 'resnet18', model: network('resnet18', 'fp32'), precision: 'bf16', side: 10_752, asked: 0.9, gain: null },
  { title: 'resnet18 int8', model: network('resnet18', 'int8'), precision: 'bf16', side: 14_336, asked: 0.9, gain: null },
  { title: 'vit_s/16', model: async () => vitFolder(), precision: 'bf16', side: 4_480, asked: 0.9, gain: 4 },
]

export default async function overheadOnOpenVino({ quick }: Asked): Promise<void> {
  const place = await placeOfOpenVino(process.env).catch((error: Error) => error.message)
  if (typeof place === 'string' || hasAmx('bf16') !== true) {
    prose(`\nOpenVINO is left out: ${typeof place === 'string' ? place : 'the processor has no AMX'}`)
    return
  }
  const pixels = await patches()
  for (const row of rows) await measure(row, quick, pixels)
}

async function measure({ title, model, precision, side, asked, gain }: Row, quick: boolean, pixels: Uint8Array): Promise<void> {
  const folder = await model()
  if (folder === null) return
  const slide = await generatedSlide({ side: quick ? 2240 : side, mpp: 0.5, tissue: 1 })
  const lanes = new Lanes({
    count: 2,
    script: new URL('./support/ort-worker.js', import.meta.url),
    workerData: null,
    revive: (e) => new Error(String(e)),
  })
  const count = quick ? 48 : Math.round((side / 224) ** 2 / 2)
  const name = `overhead-openvino-${title.replaceAll(/\W/g, '-')}`
  const whole = (more: Partial<Work>) => async (): Promise<Sample> => {
    const ran = await runWork({ name: `${name}-${more.precision ?? 'as-is'}`, slide, model: folder, ...more })
    return { seconds: ran.busy, done: ran.summary.rows, cpu: ran.cpu }
  }
  const bare = (openvino: Computing) => () =>
    timed(async () => {
      const job: BareJob = { folder, pixels, batch: 16, count, threads: 1, openvino }
      return (await Promise.all([0, 1].map((lane) => lanes.call<number>(lane, { body: job })))).reduce((a, b) => a + b, 0)
    })
  const contestants: Contestant[] = [
    { name: 'tiastream, 2 lanes, precision: bf16', run: whole({ precision }) },
    { name: 'bare OpenVINO bf16, 2 sessions x 1 thread', run: bare('bf16') },
    { name: 'tiastream, 2 lanes, device: cpu', run: whole({}) },
    { name: 'tiastream, 2 lanes, device: openvino', run: whole({ device: 'openvino' }) },
  ]
  const outcomes = await alternate(contestants, quick ? 2 : 3, 1)
  await lanes.close()
  const [ours, theirs, before, plain] = outcomes as Outcome[]
  prose(`\n## ${title} by OpenVINO, slide of 0.5 um at 0.5 um, batches of 16`)
  table(
    outcomes.map((o) => ({
      what: o.name,
      'patches/s': o.rate,
      'patches per cpu second': median(o.samples.map(({ done, cpu }) => done / cpu!)),
    })),
  )
  verdict(`pipeline / bare OpenVINO, bf16 (${spreadOf(ours!, theirs!)})`, ratioOf(ours!, theirs!), asked)
  const said = `bf16 / what device: cpu does (${spreadOf(ours!, before!)})`
  if (gain === null) prose(`         ${said}: ${ratioOf(ours!, before!).toFixed(2)}`)
  else verdict(said, ratioOf(ours!, before!), gain)
  prose(
    `         the same in processor seconds: ${cpuRatio(ours!, before!).toFixed(2)}; bf16 / bare: ${cpuRatio(ours!, theirs!).toFixed(2)}`,
  )
  prose(`         device: openvino without precision / device: cpu: ${ratioOf(plain!, before!).toFixed(2)}`)
}

/** Of patches per processor second, round by round. */
export function cpuRatio(a: Outcome, b: Outcome): number {
  return median(a.samples.map(({ done, cpu }, i) => done / cpu! / (b.samples[i]!.done / b.samples[i]!.cpu!)))
}
