/** The page as text: complete, self-contained, nothing unescaped, bounded, and there whole or not at all. */

import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { SinkError } from '../../src/core/errors.js'
import { writeReceipt } from '../../src/pipeline/receipts.js'
import { escaped } from '../../src/report/html.js'
import type { ReportOptions } from '../../src/report/page.js'
import { writeReport } from '../../src/report/write.js'
import { openResults } from '../../src/results/open.js'
import { pngOf } from '../../src/results/pictures.js'
import { type DemoOptions, demo, hostileId, hostileName, writeDemo } from '../results/demo-output.js'
import { tempFolder } from '../support/temp.js'

async function pageOf(t: ExecutionContext, made: DemoOptions = {}, options: ReportOptions = {}): Promise<string> {
  const folder = await tempFolder(t)
  await writeDemo(folder, made)
  const file = path.join(folder, 'r.html')
  const bytes = await writeReport(await openResults(folder), file, options)
  const text = await readFile(file, 'utf8')
  t.is(Buffer.byteLength(text), bytes)
  return text
}

const count = (text: string, part: string) => text.split(part).length - 1

test('every slide has a row and a section; the failed one its error and what to do', async (t) => {
  const text = await pageOf(t)
  t.is(count(text, '<tr data-slide='), 3)
  t.is(count(text, '<details class="slide"'), 3)
  t.true(text.includes(escaped(`${hostileId}.svs ends at byte 17`)) && text.includes('SLIDE_TRUNCATED') && text.includes('copy it again'))
  t.true(text.includes('No patch was kept'))
})

test('the overlay, the mask and the most and least sure patches of three classes are in the page', async (t) => {
  const text = await pageOf(t)
  // The slide twice (below the classes and below the mask), and up to 8 patches for each class: 47 readable, no doubles.
  t.is(count(text, 'alt="The slide demo"'), 1)
  t.is(count(text, 'alt="Predicted classes of demo"'), 1)
  t.is(count(text, 'alt="Where patches of demo were kept"'), 1)
  t.is(count(text, 'alt="patch '), 3 * 8)
  t.notRegex(text, /no-picture"/)
})

test('the picture of the overlay sink is taken where there is one; one that is damaged is said to be so', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const { receipt } = (await openResults(folder)).slides.find(({ id }) => id === 'demo')!
  await writeReceipt(folder, { ...receipt, files: [...receipt.files, { sink: 'overlay', file: 'demo.overlay.png', bytes: 1 }] })
  const file = path.join(folder, 'r.html')
  await writeFile(path.join(folder, 'demo.overlay.png'), await pngOf({ width: 3, height: 2, data: new Uint8Array(24).fill(200) }))
  await writeReport(await openResults(folder), file)
  const text = await readFile(file, 'utf8')
  t.is(count(text, 'alt="Predictions over the slide demo"'), 1)
  t.is(count(text, 'alt="Predicted classes of demo"'), 0)
  await writeFile(path.join(folder, 'demo.overlay.png'), 'no picture')
  await writeReport(await openResults(folder), file)
  t.regex(await readFile(file, 'utf8'), /the overlay cannot be shown/)
})

test('nothing of a name gets out of its place, and nothing is fetched', async (t) => {
  const text = await pageOf(t, { label: true })
  t.false(text.includes(hostileName))
  t.false(text.includes(hostileId))
  t.false(/<img[^>]*(?:onerror|src="(?!data:))/.test(text))
  t.is(count(text, '<script>'), 1)
  t.deepEqual(
    [...text.matchAll(/(?:src|href)="(?!data:|#)([^"]*)"/g)].map(([, to]) => to),
    [],
  )
  t.deepEqual(
    [...text.matchAll(/url\((?!#p)|@import|https?:\/\/(?!www\.w3\.org)/g)].map(([at]) => at),
    [],
  )
  t.regex(text, /default-src &#39;none&#39;/)
})

test('with labels the page has the evaluation, without it has not', async (t) => {
  const text = await pageOf(t, { label: true })
  // 47 patches have a prediction; the 8 of the first row are wrong.
  t.regex(text, /<strong>83\.0 %<\/strong>accuracy/)
  t.true(text.includes('Confusion, share of the label'))
  t.false((await pageOf(t)).includes('id="evaluation"'))
})

test('a slide that is gone is said to be so, and the predictions are still drawn', async (t) => {
  const text = await pageOf(t, { uri: `${demo}.moved` })
  t.is(count(text, 'alt="The slide demo"'), 0)
  t.is(count(text, 'alt="Predicted classes of demo"'), 1)
  t.regex(text, /the slide itself cannot be shown: .*demo\.tif\.moved/)
})

test('a slide that was changed since is not shown as if it were the one', async (t) => {
  const folder = await tempFolder(t)
  const other = path.join(folder, 'other.tif')
  const bytes = await readFile(demo)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(other, bytes)
  t.regex(await pageOf(t, { uri: other }), /has changed since the rows were made/)
})

test('pictures stop at their bound, and the page says so', async (t) => {
  const text = await pageOf(t, {}, { mostPictureBytes: 1 })
  t.regex(text, /The last 1 slides have no pictures/)
  t.is(count(text, '<details class="slide"'), 3)
})

test('a damaged table is said to be so in its place, the other slides are there', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  await writeFile(path.join(folder, 'a-empty.parquet'), 'PAR1')
  const file = path.join(folder, 'r.html')
  await writeReport(await openResults(folder), file)
  const text = await readFile(file, 'utf8')
  t.regex(text, /<strong>[^<]*a-empty\.parquet is no whole Parquet file<\/strong> <code>TABLE_UNREADABLE/)
  t.is(count(text, 'alt="Predicted classes of demo"'), 1)
})

test('an abort half-way, and a folder that is not there, leave no page', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const results = await openResults(folder)
  const stop = new AbortController()
  const file = path.join(folder, 'r.html')
  await t.throwsAsync(writeReport(results, file, { signal: stop.signal, onSlide: () => stop.abort(new Error('enough')) }), {
    message: 'enough',
  })
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('r.html')),
    [],
  )
  await t.throwsAsync(writeReport(results, path.join(folder, 'x/r.html')), { instanceOf: SinkError, code: 'OUTPUT_MISSING' })
  await t.throwsAsync(access(path.join(folder, 'x')))
})
