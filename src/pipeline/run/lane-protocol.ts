/** What the main thread and a lane say to each other. */

import type { StageEvent } from '../../core/events.js'
import type { Patch, PatchBatch } from '../../core/items.js'
import type { ReadCounts, SlideIdentity, SlideKind, SlideRef } from '../../core/slide.js'
import type { PreparedModel } from '../../models/session/prepare.js'
import type { PlannedStage } from '../plan/plan-type.js'

/** What runs in the thread of a lane, and in that of a device. */
export const laneScript = new URL('./lane-worker.js', import.meta.url)

/** Given to a lane when its thread starts. */
export interface LaneData {
  readonly stages: readonly PlannedStage[]
  /** Devices in order of preference. */
  readonly devices: readonly string[]
  /** Patches of a batch: what a model's graph is given at once. */
  readonly batch: number
  /** Whether the batches go on to a device: then their pixels move out with the answer, else they are let go. */
  readonly keepPixels: boolean
  /** Bytes of decoded tiles a slide may keep. */
  readonly cacheBytes: number
  /** What the lane will read; null for one that sees batches only. */
  readonly kind: SlideKind | null
}

/** Models by the name the pipeline uses, their bytes in shared memory. */
export type LaneModels = Readonly<Record<string, PreparedModel>>

export type LaneJob =
  /** `mainModels`: those that stages of the main thread ask through a lane; opened on the CPU when they are first asked. */
  | { readonly type: 'ready'; readonly models: LaneModels; readonly mainModels: LaneModels }
  | { readonly type: 'open'; readonly key: string; readonly ref: SlideRef; readonly identity: SlideIdentity }
  | { readonly type: 'block'; readonly key: string; readonly patches: readonly Patch[] }
  | { readonly type: 'batches'; readonly batches: readonly PatchBatch[] }
  | { readonly type: 'predict'; readonly model: string; readonly batch: PatchBatch }
  | { readonly type: 'close'; readonly key: string }

export interface Ready {
  /** The provider in use, when the lane has a model. */
  readonly device?: string
  readonly warnings: readonly string[]
}

export interface BlockAnswer {
  readonly batches: readonly PatchBatch[]
  readonly told: readonly StageEvent[]
}

export interface Closed {
  /** Null when the slide was never read in this lane. */
  readonly counts: ReadCounts | null
  /** The tiles this lane needed, one bit a tile for each level. */
  readonly touched: readonly Uint8Array[]
}
