/**
 * Whether another way to compute pays for a model: it is asked about pictures by ONNX Runtime, as its graph says, then by each of the
 * others, and processor time and answers are compared. One thread each, one after another. Runs in a process of its own (`trial-apart.ts`).
 */

import type { PatchBatch } from '../../core/items.js'
import type { ModelCard } from '../../core/model.js'
import { reasonOf } from '../session/device.js'
import { openPrepared } from '../session/open-prepared.js'
import { type PreparedModel, prepareModel } from '../session/prepare.js'
import type { Computing } from '../session/session.js'
import { type Agreement, agreementOf, most, mostInFloats } from './agreement.js'

/** One way to compute: by which device, in which numbers. */
export interface Way {
  readonly device: string
  readonly numbers: Computing
}

export interface TrialJob {
  readonly card: ModelCard
  /** Pictures the graph is given at once, at most. */
  readonly batch: number
  /** For each input of the card, as many pictures as there are to be: bytes, RGB, one after another. They should differ. None: it is only opened. */
  readonly pictures: readonly Uint8Array[]
  readonly ways: readonly Way[]
  /** Nothing is timed: what counts is whether the answers are those of ONNX Runtime, computed in the same numbers. */
  readonly only?: 'answers'
}

export interface Tried extends Way {
  /** Processor milliseconds a picture. */
  readonly ms: number
  readonly agreement: Agreement
}

export interface Trial {
  /** By ONNX Runtime, as the graph says. */
  readonly ms: number
  readonly tried: readonly (Tried | (Way & { readonly why: string }))[]
  /** Why ONNX Runtime gave no answers to hold the others' against, where answers alone count. */
  readonly alone?: string
}

/** Answers are compared over half as many pictures where one takes longer than this (ms). */
const slow = 300
/** Rounds that are timed, of which the fastest counts, and how long they may take together (ms). */
const rounds = 3
const patience = 2000

/** Throws what the model itself does not do. */
export async function tryWays({ card, batch, pictures, ways, only }: TrialJob): Promise<Trial> {
  const prepared = await prepareModel(card)
  if (pictures.length === 0) return { ms: 0, tried: await openEach(prepared, batch, ways) }
  if (only === 'answers') return compareEach(prepared, { batch, pictures, ways })
  const size = card.batch ?? Math.min(batch, 8)
  const batches = batchesOf(card, pictures, size)
  const reference = await timed(prepared, { device: 'cpu', numbers: 'fp32' }, size, batches)
  const tried: Trial['tried'][number][] = []
  for (const way of ways) {
    try {
      const { ms, answers } = await timed(prepared, way, size, reference.batches)
      tried.push({ ...way, ms, agreement: agreementOf(card, reference.answers, answers) })
    } catch (error) {
      tried.push({ ...way, why: reasonOf(error) })
    }
  }
  return { ms: reference.ms, tried }
}

async function openEach(prepared: PreparedModel, batch: number, ways: readonly Way[]): Promise<Trial['tried']> {
  const opened: Trial['tried'][number][] = []
  for (const way of ways) {
    const { device, numbers } = way
    const why = await openPrepared(prepared, { devices: [device], threads: 1, batch, settings: { computing: numbers } }).then(
      (model) => model.close(),
      reasonOf,
    )
    opened.push(why === undefined ? { ...way, ms: 0, agreement: { agrees: true, apart: 0, why: '' } } : { ...way, why })
  }
  return opened
}

/** Pictures whose answers are compared where nothing is timed. */
const few = 4

async function compareEach(
  prepared: PreparedModel,
  { batch, pictures, ways }: Pick<TrialJob, 'batch' | 'pictures' | 'ways'>,
): Promise<Trial> {
  const { card } = prepared
  const given = batchesOf(card, pictures, few)[0]!
  const answers = async ({ device, numbers }: Way, size: number) => {
    const model = await openPrepared(prepared, { devices: [device], threads: 1, batch: size, settings: { computing: numbers } })
    try {
      return (await model.predict(given)).outputs
    } finally {
      await model.close()
    }
  }
  const reference = await answers({ device: 'cpu', numbers: 'fp32' }, 1).catch(reasonOf)
  const bounds = (card.precision ?? 'float32') === 'float32' ? mostInFloats : most
  const tried: Trial['tried'][number][] = []
  for (const way of ways) {
    try {
      // As large a batch as is to come: it may not fit.
      const own = await answers(way, batch)
      const agreement = typeof reference === 'string' ? { agrees: true, apart: 0, why: '' } : agreementOf(card, reference, own, bounds)
      tried.push({ ...way, ms: 0, agreement })
    } catch (error) {
      tried.push({ ...way, why: reasonOf(error) })
    }
  }
  return { ms: 0, tried, ...(typeof reference === 'string' ? { alone: reference } : {}) }
}

async function timed(prepared: PreparedModel, { device, numbers }: Way, size: number, given: readonly PatchBatch[]) {
  const { card } = prepared
  const model = await openPrepared(prepared, { devices: [device], threads: 1, batch: size, settings: { computing: numbers } })
  try {
    const first = given[0]!
    // The first answer is what takes long once: buffers, threads.
    await model.predict(first)
    let began = process.cpuUsage()
    const answered = [await model.predict(first)]
    let ms = since(began) / size
    const batches = device === 'cpu' && ms > slow ? given.slice(0, Math.ceil(given.length / 2)) : given
    for (const batch of batches.slice(1)) answered.push(await model.predict(batch))
    const until = performance.now() + patience
    for (let round = 0; round < rounds && (round === 0 || performance.now() < until); round++) {
      began = process.cpuUsage()
      for (const batch of batches.slice(0, 2)) await model.predict(batch)
      ms = Math.min(ms, since(began) / (size * Math.min(2, batches.length)))
    }
    return { ms, batches, answers: joined(card, answered) }
  } finally {
    await model.close()
  }
}

/** Of processor time, milliseconds: who else is at work matters less. */
function since(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1000
}

/** The last one is filled up with the first pictures. */
function batchesOf(card: ModelCard, pictures: readonly Uint8Array[], size: number): readonly PatchBatch[] {
  const { width, height } = card.inputs[0]!
  const count = pictures[0]!.length / (width * height * 3)
  const patches = Array.from({ length: size }, (_, index) => ({
    slide: 'trial',
    index,
    column: 0,
    row: 0,
    bounds: [0, 0, width, height] as const,
    region: { x: 0, y: 0, width, height },
    notes: {},
  }))
  return Array.from({ length: Math.ceil(count / size) }, (_, n) => {
    const inputs = card.inputs.map((input, i) => {
      const each = input.width * input.height * 3
      const data = new Uint8Array(size * each)
      for (let k = 0; k < size; k++) {
        const which = (n * size + k) % count
        data.set(pictures[i]!.subarray(which * each, (which + 1) * each), k * each)
      }
      return { data, width: input.width, height: input.height }
    })
    return { patches, statuses: patches.map(() => ({ status: 'ok' as const })), inputs, outputs: {} }
  })
}

function joined(card: ModelCard, answered: readonly PatchBatch[]): PatchBatch['outputs'] {
  return Object.fromEntries(
    card.outputs.map(({ name, width }) => {
      const parts = answered.map(({ outputs }) => outputs[name]!.data)
      const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
      let at = 0
      for (const part of parts) {
        data.set(part, at)
        at += part.length
      }
      return [name, { data, width }]
    }),
  )
}
