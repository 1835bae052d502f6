/**
 * The threads of sessions that do not live in the lanes: batches go in by transfer, answers come out. A card may have several sessions, each in a
 * thread of its own, so that one is given its pictures while another computes; and several cards may work together. Which of them a batch
 * falls to depends on the clock: its answers do not.
 */

import path from 'node:path'
import { kindOf, placeName, placesOf, runsInLanes } from '../../core/devices.js'
import { errorFrom, ModelError, PipelineError } from '../../core/errors.js'
import { startThreads } from '../../core/host/may-start-threads.js'
import { providedIn, type Roles } from '../../core/roles.js'
import type { SlideRef } from '../../core/slide.js'
import { Lanes } from '../../flow/lanes.js'
import { batchSizeOf } from '../plan/batch-size.js'
import { excessOf } from '../plan/memory.js'
import type { Plan, Segment } from '../plan/plan-type.js'
import { sessionsOn } from '../plan/sessions.js'
import { deadBefore, revive } from './dead-thread.js'
import {
  type BlockAnswer,
  type BlockRead,
  type Devices,
  type LaneData,
  type LaneJob,
  type LaneModels,
  laneScript,
  type ModelSettings,
  pixelBuffers,
  type Ready,
} from './lane-protocol.js'
import { Seats } from './seats.js'
import type { Usage } from './usage.js'

export interface Device {
  readonly ready: Ready
  /** Entries of the pipeline's lists that it is on. */
  readonly entries: readonly string[]
  /** Throws ModelError DEVICE_LOST once no thread of it is left; LaneDied where the pixels are to be read again. */
  predict(ref: SlideRef, read: BlockRead, signal: AbortSignal): Promise<BlockAnswer>
  close(): Promise<void>
}

interface Hired {
  /** Null when the lanes infer themselves. */
  readonly device: Device | null
  /** Why a model that was to run on a device runs elsewhere, or with fewer threads. */
  readonly refusal: readonly string[]
}

type Answers = Roles['answers']

/**
 * Threads for the sessions of all models that the plan cuts off from the lanes, each on the first of its devices that works and is not `gone`.
 * A device of the lanes after others means the lanes.
 */
export async function hireDevice(
  plan: Plan,
  prepared: Promise<{ readonly models: LaneModels }>,
  usage: Usage,
  gone: ReadonlySet<string> = new Set(),
): Promise<Hired> {
  const own = plan.segments.find(({ where }) => where === 'device')
  if (!own) return { device: null, refusal: [] }
  const asked = providedIn(own.stages, 'answers').map((answers) => ({
    ...answers,
    devices: answers.devices.filter((one) => !gone.has(one)),
  }))
  const without = asked.find(({ devices }) => devices.length === 0)
  if (without)
    throw new ModelError('DEVICE_MISSING', `no device is left that ${without.model} may run on`, {
      hint: 'tiastream doctor tries every device',
    })
  const away = asked.filter(({ devices }) => !runsInLanes(devices[0] ?? 'cpu'))
  if (away.length === 0) return { device: null, refusal: [] }
  const team = new Team(plan, own, prepared)
  try {
    const lists = Object.fromEntries(away.map((answers) => [answers.model, beforeLanes(answers.devices)]))
    const first = team.start()
    const ready = await team.open(first, lists)
    const whys = away.flatMap((answers) => whyInLanes(answers, ready))
    for (const why of whys) mustHold(plan, why)
    const refusal = whys.map((why) => `${why}; using ${kindOf(lanesOf(away))}`)
    if (refusal.length === away.length) {
      await team.close()
      return { device: null, refusal }
    }
    const more = await team.others(ready)
    if (more.missing) {
      const { entry, error } = more.missing
      if (away.some(({ devices }) => devices.every((one) => one === entry))) throw error
      // A card that was to work with others is not there: the next entry of the list.
      await team.close()
      const again = await hireDevice(plan, prepared, usage, new Set([...gone, entry]))
      return { ...again, refusal: [`${entry} is not used: ${error.message}`, ...again.refusal] }
    }
    const seats = new Seats([{ name: nameOf(ready, 0), lanes: first }, ...more.seats], usage)
    const device: Device = {
      ready,
      entries: [...new Set(Object.values(ready.entries))],
      predict: (ref, read, signal) => predict(seats, Object.keys(ready.entries), ref, read, signal),
      close: () => team.close(),
    }
    return { device, refusal: [...refusal, ...more.warnings] }
  } catch (error) {
    await team.close()
    throw deadBefore(error, plan.plugins)
  }
}

/** The card of a thread: of entries that join several, that of its turn. */
const nameOf = ({ entries }: Pick<Ready, 'entries'>, turn: number): string =>
  [...new Set(Object.values(entries).map((entry) => placeName(turnOf(entry, turn))))].join(' and ')

function turnOf(entry: string, turn: number) {
  const places = placesOf(entry)
  return places[turn % places.length]!
}

interface Others {
  readonly seats: readonly { readonly name: string; readonly lanes: Lanes }[]
  readonly warnings: readonly string[]
  /** An entry of which not all cards are there. */
  readonly missing?: { readonly entry: string; readonly error: Error }
}

/** All threads of a device, while they are started. */
class Team {
  private readonly threads: Lanes[] = []

  constructor(
    private readonly plan: Plan,
    private readonly segment: Segment,
    private readonly prepared: Promise<{ readonly models: LaneModels }>,
  ) {}

  start(): Lanes {
    const { plan, segment } = this
    const data: LaneData = {
      stages: segment.stages,
      batch: batchSizeOf(plan.stages),
      apart: true,
      toDevice: false,
      plugins: plan.plugins.map(({ module }) => module),
      folder: plan.folder,
      cacheBytes: 0,
      kind: null,
    }
    const lanes = startThreads(() => new Lanes({ count: 1, script: laneScript, workerData: data, revive }))
    this.threads.push(lanes)
    return lanes
  }

  async open(lanes: Lanes, devices: Devices): Promise<Ready> {
    const all = (await this.prepared).models
    const models = Object.fromEntries(Object.keys(devices).map((model) => [model, all[model]!]))
    const job: LaneJob = { type: 'ready', models, devices, settings: settingsOf(this.segment, this.plan.folder) }
    const [ready] = await lanes.setup<Ready>('models', job)
    return ready!
  }

  /** The threads besides the first: those of the other cards, then further sessions of each. */
  async others({ entries, precisions }: Ready): Promise<Others> {
    const cards = Math.max(...Object.values(entries).map((entry) => placesOf(entry).length))
    const threads = cards * sessionsOn(Object.values(entries), { runtime: this.plan.runtime, stages: this.segment.stages })
    const turns = Array.from({ length: threads - 1 }, (_, i) => i + 1)
    const started = await Promise.all(
      turns.map(async (turn) => {
        const lanes = this.start()
        const at = Object.fromEntries(Object.entries(entries).map(([model, entry]) => [model, [placeText(entry, turn)]]))
        const error = await this.open(lanes, at).then(
          (ready) => whyNotBeside(precisions, ready),
          (failure: unknown) => deadBefore(failure, this.plan.plugins) as Error,
        )
        return { turn, lanes, name: nameOf({ entries }, turn), error }
      }),
    )
    const absent = started.find(({ turn, error }) => turn < cards && error !== null)
    if (absent) {
      const entry = Object.values(entries).find((one) => placesOf(one).length > 1)!
      return { seats: [], warnings: [], missing: { entry, error: absent.error! } }
    }
    const refused = started.filter(({ error }) => error !== null)
    await Promise.all(refused.map(({ lanes }) => lanes.close()))
    const warnings = refused.map(({ name, error }) => `${name} has one session less: ${error!.message}`)
    return { seats: started.filter(({ error }) => error === null), warnings }
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((lanes) => lanes.close()))
  }
}

/** Rows of one slide fall to any of the threads: they compute alike, or not at all. */
function whyNotBeside(precisions: Ready['precisions'], { refused, precisions: own }: Ready): Error | null {
  const [record] = Object.values(refused)
  if (record) return errorFrom(record)
  const other = Object.keys(precisions).find((model) => own[model] !== precisions[model])
  if (other === undefined) return null
  const what = `it computes ${other} in ${own[other]}, and the others in ${precisions[other]}`
  return new ModelError('DEVICE_MISSING', what, {
    hint: 'GPUs of one kind do; or cuda: { attention: false }, where that is the difference',
  })
}

/** With its number, as the other threads are told it. */
function placeText(entry: string, turn: number): string {
  const { device, card } = turnOf(entry, turn)
  return entry === device ? device : `${device}:${card}`
}

/** Folders in them are relative to the pipeline file. */
function settingsOf({ stages }: Segment, folder: string): ModelSettings {
  const each = providedIn(stages, 'answers').map(({ model, settings = {} }) => {
    const { tensorrt } = settings
    const cache = tensorrt?.cache === undefined ? {} : { cache: path.resolve(folder, tensorrt.cache) }
    return [model, tensorrt ? { ...settings, tensorrt: { ...tensorrt, ...cache } } : settings] as const
  })
  return Object.fromEntries(each)
}

const beforeLanes = (devices: readonly string[]): readonly string[] => {
  const lanes = devices.findIndex(runsInLanes)
  return lanes > 0 ? devices.slice(0, lanes) : devices
}

/** The device of the lanes that comes next. */
const lanesOf = (asked: readonly Answers[]): string => asked.flatMap(({ devices }) => devices).find(runsInLanes) ?? 'cpu'

/** The plan was checked for the device, which has one session where the lanes have one each. */
function mustHold({ memoryInLanes = [], runtime }: Plan, why: string): void {
  const excess = excessOf(memoryInLanes, runtime.memory)
  if (excess !== null) throw new PipelineError('MEMORY_EXCEEDED', `${why}; for cpu, which comes next, runtime.memory ${excess}`)
}

/** Why a model goes to the lanes, if it does. Throws when it may not. */
function whyInLanes({ model, devices }: Answers, { refused }: Ready): readonly string[] {
  const record = refused[model]
  if (!record) return []
  if (devices.findIndex(runsInLanes) <= 0) throw errorFrom(record)
  return [record.message]
}

async function predict(
  seats: Seats,
  models: readonly string[],
  { images: _, ...ref }: SlideRef,
  { batches, told }: BlockRead,
  signal: AbortSignal,
): Promise<BlockAnswer> {
  const patches = batches.reduce((sum, batch) => sum + batch.patches.length, 0)
  const job: LaneJob = { type: 'batches', ref, batches, models }
  const answer = await seats.ask<BlockAnswer>({ body: job, transfer: pixelBuffers(batches) }, patches, signal)
  return { ...answer, told: [...told, ...answer.told] }
}
