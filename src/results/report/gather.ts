/** What a page says of one slide, found in one pass over its table. */

import { nameIn } from '../../core/columns/old-names.js'
import { everyTurn } from '../../flow/turn.js'
import type { Region } from '../../geometry/region.js'
import type { Table } from '../../sinks/parquet/read.js'
import { readColumns } from '../../sinks/parquet/read-columns.js'
import { ClassTally, hasPlaces } from '../class-tally.js'
import { givenOf, noAnswer, noClass } from '../given.js'
import type { ResultClass } from '../tables.js'
import { Extremes, type Ranked } from './extremes.js'
import { Painting } from './painting.js'

/** Patches shown of each class, the surest and the least sure. */
const shownPatches = 4
/** Wrong predictions shown of a slide: the surest ones. */
const shownWrong = 8

/** Patches shown of those that have no class. */
const shownSamples = 8

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
  /** Mean probability of the class among the patches that were given it; null without probabilities. */
  readonly confidence: number | null
  readonly typical: readonly Ranked<PatchPlace>[]
  readonly unsure: readonly Ranked<PatchPlace>[]
}

export interface SlideFacts {
  readonly classes: readonly ClassFacts[]
  readonly tally: ClassTally
  /** Some of the patches with an answer that is no class, spread over the table. */
  readonly samples: readonly PatchPlace[]
  /** Null where no label is a class of the model. */
  readonly labels: { readonly right: number; readonly wrong: number; readonly shown: readonly Ranked<WrongPatch>[] } | null
  /** Null for sets, and for tables without places. */
  readonly painting: Painting | null
}

/** `rename`: labels that the model calls otherwise. */
export async function gather(table: Table, rename: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<SlideFacts> {
  const [tally, given] = [new ClassTally(table), givenOf(table)]
  const { classes } = tally
  const { slide } = table.metadata
  const isPlaced = hasPlaces(table)
  const painting = isPlaced && slide.width > 0 && slide.height > 0 ? new Painting(slide) : null
  const sums = new Float64Array(classes.length)
  const numbers = new Map(classes.map(({ name }, i) => [name, i]))
  const wrong = new Extremes<WrongPatch>(shownWrong)
  let [right, wrongs] = [0, 0]
  const samples: PatchPlace[] = []
  const extremes = classes.map(() => new Extremes<PatchPlace>(shownPatches))
  const places = ['base_x', 'base_y', 'base_w', 'base_h'].map((name) => nameIn(table.columns, name))
  const turn = everyTurn()
  const [x, y, width, height] = places as [string, string, string, string]
  for await (const { first, count, values } of readColumns(table.path, [
    ...plainColumns,
    ...places,
    ...given.columns,
    ...given.probabilities,
  ])) {
    signal?.throwIfAborted()
    const numberAt = (name: string, i: number) => numberOr(values[name]?.[i])
    for (let i = 0; i < count; i++) {
      const region = isPlaced ? regionOf(numberAt(x, i), numberAt(y, i), numberAt(width, i), numberAt(height, i)) : null
      const said = given.at(values, i)
      tally.add(said, region)
      const confidence = given.sureness(values, i, said)
      const pause = turn(painting && region ? painting.add(region, said, confidence ?? 0.5, numberAt('tissue', i)) : 0)
      if (pause !== undefined) {
        await pause
        signal?.throwIfAborted()
      }
      const file = values.file?.[i]
      const place = () => ({ index: numberAt('index', i) ?? 0, region, file: typeof file === 'string' ? file : null })
      // Evenly over the table, which is in the order of the slide.
      if (said === noClass && (first + i) * shownSamples >= samples.length * table.count) samples.push(place())
      if (said === noAnswer) continue
      const written = values.label?.[i]
      const label = typeof written === 'string' ? numbers.get(Object.hasOwn(rename, written) ? rename[written]! : written) : undefined
      if (label === said) right++
      else if (label !== undefined) {
        wrongs++
        wrong.add(confidence ?? 0, () => ({ ...place(), prediction: said, label }))
      }
      if (said === noClass) continue
      if (confidence === null) continue
      sums[said]! += confidence
      extremes[said]!.add(confidence, place)
    }
  }
  return {
    classes: classes.map((one, i) => ({
      ...one,
      count: tally.count(i),
      confidence: one.column === null || tally.count(i) === 0 ? null : sums[i]! / tally.count(i),
      typical: extremes[i]!.highest,
      unsure: extremes[i]!.lowest,
    })),
    tally,
    samples,
    labels: right + wrongs > 0 ? { right, wrong: wrongs, shown: wrong.highest } : null,
    painting,
  }
}

const plainColumns = ['index', 'tissue', 'file', 'label']

function regionOf(x: number | null, y: number | null, width: number | null, height: number | null): Region | null {
  return x === null || y === null || width === null || height === null ? null : { x, y, width, height }
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
