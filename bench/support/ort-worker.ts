/** The thread of bare ONNX Runtime: one session, batches that lie in memory, nothing else. */

import { readFile } from 'node:fs/promises'
import { serveLane } from '../../src/flow/serve-lane.js'
import { readCard } from '../../src/models/card/card.js'
import { affineOf } from '../../src/models/session/affine.js'
import { type InferenceSession, loadOrt } from '../../src/models/session/ort.js'

export interface BareJob {
  readonly folder: string
  /** Patches, 224 × 224 × 3 bytes each: as many as lie in memory; they are used in turn. */
  readonly pixels: Uint8Array
  readonly batch: number
  readonly count: number
  readonly threads: number
}

interface Ready {
  readonly session: InferenceSession
  readonly feeds: readonly Record<string, unknown>[]
}

const open = new Map<string, Ready>()

/** The session as the file stands, with the options tiastream uses; batches already in the type and layout the graph takes. */
async function ready({ folder, pixels, batch, threads }: BareJob): Promise<Ready> {
  const key = `${folder} ${threads} ${batch}`
  const known = open.get(key)
  if (known) return known
  const ort = await loadOrt()
  const card = await readCard(folder)
  const input = card.inputs[0]!
  const session = await ort.InferenceSession.create(await readFile(card.file), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const each = input.width * input.height * 3
  const feeds: Record<string, unknown>[] = []
  for (let from = 0; from + batch * each <= pixels.length; from += batch * each) {
    const bytes = pixels.subarray(from, from + batch * each)
    const planar = input.layout === 'NCHW'
    const dims = planar ? [batch, 3, input.height, input.width] : [batch, input.height, input.width, 3]
    if (input.dtype === 'uint8')
      feeds.push({
        [input.name]: new ort.Tensor('uint8', planar ? planes(bytes, batch, each / 3, (v) => v, Uint8Array) : bytes.slice(), dims),
      })
    else {
      const { factor, offset } = affineOf(input)
      const floats = planar
        ? planes(bytes, batch, each / 3, (v, c) => v * factor[c]! + offset[c]!, Float32Array)
        : Float32Array.from(bytes, (v, i) => v * factor[i % 3]! + offset[i % 3]!)
      feeds.push({ [input.name]: new ort.Tensor('float32', floats, dims) })
    }
  }
  const made = { session, feeds }
  open.set(key, made)
  return made
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
  const { session, feeds } = await ready(job)
  let done = 0
  for (let i = 0; done < job.count; i++) {
    await session.run(feeds[i % feeds.length] as never)
    done += job.batch
  }
  return done
}

serveLane({
  work: async (job) => ({ body: await work(job as BareJob) }),
  record: (error) => String(error instanceof Error ? error.stack : error),
})
