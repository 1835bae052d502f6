/** The memory sum: everything that buffers says how much, the plan adds it up. Nothing here grows with a slide or with their number. */

import { isAddress } from '../../core/address.js'
import { patchPixels, pictureBytes } from '../../core/pictures.js'
import { providedIn } from '../../core/roles.js'
import type { ReaderChoice } from '../../core/slide.js'
import type { PlanContext } from '../../core/stage.js'
import { counted } from '../../core/text/counted.js'
import { keptBytes } from '../../readers/openslide/handle.js'
import { isApart } from '../environment/apart.js'
import type { Environment } from '../environment/environment.js'
import { bandPatches, blockPatches } from './bands.js'
import { laneCacheBytes, mainCacheBytes } from './cache-bytes.js'
import { usualMemory } from './machine-memory.js'
import type { MemoryItem, PlannedSink, PlannedStage, Runtime } from './plan-type.js'
import { cardsOf, isNvidia } from './sessions.js'

const MiB = 1024 ** 2

/** Node itself with the code of a run, and each thread with its decoders, before any slide: an estimate, on the large side. */
const nodeBytes = 96 * MiB
const threadBytes = 48 * MiB
/** An address with its notes, on its way; and how many an 8-row band of a very wide slide has. */
const patchBytes = 640
const widestBand = 8 * 1024
const bandBytes = Math.max(bandPatches, widestBand) * patchBytes
/** Of a slide on a server: compressed bytes in flight and read ahead by a lane (`readers/range-window`, `read-ahead`), and what was read to open it. */
const laneFarBytes = 24 * MiB
const openedFarBytes = 32 * MiB

/** Blocks of a lane whose pixels are on their way to a device at once: one that is read, one that waits, one that the device is at. */
export const creditsOnDevice = 3

/** What holds memory in a run. */
export interface Holding {
  readonly stages: readonly PlannedStage[]
  readonly sinks: readonly PlannedSink[]
  readonly context: PlanContext
  readonly runtime: Runtime
  readonly environment: Environment
}

/** `apart`: models that run in the thread of a device, to which the lanes hand their pixels; the others run in each lane. */
export function memoryOf({ stages, sinks, context, runtime, environment }: Holding, apart: ReadonlySet<string>): readonly MemoryItem[] {
  const { slides, lanes } = runtime
  const sessions = apart.size > 0 ? sessionsIn(cardsOf({ runtime, stages })) : 0
  const helpers = (providedIn(stages, 'mask').length > 0 ? 1 : 0) + (sinks.some(({ name }) => isApart(environment, name)) ? 1 : 0)
  const threads = lanes + helpers + sessions
  const items: MemoryItem[] = [
    { what: `node and ${counted(threads, 'thread')}`, bytes: nodeBytes + threads * threadBytes, lane: threadBytes },
    {
      what: `tile caches, ${counted(slides, 'slide')}`,
      bytes: slides * (lanes * laneCacheBytes + (1 + helpers) * mainCacheBytes),
      lane: slides * laneCacheBytes,
    },
    { what: `patches on their way, ${counted(slides, 'slide')}`, bytes: (lanes + 1) * slides * bandBytes, lane: slides * bandBytes },
  ]
  if (apart.size > 0) {
    const [batch = 1] = context.provided('batch')
    const patch = Math.max(pictureBytes(context), (patchPixels(context) ?? 0) * 3)
    const lane = creditsOnDevice * Math.max(blockPatches, batch) * patch
    items.push({ what: `pictures on their way to the device, ${counted(lanes, 'lane')}`, bytes: lanes * lane, lane })
  }
  const several = providedIn(stages, 'answers').length > 1
  for (const stage of stages) {
    const [count, where] = placesOf(stage)
    const { name, options, provides } = stage
    const spec = environment.stages[name]
    const onCard = where === 'session' && hasOwnMemory(provides) ? spec?.holdsOnCard?.(options, context).host : undefined
    const each = onCard ?? spec?.holds?.(options, context) ?? 0
    const called = several && provides.answers ? `${name} ${provides.answers.model}` : name
    if (each > 0)
      items.push({ what: `${called}, ${counted(count, where)}`, bytes: each * count, ...(where === 'lane' ? { lane: each } : {}) })
  }
  for (const { name, options } of sinks) {
    const each = environment.sinks[name]?.holds?.(options, context) ?? 0
    if (each > 0) items.push({ what: `${name} sink, ${counted(slides, 'slide')}`, bytes: each * slides })
  }
  return items

  function placesOf({ placement, provides: { answers } }: PlannedStage): readonly [number, string] {
    if (placement === 'model' && answers && apart.has(answers.model)) return [sessions, 'session']
    return placement === 'pixels' || placement === 'model' ? [lanes, 'lane'] : [slides, 'slide']
  }
}

/** Others may share that of the machine. */
const hasOwnMemory = ({ answers }: PlannedStage['provides']): boolean => isNvidia(answers?.devices[0] ?? 'cpu')

const sessionsIn = (cards: ReturnType<typeof cardsOf>): number => (cards === null ? 1 : cards.names.length * cards.sessions)

/** What each card that the plan is made for holds, as far as that can be known without one. */
export function cardMemoryOf({ stages, context, runtime, environment }: Holding, apart: ReadonlySet<string>): readonly MemoryItem[] {
  const cards = cardsOf({ runtime, stages })
  if (cards === null) return []
  const models = stages.filter(({ provides: { answers } }) => answers && apart.has(answers.model))
  const each = models.reduce((sum, { name, options }) => sum + (environment.stages[name]?.holdsOnCard?.(options, context).card ?? 0), 0)
  return cards.names.map((what) => ({ what: `${what}, ${counted(cards.sessions, 'session')}`, bytes: each * cards.sessions }))
}

/** OpenSlide keeps tiles of its own in every thread that has a slide open; two of them are helpers at most. */
export function openSlideHolds({ readers }: { readonly readers?: ReaderChoice }, { slides, lanes }: Runtime): readonly MemoryItem[] {
  if ((readers?.openslide ?? 'never') === 'never') return []
  return [
    { what: `OpenSlide's own caches, ${counted(slides, 'slide')}`, bytes: slides * (lanes + 3) * keptBytes, lane: slides * keptBytes },
  ]
}

/** Where a source names servers: what lanes have in flight and ahead, and what each slide was opened with. A list on a disk may name some, too. */
export function farHolds(source: object, { slides, lanes }: Runtime): readonly MemoryItem[] {
  if (!addressesIn(source).some(isAddress)) return []
  const bytes = slides * (lanes * laneFarBytes + openedFarBytes)
  return [{ what: `bytes from servers, ${counted(slides, 'slide')}`, bytes, lane: slides * laneFarBytes }]
}

/** All texts of some options. */
function addressesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) ? Object.values(value).flatMap(addressesIn) : []
}

export const sumOf = (items: readonly MemoryItem[]): number => items.reduce((sum, { bytes }) => sum + bytes, 0)

/** What one lane more or less makes of the sum. */
export const laneShareOf = (items: readonly MemoryItem[]): number => items.reduce((sum, { lane = 0 }) => sum + lane, 0)

/** How much more a plan holds than it may, in a sentence about `runtime.memory`; null when it fits. */
export function excessOf(memory: readonly MemoryItem[], limit: number): string | null {
  const sum = sumOf(memory)
  if (sum <= limit) return null
  const largest = memory.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3)
  const shares = largest.map(({ what, bytes }) => `${what} ${formatBytes(bytes)}`).join('; ')
  // Who has written none would not know what is meant.
  const whence = limit === usualMemory() ? ' (three quarters of what the machine or a control group gives)' : ''
  return `is ${formatBytes(limit)}${whence}, and the plan holds up to ${formatBytes(sum)} (${shares}): fewer lanes (${formatBytes(laneShareOf(memory))} each) or slides, or more memory`
}

/** `512 MiB`, `1.5 GiB`: as one writes it in YAML. */
export function formatBytes(bytes: number): string {
  const [size, unit] = bytes >= 1024 ** 3 ? [bytes / 1024 ** 3, 'GiB'] : bytes >= MiB ? [bytes / MiB, 'MiB'] : [bytes / 1024, 'KiB']
  return `${Number.isInteger(size) || size >= 100 ? Math.round(size) : size.toFixed(1)} ${unit}`
}
