/** What a run tells of a slide: in which order, and that its sums are those of the receipt. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readReceipt } from '../../../src/pipeline/store/receipts.js'
import { storeOf } from '../../../src/pipeline/store/store-of.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { writeSmallModel } from '../../support/small-model.js'
import { tempFolder } from '../../support/temp.js'

test('slide.done says what the receipt says; bands add up to its rows', async (t) => {
  const folder = await tempFolder(t)
  await writeSmallModel(folder)
  const { events, plan } = await runFile(
    await writePipeline(folder, { model: 'small', grid: '{ size: 56 px, at: 1 mpp, stride: 80 px }', sinks: '[csv]' }),
  )
  const order = events.map(({ type }) => type).filter((type) => type !== 'slide.progress' && type !== 'warning')
  t.deepEqual([...new Set(order)], ['run.start', 'slide.start', 'slide.opened', 'slide.band', 'slide.written', 'slide.done', 'run.end'])
  const receipt = (await readReceipt(await storeOf(plan.output), 'demo'))!
  const done = events.find((event) => event.type === 'slide.done')!
  const { device, counts, spentMs, patches, rows, seconds } = receipt
  t.like(done, { device: 'cpu', rows, seconds, patches, counts, spentMs })
  t.deepEqual({ device, asked: patches.asked, model: counts['infer.patches'] }, { device: 'cpu', asked: rows, model: rows })
  t.is(done.bytesRead, counts['overview.bytesRead']! + counts['lanes.bytesRead']!)
  t.true(done.bytesRead > 100_000)

  const bands = events.filter((event) => event.type === 'slide.band')
  t.true(bands.length >= 2)
  t.is(
    bands.reduce((sum, band) => sum + band.rows, 0),
    rows,
  )
  // The demo slide has no patch without a row.
  t.deepEqual(
    bands.map(({ patches }) => patches),
    bands.map((_, i) => bands.slice(0, i + 1).reduce((sum, band) => sum + band.rows, 0)),
  )
  t.true(bands.every(({ seconds }) => seconds > 0) && bands.reduce((sum, band) => sum + band.seconds, 0) < seconds)
  t.like(
    events.find((event) => event.type === 'slide.opened'),
    { width: 7168, height: 5120 },
  )
})

test('slide.failed says how far the slide came', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'text.tif'), 'no slide')
  const { events } = await runFile(await writePipeline(folder, { slides: '{ glob: "./*.tif" }' }))
  const failed = events.find((event) => event.type === 'slide.failed')!
  t.like(failed, { slide: 'text', device: 'cpu', bytesRead: 0, patches: { resumed: 0, asked: 0 } })
  t.true(failed.seconds > 0 && failed.seconds < 60)
})
