/** The thread of a session that does not live in the lanes: batches go in by transfer, answers come out. */

import { runsInLanes } from '../../core/devices.js'
import { errorFrom, PipelineError } from '../../core/errors.js'
import { providedIn, type Roles } from '../../core/roles.js'
import type { SlideRef } from '../../core/slide.js'
import { Lanes } from '../../flow/lanes.js'
import { batchSizeOf } from '../plan/batch-size.js'
import { excessOf } from '../plan/memory.js'
import type { Plan } from '../plan/plan-type.js'
import { deadBefore, revive } from './dead-thread.js'
import { type BlockAnswer, type BlockRead, type LaneData, type LaneModels, laneScript, pixelBuffers, type Ready } from './lane-protocol.js'

interface Device {
  readonly lanes: Lanes
  readonly ready: Ready
}

interface Hired {
  /** Null when the lanes infer themselves. */
  readonly device: Device | null
  /** Why a model that was to run on a device runs in the lanes. */
  readonly refusal: readonly string[]
}

/**
 * One thread for the sessions of all models that the plan cuts off from the lanes, each on the first of its devices that works. The CPU after
 * other devices means the lanes.
 */
export async function hireDevice(plan: Plan, prepared: Promise<{ readonly models: LaneModels }>): Promise<Hired> {
  const own = plan.segments.find(({ where }) => where === 'device')
  if (!own) return { device: null, refusal: [] }
  const asked = providedIn(own.stages, 'answers')
  const data: LaneData = {
    stages: own.stages,
    batch: batchSizeOf(plan.stages),
    toDevice: false,
    plugins: plan.plugins.map(({ module }) => module),
    cacheBytes: 0,
    kind: null,
  }
  const lanes = new Lanes({ count: 1, script: laneScript, workerData: data, revive })
  try {
    const all = (await prepared).models
    const models = Object.fromEntries(asked.map(({ model }) => [model, all[model]!]))
    const devices = Object.fromEntries(asked.map((answers) => [answers.model, beforeLanes(answers.devices)]))
    const [ready] = await lanes.setup<Ready>('models', { type: 'ready', models, devices })
    const whys = asked.flatMap((answers) => whyInLanes(answers, ready!))
    for (const why of whys) mustHold(plan, why)
    const refusal = whys.map((why) => `${why}; using cpu`)
    if (refusal.length < asked.length) return { device: { lanes, ready: ready! }, refusal }
    await lanes.close()
    return { device: null, refusal }
  } catch (error) {
    await lanes.close()
    throw deadBefore(error)
  }
}

const beforeLanes = (devices: readonly string[]): readonly string[] => {
  const lanes = devices.findIndex(runsInLanes)
  return lanes > 0 ? devices.slice(0, lanes) : devices
}

/** The plan was checked for the device, which has one session where the lanes have one each. */
function mustHold({ memoryInLanes = [], runtime }: Plan, why: string): void {
  const excess = excessOf(memoryInLanes, runtime.memory)
  if (excess !== null) throw new PipelineError('MEMORY_EXCEEDED', `${why}; for cpu, which comes next, runtime.memory ${excess}`)
}

/** Why a model goes to the lanes, if it does. Throws when it may not. */
function whyInLanes({ model, devices }: Roles['answers'], { refused }: Ready): readonly string[] {
  const record = refused[model]
  if (!record) return []
  if (devices.findIndex(runsInLanes) <= 0) throw errorFrom(record)
  return [record.message]
}

export async function predict(
  device: Lanes,
  { images: _, ...ref }: SlideRef,
  { batches, told }: BlockRead,
  signal: AbortSignal,
): Promise<BlockAnswer> {
  const answer = await device.call<BlockAnswer>(0, { body: { type: 'batches', ref, batches }, transfer: pixelBuffers(batches) }, signal)
  return { rows: answer.rows, told: [...told, ...answer.told] }
}
