/** The memory sum: everything that buffers says how much, the plan adds it up. Nothing here grows with a slide or with their number. */

import { counted } from '../../core/counted.js'
import type { PlanContext } from '../../core/stage.js'
import type { Environment } from '../environment/environment.js'
import { bandPatches } from './bands.js'
import type { MemoryItem, PlannedSink, PlannedStage, Runtime } from './plan-type.js'

const MiB = 1024 ** 2

/** Decoded tiles that a lane keeps of each slide, and the main thread of each (it reads overviews only). */
export const laneCacheBytes = 32 * MiB
export const mainCacheBytes = 8 * MiB
/** Node itself with the code of a run, and each thread with its decoders, before any slide: an estimate, on the large side. */
const nodeBytes = 96 * MiB
const threadBytes = 48 * MiB
/** An address with its notes, on its way; and how many an 8-row band of a very wide slide has. */
const patchBytes = 640
const widestBand = 8 * 1024

/** Blocks of a lane whose pixels are on their way to a device at once: one that is read, one that waits, one that the device is at. */
export const creditsOnDevice = 3

export function memoryOf(
  stages: readonly PlannedStage[],
  sinks: readonly PlannedSink[],
  context: PlanContext,
  { slides, lanes }: Runtime,
  environment: Environment,
): readonly MemoryItem[] {
  const items: MemoryItem[] = [
    { what: `node and ${counted(lanes, 'thread')}`, bytes: nodeBytes + lanes * threadBytes },
    { what: `tile caches, ${counted(slides, 'slide')}`, bytes: slides * (lanes * laneCacheBytes + mainCacheBytes) },
    {
      what: `patches on their way, ${counted(slides, 'slide')}`,
      bytes: slides * (lanes + 1) * Math.max(bandPatches, widestBand) * patchBytes,
    },
  ]
  for (const { name, options, placement } of stages) {
    const inLanes = placement === 'pixels' || placement === 'model'
    const count = inLanes ? lanes : slides
    const each = environment.stages[name]?.holds?.(options, context) ?? 0
    if (each > 0) items.push({ what: `${name}, ${count} ${inLanes ? 'lanes' : 'slides'}`, bytes: each * count })
  }
  for (const { name, options } of sinks) {
    const each = environment.sinks[name]?.holds?.(options, context) ?? 0
    if (each > 0) items.push({ what: `${name} sink, ${counted(slides, 'slide')}`, bytes: each * slides })
  }
  return items
}

export const sumOf = (items: readonly MemoryItem[]): number => items.reduce((sum, { bytes }) => sum + bytes, 0)

/** `512 MiB`, `1.5 GiB`: as one writes it in YAML. */
export function formatBytes(bytes: number): string {
  const [size, unit] = bytes >= 1024 ** 3 ? [bytes / 1024 ** 3, 'GiB'] : bytes >= MiB ? [bytes / MiB, 'MiB'] : [bytes / 1024, 'KiB']
  return `${Number.isInteger(size) || size >= 100 ? Math.round(size) : size.toFixed(1)} ${unit}`
}
