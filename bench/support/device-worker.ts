/** The thread of a bare session on a device: opened as a run opens it, batches that lie in memory, nothing else. */

import { placesOf } from '../../src/core/devices.js'
import { serveLane } from '../../src/flow/serve-lane.js'
import { readCard } from '../../src/models/card/card.js'
import { byteInput } from '../../src/models/session/byte-input.js'
import { fuses } from '../../src/models/session/fused-attention.js'
import { prepareModel, type Way } from '../../src/models/session/prepare.js'
import { openSession } from '../../src/models/session/runtimes.js'
import type { Numbers, Session } from '../../src/models/session/session.js'

export type DeviceJob =
  | {
      readonly open: {
        readonly folder: string
        readonly device: string
        readonly batch: number
        readonly threads: number
        readonly pixels: Uint8Array
      }
    }
  /** Batches one after another for so long. */
  | { readonly seconds: number }
  /** The numbers of the first so many pictures. */
  | { readonly answers: number }

export interface Rate {
  readonly patches: number
  readonly seconds: number
}

interface Opened {
  readonly session: Session
  readonly names: readonly string[]
  readonly batch: number
  readonly feed: (first: number, count: number) => Readonly<Record<string, Numbers>>
}

let opened: Opened | undefined

async function work(job: DeviceJob): Promise<unknown> {
  if ('open' in job) {
    opened = await open(job.open)
    return null
  }
  if (opened === undefined) throw new Error('no session was opened')
  return 'seconds' in job ? rate(opened, job.seconds) : answers(opened, job.answers)
}

async function open({ folder, device, batch, threads, pixels }: Extract<DeviceJob, { open: unknown }>['open']): Promise<Opened> {
  const place = placesOf(device)[0]!
  const { card, ways, exactSums, precision } = await prepareModel(await readCard(folder), { attention: await fuses(place.device) })
  const input = card.inputs[0]!
  const { width, height } = input
  const each = width * height * 3
  const here = pixels.length / each
  const name = byteInput(input)
  const session = await firstOf(
    ways.filter(({ fused }) => fused),
    ({ model, folder: beside }) =>
      openSession({
        ...place,
        model,
        ...(beside === undefined ? {} : { folder: beside }),
        threads,
        batch,
        exactSums,
        precision,
        settings: {},
      }),
  )
  const known = new Map<string, Numbers>()
  const feed = (first: number, count: number) => {
    const key = `${first} ${count}`
    let numbers = known.get(key)
    if (numbers === undefined) {
      const data = new Uint8Array(count * each)
      for (let i = 0; i < count; i++) data.set(pixels.subarray(((first + i) % here) * each, (((first + i) % here) + 1) * each), i * each)
      numbers = { type: 'uint8', data, dims: [count, height, width, 3] }
      known.set(key, numbers)
    }
    return { [name]: numbers }
  }
  const names = card.outputs.map((output) => output.name)
  // The first runs choose algorithms and compile: no part of any rate.
  for (let i = 0; i < 2; i++) await session.run(feed(0, batch), names)
  return { session, names, batch, feed }
}

/** As a run does: the first way in which the device takes the graph. */
async function firstOf(ways: readonly Way[], make: (way: Way) => Promise<Session>): Promise<Session> {
  let failure: unknown
  for (const way of ways) {
    try {
      return await make(way)
    } catch (cause) {
      failure = cause
    }
  }
  throw failure ?? new Error('the graph does not take bytes')
}

/** Four batches in turn, so that no answer is that of the run before. */
async function rate({ session, names, batch, feed }: Opened, seconds: number): Promise<Rate> {
  const began = performance.now()
  let patches = 0
  for (let i = 0; patches === 0 || performance.now() - began < seconds * 1000; i = (i + 1) % 4) {
    await session.run(feed(i * 5, batch), names)
    patches += batch
  }
  return { patches, seconds: (performance.now() - began) / 1000 }
}

async function answers({ session, names, batch, feed }: Opened, count: number): Promise<Float32Array> {
  const out: number[] = []
  for (let first = 0; first < count; first += batch) {
    const given = await session.run(feed(first, batch), names)
    const { data, dims } = given[names[0]!]!
    const width = data.length / dims[0]!
    for (let i = 0; i < Math.min(batch, count - first) * width; i++) out.push(Number(data[i]))
  }
  return Float32Array.from(out)
}

serveLane({
  work: async (job) => ({ body: await work(job as DeviceJob) }),
  record: (error) => (error instanceof Error ? error.message : String(error)),
  finish: async () => opened?.session.release(),
})
