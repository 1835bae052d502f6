/** What a run shows: progress bars on a terminal, a line a slide elsewhere, or one JSON line an event. */

import { MultiBar, type SingleBar } from 'cli-progress'
import type { RunEvent, RunSummary, TellRun } from '../pipeline/run-events.js'

export interface Screen {
  readonly tell: TellRun
  /** Leaves the terminal as it was. */
  close(): void
}

/** Events go to stderr: stdout is for results. `progress` events of `json` are kept to one a second and slide. */
export function screenOf(log: 'human' | 'json', stream: NodeJS.WriteStream = process.stderr): Screen {
  if (log === 'json') return jsonScreen(stream)
  return stream.isTTY ? barScreen(stream) : lineScreen(stream)
}

function jsonScreen(stream: NodeJS.WriteStream): Screen {
  const last = new Map<string, number>()
  return {
    tell: (event) => {
      if (event.type === 'slide.progress') {
        const now = performance.now()
        if (now - (last.get(event.slide) ?? Number.NEGATIVE_INFINITY) < 1000) return
        last.set(event.slide, now)
      }
      if (event.type === 'slide.done' || event.type === 'slide.failed') last.delete(event.slide)
      stream.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`)
    },
    close: () => undefined,
  }
}

function lineScreen(stream: NodeJS.WriteStream): Screen {
  return {
    tell: (event) => {
      const line = lineOf(event)
      if (line !== null) stream.write(`${line}\n`)
    },
    close: () => undefined,
  }
}

function barScreen(stream: NodeJS.WriteStream): Screen {
  const bars = new MultiBar(
    {
      stream,
      format: '{slide} {bar} {percentage}% | {patches} patches | {rate}/s | ETA {eta_formatted}',
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
    },
    { format: '', barCompleteChar: '█', barIncompleteChar: '░' },
  )
  const live = new Map<string, { bar: SingleBar; began: number }>()
  const end = (slide: string) => {
    const known = live.get(slide)
    if (known) bars.remove(known.bar)
    live.delete(slide)
  }
  return {
    tell: (event) => {
      if (event.type === 'slide.start') {
        const bar = bars.create(1000, 0, { slide: event.slide.slice(0, 32).padEnd(12), patches: 0, rate: '-' })
        live.set(event.slide, { bar, began: performance.now() })
      } else if (event.type === 'slide.progress') {
        const known = live.get(event.slide)
        const rate = known ? (event.inferred / ((performance.now() - known.began) / 1000)).toFixed(0) : '-'
        known?.bar.update(Math.min(1000, Math.round(event.share * 1000)), { patches: event.patches, rate })
      } else {
        if (event.type === 'slide.done' || event.type === 'slide.failed') end(event.slide)
        const line = lineOf(event)
        if (line !== null) bars.log(`${line}\n`)
        if (event.type === 'run.end') bars.stop()
      }
      bars.update()
    },
    close: () => bars.stop(),
  }
}

/** The line a person reads, or null for what is quiet. */
export function lineOf(event: RunEvent): string | null {
  switch (event.type) {
    case 'run.start':
      return `writing to ${event.output}, ${event.lanes} ${event.lanes === 1 ? 'lane' : 'lanes'}${event.device === null ? '' : ` on ${event.device}`}`
    case 'slide.resumed':
      return `${event.slide}: taken up after ${event.patches} patches`
    case 'slide.skipped':
      return `${event.slide}: done before (${event.rows} rows)`
    case 'slide.done':
      return `${event.slide}: ${event.rows} rows in ${event.seconds.toFixed(1)} s${withoutAnswer(event, ', ')} → ${event.files.join(', ')}`
    case 'slide.failed':
      return `${event.slide}: FAILED: ${event.error.message} [${event.error.code}]${event.error.hint === undefined ? '' : `\n  ${event.error.hint}`}`
    case 'warning':
      return `${event.slide === undefined ? 'warning' : `${event.slide}: warning`}: ${event.message}`
    case 'run.end':
      return summaryText(event.summary)
    case 'slide.start':
    case 'slide.progress':
      return null
  }
}

function summaryText(summary: RunSummary): string {
  const { slides, rows, seconds } = summary
  const spent = Object.entries(summary.spentMs)
    .filter(([, ms]) => ms >= 1)
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`)
  return [
    '',
    `${summary.status}: ${slides.done} done, ${slides.failed} failed, ${slides.skipped} done before`,
    `${rows} rows${withoutAnswer(summary, ' (', ')')} in ${seconds.toFixed(1)} s`,
    `${summary.patchesPerSecond.toFixed(1)} patches/s, ${summary.megapixelsPerSecond.toFixed(1)} MPix/s decoded${
      summary.decodedPerTouched === null ? '' : `, each tile decoded ${summary.decodedPerTouched.toFixed(2)} times`
    }`,
    `peak memory ${(summary.peakRssBytes / 1024 ** 2).toFixed(0)} MiB${spent.length > 0 ? `; all lanes together spent: ${spent.join(', ')}` : ''}`,
  ].join('\n')
}

/** What is said of rows without an answer; nothing when there are none. */
function withoutAnswer({ unreadable, unanswered }: { unreadable: number; unanswered: number }, before: string, after = ''): string {
  const said = [
    ...(unreadable > 0 ? [`${patchesOf(unreadable)} could not be read`] : []),
    ...(unanswered > 0 ? [`the model has no answer for ${patchesOf(unanswered)}`] : []),
  ]
  return said.length === 0 ? '' : `${before}${said.join(', ')}${after}`
}

const patchesOf = (n: number) => (n === 1 ? '1 patch' : `${n} patches`)
