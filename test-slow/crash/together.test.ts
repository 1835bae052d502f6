/** Several processes on one output: the second is told who holds it, a dead one's lock is taken over, shards share it. */

import { copyFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { tempFolder } from '../../test/support/temp.js'
import { assertWhole, demoSlide, receiptsOf, resultsOf, runCli, writePipeline } from './harness.js'

test.serial('a second run on one output says who holds it, ends with 4, and does not disturb the first', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  const out = path.join(folder, 'out')
  t.is((await runCli(pipeline, path.join(folder, 'reference'))).code, 0)
  const expected = await resultsOf(path.join(folder, 'reference'))
  let second: ReturnType<typeof runCli> | undefined
  let pid: number | undefined
  const first = await runCli(pipeline, out, {
    watch: (child, event) => {
      pid = child.pid
      if (event?.type === 'slide.start') {
        // Held still while the other asks, so that it cannot be done before.
        child.kill('SIGSTOP')
        second = runCli(pipeline, out)
        void second.finally(() => child.kill('SIGCONT'))
      }
    },
  })
  t.is(first.code, 0, first.stderr)
  const refused = await second!
  t.is(refused.code, 4, refused.stderr)
  t.regex(refused.stderr, /OUTPUT_BUSY/)
  t.true(refused.stderr.includes(`process ${pid}`), refused.stderr)
  await assertWhole(t, out, expected, 'beside another')
})

test.serial('the lock of a killed run is taken over at once', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  const out = path.join(folder, 'out')
  const killed = await runCli(pipeline, out, {
    watch: (child, event) => {
      if (event?.type === 'slide.start') child.kill('SIGKILL')
    },
  })
  t.is(killed.signal, 'SIGKILL')
  await t.notThrowsAsync(readFile(path.join(out, '.tiastream/lock')), 'it left its lock')
  t.is((await runCli(pipeline, out)).code, 0)
})

test.serial('shards side by side, in processes of their own, together give the files of one run', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await copyFile(demoSlide, path.join(folder, `slides/${name}.tif`))
  const pipeline = await writePipeline(folder, { slides: '{ glob: "./slides/*.tif" }', grid: '{ size: 56 px, stride: 224 px, at: 2 mpp }' })
  t.is((await runCli(pipeline, path.join(folder, 'reference'))).code, 0)
  const expected = await resultsOf(path.join(folder, 'reference'))
  const out = path.join(folder, 'out')
  const shards = await Promise.all([1, 2, 3].map((i) => runCli(pipeline, out, {}, ['--shard', `${i}/3`])))
  for (const shard of shards) t.is(shard.code, 0, shard.stderr)
  const done = shards.map(({ events }) => events.flatMap((event) => (event.type === 'slide.done' ? [event.slide] : [])))
  t.deepEqual(done.flat().toSorted(), ['a', 'b', 'c', 'd', 'e', 'f'])
  t.true(done.filter((slides) => slides.length > 0).length >= 2, 'the slides are shared out')
  await assertWhole(t, out, expected, 'three shards')
  t.is((await receiptsOf(out)).length, 6)
})
