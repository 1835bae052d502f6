/** One network on one device, in a process of its own: a driver that crashes takes one row of the table. */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { placeName, placesOf } from '../../src/core/devices.js'
import { Lanes } from '../../src/flow/lanes.js'
import type { DeviceUse, Waits } from '../../src/pipeline/run/usage.js'
import { patches } from '../overhead.js'
import type { DeviceJob, Rate } from './device-worker.js'
import { type NetworkName, type Numbers, networkFolder } from './random-nets.js'
import { median } from './rounds.js'
import { runWork } from './runs.js'
import { generatedSlide } from './slides.js'

export interface GpuJob {
  readonly network: NetworkName
  readonly numbers: Numbers
  readonly device: string
  readonly batch: number
  /** Of the bare device: as many as a run has. */
  readonly sessions: number
  /** What is measured takes about so long. */
  readonly seconds: number
  /** The largest slide. */
  readonly most: number
}

export interface GpuResult {
  /** Patches a second, in each of two rounds. */
  readonly alone: readonly number[]
  readonly whole: readonly number[]
  readonly rows: number
  readonly busy: number
  readonly waits: Waits | null
  readonly devices: readonly DeviceUse[]
  /** Both runs wrote the same bytes, and both bare sessions said the same numbers. */
  readonly equal: boolean
  /** From float32 on the CPU: the largest difference, and the largest number that was compared. */
  readonly off: number
  readonly size: number
}

/** Patches of 224 pixels of the slides that are made: a few, so that they are made once. */
const sides = [3, 10, 32, 64, 128, 200].map((across) => across * 224)
const compared = 8

async function measure(job: GpuJob): Promise<GpuResult> {
  const { network, numbers, device, batch, sessions, seconds, most } = job
  const pixels = await patches()
  const folder = await networkFolder(network, numbers)
  const bare = () =>
    onDevice({ folder, device, batch, threads: 1, pixels }, sessions, async (all) => {
      const rates = await all<Rate>({ seconds })
      const [answers] = await all<Float32Array>({ answers: compared })
      return { alone: rates.reduce((sum, one) => sum + one.patches / one.seconds, 0), answers: answers! }
    })
  const float = { folder: await networkFolder(network, 'fp32'), device: 'cpu', batch: compared, threads: os.availableParallelism(), pixels }
  const [onCpu] = await onDevice(float, 1, (all) => all<Float32Array>({ answers: compared }))
  // In turns; the sessions of one are closed before the other opens its own, since not every device bears both.
  const rounds = []
  let slide: string | undefined
  for (const turn of [1, 2]) {
    const { alone, answers } = await bare()
    slide ??= await slideFor(Math.min(most, alone * seconds))
    const name = `gpu-${device.replaceAll(/\W/g, '-')}-${network}-${numbers}-${turn}`
    const { summary, busy, output } = await runWork({ name, slide, model: folder, device, batch, lanes: os.availableParallelism() })
    rounds.push({ alone, answers, summary, whole: summary.rows / busy, hash: await hashOf(output) })
  }
  const [first, last] = rounds as [(typeof rounds)[0], (typeof rounds)[0]]
  const devices = last.summary.devices ?? []
  return {
    alone: rounds.map(({ alone }) => alone),
    whole: rounds.map(({ whole }) => whole),
    rows: last.summary.rows,
    busy: devices.length === 0 ? 0 : median(devices.map(({ busy }) => busy)),
    waits: last.summary.waits ?? null,
    devices,
    equal: first.hash === last.hash && first.answers.every((value, i) => value === last.answers[i]),
    off: last.answers.reduce((far, value, i) => Math.max(far, Math.abs(value - onCpu![i]!)), 0),
    size: onCpu!.reduce((far, value) => Math.max(far, Math.abs(value)), 0),
  }
}

/** The smallest that has so many patches, or the largest. */
const slideFor = (patchesWanted: number): Promise<string> =>
  generatedSlide({ side: sides.find((side) => (side / 224) ** 2 >= patchesWanted) ?? sides.at(-1)!, mpp: 0.5, tissue: 1 })

type AskAll = <T>(job: DeviceJob) => Promise<readonly T[]>

/** Threads with a session each; all are asked at once. */
async function onDevice<T>(
  open: Extract<DeviceJob, { open: unknown }>['open'],
  count: number,
  use: (all: AskAll) => Promise<T>,
): Promise<T> {
  const lanes = new Lanes({
    count,
    script: new URL('./device-worker.js', import.meta.url),
    workerData: null,
    revive: (error) => new Error(String(error)),
  })
  const all: AskAll = <A>(body: DeviceJob) => Promise.all(Array.from({ length: count }, (_, lane) => lanes.call<A>(lane, { body })))
  // Of several cards in turn.
  const places = placesOf(open.device)
  try {
    await Promise.all(
      Array.from({ length: count }, (_, lane) =>
        lanes.call(lane, { body: { open: { ...open, device: placeName(places[lane % places.length]!) } } satisfies DeviceJob }),
      ),
    )
    return await use(all)
  } finally {
    await lanes.close()
  }
}

/** Of the rows: the table of the cohort says how long a slide took. */
async function hashOf(output: string): Promise<string> {
  const names = (await readdir(output, { recursive: true }))
    .filter((name) => name.endsWith('.parquet') && !name.startsWith('cohort'))
    .sort()
  const hash = createHash('sha256')
  for (const name of names) hash.update(name).update(await readFile(path.join(output, name)))
  return `${names.length} ${hash.digest('hex')}`
}

try {
  console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as GpuJob)))
} catch (error) {
  console.log(JSON.stringify({ failed: error instanceof Error ? error.message.split('\n')[0] : String(error) }))
}
