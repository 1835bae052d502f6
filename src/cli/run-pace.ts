/** How fast the slides of a run go and how long they still take, from its events: for bars, and for the line a minute of a log. */

import { counted } from '../core/text/counted.js'
import { leavesSlide, type RunEvent } from '../pipeline/run/run-events.js'

interface Live {
  /** Of the first word of progress: what an earlier run had done, and the time a mask takes, say nothing of the pace. */
  first: { readonly at: number; readonly share: number; readonly inferred: number } | undefined
  share: number
  patches: number
  inferred: number
}

export interface Pace {
  readonly share: number
  readonly patches: number
  /** Patches a second; null until two words of progress have come. */
  readonly rate: number | null
  /** Milliseconds; null as long as nobody can tell. */
  readonly left: number | null
}

export class RunPace {
  readonly #live = new Map<string, Live>()
  /** Slides that an earlier run had done. */
  skipped = 0
  skippedRows = 0

  constructor(private readonly now: () => number) {}

  see(event: RunEvent): void {
    if (event.type === 'slide.start') this.#live.set(event.slide, { first: undefined, share: 0, patches: 0, inferred: 0 })
    else if (event.type === 'slide.progress') {
      const live = this.#live.get(event.slide)
      if (!live) return
      const { share, patches, inferred } = event
      live.first ??= { at: this.now(), share, inferred }
      Object.assign(live, { share, patches, inferred })
    } else if (event.type === 'slide.skipped') {
      this.skipped++
      this.skippedRows += event.rows
    }
    if (leavesSlide(event)) this.#live.delete(event.slide)
  }

  /** The slides at work, in the order in which they began. */
  get slides(): readonly string[] {
    return [...this.#live.keys()]
  }

  of(slide: string): Pace {
    const { first, share, patches, inferred } = this.#live.get(slide) ?? { first: undefined, share: 0, patches: 0, inferred: 0 }
    const ms = first ? this.now() - first.at : 0
    if (!first || ms <= 0) return { share, patches, rate: null, left: null }
    const gone = share - first.share
    const asked = inferred - first.inferred
    return { share, patches, rate: asked > 0 ? (asked / ms) * 1000 : null, left: gone > 0 ? (ms * (1 - share)) / gone : null }
  }
}

/** `a: 37 %, 1200 patches, 40.0/s, about 5 min left` for each slide at work. */
export function paceText(pace: RunPace): string {
  const slides = pace.slides.map((slide) => {
    const { share, patches, rate, left } = pace.of(slide)
    const parts = [
      `${Math.floor(share * 100)} %`,
      counted(patches, 'patch', 'patches'),
      ...(rate === null ? [] : [`${rate.toFixed(1)}/s`]),
      ...(left === null ? [] : [`about ${durationText(left)} left`]),
    ]
    return `${slide}: ${parts.join(', ')}`
  })
  const skipped = pace.skipped > 0 ? [`${counted(pace.skipped, 'slide')} done before`] : []
  return [...slides, ...skipped].join('; ') || 'no slide has begun'
}

/** `45 s`, `5 min`, `3 h 20 min`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
