/** The thread of a session that does not live in the lanes: batches go in by transfer, answers come out. */

import { ModelError, PipelineError } from '../../core/errors.js'
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
  /** Why no device before the CPU could be had. */
  readonly refusal: readonly string[]
}

/**
 * The session thread of the first device that works, where the plan cuts the model off from the lanes. The CPU after other devices means
 * the lanes.
 */
export async function hireDevice(plan: Plan, prepared: Promise<{ readonly models: LaneModels }>): Promise<Hired> {
  const own = plan.segments.find(({ where }) => where === 'device')
  if (!own) return { device: null, refusal: [] }
  const cpu = plan.devices.indexOf('cpu')
  const wanted = cpu > 0 ? plan.devices.slice(0, cpu) : plan.devices
  const data: LaneData = {
    stages: own.stages,
    devices: wanted,
    batch: batchSizeOf(plan.stages),
    toDevice: false,
    plugins: plan.plugins.map(({ module }) => module),
    cacheBytes: 0,
    kind: null,
  }
  const lanes = new Lanes({ count: 1, script: laneScript, workerData: data, revive })
  try {
    const { models } = await prepared
    const [ready] = await lanes.setup<Ready>('models', { type: 'ready', models, mainModels: {} })
    return { device: { lanes, ready: ready! }, refusal: [] }
  } catch (error) {
    await lanes.close()
    if (cpu <= 0 || !(error instanceof ModelError) || error.code !== 'DEVICE_MISSING') throw deadBefore(error)
    const excess = excessOf(plan.memoryInLanes ?? [], plan.runtime.memory)
    if (excess === null) return { device: null, refusal: [`${error.message}; using cpu`] }
    // The plan was checked for the device, which has one session where the lanes have one each.
    throw new PipelineError('MEMORY_EXCEEDED', `${error.message}; for cpu, which comes next, runtime.memory ${excess}`, { cause: error })
  }
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
