/** The thread of a bare runtime, ONNX Runtime or OpenVINO: one session, batches that lie in memory, nothing else. */

import { readFile } from 'node:fs/promises'
import { serveLane } from '../../src/flow/serve-lane.js'
import { readCard } from '../../src/models/card/card.js'
import { affineOf } from '../../src/models/session/affine.js'
import { loadOrt } from '../../src/models/session/ort.js'
import type { Computing, Numbers } from '../../src/models/session/session.js'

export interface BareJob {
  readonly folder: string
  /** Patches, 224 × 224 × 3 bytes each: as many as lie in memory; they are used in turn. */
  readonly pixels: Uint8Array
  readonly batch: number
  readonly count: number
  readonly threads: number
  /** By OpenVINO in these floats; by ONNX Runtime without it. */
  readonly openvino?: Computing
}

interface Ready {
  readonly feeds: readonly Record<string, Numbers>[]
  ask(feed: Record<string, Numbers>): Promise<unknown>
}

const open = new Map<string, Ready>()

/** The session as the file stands, with the options tiastream uses; batches already in the type and layout the graph takes. */
async function ready({ folder, pixels, batch, threads, openvino }: BareJob): Promise<Ready> {
  const key = `${folder} ${threads} ${batch} ${openvino}`
  const known = open.get(key)
  if (known) return known
  const card = await readCard(folder)
  const input = card.inputs[0]!
  const names = card.outputs.map(({ name }) => name)
  const ask = openvino === undefined ? await byOrt(card.file, threads) : await byOpenVino(card.file, threads, batch, openvino, names)
  const each = input.width * input.height * 3
  const feeds: Record<string, Numbers>[] = []
  for (let from = 0; from + batch * each <= pixels.length; from += batch * each) {
    const bytes = pixels.subarray(from, from + batch * each)
    const planar = input.layout === 'NCHW'
    const dims = planar ? [batch, 3, input.height, input.width] : [batch, input.height, input.width, 3]
    if (input.dtype === 'uint8')
      feeds.push({
        [input.name]: { type: 'uint8', data: planar ? planes(bytes, batch, each / 3, (v) => v, Uint8Array) : bytes.slice(), dims },
      })
    else {
      const { factor, offset } = affineOf(input)
      const floats = planar
        ? planes(bytes, batch, each / 3, (v, c) => v * factor[c]! + offset[c]!, Float32Array)
        : Float32Array.from(bytes, (v, i) => v * factor[i % 3]! + offset[i % 3]!)
      feeds.push({ [input.name]: { type: 'float32', data: floats, dims } })
    }
  }
  const made = { feeds, ask }
  open.set(key, made)
  return made
}

async function byOrt(file: string, threads: number): Promise<Ready['ask']> {
  const ort = await loadOrt()
  const session = await ort.InferenceSession.create(await readFile(file), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const tensors = new Map<Numbers, InstanceType<typeof ort.Tensor>>()
  return (feed) => {
    const given = Object.entries(feed).map(([name, numbers]) => {
      const { type, data, dims } = numbers
      const tensor = tensors.get(numbers) ?? new ort.Tensor(type as 'uint8', data as Uint8Array, dims)
      tensors.set(numbers, tensor)
      return [name, tensor] as const
    })
    return session.run(Object.fromEntries(given))
  }
}

async function byOpenVino(
  file: string,
  threads: number,
  batch: number,
  computing: Computing,
  names: readonly string[],
): Promise<Ready['ask']> {
  const { openSession } = await import('../../src/models/session/openvino/session.js')
  const session = await openSession({ model: file, device: 'openvino', card: 0, threads, batch, exactSums: false, settings: { computing } })
  return (feed) => session.run(feed, names)
}

function planes<T extends Uint8Array | Float32Array>(
  bytes: Uint8Array,
  batch: number,
  area: number,
  value: (v: number, channel: number) => number,
  Type: new (length: number) => T,
): T {
  const out = new Type(bytes.length)
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) out[(n * 3 + c) * area + i] = value(bytes[(n * area + i) * 3 + c]!, c)
  }
  return out
}

async function work(job: BareJob): Promise<number> {
  const { feeds, ask } = await ready(job)
  let done = 0
  for (let i = 0; done < job.count; i++) {
    await ask(feeds[i % feeds.length]!)
    done += job.batch
  }
  return done
}

serveLane({
  work: async (job) => ({ body: await work(job as BareJob) }),
  record: (error) => String(error instanceof Error ? error.stack : error),
})
