/** The numbers of one process, by instrument and labels. Prometheus and OpenTelemetry read them here; nothing else keeps any. */

import { type Instrument, type InstrumentName, instruments } from './instruments.js'

export type Labels = Readonly<Record<string, string>>

export interface Series {
  readonly labels: Labels
  /** Of a counter or gauge; of a histogram the sum. */
  value: number
  /** Of a histogram: how many fell into each bucket, the last one without a bound. */
  readonly buckets?: number[]
}

/** Series an instrument may have: codes and stages of plugins are words of others. What comes later is added to one whose labels are `other`. */
const mostSeries = 200

type Observed = (name: InstrumentName, value: number, labels: Labels) => void

export class Meters {
  readonly #series = new Map<InstrumentName, Map<string, Series>>()
  readonly #listeners = new Set<Observed>()

  /** Adds to a counter or gauge. */
  add(name: InstrumentName, by: number, labels: Labels = {}): void {
    this.#of(name, labels).value += by
  }

  /** Sets a gauge. */
  set(name: InstrumentName, value: number, labels: Labels = {}): void {
    this.#of(name, labels).value = value
  }

  /** Shows a series before anything is in it: zero is something to see, and a rate begins with the first. */
  begin(name: InstrumentName, labels: Labels = {}): void {
    this.#of(name, labels)
  }

  /** Takes away all series of a gauge: what they were of is no more. */
  forget(name: InstrumentName): void {
    this.#series.delete(name)
  }

  /** Counts a value into a histogram. */
  observe(name: InstrumentName, value: number, labels: Labels = {}): void {
    const series = this.#of(name, labels)
    const bounds = boundsOf(instruments[name])
    const at = bounds.findIndex((bound) => value <= bound)
    series.buckets![at < 0 ? bounds.length : at]!++
    series.value += value
    for (const listener of this.#listeners) listener(name, value, series.labels)
  }

  /** All series of an instrument, in the order in which they came up. */
  series(name: InstrumentName): readonly Series[] {
    return [...(this.#series.get(name)?.values() ?? [])]
  }

  /** Tells each value of a histogram as it comes; answers how to end that. */
  onObserve(listener: Observed): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #of(name: InstrumentName, labels: Labels): Series {
    const all = this.#series.get(name) ?? new Map<string, Series>()
    this.#series.set(name, all)
    const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    const there = all.get(key)
    if (there) return there
    const other = Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']))
    if (all.size >= mostSeries && JSON.stringify(other) !== JSON.stringify(labels)) return this.#of(name, other)
    const { kind } = instruments[name]
    const made: Series = {
      labels,
      value: 0,
      ...(kind === 'histogram'
        ? {
            buckets: boundsOf(instruments[name])
              .concat(Number.POSITIVE_INFINITY)
              .map(() => 0),
          }
        : {}),
    }
    all.set(key, made)
    return made
  }
}

export const boundsOf = ({ bounds = [] }: Instrument): readonly number[] => bounds
