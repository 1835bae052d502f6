/** Rows of a plan without a file, through lanes: what comes, how fast it may come, and that nothing is left when it ends. */

import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import {
  batch,
  compose,
  definePipeline,
  extract,
  findModel,
  grid,
  infer,
  merge,
  openModel,
  openSlide,
  type Row,
  type RunEvent,
  readCard,
  rowsIn,
  rowsOf,
  type SlideBatch,
  slides,
  streamRows,
} from '../../src/index.js'
import { defaultEnvironment } from '../../src/pipeline/environment/default.js'
import { buildTiff, rgbPage } from '../readers/tiff-builder.js'
import { tempFolder } from '../support/temp.js'

const steps = [grid({ at: '4 mpp', size: 224 }), extract(), batch({ size: 4 }), infer({ model: 'stain' }), merge()] as const

/** Two demo slides with a file between them that is none. */
async function cohort(t: ExecutionContext): Promise<string> {
  const folder = path.join(await tempFolder(t), 'slides')
  await mkdir(folder)
  for (const id of ['a', 'c']) await cp(path.join(packageRoot, 'fixtures/slides/demo.tif'), path.join(folder, `${id}.tif`))
  await writeFile(path.join(folder, 'b.tif'), 'no slide')
  return folder
}

test('the rows of all slides in order, whatever the lanes; a slide that fails is told, and the next one follows', async (t) => {
  const folder = await cohort(t)
  const plan = await definePipeline({ source: slides({ glob: `${folder}/*.tif` }), stages: steps, runtime: { lanes: 2, slides: 2 } })
  const events: RunEvent[] = []
  const stream = streamRows(plan, { onEvent: (event) => events.push(event) })
  const rows: Row[] = []
  for await (const piece of stream) {
    const some = rowsOf(stream.columns, piece)
    t.true(some.every(({ slide }) => slide === piece.slide))
    rows.push(...some)
  }
  const slide = await openSlide(path.join(folder, 'a.tif'))
  const stain = await openModel(await readCard(await findModel('stain', folder)), { devices: ['cpu'] })
  const composed = compose(slide, steps, { models: { stain } })
  const expected: Row[] = []
  for await (const row of rowsIn(composed.columns, composed)) expected.push(row)
  await stain.close()
  await slide.close()
  t.deepEqual(stream.columns, composed.columns)
  t.deepEqual(rows.slice(0, expected.length), expected)
  t.deepEqual(
    rows.slice(expected.length),
    expected.map((row) => ({ ...row, slide: 'c' })),
  )
  const summary = await stream.summary
  t.is(summary.status, 'some slides failed')
  t.deepEqual(summary.slides, { done: 2, failed: 1, skipped: 0 })
  t.is(summary.rows, rows.length)
  t.is(summary.failures[0]?.slide, 'b')
  const told = events.filter(({ type }) => type === 'slide.failed' || type === 'slide.done').map((event) => 'slide' in event && event.slide)
  t.deepEqual(told.toSorted(), ['a', 'b', 'c'])
  t.is(events.at(-1)?.type, 'run.end')
  t.throws(() => stream[Symbol.asyncIterator](), { message: /read once/ })
})

/** Patches of 16 pixels in rows of 64, in bands of 8 rows. */
const side = 1024
const ofBand = 8 * (side / 16)

/** A flat slide of 8 bands, and how many of its patches have been asked for. */
async function counted(t: ExecutionContext) {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'flat.tif'), buildTiff([rgbPage({ width: side, height: side, tile: 256 }, (bytes) => bytes.fill(200))]))
  const { work } = defaultEnvironment
  const asked = { patches: 0 }
  const loadGrid: (typeof work)[string] = async () => {
    const { default: make } = await work.grid!()
    return {
      default: (options, place) =>
        async function* (input, ctx) {
          for await (const patch of make(options, place)(input, ctx)) {
            asked.patches++
            yield patch
          }
        },
    }
  }
  const environment = { ...defaultEnvironment, work: { ...work, grid: loadGrid } }
  const stages = [grid({ at: 'baseline', size: 16 }), extract(), batch({ size: 32 }), merge()] as const
  const source = slides({ glob: `${folder}/*.tif` })
  const plan = await definePipeline({ source, stages, runtime: { lanes: 2 } }, { environment })
  return { plan, asked }
}

test('a slow reader holds the lanes back, and leaving early closes everything', async (t) => {
  const { plan, asked } = await counted(t)
  const held = streamRows(plan)
  const rows = held[Symbol.asyncIterator]()
  const { value } = await rows.next()
  t.true(value.length <= ofBand)
  // The same slide from one end to the other: long enough for the one that is held.
  let whole = 0
  for await (const { length } of streamRows(plan)) whole += length
  t.is(whole, (side / 16) ** 2)
  // Of the one that is held: the band it is given, one a lane, the one that is cut next, and the patch that says where that ends.
  t.true(asked.patches - whole <= 4 * ofBand + 1, `${asked.patches - whole} patches`)
  await rows.return?.()
  t.true((await rows.next()).done)
  const { status, interrupted } = await held.summary
  t.deepEqual({ status, interrupted }, { status: 'stopped', interrupted: ['flat'] })
})

test('as a Node stream, which can be destroyed; a stream that was aborted throws the reason', async (t) => {
  const { plan, asked } = await counted(t)
  const stream = streamRows(plan)
  const take = async (readable: Readable) => {
    for await (const piece of readable) return (piece as SlideBatch).slide
  }
  await pipeline(stream.readable(), async (source) => t.is(await take(source as Readable), 'flat'))
  t.is((await stream.summary).status, 'stopped')
  t.true(asked.patches < (side / 16) ** 2)

  const stop = new AbortController()
  const aborted = streamRows(plan, { signal: stop.signal })
  const reason = new Error('enough')
  const reading = async () => {
    for await (const _ of aborted) stop.abort(reason)
  }
  t.is(await t.throwsAsync(reading()), reason)
  t.deepEqual((await aborted.summary).interrupted, ['flat'])
  const late = streamRows(plan, { signal: stop.signal })
  t.is(await t.throwsAsync(async () => late[Symbol.asyncIterator]().next()), reason)

  const waiting = streamRows(plan)
  const batches = waiting[Symbol.asyncIterator]()
  const next = batches.next()
  await batches.return!()
  t.deepEqual(await next, { done: true, value: undefined })
  t.is((await waiting.summary).status, 'stopped')

  const unread = streamRows(plan)
  unread.readable().destroy()
  const { patchesPerSecond, megapixelsPerSecond } = await unread.summary
  t.deepEqual([patchesPerSecond, megapixelsPerSecond], [0, 0])
})
