/** The parts of the report that are arithmetic: escaping, the few extremes, the painting. */

import test from 'ava'
import fc from 'fast-check'
import { Extremes } from '../../src/report/extremes.js'
import { duration, escaped, Html, html, percent } from '../../src/report/html.js'
import { overviewOf } from '../../src/report/overview.js'
import { longestSide, Painting } from '../../src/report/painting.js'

test('every value is escaped but what is HTML already', (t) => {
  t.is(html`<b title="${`"'<&>`}">${['a<', new Html('<i>')]}${null}${0}</b>`.text, '<b title="&quot;&#39;&lt;&amp;&gt;">a&lt;<i>0</b>')
  fc.assert(fc.property(fc.string(), (text) => t.notRegex(escaped(text), /[<>"']/)))
})

test('numbers for people', (t) => {
  t.deepEqual([0.1, 12.3, 89, 95, 3599, 7260].map(duration), ['0.1 s', '12 s', '89 s', '2 min', '60 min', '2 h 1 min'])
  t.deepEqual([0, 0.004, 0.5, 1].map(percent), ['0 %', '<1 %', '50 %', '100 %'])
})

test('slides that left the cohort are named', (t) => {
  const run = {
    status: 'done',
    slides: { done: 1, failed: 0, skipped: 0 },
    interrupted: [],
    rows: 0,
    unreadable: 0,
    unanswered: 0,
    seconds: 1,
    patchesPerSecond: 0,
    megapixelsPerSecond: 0,
    decodedPerTouched: null,
    peakRssBytes: 0,
    spentMs: {},
    device: null,
    failures: [],
  } as const
  const shown = (leftovers?: readonly string[]) =>
    overviewOf({ folder: '/x', slides: [], plan: null, run: { ...run, ...(leftovers ? { leftovers } : {}) } }).text
  t.true(shown(['gone', 'left<']).includes('Not part of the last run: gone, left&lt;.'))
  t.false(shown([]).includes('Not part'))
  t.false(shown().includes('Not part'), 'a run of version 0.1')
})

test('the extremes are those of sorting everything; of equals the first', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 1, max: 5 }), (values, keep) => {
      const extremes = new Extremes<number>(keep)
      values.forEach((value, i) => {
        extremes.add(value, () => i)
      })
      const entries = values.map((value, item) => ({ value, item }))
      t.deepEqual(extremes.highest, entries.toSorted((a, b) => b.value - a.value || a.item - b.item).slice(0, keep))
      t.deepEqual(extremes.lowest, entries.toSorted((a, b) => a.value - b.value || a.item - b.item).slice(0, keep))
    }),
  )
})

test('the painting has the shape of the slide, the surest patch on top and nothing where none is', (t) => {
  const painting = new Painting({ width: 1800, height: 900 })
  t.deepEqual(painting.size, { width: longestSide, height: 450 })
  painting.add({ x: 0, y: 0, width: 200, height: 200 }, 0, 0.9, 0.5)
  painting.add({ x: 100, y: 0, width: 200, height: 200 }, 1, 0.6, 1)
  painting.add({ x: 1700, y: 800, width: 500, height: 500 }, null, 0.5, null)
  const { width, data } = painting.classes(['#ff0000', '#0000ff'])
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]
  t.deepEqual(at(10, 10), [255, 0, 0, 255])
  t.deepEqual(at(75, 10), [255, 0, 0, 255])
  t.deepEqual(at(120, 10), [0, 0, 255, 255])
  t.deepEqual(at(160, 10), [0, 0, 0, 0])
  t.deepEqual(at(899, 449).slice(0, 3), [128, 128, 128])
  const mask = painting.mask().data
  const alpha = (x: number) => mask[x * 4 + 3]
  t.deepEqual([alpha(10), alpha(75), alpha(160)], [40 + Math.round((128 / 255) * 215), 255, 0])
})
