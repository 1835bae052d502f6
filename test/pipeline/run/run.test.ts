import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { PipelineError } from '../../../src/core/errors.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { hire } from '../../../src/pipeline/run/crew.js'
import { runnerOf } from '../../../src/pipeline/run/runner.js'
import { runSlides, stopOn } from '../../../src/pipeline/run/side-by-side.js'
import { Summary } from '../../../src/pipeline/run/summary.js'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { joinOutput } from '../../../src/pipeline/store/worker.js'
import { openParquet } from '../../../src/sinks/parquet/read.js'
import { sinks } from '../../../src/sinks/registry.js'
import { framesIn, journalOf } from '../../support/journal.js'
import { leftIn } from '../../support/left.js'
import { type Asked, demoSlide, hashesOf, resultsOf, runFile, writePipeline as writeLarge } from '../../support/pipeline-file.js'
import { writeSmallModel } from '../../support/small-model.js'
import { tempFolder } from '../../support/temp.js'

const receiptOf = async (folder: string, slide: string) =>
  JSON.parse(await readFile(path.join(folder, `out/.tiastream/receipts/${slide}.json`), 'utf8')) as Receipt

async function rowsOf(file: string) {
  const rows = []
  for await (const row of (await openParquet(file)).rows) rows.push(row)
  return rows
}

/** As many patches, of a sixteenth: what is looked at here is the run. */
async function writePipeline(folder: string, asked: Asked = {}): Promise<string> {
  await writeSmallModel(folder)
  return writeLarge(folder, { model: 'small', grid: '{ size: 56 px, at: 2 mpp, stride: 112 px }', ...asked })
}

test('a slide becomes its files and its receipt, and is not done again', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder)
  const { summary } = await runFile(file)
  t.like(summary, { status: 'done', slides: { done: 1, failed: 0, skipped: 0 }, device: 'cpu' })
  const results = await resultsOf(path.join(folder, 'out'))
  t.deepEqual([...results.keys()], ['demo.arrow', 'demo.csv', 'rows/demo.parquet'])
  const receipt = await receiptOf(folder, 'demo')
  t.is(receipt.rows, summary.rows)
  t.true(summary.rows > 20)
  t.true(receipt.spentMs.infer! > 0 && receipt.spentMs.decode! > 0, 'the time that reading and the model took is told')
  for (const { file: name, bytes } of receipt.files) t.is(results.get(name)!.length, bytes)
  const rows = await rowsOf(path.join(folder, 'out/rows/demo.parquet'))
  t.is(rows.length, summary.rows)
  t.deepEqual(
    rows.map(({ index }) => index),
    rows.map(({ index }) => index as number).toSorted((a, b) => a - b),
  )
  const again = await runFile(file)
  t.deepEqual(again.summary.slides, { done: 0, failed: 0, skipped: 1 })
  t.deepEqual([...(await resultsOf(path.join(folder, 'out'))).values()], [...results.values()])
})

test('a missing file and a changed file are done again, a touched slide is not; other options ask first', async (t) => {
  const folder = await tempFolder(t)
  await copyFile(demoSlide, path.join(folder, 'a.tif'))
  const slides = { slides: '{ glob: "./*.tif" }' }
  const file = await writePipeline(folder, slides)
  await runFile(file)
  const expected = await hashesOf(path.join(folder, 'out'))
  await rm(path.join(folder, 'out/rows/a.parquet'))
  t.is((await runFile(file)).summary.slides.done, 1)
  await writeFile(path.join(folder, 'out/a.csv'), 'cut')
  t.is((await runFile(file)).summary.slides.done, 1)
  await utimes(path.join(folder, 'a.tif'), new Date(), new Date())
  t.is((await runFile(file)).summary.slides.skipped, 1)
  t.deepEqual(await hashesOf(path.join(folder, 'out')), expected)
  await writePipeline(folder, { ...slides, mask: '{ method: otsu, keep: 50 % }' })
  const error = await t.throwsAsync(runFile(file), { instanceOf: PipelineError, code: 'OUTPUT_DIFFERS' })
  t.regex(error.message, /mask\.keep: 0\.5, was 0/)
  t.deepEqual(await hashesOf(path.join(folder, 'out')), expected)
  t.is((await runFile(file, { redo: true })).summary.slides.done, 1)
  t.notDeepEqual(await hashesOf(path.join(folder, 'out')), expected)
})

test('one bad slide never stops the others, says why, and is tried again', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'in'))
  for (const name of ['a.tif', 'z.tif']) await copyFile(demoSlide, path.join(folder, 'in', name))
  const whole = await readFile(demoSlide)
  await writeFile(path.join(folder, 'in/cut.tif'), whole.subarray(0, whole.length >> 1))
  await writeFile(path.join(folder, 'in/text.tif'), 'this is no slide')
  const file = await writePipeline(folder, { slides: '{ glob: "./in/*.tif" }' })
  const { summary, events } = await runFile(file)
  t.like(summary, { status: 'some slides failed', slides: { done: 2, failed: 2, skipped: 0 } })
  t.deepEqual(summary.failures.map(({ slide }) => slide).toSorted(), ['cut', 'text'])
  for (const { error } of summary.failures) t.is(error.family, 'SlideError')
  t.is(events.filter(({ type }) => type === 'slide.failed').length, 2)
  t.false(events.some((event) => event.type === 'warning' && event.code === 'NO_ROWS'))
  t.deepEqual(
    [...(await resultsOf(path.join(folder, 'out'))).keys()].filter((name) => name.endsWith('.parquet')),
    ['rows/a.parquet', 'rows/z.parquet'],
  )
  t.is((await receiptOf(folder, 'cut')).status, 'failed')
  await writeFile(path.join(folder, 'in/cut.tif'), whole)
  const again = await runFile(file)
  t.deepEqual(again.summary.slides, { done: 1, failed: 1, skipped: 2 })
  const bytes = await resultsOf(path.join(folder, 'out'))
  t.deepEqual(bytes.get('cut.csv')!.toString().replaceAll('cut,', ''), bytes.get('a.csv')!.toString().replaceAll(/^a,/gm, ''))
})

test('no tissue is an answer: zero rows, valid empty files, a receipt', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder, { mask: '{ method: otsu, keep: 100 % }', grid: '{ size: 56 px, stride: 224 px, at: 16 mpp }' })
  const { summary, events } = await runFile(file)
  t.is(summary.rows, 0)
  t.true(events.some((event) => event.type === 'warning' && /^the slide that this run did has no row: grid, mask/.test(event.message)))
  t.is((await receiptOf(folder, 'demo')).status, 'done')
  t.deepEqual(await rowsOf(path.join(folder, 'out/rows/demo.parquet')), [])
})

test('the number of lanes and of slides side by side never changes a byte', async (t) => {
  const folder = await tempFolder(t)
  for (const name of ['a.tif', 'b.tif', 'c.tif']) await copyFile(demoSlide, path.join(folder, name))
  const seen: Record<string, string>[] = []
  for (const runtime of ['{ lanes: 1, slides: 1 }', '{ lanes: 3, slides: 3 }']) {
    const file = await writePipeline(folder, { slides: '{ glob: "./*.tif" }', runtime })
    await runFile(file)
    seen.push(await hashesOf(path.join(folder, 'out')))
    await rm(path.join(folder, 'out'), { recursive: true })
  }
  t.is(Object.keys(seen[0]!).length, 9)
  t.deepEqual(seen[1], seen[0])
})

test('every sink writes the same bytes again, with another number of lanes', async (t) => {
  const folder = await tempFolder(t)
  const list = Object.keys(sinks).map((name) => (['map', 'overlay'].includes(name) ? `{ ${name}: { at: 8 mpp } }` : name))
  const seen: Record<string, string>[] = []
  for (const lanes of [1, 3]) {
    const file = await writePipeline(folder, { sinks: `[${list.join(', ')}]`, runtime: `{ lanes: ${lanes} }` })
    await runFile(file)
    seen.push(await hashesOf(path.join(folder, 'out')))
    await rm(path.join(folder, 'out'), { recursive: true })
  }
  t.true(Object.keys(seen[0]!).length >= list.length)
  t.deepEqual(seen[1], seen[0])
})

test('shards share an output and together give the rows of one run', async (t) => {
  const folder = await tempFolder(t)
  for (const name of 'abcdef') await copyFile(demoSlide, path.join(folder, `${name}.tif`))
  const file = await writePipeline(folder, {
    slides: '{ glob: "./*.tif" }',
    sinks: '[csv]',
    mask: '{ method: none }',
    grid: '{ size: 56 px, stride: 224 px, at: 4 mpp }',
  })
  await runFile(file)
  const whole = await hashesOf(path.join(folder, 'out'))
  await rm(path.join(folder, 'out'), { recursive: true })
  const parts = await Promise.all([1, 2].map((index) => runFile(file, { shard: { index, count: 2 } })))
  t.is(parts[0]!.summary.slides.done + parts[1]!.summary.slides.done, 6)
  t.deepEqual(await hashesOf(path.join(folder, 'out')), whole)
})

test('an output in use by another plan is named, and its holder is not disturbed; one of the same plan is joined', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder)
  const plan = await readPlan(file)
  const store = await storeOf(plan.output)
  await store.prepare()
  const times = { beatMs: 20, silentMs: 2000 }
  const first = await joinOutput(store, plan, { times })
  await first.claim()
  const busy = await t.throwsAsync(runFile(await writePipeline(folder, { sinks: '[csv]' }), { times }), { code: 'OUTPUT_BUSY' })
  t.regex(busy.message, new RegExp(`in use by process ${process.pid} on .* by another plan`))
  t.is((await runFile(await writePipeline(folder), { times })).summary.slides.done, 1)
  await first.leave()
  t.deepEqual(await leftIn(plan.output), [])
})

test('an aborted run leaves no file, keeps its journal, and the next one goes on', async (t) => {
  const folder = await tempFolder(t)
  const grid = '{ size: 56 px, at: 1 mpp, stride: 112 px }'
  const file = await writePipeline(folder, { grid, mask: '{ method: none }', runtime: '{ lanes: 1 }' })
  const stop = new AbortController()
  const plan = await (await import('../../../src/pipeline/check/read-plan.js')).readPlan(file)
  const { runPipeline } = await import('../../../src/pipeline/run/run.js')
  const summary = await runPipeline(plan, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'slide.progress' && event.patches > 150) stop.abort(new Error('enough'))
    },
  })
  t.is(summary.status, 'stopped')
  t.deepEqual([...(await resultsOf(path.join(folder, 'out'))).keys()], [])
  t.true((await framesIn(journalOf(path.join(folder, 'out'), 'demo'))).length > 1)
  const { summary: rest } = await runFile(file)
  const receipt = await receiptOf(folder, 'demo')
  t.true(receipt.patches.resumed >= 128)
  // Patches that are done are asked again only to fill a batch of 16 as it was filled before.
  const again = receipt.patches.resumed + receipt.patches.asked - rest.rows
  t.true(again >= 0 && again < 16, `${again} asked again`)
  const interrupted = await hashesOf(path.join(folder, 'out'))
  await runFile(file, { redo: true })
  t.deepEqual(await hashesOf(path.join(folder, 'out')), interrupted)
})

test('the mask is saved as a picture, and given back as a file it keeps the same patches', async (t) => {
  const folder = await tempFolder(t)
  const grid = '{ size: 56 px, stride: 224 px, at: 2 mpp }'
  const file = await writePipeline(folder, { grid, mask: '{ method: otsu, keep: 30 % }', sinks: '[csv, mask]' })
  await runFile(file)
  const picture = await sharp(path.join(folder, 'out/demo.mask.png')).greyscale().raw().toBuffer({ resolveWithObject: true })
  // 7168 × 5120 px at 0.5 mpp, 20 power: at 1.25 power a sixteenth.
  t.deepEqual([picture.info.width, picture.info.height], [448, 320])
  t.deepEqual([...new Set(picture.data)].toSorted(), [0, 255])
  const first = await readFile(path.join(folder, 'out/demo.csv'), 'utf8')
  await copyFile(path.join(folder, 'out/demo.mask.png'), path.join(folder, 'demo.png'))
  await writePipeline(folder, { grid, mask: '{ file: "./{slide}.png", keep: 30 % }', sinks: '[csv]' })
  await runFile(file, { redo: true })
  t.is(await readFile(path.join(folder, 'out/demo.csv'), 'utf8'), first)
  const content = createHash('sha256').update(await readFile(path.join(folder, 'demo.png')))
  t.deepEqual((await receiptOf(folder, 'demo')).read, [content.digest('hex')])
})

test('a plan that fits a device and not the lanes is refused where the device is not here', async (t) => {
  const folder = await tempFolder(t)
  const file = await writePipeline(folder, {
    model: '"./small", device: [coreml, cpu]',
    runtime: '{ lanes: 16, slides: 1, memory: 2 GiB }',
  })
  const error = await t.throwsAsync(runFile(file), { instanceOf: PipelineError, code: 'MEMORY_EXCEEDED' })
  t.regex(error.message, /coreml .*for cpu, which comes next, runtime\.memory is 2 GiB, and the plan holds up to/s)
})

test('the next slide is begun while the last one ends: nobody waits for it to be open, nor for an answer of the other', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'in'))
  const names = ['a', 'b', 'c', 'd']
  for (const name of names) await copyFile(demoSlide, path.join(folder, 'in', `${name}.tif`))
  const file = await writePipeline(folder, { slides: '{ glob: "in/*.tif" }', runtime: '{ lanes: 1, slides: 2 }', sinks: '[csv]' })
  const plan = await readPlan(file)
  const store = await storeOf(plan.output)
  await store.prepare()
  const crew = await hire(plan)
  t.teardown(() => crew.close())
  const asked = new Map<string, Promise<void>>()
  const tellAsked = new Map<string, () => void>()
  for (const name of names) asked.set(name, new Promise((resolve) => tellAsked.set(name, resolve)))
  const order: string[] = []
  const held: typeof crew = {
    ...crew,
    // Open in the lanes, but nobody hears of it before its first block is asked for.
    open: async (key, ...rest) => {
      await crew.open(key, ...rest)
      await asked.get(key)
    },
    // No slide gets an answer before the next one has asked for its first block.
    ask: async (ref, ...rest) => {
      order.push(`${ref.id} asks`)
      tellAsked.get(ref.id)!()
      const answer = await crew.ask(ref, ...rest)
      await asked.get(names[names.indexOf(ref.id) + 1] ?? ref.id)
      order.push(`${ref.id} is answered`)
      return answer
    },
  }
  const sum = new Summary()
  const stop = stopOn(undefined)
  t.is(await runSlides(plan, await runnerOf(plan, held, stop), { stop }, () => undefined, sum), undefined)
  t.is(sum.finish('cpu', {}, 1, false).slides.done, 4)
  for (const [i, name] of names.slice(1).entries()) {
    t.true(order.indexOf(`${name} asks`) < order.indexOf(`${names[i]} is answered`), `${name} is begun before ${names[i]} is answered`)
  }
})
