/**
 * A run that is killed, anywhere, and run again ends with the same bytes as one that was left alone. TIASTREAM_TEST_KILLS says how many
 * random times (default 50); kills around steps are all of them.
 */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { bandPatches } from '../../src/pipeline/bands.js'
import { tempFolder } from '../../test/support/temp.js'
import { assertWhole, inParallel, receiptsOf, resultsOf, run, writePipeline } from './harness.js'

const randomKills = Number(process.env.TIASTREAM_TEST_KILLS ?? 50)

/** Runs side by side: each works on one core. */
const width = 2

test.serial('killed right before and right after every step that makes something last', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  const trace = path.join(folder, 'trace')
  const reference = await run(pipeline, path.join(folder, 'reference'), { env: { TIASTREAM_TEST_TRACE: trace } })
  t.is(reference.code, 0, reference.stderr)
  const expected = await resultsOf(path.join(folder, 'reference'))
  t.deepEqual([...expected.keys()], ['demo.arrow', 'demo.csv', 'demo.parquet'])
  const calls = (await readFile(trace, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0]!)
  const steps = ['rename', 'sync'].flatMap((operation) => {
    const count = calls.filter((call) => call === operation).length
    t.true(count >= 6, `${operation} is called ${count} times`)
    // After a sync nothing lasting happens until the next step, so that "before" the next is the same moment.
    const moments = operation === 'rename' ? ['before', 'after'] : ['before']
    return Array.from({ length: count }, (_, i) => moments.map((when) => `${operation}:${i + 1}:${when}`)).flat()
  })
  let kills = 0
  await inParallel(steps, width, async (what) => {
    const out = path.join(folder, `out-${what.replaceAll(':', '-')}`)
    const killed = await run(pipeline, out, { env: { TIASTREAM_TEST_KILL: what } })
    // The order of fsyncs on several files may differ from run to run, so a late one may not come.
    if (killed.signal !== 'SIGKILL') {
      t.is(killed.code, 0, `${what}: ${killed.stderr}`)
      return
    }
    kills++
    const again = await run(pipeline, out)
    t.is(again.code, 0, `${what}: ${again.stderr}`)
    await assertWhole(t, out, expected, what)
  })
  t.true(kills >= steps.length - 2, `${kills} kills`)
  t.log(`${kills} kills around ${calls.length} steps`)
})

test.serial(`killed at ${randomKills} random times, at most one band a lane is inferred twice`, async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  const began = performance.now()
  t.is((await run(pipeline, path.join(folder, 'reference'))).code, 0)
  const whole = performance.now() - began
  const expected = await resultsOf(path.join(folder, 'reference'))
  const [{ rows: total } = { rows: 0 }] = await receiptsOf(path.join(folder, 'reference'))
  let resumed = 0
  let most = 0
  const moments = Array.from({ length: randomKills }, () => Math.random())
  await inParallel(moments, width, async (moment, i) => {
    const out = path.join(folder, `out-${i}`)
    // Half of the runs have two lanes, and the next run has the other number: that changes no byte either.
    const lanes = 1 + (i % 2)
    const blocks = path.join(folder, `blocks-${i}`)
    // Half at a share of the time of a whole run, half at a share of its rows: those hit the middle however busy the machine is.
    const byTime = i % 4 < 2
    const killed = await run(pipeline, out, {
      lanes,
      env: { TIASTREAM_TEST_BLOCKS: blocks },
      watch: (child, event) => {
        if (event === null && byTime) setTimeout(() => child.kill('SIGKILL'), moment * whole)
        if (event?.type !== 'slide.progress') return
        if (!byTime && event.patches >= moment * total) child.kill('SIGKILL')
      },
    })
    const again = await run(pipeline, out, { lanes: 3 - lanes })
    const what = `kill ${i} at ${moment.toFixed(3)} of ${byTime ? `${whole.toFixed(0)} ms` : `${total} rows`}, ${lanes} lanes`
    t.is(again.code, 0, `${what}: ${again.stderr}`)
    await assertWhole(t, out, expected, what)
    const [receipt] = await receiptsOf(out)
    if (killed.signal !== 'SIGKILL' || again.events.some(({ type }) => type === 'slide.skipped')) return
    const { asked, resumed: taken } = receipt!.patches
    // A batch that holds a patch that is not done is asked whole.
    t.true(asked + taken >= total && asked + taken < total + 16, `${what}: ${asked} asked, ${taken} taken over, of ${total}`)
    // Every block that a lane had begun counts, also those it did not come to.
    const begun = (await readFile(blocks, 'utf8').catch(() => '')).split('\n').reduce((sum, line) => sum + Number(line), 0)
    const twice = begun - taken
    t.true(twice >= 0, what)
    most = Math.max(most, twice)
    // A band closes at a whole band row, so it may be up to eight grid rows longer than its least size.
    t.true(twice <= lanes * (bandPatches + 8 * 32), `${what}: ${twice} patches were inferred twice`)
    if (taken > 0) resumed++
  })
  t.true(resumed >= randomKills / 5, `${resumed} of ${randomKills} runs were taken up in the middle`)
  t.log(`${resumed} of ${randomKills} runs were taken up in the middle; at most ${most} of ${total} patches inferred twice`)
})
