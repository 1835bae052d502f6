/** The parts of the report that are arithmetic: escaping, the few extremes, the painting. */

import test from 'ava'
import fc from 'fast-check'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { areaOf } from '../../../src/results/area.js'
import { noAnswer, noClass } from '../../../src/results/given.js'
import { cohortTable } from '../../../src/results/report/cohort.js'
import { Extremes } from '../../../src/results/report/extremes.js'
import { duration, escaped, Html, html } from '../../../src/results/report/html.js'
import { linkTo } from '../../../src/results/report/links.js'
import { overviewOf } from '../../../src/results/report/overview.js'
import { longestSide, Painting } from '../../../src/results/report/painting.js'
import type { TableMetadata } from '../../../src/sinks/common/metadata.js'
import { areaText, shareText } from '../../../src/sinks/picture/amount-text.js'
import { overGlass } from '../../../src/sinks/picture/colors.js'

test('every value is escaped but what is HTML already', (t) => {
  t.is(html`<b title="${`"'<&>`}">${['a<', new Html('<i>')]}${null}${0}</b>`.text, '<b title="&quot;&#39;&lt;&amp;&gt;">a&lt;<i>0</b>')
  fc.assert(fc.property(fc.string(), (text) => t.notRegex(escaped(text), /[<>"']/)))
})

test('numbers for people', (t) => {
  t.deepEqual([0.1, 12.3, 89, 95, 3599, 7260].map(duration), ['0.1 s', '12 s', '89 s', '2 min', '60 min', '2 h 1 min'])
  t.deepEqual([0, 0.0004, 0.0005, 0.375, 0.9994, 0.9996, 1].map(shareText), [
    '0 %',
    '<0.1 %',
    '0.1 %',
    '37.5 %',
    '99.9 %',
    '>99.9 %',
    '100 %',
  ])
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

test('a share stands below the name of its class, also of slides of another model', (t) => {
  const receipt = { status: 'done', rows: 4, seconds: 1, unreadable: 0, unanswered: 0 } as Receipt
  const row = (id: string, counts: Readonly<Record<string, number>>) => {
    const classes = Object.entries(counts).map(([name, count]) => ({ name, color: '#000000', count }))
    return { id, receipt, classes, answered: 4, anchor: null }
  }
  const { text } = cohortTable([row('a', { tumour: 1, stroma: 3 }), row('b', { stroma: 4, fat: 0 })])
  const shares = text
    .split('<tr ')
    .slice(1)
    .map((line) => [...line.matchAll(/class="number" data-v="([^"]*)"/g)].slice(-2).map(([, value]) => Number(value)))
  t.deepEqual(shares, [
    [0.25, 0.75],
    [-1, 1],
  ])
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

test('areas: overlaps count once, gaps and what is beyond the slide not at all', (t) => {
  const slide = { width: 1000, height: 400, mpp: { x: 0.5, y: 0.25 } } as TableMetadata['slide']
  const at = { value: 0.5, units: 'mpp' } as const
  const sum = (stride: number, step: number, grid = true) => {
    const area = areaOf({ slide, ...(grid ? { grid: { at, patch: [100, 100], stride: [stride, stride] } } : {}) })!
    let total = 0
    for (let x = 0; x < 1000; x += step) for (let y = 0; y < 400; y += step) total += area({ x, y, width: 200, height: 200 })
    return total
  }
  // Patches of 200 px: with steps of 100 and of 200 all of the slide, 0.5 mm x 0.1 mm; with steps of 400 a patch of 100 µm x 50 µm each.
  const close = (a: number, b: number) => t.true(Math.abs(a - b) < 1e-12, `${a} is not ${b}`)
  close(sum(50, 100), 0.05)
  close(sum(100, 200), 0.05)
  close(sum(200, 400), 3 * 0.005)
  close(sum(0, 200, false), 0.05)
  t.is(areaOf({ slide: { ...slide, mpp: undefined } as never }), null)
  t.deepEqual([0.0123456, 1, 12345.6].map(areaText), ['0.0123 mm²', '1 mm²', '12,346 mm²'])
})

test('a link names slide, middle and magnification, and what is in a name stays there', (t) => {
  const slide = { id: 'a&b="é', kind: 'slide', mpp: { x: 0.25, y: 0.25 } } as TableMetadata['slide']
  const region = { x: 10.5, y: 20, width: 101, height: 50 }
  const url = new URL(linkTo(slide, region)!)
  t.is(url.origin, 'http://127.0.0.1:8000')
  t.deepEqual(
    [...url.searchParams],
    [
      ['slide', 'a&b="é'],
      ['x', '61'],
      ['y', '45'],
      ['zoom', '20'],
    ],
  )
  t.is(new URL(linkTo({ ...slide, mpp: { x: 2, y: 2 } }, region)!).searchParams.get('zoom'), '5')
  t.is(new URL(linkTo({ ...slide, mpp: undefined } as never, region)!).searchParams.get('zoom'), null)
  t.is(linkTo({ ...slide, kind: 'set' }, region), null)
})

test('a colour over glass is the mixture of both', (t) => {
  // (1 - a) x 255 + a x colour.
  t.is(overGlass([0, 100, 255], 0.5), '#80b2ff')
  t.is(overGlass([0, 100, 255], 0), '#ffffff')
  t.is(overGlass([0, 100, 255], 1), '#0064ff')
  t.is(overGlass([200, 0, 0], 0.25), '#f1bfbf')
})

test('the painting has the shape of the slide, the surest patch on top and nothing where none is', (t) => {
  const painting = new Painting({ width: 1800, height: 900 })
  t.deepEqual(painting.size, { width: longestSide, height: 450 })
  painting.add({ x: 0, y: 0, width: 200, height: 200 }, 0, 0.9, 0.5)
  painting.add({ x: 100, y: 0, width: 200, height: 200 }, 1, 0.6, 1)
  painting.add({ x: 1700, y: 800, width: 500, height: 500 }, noAnswer, 0.5, null)
  painting.add({ x: 0, y: 800, width: 100, height: 100 }, noClass, 0.5, null)
  const { width, data } = painting.classes(['#ff0000', '#0000ff'])
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]
  t.deepEqual(at(10, 10), [255, 0, 0, 255])
  t.deepEqual(at(75, 10), [255, 0, 0, 255])
  t.deepEqual(at(120, 10), [0, 0, 255, 255])
  t.deepEqual(at(160, 10), [0, 0, 0, 0])
  t.is(at(10, 420)[3], 255, 'an answer that is no class is no gap')
  t.deepEqual(at(899, 449).slice(0, 3), [128, 128, 128])
  const mask = painting.mask().data
  const alpha = (x: number) => mask[x * 4 + 3]
  t.deepEqual([alpha(10), alpha(75), alpha(160)], [40 + Math.round((128 / 255) * 215), 255, 0])
})
