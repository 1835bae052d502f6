/** Several processes on one output: of one plan they share it, another plan is told who works there, what a dead or stopped one had is taken over. */

import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { leftIn } from '../../test/support/left.js'
import { tempFolder } from '../../test/support/temp.js'
import { assertWhole, demoSlide, receiptsOf, resultsOf, run, runCli, runHere, writePipeline } from './harness.js'

test.serial('a run of another plan on one output says who is at work there, ends with 4, and does not disturb the first', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  await mkdir(path.join(folder, 'other'))
  const other = await writePipeline(path.join(folder, 'other'), { sinks: '[csv]' })
  const out = path.join(folder, 'out')
  t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
  const expected = await resultsOf(path.join(folder, 'reference'))
  const gate = path.join(folder, 'gate')
  let second: ReturnType<typeof run> | undefined
  let pid: number | undefined
  const first = await run(pipeline, out, {
    env: { TIASTREAM_TEST_TIMES: '300:30000', TIASTREAM_TEST_HOLD: `1:.journal:${gate}` },
    watch: (child, event) => {
      pid = child.pid
      if (event?.type === 'slide.start') second ??= runCli(other, out).finally(() => writeFile(gate, ''))
    },
  })
  t.is(first.code, 0, first.stderr)
  const refused = await second!
  t.is(refused.code, 4, refused.stderr)
  t.regex(refused.stderr, /OUTPUT_BUSY/)
  t.true(refused.stderr.includes(`process ${pid}`), refused.stderr)
  await assertWhole(t, out, expected, 'beside another')
})

test.serial('the slide of a killed run is taken over at once, where its process can be seen to have ended', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  const out = path.join(folder, 'out')
  const killed = await runCli(pipeline, out, {
    env: { TIASTREAM_TEST_HOLD: '1:.journal:/no/gate' },
    watch: (child, event) => {
      if (event?.type === 'slide.start') child.kill('SIGKILL')
    },
  })
  t.is(killed.signal, 'SIGKILL')
  t.true((await leftIn(out)).includes('leases/demo.json'), 'it left its lease')
  const again = await runCli(pipeline, out)
  t.is(again.code, 0)
  t.false(again.events.some(({ type }) => type === 'slide.elsewhere'))
  t.deepEqual(await leftIn(out), [])
})

/** Until the one worker that is left on an output has looked after its leases once more, or has left. */
async function untilHeard(out: string): Promise<void> {
  const folder = path.join(out, '.tiastream/workers')
  const seen = new Set<string>()
  // It raises its counter, then looks: at the third state that is seen the first look is over.
  while (seen.size < 3) {
    const [name] = await readdir(folder)
    if (name === undefined) return
    const text = await readFile(path.join(folder, name), 'utf8').catch(() => '')
    const beat = /"beat":\d+/.exec(text)
    // Else half written, or gone with its worker.
    if (beat) seen.add(beat[0])
    await setTimeout(20)
  }
}

test.serial('a run that is stopped and goes on finds its slide done by another, and ends well', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  const out = path.join(folder, 'out')
  const env = { TIASTREAM_TEST_TIMES: '200:2500' }
  t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
  const gate = path.join(folder, 'gate')
  let second: ReturnType<typeof run> | undefined
  const first = await run(pipeline, out, {
    env: { ...env, TIASTREAM_TEST_HOLD: `2:.journal:${gate}` },
    watch: (child, event) => {
      if (event?.type !== 'slide.progress' || second) return
      child.kill('SIGSTOP')
      second = run(pipeline, out, { env, lanes: 2 }).finally(async () => {
        child.kill('SIGCONT')
        await untilHeard(out)
        await writeFile(gate, '')
      })
    },
  })
  const other = await second!
  t.is(other.code, 0, other.stderr)
  t.is(first.code, 0, first.stderr)
  const types = (ran: typeof first) => ran.events.map(({ type }) => type)
  t.deepEqual([types(other).includes('slide.elsewhere'), types(other).includes('slide.done')], [true, true], 'waited for, then taken over')
  t.deepEqual([types(first).includes('slide.done'), types(first).includes('slide.skipped')], [false, true], 'done by another')
  t.true(first.events.some((event) => event.type === 'warning' && event.code === 'LEASE_LOST'))
  await assertWhole(t, out, await resultsOf(path.join(folder, 'reference')), 'a zombie')
})

test.serial('shards side by side, in processes of their own, together give the files of one run', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await copyFile(demoSlide, path.join(folder, `slides/${name}.tif`))
  const pipeline = await writePipeline(folder, { slides: '{ glob: "./slides/*.tif" }', grid: '{ size: 56 px, stride: 224 px, at: 2 mpp }' })
  t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
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
