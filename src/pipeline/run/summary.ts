/** What a run comes to, added up receipt by receipt: nothing here grows with the number of slides that went well. */

import type { Receipt } from '../store/receipts.js'
import { peakMemory } from './peak-memory.js'
import type { RunSummary } from './run-events.js'
import type { Usage } from './usage.js'

/** Failures that a summary lists; the receipts have all of them. */
const listedFailures = 1000
/** Leftovers that a summary lists. */
const listedLeftovers = 1000

/** What became of one slide. */
export type Outcome = Pick<Receipt, 'slide' | 'status' | 'rows' | 'unreadable' | 'unanswered' | 'patches' | 'counts' | 'spentMs' | 'error'>

export class Summary {
  private readonly slides = { done: 0, failed: 0, skipped: 0 }
  private readonly sums = { rows: 0, unreadable: 0, unanswered: 0, asked: 0 }
  private readonly counts: Record<string, number> = {}
  private readonly spentMs: Record<string, number> = {}
  private readonly failures: RunSummary['failures'][number][] = []
  private readonly interrupted: string[] = []

  private leftovers: readonly string[] = []

  /** Slides in the output that are no part of the run. */
  leave(leftovers: readonly string[]): void {
    this.leftovers = leftovers.slice(0, listedLeftovers)
  }

  /** `null`: an earlier run had done it. */
  add(receipt: Outcome | null): void {
    if (receipt === null) this.slides.skipped++
    else if (receipt.status === 'failed') {
      this.slides.failed++
      if (this.failures.length < listedFailures) this.failures.push({ slide: receipt.slide, error: receipt.error! })
    } else {
      this.slides.done++
      this.sums.rows += receipt.rows
      this.sums.unreadable += receipt.unreadable
      this.sums.unanswered += receipt.unanswered
      this.sums.asked += receipt.patches.asked
      for (const [name, by] of Object.entries(receipt.counts)) this.counts[name] = (this.counts[name] ?? 0) + by
      for (const [name, ms] of Object.entries(receipt.spentMs)) this.spentMs[name] = (this.spentMs[name] ?? 0) + ms
    }
  }

  /** A slide that was at work when the run stopped: as many as go side by side. */
  interrupt(slide: string): void {
    this.interrupted.push(slide)
  }

  /** Nothing has failed, and nothing has come of it: what a mistake in mask or grid looks like, and of one slide an empty glass does, too. */
  get nothing(): string | undefined {
    const { done } = this.slides
    if (done === 0 || this.sums.rows > 0) return undefined
    const which = done === 1 ? 'the slide that this run did has no row' : `none of the ${done} slides that this run did has a row`
    return `${which}: grid, mask or another stage leaves no patch of ${done === 1 ? 'it' : 'them'}`
  }

  finish(device: string | null, usage: Partial<ReturnType<Usage['summary']>>, seconds: number, stopped: boolean): RunSummary {
    const touched = this.counts['lanes.tilesTouched'] ?? 0
    return {
      status: stopped ? 'stopped' : this.slides.failed > 0 ? 'some slides failed' : 'done',
      slides: { ...this.slides },
      rows: this.sums.rows,
      unreadable: this.sums.unreadable,
      unanswered: this.sums.unanswered,
      seconds,
      patchesPerSecond: rate(this.sums.asked, seconds),
      megapixelsPerSecond: rate((this.counts['lanes.pixelsDecoded'] ?? 0) / 1e6, seconds),
      decodedPerTouched: touched === 0 ? null : (this.counts['lanes.tilesDecoded'] ?? 0) / touched,
      peakRssBytes: peakMemory(),
      spentMs: Object.fromEntries(Object.entries(this.spentMs).map(([name, ms]) => [name, Math.round(ms)])),
      device,
      ...usage,
      interrupted: this.interrupted,
      failures: this.failures,
      leftovers: this.leftovers,
    }
  }
}

/** Of what took no time at all, none: a stream of rows that nobody read. */
const rate = (count: number, seconds: number): number => (seconds === 0 ? 0 : count / seconds)
