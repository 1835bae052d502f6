/** Events of a run of four slides: one done, one failed, one done before, one interrupted. */

import type { RunEvent, RunSummary } from '../../src/pipeline/run/run-events.js'

export const summary: RunSummary = {
  status: 'some slides failed',
  slides: { done: 1, failed: 1, skipped: 1 },
  rows: 100,
  unreadable: 3,
  unanswered: 1,
  seconds: 9,
  patchesPerSecond: 10,
  megapixelsPerSecond: 1,
  decodedPerTouched: 1,
  peakRssBytes: 1,
  spentMs: {},
  device: 'cpu',
  interrupted: [],
  failures: [{ slide: 'b', error: { family: 'SlideError', code: 'SLIDE_TRUNCATED', message: 'b ends' } }],
}

const sums = { device: 'cpu', bytesRead: 5000, counts: {}, spentMs: { fetch: 250, infer: 4000 } }

export const events: readonly RunEvent[] = [
  { type: 'run.start', output: '/out', lanes: 2, device: 'cpu', precision: 'float32', fingerprint: 'f' },
  { type: 'slide.start', slide: 'a', uri: 'https://me:geheim@host/x/a.svs?X-Amz-Signature=geheim' },
  { type: 'slide.opened', slide: 'a', width: 640, height: 480 },
  { type: 'slide.resumed', slide: 'a', patches: 20, rows: 20 },
  { type: 'slide.skipped', slide: 'c', rows: 7 },
  { type: 'slide.start', slide: 'b', uri: '/slides/b.svs', worker: 'w1', waited: 45, attempt: 2 },
  { type: 'slide.progress', slide: 'a', share: 0.5, patches: 20, inferred: 30 },
  { type: 'slide.band', slide: 'a', rows: 60, patches: 60, seconds: 0.75 },
  { type: 'warning', slide: 'a', code: 'SLIDE_ODD', message: 'see https://host/x?sig=geheim' },
  {
    type: 'slide.failed',
    slide: 'b',
    seconds: 2,
    error: { family: 'SlideError', code: 'SLIDE_TRUNCATED', message: 'https://host/b.svs?sig=geheim ends' },
    ...sums,
    patches: { resumed: 0, asked: 0 },
  },
  { type: 'slide.written', slide: 'a', rows: 100 },
  {
    type: 'slide.done',
    slide: 'a',
    rows: 100,
    unreadable: 3,
    unanswered: 1,
    seconds: 8,
    files: ['a.parquet'],
    ...sums,
    patches: { resumed: 20, asked: 80 },
  },
  { type: 'slide.start', slide: 'd', uri: '/slides/d.svs' },
  { type: 'slide.interrupted', slide: 'd' },
  { type: 'run.end', summary },
]

/** As much of a plan as is looked at before anything is begun. */
export const plan = {
  source: { name: 'slides' },
  environment: { sources: { slides: { load: () => undefined } } },
  sinks: [],
  provenance: {},
  output: '/out',
  found: {},
} as never
