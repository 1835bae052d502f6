/** What a page says of one slide, found in one pass over its table. */

import type { Region } from '../geometry/region.js'
import { classesOf, hasColumn, type ResultClass } from '../results/tables.js'
import type { Table } from '../sinks/parquet/read.js'
import { readColumns } from '../sinks/parquet/read-columns.js'
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
  const probabilities = classes.flatMap(({ column }) => (column === null ? [] : [column]))
  for await (const { count, values } of readColumns(table.path, [...plainColumns, ...probabilities])) {
    signal?.throwIfAborted()
    const numberAt = (name: string, i: number) => numberOr(values[name]?.[i])
    for (let i = 0; i < count; i++) {
      const region = isPlaced ? regionOf(numberAt('bx', i), numberAt('by', i), numberAt('bw', i), numberAt('bh', i)) : null
      const said = values.prediction?.[i]
      const prediction = typeof said === 'number' && classes[said] ? said : null
      const column = prediction === null ? null : classes[prediction]!.column
      const confidence = column === null ? null : numberAt(column, i)
      if (painting && region) painting.add(region, prediction, confidence ?? 0.5, numberAt('tissue', i))
      if (prediction === null) continue
      counts[prediction]!++
      if (confidence === null) continue
      sums[prediction]! += confidence
      const file = values.file?.[i]
      extremes[prediction]!.add(confidence, () => ({
        index: numberAt('index', i) ?? 0,
        region,
        file: typeof file === 'string' ? file : null,
      }))
    }
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

const plainColumns = ['index', 'bx', 'by', 'bw', 'bh', 'tissue', 'prediction', 'file']

function regionOf(x: number | null, y: number | null, width: number | null, height: number | null): Region | null {
  return x === null || y === null || width === null || height === null ? null : { x, y, width, height }
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
