/** What a run shows: progress bars on a terminal, elsewhere a line a slide and one a minute, or one JSON line an event. */

import { MultiBar, type SingleBar } from 'cli-progress'
import { counted } from '../core/text/counted.js'
import { shown } from '../core/text/unseen.js'
import { leavesSlide, type RunEvent, type RunSummary, type TellRun } from '../pipeline/run/run-events.js'
import { busyText, waitsText } from '../pipeline/run/usage-words.js'
import { durationText, paceText, RunPace } from './run-pace.js'

export interface Screen {
  readonly tell: TellRun
  /** Leaves the terminal as it was. */
  close(): void
}

/** Time as a screen sees it: a test has its own. */
export interface Clock {
  /** Milliseconds. */
  now(): number
  /** Does `work` every so often until the function that is given back is called. */
  every(ms: number, work: () => void): () => void
}

const clock: Clock = {
  now: () => performance.now(),
  every: (ms, work) => {
    const timer = setInterval(work, ms)
    // A run that is over does not wait for it.
    timer.unref()
    return () => clearInterval(timer)
  },
}

/** Without a terminal there is a sign of life this often. */
const signOfLife = 60_000

/** Events go to stderr: stdout is for results. `progress` events of `json` are kept to one a second and slide, `band` events are left out. */
export function screenOf(
  log: 'human' | 'json',
  stream: NodeJS.WriteStream = process.stderr,
  time: Clock = clock,
  env = process.env,
): Screen {
  if (log === 'json') return jsonScreen(stream, time)
  return stream.isTTY && isDrawable(env) ? barScreen(stream, time) : lineScreen(stream, time)
}

/** A terminal that cannot move its cursor (the shell of an editor), and one of a build service, which keeps all that is written: no bars. */
const isDrawable = ({ TERM, CI }: NodeJS.ProcessEnv): boolean => TERM !== 'dumb' && ['', '0', 'false'].includes(CI ?? '')

function jsonScreen(stream: NodeJS.WriteStream, time: Clock): Screen {
  const last = new Map<string, number>()
  return {
    tell: (event) => {
      if (event.type === 'slide.band') return
      if (event.type === 'slide.progress') {
        const now = time.now()
        if (now - (last.get(event.slide) ?? Number.NEGATIVE_INFINITY) < 1000) return
        last.set(event.slide, now)
      }
      if (leavesSlide(event)) last.delete(event.slide)
      stream.write(shown(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`))
    },
    close: () => undefined,
  }
}

function lineScreen(stream: NodeJS.WriteStream, time: Clock): Screen {
  const pace = new RunPace(() => time.now())
  const began = time.now()
  const stop = time.every(signOfLife, () => stream.write(`after ${durationText(time.now() - began)}: ${paceText(pace)}\n`))
  return {
    tell: (event) => {
      pace.see(event)
      const line = lineOf(event, pace)
      if (line !== null) stream.write(shown(`${line}\n`))
    },
    close: stop,
  }
}

function barScreen(stream: NodeJS.WriteStream, time: Clock): Screen {
  const bars = new MultiBar(
    {
      stream,
      format: '{slide} {bar} {percentage}% | {patches} patches | {rate}/s | {left}',
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
    },
    { format: '', barCompleteChar: '█', barIncompleteChar: '░' },
  )
  const pace = new RunPace(() => time.now())
  const live = new Map<string, SingleBar>()
  const remove = (slide: string) => {
    const bar = live.get(slide)
    if (bar) bars.remove(bar)
    live.delete(slide)
  }
  return {
    tell: (event) => {
      pace.see(event)
      if (event.type === 'slide.start') {
        // It may begin again.
        remove(event.slide)
        live.set(event.slide, bars.create(1000, 0, { slide: shown(event.slide).slice(0, 32).padEnd(12), patches: 0, rate: '-', left: '' }))
      } else if (event.type === 'slide.progress') {
        const { share, patches, rate, left } = pace.of(event.slide)
        const said = { patches, rate: rate === null ? '-' : rate.toFixed(0), left: left === null ? '' : `${durationText(left)} left` }
        live.get(event.slide)?.update(Math.round(share * 1000), said)
      } else {
        if (leavesSlide(event)) remove(event.slide)
        const line = lineOf(event, pace)
        if (line !== null) bars.log(shown(`${line}\n`))
        if (event.type === 'run.end') bars.stop()
      }
      bars.update()
    },
    close: () => bars.stop(),
  }
}

/** Where the same model might have computed in others. */
const inNumbers = ({ device, precision }: Extract<RunEvent, { type: 'run.start' }>): string =>
  device?.includes('openvino') && precision ? ` in ${precision}` : ''

/** The line a person reads, or null for what is quiet. Slides that are done before are told once, at the end. */
export function lineOf(event: RunEvent, pace?: Pick<RunPace, 'skipped' | 'skippedRows'>): string | null {
  switch (event.type) {
    case 'run.start':
      return `writing to ${event.output}, ${counted(event.lanes, 'lane')}${event.device === null ? '' : ` on ${event.device}${inNumbers(event)}`}`
    case 'slide.resumed':
      return `${event.slide}: taken up after ${counted(event.patches, 'patch', 'patches')}`
    case 'slide.elsewhere':
      return `${event.slide}: another process is at work on it${event.host === null ? '' : `, on ${event.host}`}`
    case 'slide.interrupted':
      return `${event.slide}: interrupted; the next run goes on with it`
    case 'slide.done':
      return `${event.slide}: ${counted(event.rows, 'row')} in ${event.seconds.toFixed(1)} s${withoutAnswer(event, ', ')} → ${event.files.join(', ')}`
    case 'slide.failed':
      return `${event.slide}: FAILED: ${withoutName(event)} [${event.error.code}]${event.error.hint === undefined ? '' : `\n  ${event.error.hint}`}`
    case 'warning':
      return `${event.slide === undefined ? 'warning' : `${event.slide}: warning`}: ${event.message}`
    case 'run.end':
      return summaryText(event.summary, pace)
    case 'slide.skipped':
    case 'slide.start':
    case 'slide.opened':
    case 'slide.band':
    case 'slide.written':
    case 'slide.progress':
      return null
  }
}

/** The line begins with the slide already. */
const withoutName = ({ slide, error: { message } }: Extract<RunEvent, { type: 'slide.failed' }>) =>
  message.startsWith(`${slide}: `) ? message.slice(slide.length + 2) : message

function summaryText(summary: RunSummary, pace: Pick<RunPace, 'skipped' | 'skippedRows'> = { skipped: 0, skippedRows: 0 }): string {
  const { slides, rows, seconds } = summary
  const spent = Object.entries(summary.spentMs)
    .filter(([, ms]) => ms >= 1)
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`)
  return [
    '',
    `${summary.status}: ${slides.done} done, ${slides.failed} failed, ${slides.skipped} done before${pace.skipped > 0 ? ` (${counted(pace.skippedRows, 'row')})` : ''}`,
    ...(summary.interrupted.length > 0 ? [`interrupted: ${summary.interrupted.join(', ')}; the next run goes on with them`] : []),
    `${counted(rows, 'row')}${withoutAnswer(summary, ' (', ')')} in ${seconds.toFixed(1)} s`,
    `${summary.patchesPerSecond.toFixed(1)} patches/s, ${summary.megapixelsPerSecond.toFixed(1)} MPix/s decoded${
      summary.decodedPerTouched === null ? '' : `, each tile decoded ${summary.decodedPerTouched.toFixed(2)} times`
    }`,
    `peak memory ${(summary.peakRssBytes / 1024 ** 2).toFixed(0)} MiB${spent.length > 0 ? `; all lanes together spent: ${spent.join(', ')}` : ''}`,
    ...(busyText(summary) === '' ? [] : [`busy: ${busyText(summary)}; ${waitsText(summary)}`]),
  ].join('\n')
}

/** What is said of rows without an answer; nothing when there are none. */
function withoutAnswer({ unreadable, unanswered }: { unreadable: number; unanswered: number }, before: string, after = ''): string {
  const said = [
    ...(unreadable > 0 ? [`${counted(unreadable, 'patch', 'patches')} could not be read`] : []),
    ...(unanswered > 0 ? [`the model has no answer for ${counted(unanswered, 'patch', 'patches')}`] : []),
  ]
  return said.length === 0 ? '' : `${before}${said.join(', ')}${after}`
}
