/** What the main thread and a helper say to each other. */

import type { Batch } from '../../core/batch.js'
import type { StageEvent } from '../../core/events.js'
import type { PatchBatch } from '../../core/items.js'
import type { SinkContext } from '../../core/sink.js'
import type { ReadCounts, SlideIdentity, SlideRef } from '../../core/slide.js'
import type { MaskParts } from '../../geometry/coverage.js'
import type { Known } from '../../readers/files/known.js'
import type { Plan } from '../plan/plan-type.js'
import type { LaneModels } from './lane-protocol.js'

/** What runs in the thread of a helper. */
export const helperScript = new URL('./helper-worker.js', import.meta.url)

/** Given to a helper when its thread starts. */
export interface HelperData {
  readonly plugins: Plan['plugins']
  /** Whether it makes masks; the other one runs sinks. */
  readonly masks: boolean
}

/** A slide that a helper works for. It opens it itself, when it first needs it. */
export interface HelpedSlide {
  readonly ref: SlideRef
  readonly identity: SlideIdentity
  readonly known: Known | null
  /** Whether patches that cannot be read become rows that say so. */
  readonly marks: boolean
  /** An Int32 that is 1 when the slide is given up. */
  readonly stop: SharedArrayBuffer
}

/** Of the context of a sink, what crosses threads. */
export type SinkPlace = Pick<SinkContext, 'path' | 'columns' | 'provenance'>

export type HelperJob =
  | { readonly type: 'ready'; readonly models: LaneModels }
  | { readonly type: 'mask'; readonly slide: HelpedSlide; readonly options: object; readonly folder: string }
  /** For a stage of the main thread. */
  | { readonly type: 'predict'; readonly model: string; readonly batch: PatchBatch }
  | {
      readonly type: 'open'
      readonly sink: number
      readonly slide: HelpedSlide
      readonly name: string
      readonly options: object
      readonly place: SinkPlace
    }
  /** `mask`: that of the slide, told once, when it is known; null: there is none. */
  | { readonly type: 'write'; readonly sink: number; readonly batch: Batch; readonly mask?: MaskParts | null }
  | { readonly type: 'end'; readonly sink: number; readonly mask?: MaskParts | null }
  | { readonly type: 'drop'; readonly sink: number }
  | { readonly type: 'close'; readonly key: string }

export interface MadeMask {
  readonly mask: MaskParts | null
  readonly told: readonly StageEvent[]
}

/** What was read for the slide; null when it was never opened. */
export type Read = ReadCounts | null
