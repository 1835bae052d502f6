/** A lane that dies takes no row with it: its thread ended, or the whole process by a crash in native code. */

import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'
import { assertWhole, demoSlide, prepare, receiptsOf, resultsOf, run, runCli, runHere, writePipeline } from './harness.js'

test.serial('a thread that ends in the middle of a block is started again, and the same run ends with the same bytes', async (t) => {
  const { folder, pipeline, out, expected } = await prepare(t)
  const happened = path.join(folder, 'happened')
  const ran = await run(pipeline, out, { lanes: 2, env: { TIASTREAM_TEST_LANE: 'exit:200', TIASTREAM_TEST_ONCE: happened } })
  t.is(ran.code, 0, ran.stderr)
  await t.notThrowsAsync(copyFile(happened, `${happened}.2`), 'the thread did end')
  await assertWhole(t, out, expected, 'a thread ended')
  const [receipt] = await receiptsOf(out)
  t.deepEqual(receipt!.patches, { resumed: 0, asked: receipt!.rows })
})

test.serial('a block that ends its thread each time fails its slide by name; the next run goes on', async (t) => {
  const { pipeline, out, expected } = await prepare(t)
  const ran = await runCli(pipeline, out, { env: { TIASTREAM_TEST_LANE: 'exit:300' } })
  t.is(ran.code, 1, ran.stderr)
  const failed = ran.events.find((event) => event.type === 'slide.failed')
  t.like(failed, { slide: 'demo', error: { family: 'SlideError', code: 'LANE_DIED' } })
  t.deepEqual([...(await resultsOf(out)).keys()], [])
  t.is((await runHere(pipeline, out)).code, 0)
  await assertWhole(t, out, expected, 'after a thread that kept ending')
})

test.serial('a slide that ends its thread leaves the other slides whole', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  for (const name of ['a', 'b', 'c']) await copyFile(demoSlide, path.join(folder, `slides/${name}.tif`))
  const pipeline = await writePipeline(folder, {
    slides: '{ glob: "./slides/*.tif" }',
    grid: '{ size: 56 px, stride: 224 px, at: 2 mpp }',
    runtime: '{ lanes: 1, slides: 1 }',
  })
  const out = path.join(folder, 'out')
  const reference = await runHere(pipeline, path.join(folder, 'reference'))
  t.is(reference.code, 0, reference.stderr)
  const expected = await resultsOf(path.join(folder, 'reference'))
  const ran = await runCli(pipeline, out, { env: { TIASTREAM_TEST_LANE: 'exit:20:b' } })
  t.is(ran.code, 1, ran.stderr)
  t.like(
    (await receiptsOf(out)).map(({ slide, status, error }) => `${slide} ${status} ${error?.code}`),
    ['a done undefined', 'b failed LANE_DIED', 'c done undefined'],
  )
  t.is((await runHere(pipeline, out)).code, 0)
  await assertWhole(t, out, expected, 'three slides')
})

test.serial('a helper that ends is started again for a mask; a picture that went down with it fails its slide by name', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder, { mask: '{ method: otsu }', sinks: '[csv, overlay, mask]' })
  const reference = await runHere(pipeline, path.join(folder, 'reference'))
  t.is(reference.code, 0, reference.stderr)
  const expected = await resultsOf(path.join(folder, 'reference'))
  const env = (helper: string) => ({ TIASTREAM_TEST_HELPER: helper, TIASTREAM_TEST_ONCE: path.join(folder, `${helper} happened`) })
  const out = path.join(folder, 'out')
  const masked = await run(pipeline, out, { env: env('mask') })
  t.is(masked.code, 0, masked.stderr)
  await t.notThrowsAsync(copyFile(path.join(folder, 'mask happened'), path.join(folder, 'mask.2')), 'the thread did end')
  await assertWhole(t, out, expected, 'a helper ended while it made a mask')

  const other = path.join(folder, 'other')
  const drawn = await runCli(pipeline, other, { env: env('write') })
  t.is(drawn.code, 1, drawn.stderr)
  t.like(
    drawn.events.find((event) => event.type === 'slide.failed'),
    { slide: 'demo', error: { family: 'SlideError', code: 'LANE_DIED' } },
  )
  t.is((await runHere(pipeline, other)).code, 0)
  await assertWhole(t, other, expected, 'after a helper that ended in a picture')
})

// To what comes after both are one: a process that is gone.
for (const fault of long ? ['abort', 'segv'] : ['segv']) {
  test.serial(`a crash in native code (${fault}) loses nothing: the next run goes on to the same bytes`, async (t) => {
    const { pipeline, out, expected } = await prepare(t)
    const crashed = await run(pipeline, out, { lanes: 2, env: { TIASTREAM_TEST_LANE: `${fault}:400` } })
    t.is(crashed.signal, fault === 'abort' ? 'SIGABRT' : 'SIGSEGV', crashed.stderr)
    t.deepEqual(
      [...(await resultsOf(out)).keys()].filter((name) => !name.endsWith('.partial')),
      [],
    )
    const again = await runHere(pipeline, out)
    t.is(again.code, 0, again.stderr)
    await assertWhole(t, out, expected, `after ${fault}`)
  })
}
