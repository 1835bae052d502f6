/** What a run counts for those who watch it: the one list, for Prometheus, for OpenTelemetry and for the table in `docs/operations.md`. */

export interface Instrument {
  /** As OpenTelemetry has it. Prometheus' name follows from it, see `prometheusName`. */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** `s`, `By`, or what is counted in braces. */
  readonly unit: string
  /** Names of the labels with what they hold. */
  readonly labels: Readonly<Record<string, string>>
  readonly about: string
  /** Upper bounds of a histogram, in its unit. */
  readonly bounds?: readonly number[]
}

/** From a second to four hours: a slide of the smallest model and one of the largest. */
const slideSeconds = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400]
const bandSeconds = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

const status = { status: '`done`, `failed`, `skipped` (an earlier run had done it), `interrupted`, `handed back` (to the queue)' }

export const instruments = {
  info: {
    name: 'tiastream.info',
    kind: 'gauge',
    unit: '',
    labels: { version: 'of tiastream', device: 'that is really used; `none` without a model' },
    about: 'always 1',
  },
  slides: {
    name: 'tiastream.slides',
    kind: 'counter',
    unit: '{slide}',
    labels: { ...status, code: 'of the error of a failed one' },
    about: 'slides that ended',
  },
  active: { name: 'tiastream.slides.active', kind: 'gauge', unit: '{slide}', labels: {}, about: 'slides at work' },
  duration: {
    name: 'tiastream.slide.duration',
    kind: 'histogram',
    unit: 's',
    labels: { status: '`done`, `failed`' },
    about: 'from the beginning of a slide to its receipt',
    bounds: slideSeconds,
  },
  waited: {
    name: 'tiastream.slide.wait',
    kind: 'histogram',
    unit: 's',
    labels: {},
    about: 'between a slide being ready in the queue and a worker taking it',
    bounds: slideSeconds,
  },
  attempts: {
    name: 'tiastream.slide.attempts',
    kind: 'counter',
    unit: '{attempt}',
    labels: { attempt: '`first`, `again`' },
    about: 'slides taken out of the queue',
  },
  patches: {
    name: 'tiastream.patches',
    kind: 'counter',
    unit: '{patch}',
    labels: {},
    about: 'patches that the lanes answered for; grows while a slide is at work',
  },
  resumed: {
    name: 'tiastream.patches.resumed',
    kind: 'counter',
    unit: '{patch}',
    labels: {},
    about: 'patches that an earlier attempt had answered for, taken from the journal',
  },
  rows: {
    name: 'tiastream.rows',
    kind: 'counter',
    unit: '{row}',
    labels: {},
    about: 'rows in committed files',
  },
  without: {
    name: 'tiastream.rows.without_answer',
    kind: 'counter',
    unit: '{patch}',
    labels: { why: '`unreadable`, `unanswered`' },
    about:
      'patches that could not be read, or for which a model had no number, also those whose rows a rows stage left out; counted when a slide ends',
  },
  stage: {
    name: 'tiastream.stage.time',
    kind: 'counter',
    unit: 's',
    labels: { stage: '`fetch`, `decode`, `resample`, `infer` …' },
    about: 'time spent, summed over the lanes; counted when a slide ends',
  },
  read: { name: 'tiastream.read', kind: 'counter', unit: 'By', labels: {}, about: 'bytes read of slides; counted when a slide ends' },
  band: {
    name: 'tiastream.band.duration',
    kind: 'histogram',
    unit: 's',
    labels: {},
    about: 'between one band of rows being safe in the journal and the next: what a killed worker loses',
    bounds: bandSeconds,
  },
  queued: {
    name: 'tiastream.queue.slides',
    kind: 'gauge',
    unit: '{slide}',
    labels: { run: 'its name', state: '`waiting`, `delayed` (for its next try), `active` (on any worker), `failed` (and stays so)' },
    about:
      'slides in the queue of each run that this worker takes and that is not over; a few seconds old, gone while the queue does not answer',
  },
  paused: {
    name: 'tiastream.worker.paused',
    kind: 'gauge',
    unit: '',
    labels: { why: '`queue`: it does not answer; `disk`: the output is full' },
    about: '1 while a worker waits for something that is not its work',
  },
  refused: {
    name: 'tiastream.runs.refused',
    kind: 'counter',
    unit: '{run}',
    labels: { code: 'of what stands in the way' },
    about: 'runs in the queue that a worker leaves to others',
  },
  warnings: { name: 'tiastream.warnings', kind: 'counter', unit: '{warning}', labels: { code: 'of the warning' }, about: 'warnings told' },
  progress: {
    name: 'tiastream.last_progress',
    kind: 'gauge',
    unit: 's',
    labels: {},
    about: 'when something went on last: seconds since 1970',
  },
} as const satisfies Readonly<Record<string, Instrument>>

export type InstrumentName = keyof typeof instruments

/**
 * Prometheus' name, by the rule of OpenTelemetry's own exporters: dots become underscores, units are spelled out, counters end in `_total`.
 * `tiastream.stage.time` in `s` is `tiastream_stage_time_seconds_total`.
 */
export function prometheusName({ name, kind, unit }: Instrument): string {
  const units: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' }
  return `${name.replaceAll('.', '_')}${units[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
}
