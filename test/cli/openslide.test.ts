/** OpenSlide as a person meets it: a second opinion by `inspect --compare`, slides that it alone knows in a run, and what is said where there is none. */

import { existsSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { ndpiOf, tinyNdpi } from '../../fixtures/ndpi.js'
import { writeVms } from '../../fixtures/vms.js'
import type { Comparison } from '../../src/cli/compare-readers.js'
import { compareReaders, placesAlong } from '../../src/cli/compare-readers.js'
import { SlideError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { Slide } from '../../src/core/slide.js'
import { openSlideLibrary } from '../../src/readers/openslide/library.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import { sharedPath } from '../shared-data.js'
import { tiastream, tiastreamProcess } from '../support/command-line.js'
import { runFile, writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

const library = await openSlideLibrary()
// One after another: the last one changes the environment of the process.
const withOpenSlide = typeof library === 'string' ? test.skip : test.serial
if (typeof library === 'string') console.warn(`SKIPPED (${library}): commands with OpenSlide`)

test('places to compare go from edge to edge', (t) => {
  t.deepEqual(placesAlong(100), [0])
  t.deepEqual(placesAlong(256), [0])
  t.deepEqual(placesAlong(300), [0, 44])
  t.deepEqual(placesAlong(100_000), [0, 24_936, 49_872, 74_808, 99_744])
})

test('of a DICOM series at an address OpenSlide reads nothing, which is told of the slide', async (t) => {
  const uri = 'http://127.0.0.1:9/series/'
  const ref = { kind: 'slide', id: 'series', uri, carried: {} }
  const slide = { ref, info: { vendor: 'dicom', levels: [] }, identity: null } as unknown as Slide
  const error = await t.throwsAsync(compareReaders(uri, slide), { instanceOf: SlideError })
  t.log(error.message)
})

withOpenSlide('inspect --compare says how many pixels differ, and what else', async (t) => {
  const folder = await tempFolder(t)
  const { pages } = await tinyNdpi()
  await writeFile(path.join(folder, 'a.ndpi'), ndpiOf(pages))
  const { code, out } = await tiastream(['inspect', '--compare', 'a.ndpi'], folder)
  t.is(code, 0)
  t.regex(out, /compared {3}OpenSlide [\d.]+, level 0: 0 of 6144 pixels differ, by 0 at most\n/)
  t.regex(out, /level 1: 0 of 1536 pixels differ/)
  t.regex(out, /says levels: 96 × 64, 48 × 32, 24 × 16/)
  const json = await tiastream(['inspect', '--json', '--compare', 'a.ndpi'], folder)
  const { comparison, vendor } = JSON.parse(json.out) as { comparison: Comparison; vendor: string }
  t.is(vendor, 'hamamatsu')
  t.deepEqual(comparison.levels[1], { level: 1, pixels: 1536, differing: 0, most: 0 })
})

const series = sharedPath('wsi/made/dicom/pass-bot')
const readsDicom = typeof library !== 'string' && !library.version.startsWith('3.')
const withSeries = readsDicom && existsSync(series) ? test.serial : test.skip
if (withSeries === test.skip) console.warn(`SKIPPED (no OpenSlide 4, or no ${series}): a DICOM series with OpenSlide`)

withSeries('inspect --compare gives OpenSlide a file of the folder of a DICOM series', async (t) => {
  const { code, out } = await tiastream(['inspect', '--compare', series], await tempFolder(t))
  t.is(code, 0)
  t.regex(out, /OpenSlide [\d.]+, level 0: 0 of \d+ pixels differ/)
})

withOpenSlide('a slide that OpenSlide does not know is told all the same, and the command ends with 1', async (t) => {
  const folder = await tempFolder(t)
  await copyFile(path.join(packageRoot, 'fixtures/small/none-strips.tif'), path.join(folder, 'a.tif'))
  const { code, out, err } = await tiastream(['inspect', '--compare', 'a.tif'], folder)
  t.is(code, 1)
  t.regex(out, /101 × 71 px/)
  t.regex(err, /no slide that OpenSlide knows/)
})

withOpenSlide('a VMS slide gives the rows of the same picture as NDPI, which tiastream reads itself', async (t) => {
  const folder = await tempFolder(t)
  const { pages } = await tinyNdpi()
  await writeFile(path.join(folder, 'own.ndpi'), ndpiOf(pages))
  await writeVms(folder)
  const file = await writePipeline(folder, {
    slides: '{ glob: ["./*.ndpi", "./*.vms"], mpp: 0.5, readers: { openslide: auto } }',
    grid: '{ size: 224 px, at: 0.5 mpp }',
    mask: '{ method: none }',
    sinks: '[parquet, thumbnail]',
    runtime: '{ lanes: 2 }',
  })
  const { summary, plan } = await runFile(file)
  t.like(summary, { status: 'done', slides: { done: 2, failed: 0 } })
  t.true(plan.memory.some(({ what }) => what.startsWith("OpenSlide's own caches")))
  const rowsOf = async (id: string) => {
    const { rows, metadata } = await openParquet(path.join(folder, `out/rows/${id}.parquet`))
    const all: object[] = []
    for await (const row of rows) all.push({ ...row, slide: '' })
    return { all, readers: metadata.slide.readers }
  }
  const [own, other] = [await rowsOf('own'), await rowsOf('slide')]
  t.is(own.all.length, 1)
  t.deepEqual(other.all, own.all)
  // Whoever opens the slide again, for a report or an export, lets OpenSlide read it, too.
  t.deepEqual(other.readers, { openslide: 'auto' })
  const { code, err } = await tiastream(['export', 'out/rows/slide.parquet', '--to', 'overlay'], folder)
  t.is(code, 0, err)
})

test.serial('without OpenSlide it is told, with the one line that gets it', async (t) => {
  const folder = await tempFolder(t)
  await writeVms(folder)
  const before = process.env.TIASTREAM_OPENSLIDE
  process.env.TIASTREAM_OPENSLIDE = path.join(folder, 'nothing.so')
  t.teardown(() => {
    if (before === undefined) delete process.env.TIASTREAM_OPENSLIDE
    else process.env.TIASTREAM_OPENSLIDE = before
  })
  const { code, err } = await tiastreamProcess(['inspect', '--openslide', 'auto', 'slide.vms'], folder)
  t.is(code, 1)
  t.regex(err, /READER_MISSING/)
  t.regex(err, /nothing\.so does not load/)
  t.regex(err, /pip install openslide-bin/)
})
