/** What a page says of one slide, found in one pass over its table. */

import type { Row } from '../core/row.js'
import type { Region } from '../geometry/region.js'
import { classesOf, hasColumn, type ResultClass } from '../results/tables.js'
import type { Table } from '../sinks/parquet/read.js'
import { Extremes } from './extremes.js'
import { Painting } from './painting.js'

/** Patches shown of each class, the surest and the least sure. */
export const shownPatches = 4

/** Where the picture of a patch is found again. */
export interface PatchPlace {
  readonly index: number
  /** On the slide, or null for a patch of a set. */
  readonly region: Region | null
  readonly file: string | null
}

export interface ClassFacts extends ResultClass {
  readonly count: number
  /** Mean probability of the class among the patches that were given it; null without probabilities. */
  readonly confidence: number | null
  readonly typical: readonly { readonly value: number; readonly item: PatchPlace }[]
  readonly unsure: readonly { readonly value: number; readonly item: PatchPlace }[]
}

export interface SlideFacts {
  readonly classes: readonly ClassFacts[]
  /** Patches with a class. */
  readonly predicted: number
  /** Null for sets, and for tables without places. */
  readonly painting: Painting | null
}

export async function gather(table: Table, signal?: AbortSignal): Promise<SlideFacts> {
  const classes = classesOf(table)
  const { slide } = table.metadata
  const isPlaced = slide.kind !== 'set' && ['bx', 'by', 'bw', 'bh'].every((name) => hasColumn(table, name))
  const painting = isPlaced && slide.width > 0 && slide.height > 0 ? new Painting(slide) : null
  const counts = new Float64Array(classes.length)
  const sums = new Float64Array(classes.length)
  const extremes = classes.map(() => new Extremes<PatchPlace>(shownPatches))
  for await (const row of table.rows) {
    signal?.throwIfAborted()
    const region = isPlaced ? regionOf(row) : null
    const prediction = typeof row.prediction === 'number' && classes[row.prediction] ? row.prediction : null
    const column = prediction === null ? null : classes[prediction]!.column
    const confidence = column === null ? null : numberOr(row[column])
    if (painting && region) painting.add(region, prediction, confidence ?? 0.5, numberOr(row.tissue))
    if (prediction === null) continue
    counts[prediction]!++
    if (confidence === null) continue
    sums[prediction]! += confidence
    extremes[prediction]!.add(confidence, () => ({
      index: numberOr(row.index) ?? 0,
      region,
      file: typeof row.file === 'string' ? row.file : null,
    }))
  }
  return {
    classes: classes.map((one, i) => ({
      ...one,
      count: counts[i]!,
      confidence: one.column === null || counts[i] === 0 ? null : sums[i]! / counts[i]!,
      typical: extremes[i]!.highest,
      unsure: extremes[i]!.lowest,
    })),
    predicted: counts.reduce((sum, n) => sum + n, 0),
    painting,
  }
}

function regionOf({ bx, by, bw, bh }: Row): Region | null {
  const [x, y, width, height] = [numberOr(bx), numberOr(by), numberOr(bw), numberOr(bh)]
  return x === null || y === null || width === null || height === null ? null : { x, y, width, height }
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
