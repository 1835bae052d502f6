/** The five kinds of thing that flow. A stage says which it takes and which it gives. */

import type { Region, Size } from '../geometry/region.js'
import type { Batch } from './batch.js'
import type { PatchNote } from './row.js'
import type { Slide } from './slide.js'

export interface Items {
  slide: Slide
  patch: Patch
  image: PatchImage
  batch: PatchBatch
  /** Rows of the table, as columns: those of one batch, or more or fewer. */
  rows: Batch
}

export type Item = keyof Items

/**
 * An address: where a patch lies. Plain data, crosses threads. `bounds` is `[x0, y0, x1, y1]` in pixels at the
 * requested resolution (so the picture is `x1 - x0` wide); `region` is the same place in baseline pixels.
 */
export interface Patch {
  readonly slide: string
  /** Position in raster order among all patches of the grid, before any filter. */
  readonly index: number
  readonly column: number
  readonly row: number
  readonly bounds: readonly [number, number, number, number]
  readonly region: Region
  /** Which pyramid level to read from; absent: the reader chooses by size. */
  readonly level?: number
  /** Named values found on the way (`tissue`): they become columns of the row. */
  readonly notes: Readonly<Record<string, PatchNote>>
}

/**
 * Why a patch has no picture (`unreadable`), or has one and no answer (`unanswered`: the model said NaN or Infinity). `ok` patches have no
 * `error`.
 */
export interface PatchStatus {
  readonly status: 'ok' | 'unreadable' | 'unanswered'
  readonly error?: string
}

/** Whether a status, as it may stand in a row, says that the patch has no answer. */
export const isWithoutAnswer = (status: unknown): status is Exclude<PatchStatus['status'], 'ok'> =>
  status === 'unreadable' || status === 'unanswered'

/**
 * A patch and its pixels. One RGB byte array (height × width × 3) per input head of the model; usually one.
 * An unreadable patch has zero-length pixels: nothing is ever invented.
 */
export interface PatchImage extends PatchStatus {
  readonly patch: Patch
  readonly pixels: readonly Uint8Array[]
  /** Size of the picture of each head, where they differ; absent: every picture is as large as the patch's bounds. */
  readonly sizes?: readonly Size[]
}

/** One input head of a batch: N pictures side by side, N × height × width × 3 bytes. */
export interface BatchInput {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** N × width numbers, row by row. */
export interface BatchOutput {
  readonly data: Float32Array
  readonly width: number
}

/**
 * N patches side by side. `inputs[i].data` holds only the pictures of patches whose status is `ok`, or that a model before had no answer for, in order
 * (so it may hold fewer than N); `outputs` hold a row for every one of the N patches, NaN for those without a picture or an answer.
 * `inputs` is empty once the pixels have been let go.
 */
export interface PatchBatch {
  readonly patches: readonly Patch[]
  readonly statuses: readonly PatchStatus[]
  readonly inputs: readonly BatchInput[]
  readonly outputs: Readonly<Record<string, BatchOutput>>
}

/** What a patch begins with. */
export const noNotes: Patch['notes'] = Object.freeze({})

/** A copy of the patch with more notes. */
export function note(patch: Patch, more: Patch['notes']): Patch {
  // Field by field: a spread would cost the main thread a microsecond more, for every patch.
  const { slide, index, column, row, bounds, region, level, notes: before } = patch
  const notes = before === noNotes ? more : { ...before, ...more }
  if (level === undefined) return { slide, index, column, row, bounds, region, notes }
  return { slide, index, column, row, bounds, region, level, notes }
}
