/** How far a slide is, told as it goes: the share of its grid that is answered for. */

import type { Patch } from '../../core/items.js'
import type { RunEvent } from './run-events.js'

type ProgressEvent = Extract<RunEvent, { type: 'slide.progress' }>

/** Milliseconds between two words. */
const every = 200

/**
 * How many patches a mask keeps is known only when the grid ends. So the share is that of the grid as far as it was laid, times that of
 * the patches kept so far which are answered: without a mask answered ÷ all, and with one right at the end and close before.
 */
export class Progress {
  /** Rows so far. */
  rows = 0
  /** Patches that the lanes answered for in this run. */
  inferred = 0
  private laid = 0
  private kept = 0
  private share = 0
  private told = Number.NEGATIVE_INFINITY

  constructor(
    private readonly slide: string,
    /** Patches of an earlier run, which need not be asked about. */
    private readonly before: number,
    /** Patches of the whole grid, once it is laid. */
    private readonly total: () => number | undefined,
    private readonly tell: (event: ProgressEvent) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The next patch that the mask kept, so that the grid is laid as far as this; null: there is none, all of it is laid. */
  readonly saw = (patch: Patch | null): void => {
    if (patch) this.kept++
    this.laid = patch ? patch.index + 1 : (this.total() ?? this.laid)
  }

  answered(patches: number): void {
    this.inferred += patches
    this.say()
  }

  made(rows: number): void {
    this.rows += rows
    this.say()
  }

  /** The last word of a slide that is done: all of its grid. */
  end(): void {
    this.share = 1
    this.told = Number.NEGATIVE_INFINITY
    this.say()
  }

  private say(): void {
    const now = this.now()
    if (now - this.told < every) return
    this.told = now
    const total = this.total()
    const done = Math.min(this.kept, this.before + this.inferred)
    // Where tissue gets denser the estimate falls: a bar never goes back.
    if (total && this.kept > 0) this.share = Math.max(this.share, Math.min(1, (this.laid / total) * (done / this.kept)))
    this.tell({ type: 'slide.progress', slide: this.slide, share: this.share, patches: this.rows, inferred: this.inferred })
  }
}
