/** What the main thread and a lane say to each other. */

import type { Message } from '../../core/batches/batch-bytes.js'
import type { Settings } from '../../core/device-settings.js'
import type { ErrorRecord } from '../../core/errors.js'
import type { StageEvent } from '../../core/events.js'
import type { PatchBatch } from '../../core/items.js'
import type { ReadCounts, SlideIdentity, SlideKind, SlideRef } from '../../core/slide.js'
import type { PreparedModel } from '../../models/session/prepare.js'
import type { Known } from '../../readers/files/known.js'
import type { Addresses } from '../plan/addresses.js'
import type { PlannedStage } from '../plan/plan-type.js'

/** What runs in the thread of a lane, and in that of a device. */
export const laneScript = new URL('./lane-worker.js', import.meta.url)

/** Given to a lane when its thread starts. */
export interface LaneData {
  readonly stages: readonly PlannedStage[]
  /** Patches of a batch: what a model's graph is given at once. */
  readonly batch: number
  /** Whether it is a thread of a device, to which lanes hand their batches. */
  readonly apart: boolean
  /** Whether the batches go on to a device, with their pixels; else their rows are the answer. */
  readonly toDevice: boolean
  /** Addresses of the modules of plugins. */
  readonly plugins: readonly string[]
  /** Of the pipeline file. */
  readonly folder: string
  /** Bytes of decoded tiles a slide may keep. */
  readonly cacheBytes: number
  /** What the lane will read; null for one that sees batches only. */
  readonly kind: SlideKind | null
}

/** Models by the name the pipeline uses, their bytes in shared memory. */
export type LaneModels = Readonly<Record<string, PreparedModel>>

export type LaneJob =
  /** `devices`: of each model, in order of preference. */
  | { readonly type: 'ready'; readonly models: LaneModels; readonly devices: Devices; readonly settings?: ModelSettings }
  | { readonly type: 'open'; readonly key: string; readonly ref: SlideRef; readonly identity: SlideIdentity; readonly known: Known | null }
  | { readonly type: 'block'; readonly key: string; readonly patches: Addresses }
  /** For a device, whose thread knows no slide: what rows say of it comes along. `models`: those that are asked there. */
  | { readonly type: 'batches'; readonly ref: SlideRef; readonly batches: readonly PatchBatch[]; readonly models: readonly string[] }
  | { readonly type: 'close'; readonly key: string }

/** Of each model, by the name the pipeline uses. */
export type Devices = Readonly<Record<string, readonly string[]>>

/** How sessions of each model are made. */
export type ModelSettings = Readonly<Record<string, Settings>>

export interface Ready {
  /** The provider in use by each model that is open. */
  readonly devices: Readonly<Record<string, string>>
  /** The entry of its list that each is on. */
  readonly entries: Readonly<Record<string, string>>
  /** In which numbers each computes. */
  readonly precisions: Readonly<Record<string, string>>
  /** Names and versions of libraries that do not come with tiastream. */
  readonly libraries: readonly string[]
  /** Why a model could have none of its devices: its stage is left out here. */
  readonly refused: Readonly<Record<string, ErrorRecord>>
  readonly warnings: readonly string[]
}

/** What a lane has read for a device. */
export interface BlockRead {
  readonly batches: readonly PatchBatch[]
  readonly told: readonly StageEvent[]
  /** Milliseconds that the thread worked on it. */
  readonly ms: number
}

export interface BlockAnswer {
  /** In the order of the patches; some may have been dropped. */
  readonly rows: Message
  readonly told: readonly StageEvent[]
  /** Milliseconds that the thread worked on it. */
  readonly ms: number
  /** When a device computed: from, to, from, to …, in milliseconds since 1970. */
  readonly ran?: readonly number[]
}

export interface Closed {
  /** Null when the slide was never read in this lane. */
  readonly counts: ReadCounts | null
  /** The tiles this lane needed, one bit a tile for each level. */
  readonly touched: readonly Uint8Array[]
}

/** The buffers that hold the pixels, each once: they move, nothing is copied. */
export function pixelBuffers(batches: readonly PatchBatch[]): ArrayBuffer[] {
  return [...new Set(batches.flatMap(({ inputs }) => inputs.map(({ data }) => data.buffer as ArrayBuffer)))]
}
