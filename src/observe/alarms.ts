/** When somebody should look: the one list, for Prometheus' rules (`deploy/prometheus`) and for the table in `docs/operations.md`. */

import { type InstrumentName, instruments, prometheusName } from './instruments.js'

export interface Alarm {
  readonly name: string
  /** `info`: to be seen in the morning. `warning`: today. `critical`: now, it does not go on by itself. */
  readonly severity: 'info' | 'warning' | 'critical'
  readonly expr: string
  /** How long it must be so. */
  readonly for: string
  readonly means: string
  readonly remedy: string
}

const at = (name: InstrumentName) => prometheusName(instruments[name])
const increase = (name: InstrumentName, where: string, over: string) => `sum(increase(${at(name)}${where}[${over}]))`
/** Also for a series that began at one: `increase` does not see the first. */
const grew = (name: InstrumentName, where: string, by: string, over: string) => {
  const series = `${at(name)}${where}`
  return `sum${by} (increase(${series}[${over}])) > 0 or sum${by} (${series} unless ${series} offset ${over}) > 0`
}
const ended = (where: string) => `sum(increase(${at('duration')}_count${where}[1h]))`
const ofAll = (part: string, all: string) => `${part} / (${all} > 0)`

export const alarms: readonly Alarm[] = [
  {
    name: 'TiastreamStalled',
    severity: 'critical',
    expr: `${at('active')} > 0 and time() - ${at('progress')} > 900`,
    for: '1m',
    means:
      'a worker has slides at work, and nothing has gone on for a quarter of an hour: the store of the slides, the disk of the results or the device hangs',
    remedy: 'look at its log and at that store; end the worker (SIGTERM): another one takes the slide up after its last band',
  },
  {
    name: 'TiastreamPaused',
    severity: 'critical',
    expr: `max by (instance, why) (${at('paused')}) > 0`,
    for: '5m',
    means: 'a worker waits: the queue does not answer (`why="queue"`), or the output is full (`why="disk"`)',
    remedy:
      'queue: is its server there? What is in hand is finished meanwhile, and after ten minutes the worker ends with a code of its own. disk: make room; nothing fails, and work goes on by itself',
  },
  {
    name: 'TiastreamRunRefused',
    severity: 'warning',
    expr: grew('refused', '', ' by (code)', '15m'),
    for: '0m',
    means: 'a worker leaves a run to others: another version, another device, an output or model that it cannot reach',
    remedy: 'its log says what; workers of one queue should see the same folders and be of one version',
  },
  {
    name: 'TiastreamSlidesFail',
    severity: 'critical',
    expr: `${ofAll(ended('{status="failed"}'), ended(''))} > 0.05`,
    for: '15m',
    means: 'more than one slide in twenty fails: not one bad file, but something that they share',
    remedy:
      'which code (next alarm)? SLIDE_UNREACHABLE, SLIDE_FORBIDDEN: store or its credentials. SLIDE_NO_MEMORY, LANE_DIED: fewer lanes. MODEL_FAILED: the device. Then run again: failed slides are tried anew',
  },
  {
    name: 'TiastreamSlideFailed',
    severity: 'info',
    expr: grew('slides', '{status="failed",code!=""}', ' by (code)', '15m'),
    for: '0m',
    means: 'slides failed; the others went on',
    remedy: 'docs/reference.md says what the code means and who can act; the receipt (`.tiastream/receipts`) says which slide and why',
  },
  {
    name: 'TiastreamPatchesUnreadable',
    severity: 'warning',
    expr: `${ofAll(increase('without', '{why="unreadable"}', '1h'), increase('patches', '', '1h'))} > 0.01`,
    for: '15m',
    means: 'more than one patch in a hundred could not be read: rows without an answer',
    remedy: 'which slides? `unreadable` in their receipts. Damaged files: copy them anew. All of them: the store cuts answers short',
  },
  {
    name: 'TiastreamPatchesUnanswered',
    severity: 'warning',
    expr: `${increase('without', '{why="unanswered"}', '1h')} > 0`,
    for: '0m',
    means: 'the model has no number for some patches (NaN or infinity)',
    remedy: 'often half precision that overflows, or a damaged model: run the same slide with device: cpu and compare',
  },
  {
    name: 'TiastreamWorkersLost',
    severity: 'warning',
    expr: `${ofAll(increase('attempts', '{attempt="again"}', '1h'), increase('attempts', '', '1h'))} > 0.2`,
    for: '15m',
    means: 'one slide in five is begun more than once: workers are lost while they work, or reading fails for a while',
    remedy:
      'killed for memory? See the events of the scheduler and process_resident_memory_bytes. Preempted? Nothing is lost but a band each time',
  },
  {
    name: 'TiastreamWorkThrownAway',
    severity: 'warning',
    expr: grew('warnings', '{code=~"MADE_AGAIN|JOURNAL_ANEW"}', ' by (code)', '1h'),
    for: '0m',
    means: 'slides that were done, or half done, are made anew: their content, the pipeline, the version or the device is another one',
    remedy: 'the warning in the log says what differs. Workers of one run should be of one version and one kind of device',
  },
  {
    name: 'TiastreamReadingIsSlow',
    severity: 'warning',
    expr: `${ofAll(`sum(rate(${at('stage')}{stage="fetch"}[30m]))`, `sum(rate(${at('stage')}[30m]))`)} > 0.5`,
    for: '30m',
    means: 'the lanes wait for bytes more than half of their time: processors and devices are paid for to wait',
    remedy:
      'fewer workers on one store (`--at-most`), slides nearer (`cache: download`, a local disk), or a faster store; more lanes on a store that is far away but not full',
  },
  {
    name: 'TiastreamBandsAreLong',
    severity: 'info',
    expr: `histogram_quantile(0.95, sum by (le) (rate(${at('band')}_bucket[30m]))) > 60`,
    for: '30m',
    means: 'bands take more than a minute: that much is lost whenever a worker is killed',
    remedy: 'a slow disk below the results, or a model too large for this device',
  },
  {
    name: 'TiastreamQueueWaits',
    severity: 'info',
    expr: `histogram_quantile(0.5, sum by (le) (rate(${at('waited')}_bucket[1h]))) > 3600`,
    for: '30m',
    means: 'half of the slides wait for more than an hour before a worker takes them',
    remedy: 'that is what a queue is for; more workers where it must be sooner',
  },
  {
    name: 'TiastreamNobodyTakesRun',
    severity: 'warning',
    // Each worker says the same of a run.
    expr: `max by (run) (${at('queued')}{state="waiting"}) > 0 unless on (run) max by (run) (${at('queued')}{state="active"}) > 0`,
    for: '15m',
    means: 'slides of a run wait and none is at work, although there are workers that could take them',
    remedy:
      'are the workers at another run (they take the one that was submitted first), paused, or do they leave this one to others? `tiastream status` says who does, and why',
  },
  {
    name: 'TiastreamIdle',
    severity: 'info',
    expr: `${at('active')} == 0`,
    for: '30m',
    means: 'a worker has had nothing to do for half an hour, or cannot reach its queue',
    remedy: 'end it, or let the scaler do that; does its log name the queue?',
  },
  {
    name: 'TiastreamWorkerDown',
    severity: 'warning',
    expr: 'up{job=~"tiastream.*"} == 0',
    for: '5m',
    means: 'Prometheus gets no answer of a worker that it should know',
    remedy: 'ended, preempted, or its network is gone. Its slide is taken up by another after the lease has lapsed (a minute)',
  },
]

/** As a file of rules for Prometheus. */
export function rulesFile(): string {
  const rule = ({ name, expr, for: time, severity, means, remedy }: Alarm) =>
    [
      `      - alert: ${name}`,
      `        expr: ${JSON.stringify(expr)}`,
      `        for: ${time}`,
      `        labels: { severity: ${severity} }`,
      '        annotations:',
      `          summary: ${JSON.stringify(means)}`,
      `          description: ${JSON.stringify(remedy)}`,
    ].join('\n')
  return `# Made by \`node scripts/operations-page.mjs\` of src/observe/alarms.ts. What to do: docs/operations.md.
groups:
  - name: tiastream
    rules:
${alarms.map(rule).join('\n')}
`
}
