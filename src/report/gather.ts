/** What a page says of one slide, found in one pass over its table. */

import type { Region } from '../geometry/region.js'
import { classesOf, hasColumn, type ResultClass } from '../results/tables.js'
import type { Table } from '../sinks/parquet/read.js'
import { readColumns } from '../sinks/parquet/read-columns.js'
import { areaOf } from './area.js'
import { Extremes, type Ranked } from './extremes.js'
import { Painting } from './painting.js'

/** Patches shown of each class, the surest and the least sure. */
export const shownPatches = 4
/** Wrong predictions shown of a slide: the surest ones. */
export const shownWrong = 8

/** Where the picture of a patch is found again. */
export interface PatchPlace {
  readonly index: number
  /** On the slide, or null for a patch of a set. */
  readonly region: Region | null
  readonly file: string | null
}

/** A patch whose label is another class than the one it was given. */
export interface WrongPatch extends PatchPlace {
  readonly prediction: number
  readonly label: number
}

export interface ClassFacts extends ResultClass {
  readonly count: number
  /** Of its patches; null where nobody knows the size of a pixel. */
  readonly mm2: number | null
  /** Mean probability of the class among the patches that were given it; null without probabilities. */
  readonly confidence: number | null
  readonly typical: readonly Ranked<PatchPlace>[]
  readonly unsure: readonly Ranked<PatchPlace>[]
}

export interface SlideFacts {
  readonly classes: readonly ClassFacts[]
  /** Patches with a class. */
  readonly predicted: number
  /** Patches with an answer that is no class: features, or values. */
  readonly other: number
  /** Null where no label is a class of the model. */
  readonly labels: { readonly right: number; readonly wrong: number; readonly shown: readonly Ranked<WrongPatch>[] } | null
  /** Null for sets, and for tables without places. */
  readonly painting: Painting | null
}

/** `rename`: labels that the model calls otherwise. */
export async function gather(table: Table, rename: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<SlideFacts> {
  const classes = classesOf(table)
  const { slide } = table.metadata
  const isPlaced = slide.kind !== 'set' && ['bx', 'by', 'bw', 'bh'].every((name) => hasColumn(table, name))
  const painting = isPlaced && slide.width > 0 && slide.height > 0 ? new Painting(slide) : null
  const counts = new Float64Array(classes.length)
  const sums = new Float64Array(classes.length)
  const areas = new Float64Array(classes.length)
  const area = isPlaced ? areaOf(table.metadata) : null
  const numbers = new Map(classes.map(({ name }, i) => [name, i]))
  const wrong = new Extremes<WrongPatch>(shownWrong)
  let [other, right, wrongs] = [0, 0, 0]
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
      const isOther = classes.length === 0 && !unanswered.has(values.status?.[i])
      if (painting && region) painting.add(region, isOther ? 'other' : prediction, confidence ?? 0.5, numberAt('tissue', i))
      if (isOther) other++
      if (prediction === null) continue
      counts[prediction]!++
      if (region && area) areas[prediction]! += area(region)
      const written = values.label?.[i]
      const file = values.file?.[i]
      const place = () => ({ index: numberAt('index', i) ?? 0, region, file: typeof file === 'string' ? file : null })
      const label = typeof written === 'string' ? numbers.get(Object.hasOwn(rename, written) ? rename[written]! : written) : undefined
      if (label === prediction) right++
      else if (label !== undefined) {
        wrongs++
        wrong.add(confidence ?? 0, () => ({ ...place(), prediction, label }))
      }
      if (confidence === null) continue
      sums[prediction]! += confidence
      extremes[prediction]!.add(confidence, place)
    }
  }
  return {
    classes: classes.map((one, i) => ({
      ...one,
      count: counts[i]!,
      mm2: area ? areas[i]! : null,
      confidence: one.column === null || counts[i] === 0 ? null : sums[i]! / counts[i]!,
      typical: extremes[i]!.highest,
      unsure: extremes[i]!.lowest,
    })),
    predicted: counts.reduce((sum, n) => sum + n, 0),
    other,
    labels: right + wrongs > 0 ? { right, wrong: wrongs, shown: wrong.highest } : null,
    painting,
  }
}

const plainColumns = ['index', 'bx', 'by', 'bw', 'bh', 'tissue', 'prediction', 'file', 'label', 'status']

const unanswered = new Set<unknown>(['unreadable', 'unanswered'])

function regionOf(x: number | null, y: number | null, width: number | null, height: number | null): Region | null {
  return x === null || y === null || width === null || height === null ? null : { x, y, width, height }
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
