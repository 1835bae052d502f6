/** The page as text: complete, self-contained, nothing unescaped, bounded, and there whole or not at all. */

import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { decodePicture } from '../../../src/codecs/sharp.js'
import { SinkError } from '../../../src/core/errors.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { openResults } from '../../../src/results/open.js'
import { pngOf } from '../../../src/results/pictures.js'
import { escaped } from '../../../src/results/report/html.js'
import type { ReportOptions } from '../../../src/results/report/page.js'
import { writeReport } from '../../../src/results/report/write.js'
import { tempFolder } from '../../support/temp.js'
import { writeReceipt } from '../../support/write-receipt.js'
import { type DemoOptions, demo, demoAbout, demoClasses, demoRows, hostileId, hostileName, writeDemo } from '../demo-output.js'
import { columnsOf, writeSlide } from '../outputs.js'

/** Each is made once: tests only read it. */
const pages = new Map<string, Promise<string>>()

function pageOf(t: ExecutionContext, made: DemoOptions = {}, options: ReportOptions = {}): Promise<string> {
  const key = JSON.stringify([made, options])
  const page = pages.get(key) ?? makePage(t, made, options)
  pages.set(key, page)
  return page
}

async function makePage(t: ExecutionContext, made: DemoOptions, options: ReportOptions): Promise<string> {
  const folder = await tempFolder(t)
  await writeDemo(folder, made)
  const file = path.join(folder, 'r.html')
  const bytes = await writeReport(await openResults(folder), file, options)
  const text = await readFile(file, 'utf8')
  t.is(Buffer.byteLength(text), bytes)
  return text
}

/** A link to click on, not something to fetch: the viewer on this machine. */
const viewerLink = /^http:\/\/127\.0\.0\.1:8000\/\?slide=demo&amp;x=\d+&amp;y=\d+&amp;zoom=20$/

const count = (text: string, part: string) => text.split(part).length - 1

test('every slide has a row and a section; the failed one its error and what to do', async (t) => {
  const text = await pageOf(t)
  t.is(count(text, '<tr data-slide='), 3)
  t.is(count(text, '<details class="slide"'), 3)
  t.is(count(text, 'Slide by slide</h2>\n<details class="slide"'), 1)
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
  await writeReceipt(await storeOf(folder), {
    ...receipt,
    files: [...receipt.files, { sink: 'overlay', file: 'demo.overlay.png', bytes: 1 }],
  })
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
    [...text.matchAll(/(?:src|href)="(?!data:|#)([^"]*)"/g)].map(([, to]) => to).filter((to) => !viewerLink.test(to!)),
    [],
  )
  t.deepEqual(
    [...text.matchAll(/url\((?!#p)|@import|https?:\/\/(?!www\.w3\.org|127\.0\.0\.1:8000\/\?slide=demo&amp;)/g)].map(([at]) => at),
    [],
  )
  t.regex(text, /default-src &#39;none&#39;/)
})

test('each class has its share and its area; a class that is absent is not in the legend', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const file = path.join(folder, 'r.html')
  await writeReport(await openResults(folder), file)
  const text = await readFile(file, 'utf8')
  const legend = text.slice(text.indexOf('<div class="legend">'), text.indexOf('</table>', text.indexOf('<div class="legend">')))
  const cells = [...legend.matchAll(/<td class="number">([^<]*)</g)].map(([, cell]) => cell)
  // 3, 3 and 2 columns of 6 patches of 448 px at 0.5 um; one patch is lost.
  const area = (patches: number) => `${Number((patches * 448 * 448 * 0.25e-6).toPrecision(3))} mm²`
  t.deepEqual(cells, ['38.3 %', '18', area(18), '36.2 %', '17', area(17), '25.5 %', '12', area(12), '–', '1', area(1)])
  const two = await tempFolder(t)
  const absent = { name: 'never-seen', color: '#123456' }
  const classes = [...demoClasses, absent]
  const rows = demoRows('demo', false).map((row) => ({ ...row, prob_never_seen: 0 }))
  await writeSlide(two, { id: 'demo', classes, columns: columnsOf(classes, 'slide', false), rows })
  await writeReport(await openResults(two), file)
  const other = await readFile(file, 'utf8')
  const table = other.slice(other.indexOf('<div class="legend">'), other.indexOf('</table>', other.indexOf('<div class="legend">')))
  t.true(table.includes('fat') && !table.includes('never-seen'))
  t.true(other.includes('1 of 4 classes are given to no patch.'))
})

test('the page opens with the picture, before numbers and tables', async (t) => {
  const text = await pageOf(t, { label: true })
  const order = [
    '<details class="slide" open id="slide-3"',
    'alt="Predicted classes of demo"',
    '<div class="legend">',
    '<h4>Labels</h4>',
    '<table class="patches">',
    'class="cards"',
    'class="sortable"',
  ]
  const places = order.map((part) => text.indexOf(part))
  t.true(places.every((place) => place > 0))
  t.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})

test('wrong predictions are shown, the surest first, with where they are', async (t) => {
  const text = await pageOf(t, { label: true })
  // The first row of 8 is wrong; the last of 48 has no answer.
  t.true(text.includes('39 of 47 patches with a label are predicted as labelled (83 %); of the 8 others the surest:'))
  const wrong = text.slice(text.indexOf('<div class="strip wrong">'), text.indexOf('<table class="patches">'))
  t.is(count(wrong, '<br>label '), 8)
  // The first patch: 448 px from the corner, its middle at 224, seen at 20x as 10 / 0.5 um.
  t.true(wrong.includes('<a href="http://127.0.0.1:8000/?slide=demo&amp;x=224&amp;y=224&amp;zoom=20"'))
  t.true(wrong.includes('>0, 0</a>') && wrong.includes('>448, 0</a>'))
  // Every picture is in a button that enlarges it.
  t.is(count(text, 'alt="patch '), count(text, '<button type="button" class="enlarge"><img src="data:image/jpeg;base64,'))
})

test('a patch with features and no class is embedded, not without an answer', async (t) => {
  const folder = await tempFolder(t)
  const names = new Set(['slide', 'index', 'x0', 'y0', 'x1', 'y1', 'base_x', 'base_y', 'base_w', 'base_h', 'tissue', 'status'])
  const rows = demoRows('demo', false).map(
    (row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name))) as typeof row,
  )
  await writeSlide(folder, {
    id: 'demo',
    classes: [],
    columns: columnsOf([], 'slide', false).filter(({ name }) => names.has(name)),
    rows,
    about: await demoAbout(),
    uri: demo,
    outputs: [{ name: 'embedding', kind: 'features', classes: [], width: 512 }],
  })
  const file = path.join(folder, 'r.html')
  await writeReport(await openResults(folder), file)
  const text = await readFile(file, 'utf8')
  // One of 48 was not read.
  t.regex(text, /47 patches embedded: 512 features each, by /)
  t.regex(text, /Patches with an answer/)
  // The one slide opens the page; there is no heading above nothing.
  t.notRegex(text, /Slide by slide/)
  // Every sixth of 48 patches, so from all over the slide.
  const strip = text.slice(text.indexOf('<div class="strip samples">'))
  t.deepEqual(
    [...strip.matchAll(/alt="patch (\d+)"/g)].map(([, index]) => Number(index)),
    [0, 6, 12, 18, 24, 30, 36, 42],
  )
})

test('the legend is as opaque as the picture that the run made', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const { receipt } = (await openResults(folder)).slides.find(({ id }) => id === 'demo')!
  const files = ['heat.png', 'demo.overlay.png'].map((file) => ({ sink: 'overlay', file, bytes: 1 }))
  await writeReceipt(await storeOf(folder), { ...receipt, files: [...receipt.files, ...files] })
  await writeFile(path.join(folder, 'demo.overlay.png'), await pngOf({ width: 3, height: 2, data: new Uint8Array(24).fill(200) }))
  const plan = {
    sinks: [
      { name: 'parquet', options: {} },
      { name: 'overlay', options: { alpha: 0.9, class: 'fat' } },
      { name: 'overlay', options: { alpha: 0.3 } },
    ],
  }
  const file = path.join(folder, 'r.html')
  await writeReport({ ...(await openResults(folder)), plan }, file)
  const text = await readFile(file, 'utf8')
  t.true(text.includes('id="slide-3" style="--o:30%"'))
  t.is(count(text, 'alt="Predictions over the slide demo"'), 1)
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
  t.regex(text, /The last slide has no pictures/)
  t.is(count(text, '<details class="slide"'), 3)
})

test('slides are read side by side, and the page is the same each time, without a warning of Node', async (t) => {
  const folder = await tempFolder(t)
  const made = { classes: demoClasses, columns: columnsOf(demoClasses, 'slide', false), about: await demoAbout(), uri: demo }
  const ids = Array.from({ length: 12 }, (_, i) => `s${String(i).padStart(2, '0')}`)
  for (const [i, id] of ids.entries()) await writeSlide(folder, { ...made, id, rows: demoRows(id, false).slice(0, 3 + i) })
  const warned: string[] = []
  const hear = ({ name }: Error) => warned.push(name)
  process.on('warning', hear)
  t.teardown(() => process.off('warning', hear))
  const results = await openResults(folder)
  const done: number[] = []
  const written = async (options: ReportOptions) => {
    const file = path.join(folder, 'r.html')
    await writeReport(results, file, options)
    return readFile(file, 'utf8')
  }
  const { signal } = new AbortController()
  const all = await written({ signal, onSlide: (n) => done.push(n) })
  t.is(await written({ signal }), all)
  t.deepEqual(
    done,
    ids.map((_, i) => i + 1),
  )
  t.deepEqual(
    [...all.matchAll(/<tr data-slide="([^"]*)"/g)].map(([, id]) => id),
    ids,
  )
  // What is begun beyond the bound is made anew without pictures.
  t.regex(await written({ mostPictureBytes: 1 }), /The last 11 slides have no pictures/)
  t.deepEqual(warned, [])
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

test('pictures of a set are shown as the model saw them, arrays too', async (t) => {
  const folder = await tempFolder(t)
  const [rows, columns] = [300, 20]
  const red = Buffer.from(Array.from({ length: rows * columns }, () => [200, 30, 10]).flat())
  const head = `{'descr': '|u1', 'fortran_order': False, 'shape': (${rows}, ${columns}, 3), }`.padEnd(118)
  await writeFile(path.join(folder, 'tall.npy'), Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), Buffer.from(head), red]))
  await writeFile(path.join(folder, 'none.npy'), 'no array')
  const set = (file: string, index: number) => ({ slide: 'set', index, file, status: 'ok', prediction: 0, class: 'tumour', prob_tumour: 1 })
  await writeSlide(folder, {
    id: 'set',
    classes: demoClasses.slice(0, 1),
    columns: columnsOf(demoClasses.slice(0, 1), 'set', false),
    rows: ['tall.npy', 'none.npy'].map((file, index) => ({ ...set(path.join(folder, file), index) })),
    about: { kind: 'set' },
  })
  const file = path.join(folder, 'r.html')
  await writeReport(await openResults(folder), file)
  const text = await readFile(file, 'utf8')
  const shown = [...text.matchAll(/alt="patch \d+"|src="data:image\/jpeg;base64,([^"]+)"/g)].flatMap(([, jpeg]) => jpeg ?? [])
  const seen = await decodePicture(Buffer.from(shown[0]!, 'base64'), 'drop', 1e6)
  // 300 rows are shown as 224.
  t.deepEqual([seen.width, seen.height], [15, 224])
  t.true([200, 30, 10].every((value, c) => Math.abs(seen.data[c]! - value) < 8))
  t.true(text.includes('<li>the picture of a patch is missing: the files that the table names cannot be read</li>'))
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
