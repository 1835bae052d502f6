/** The threads of a run: lanes that read (and, on a CPU, infer), and on a GPU the thread of its session. */

import { errorFrom } from '../../core/errors.js'
import { mayFuse } from '../../core/fused-attention.js'
import { mayStartThreads, startThreads } from '../../core/host/may-start-threads.js'
import type { ModelCard } from '../../core/model.js'
import { providedIn } from '../../core/roles.js'
import type { SlideIdentity, SlideRef } from '../../core/slide.js'
import { Credits } from '../../flow/credits.js'
import { untilBlamedTwice } from '../../flow/lane-died.js'
import { heldAtOnce, Lanes } from '../../flow/lanes.js'
import { withoutTelemetry } from '../../models/session/no-telemetry.js'
import { type PreparedModel, prepareModel } from '../../models/session/prepare.js'
import type { Known } from '../../readers/files/known.js'
import type { Block } from '../plan/bands.js'
import { batchSizeOf } from '../plan/batch-size.js'
import { laneCacheBytes } from '../plan/cache-bytes.js'
import { deviceName } from '../plan/device-names.js'
import { creditsOnDevice } from '../plan/memory.js'
import type { Plan, Segment } from '../plan/plan-type.js'
import { segmentsFor } from '../plan/segments-of-plan.js'
import type { ResultStore } from '../store/result-store.js'
import { deadBefore, deadOn, revive } from './dead-thread.js'
import { type Device, hireDevice } from './device.js'
import { Helpers } from './helpers.js'
import { type LaneNumbers, laneNumbers } from './lane-numbers.js'
import { type BlockAnswer, type BlockRead, type Closed, type LaneData, type LaneModels, laneScript, type Ready } from './lane-protocol.js'
import { preload } from './preload.js'
import { Usage } from './usage.js'

export interface Crew {
  readonly lanes: number
  /** The provider in use; null when the pipeline has no model. */
  readonly device: string | null
  /** In which numbers the model computes; null when there is none. */
  readonly precision: string | null
  /** Names and versions of libraries that compute and do not come with tiastream; null when there are none. */
  readonly library: string | null
  readonly warnings: readonly string[]
  readonly segments: readonly Segment[]
  readonly usage: Usage
  /** Entries of the lists of devices that are in use, or were lost before. */
  readonly tried: readonly string[]
  open(key: string, ref: SlideRef, identity: SlideIdentity, known: Known | null): Promise<void>
  ask(ref: SlideRef, block: Block, signal: AbortSignal): Promise<BlockAnswer>
  /** The threads that make masks and pictures. */
  readonly helpers: Helpers
  closeSlide(key: string): Promise<readonly Closed[]>
  close(): Promise<void>
}

export interface HireOptions {
  /** Devices that are not to be had again, as the lists have them. */
  readonly gone?: readonly string[]
  /** Where its use is summed up. */
  readonly usage?: Usage
}

async function startLanes(plan: Plan, workerData: LaneData, device: Device | null): Promise<Lanes> {
  try {
    return startThreads(() => new Lanes({ count: plan.runtime.lanes, script: laneScript, workerData, revive }))
  } catch (error) {
    await device?.close()
    throw error
  }
}

/** Starts the threads and opens the model in each; meanwhile this thread loads what its first slide will need. `store`: of the results, if there are to be some. Throws ModelError when no device of the list can be had. */
export async function hire(
  plan: Plan,
  store: ResultStore | null = null,
  { gone = [], usage = new Usage() }: HireOptions = {},
): Promise<Crew> {
  mayStartThreads()
  withoutTelemetry()
  const asked = cardsBy(plan)
  const prepared = prepareAll(asked, plan)
  const { device, refusal } = await hireDevice(plan, prepared, usage, new Set(gone))
  const away = device?.ready.devices ?? {}
  const segments = segmentsFor(plan.stages, new Set(Object.keys(away)))
  const models = providedIn(plan.stages, 'answers').map(({ model }) => model)
  const data: LaneData = {
    stages: segments.find(({ where }) => where === 'lane')?.stages ?? [],
    batch: batchSizeOf(plan.stages),
    apart: false,
    toDevice: device !== null,
    plugins: plan.plugins.map(({ module }) => module),
    folder: plan.folder,
    cacheBytes: laneCacheBytes,
    kind: plan.source.kind,
  }
  // The threads load their code while this one prepares the models.
  const lanes = await startLanes(plan, data, device)
  const credits = new Credits(lanes.count, device ? creditsOnDevice : heldAtOnce)
  const helpers = new Helpers(
    plan,
    prepared.then(({ mainModels }) => mainModels),
  )
  void preload(plan)
  const close = async () => {
    await Promise.all([lanes.close(), helpers.close(), device?.close()])
  }
  try {
    helpers.begin()
    const { models: all } = await prepared
    const here = Object.fromEntries(Object.entries(all).filter(([name]) => away[name] === undefined))
    const numbers = await laneNumbers(plan, Object.keys(here), store)
    const ready = await lanes.setup<Ready>('models', { type: 'ready', models: here, ...inLanes(numbers, plan) })
    usage.start()
    for (const refused of ready.flatMap((one) => Object.values(one.refused))) throw errorFrom(refused)
    return {
      lanes: lanes.count,
      device: deviceName(models.map((model) => away[model] ?? numbers[model]!.device)),
      precision: deviceName(models.map((model) => device?.ready.precisions[model] ?? ready[0]!.precisions[model]!)),
      library: deviceName([...(device?.ready.libraries ?? []), ...ready.flatMap(({ libraries }) => libraries)]),
      warnings: [
        ...new Set([
          ...refusal,
          ...Object.values(numbers).flatMap(({ told }) => told),
          ...(device?.ready.warnings ?? []),
          ...ready.flatMap(({ warnings }) => warnings),
        ]),
      ],
      segments,
      usage,
      tried: [...gone, ...(device?.entries ?? [])],
      open: async (key, ref, identity, known) => {
        await lanes.setup(key, { type: 'open', key, ref, identity, known }).catch((error) => {
          throw deadOn(key, error, plan.plugins)
        })
      },
      ask: (ref, block, signal) => {
        const key = ref.id
        const body = { type: 'block', key, patches: block.addresses }
        const inLane = async (lane: number) => {
          const given = performance.now()
          const answer = await lanes.call<BlockAnswer>(lane, { body }, signal)
          usage.block({ lanes: performance.now() - given - answer.ms, device: 0 })
          if (models.length > 0) usage.inLane(inferMs(answer), block.ordinals.length)
          return answer
        }
        const answered = (lane: number) => {
          if (!device) return inLane(lane)
          return untilBlamedTwice(async () => {
            const given = performance.now()
            const read = await lanes.call<BlockRead>(lane, { body }, signal)
            const here = performance.now()
            const answer = await device.predict(ref, read, signal)
            usage.block({ lanes: here - given - read.ms, device: performance.now() - here - answer.ms })
            return answer
          })
        }
        return credits.spend(key, block.lane, answered, signal).catch((error) => {
          throw deadOn(key, error, plan.plugins)
        })
      },
      helpers,
      closeSlide: (key) => {
        credits.end(key)
        return lanes.teardown<Closed>(key, { type: 'close', key }).catch((error) => {
          throw deadOn(key, error, plan.plugins)
        })
      },
      close,
    }
  } catch (error) {
    await close()
    throw deadBefore(error, plan.plugins)
  }
}

/** One device each: lanes that chose for themselves might not choose the same. */
const inLanes = (numbers: Readonly<Record<string, LaneNumbers>>, { stages }: Plan) => ({
  devices: Object.fromEntries(Object.entries(numbers).map(([model, { device }]) => [model, [device]])),
  settings: Object.fromEntries(
    providedIn(stages, 'answers').flatMap(({ model, settings }) => {
      const { computing } = numbers[model] ?? {}
      return computing === undefined ? [] : [[model, { ...settings, computing }] as const]
    }),
  ),
})

const inferMs = ({ told }: BlockAnswer): number =>
  told.reduce((sum, event) => (event.type === 'time' && event.name === 'infer' ? sum + event.ms : sum), 0)

/** The models that stages of the main thread ask (masks), and those of the lanes; one that is only named (`like`) is opened nowhere. */
function cardsBy({ stages, cards }: Plan) {
  const main = stages.flatMap(({ placement, options: { model } }) => {
    const card = typeof model === 'string' && (placement === 'address' || placement === 'rows') ? cards[model] : undefined
    return card ? [[String(model), card] as const] : []
  })
  const lanes = providedIn(stages, 'answers').map(({ model }) => [model, cards[model]!] as const)
  return { main: Object.fromEntries(main), lanes: Object.fromEntries(lanes) }
}

interface Prepared {
  readonly models: LaneModels
  readonly mainModels: LaneModels
}

/** Made ready once, for all threads: their bytes lie in memory that the threads share. */
async function prepareAll({ main, lanes }: ReturnType<typeof cardsBy>, { stages }: Plan): Promise<Prepared> {
  const fused = providedIn(stages, 'answers').filter(({ devices, settings }) => mayFuse(devices, settings))
  const names = new Set(fused.map(({ model }) => model))
  return { models: await prepareEach(lanes, names), mainModels: await prepareEach(main, new Set()) }
}

/** `fused`: those that a device may be asked which computes attention at once. */
async function prepareEach(cards: Readonly<Record<string, ModelCard>>, fused: ReadonlySet<string>): Promise<LaneModels> {
  const prepared: Record<string, PreparedModel> = {}
  for (const [name, card] of Object.entries(cards)) {
    const { ways, ...rest } = await prepareModel(card, { attention: fused.has(name) })
    prepared[name] = {
      ...rest,
      ways: ways.map((way) => ({ ...way, model: typeof way.model === 'string' ? way.model : shared(way.model) })),
    }
  }
  return prepared
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
