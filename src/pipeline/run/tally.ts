/** Counts, times and warnings of one slide, summed over stages and lanes. */

import type { StageEvent } from '../../core/events.js'
import type { ReadCounts } from '../../core/slide.js'
import type { AskedOfSlide, SlideMeasures } from '../store/receipts.js'

/** Warnings a receipt keeps; the rest is counted. */
const keptWarnings = 20

export class Tally {
  readonly counts: Record<string, number> = {}
  readonly spentMs: Record<string, number> = {}
  /** What becomes part of the receipt, as far as it is known. */
  readonly about: { info?: SlideMeasures; models?: readonly AskedOfSlide[]; decode?: 'fast' } = {}
  private readonly told = new Set<string>()

  constructor(private readonly warn: (code: string, message: string) => void) {}

  readonly tell = (event: StageEvent): void => {
    if (event.type === 'count') this.count(event.name, event.by)
    else if (event.type === 'time') this.spentMs[event.name] = (this.spentMs[event.name] ?? 0) + event.ms
    else if (!this.told.has(event.message)) {
      if (this.told.size < keptWarnings) {
        this.told.add(event.message)
        this.warn(event.code, event.message)
      } else this.count('warnings.more', 1)
    }
  }

  /** For the receipt, when the screen has it already. */
  keep(warning: string): void {
    this.told.add(warning)
  }

  get warnings(): readonly string[] {
    return [...this.told]
  }

  /** Of the slide, by all threads so far. */
  get bytesRead(): number {
    return (this.counts['overview.bytesRead'] ?? 0) + (this.counts['lanes.bytesRead'] ?? 0)
  }

  count(name: string, by: number): void {
    this.counts[name] = (this.counts[name] ?? 0) + by
  }

  /** Adds what an open slide counted, under a prefix. */
  read(prefix: string, counts: ReadCounts): void {
    this.count(`${prefix}.tilesDecoded`, counts.tilesDecoded)
    this.count(`${prefix}.bytesRead`, counts.bytesRead)
    this.count(`${prefix}.pixelsDecoded`, counts.pixelsDecoded)
    const { fetchMs, decodeMs, resampleMs } = counts
    for (const [name, ms] of Object.entries({ fetch: fetchMs, decode: decodeMs, resample: resampleMs }))
      this.tell({ type: 'time', name, ms })
  }
}
