/** A run that is killed, anywhere, and run again ends with the same bytes as one that was left alone. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { bandPatches } from '../../src/pipeline/bands.js'
import { tempFolder } from '../../test/support/temp.js'
import { assertWhole, receiptsOf, resultsOf, run, writePipeline } from './harness.js'

const randomKills = 50

test('killed right before and right after every step that makes something last', async (t) => {
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
  let kills = 0
  for (const operation of ['rename', 'sync']) {
    const count = calls.filter((call) => call === operation).length
    t.true(count >= 6, `${operation} is called ${count} times`)
    for (let nth = 1; nth <= count; nth++) {
      for (const when of ['before', 'after']) {
        const what = `${operation}:${nth}:${when}`
        const out = path.join(folder, `out-${operation}-${nth}-${when}`)
        const killed = await run(pipeline, out, { env: { TIASTREAM_TEST_KILL: what } })
        // The order of fsyncs on several files may differ from run to run, so a late one may not come.
        if (killed.signal !== 'SIGKILL') {
          t.is(killed.code, 0, `${what}: ${killed.stderr}`)
          continue
        }
        kills++
        const again = await run(pipeline, out)
        t.is(again.code, 0, `${what}: ${again.stderr}`)
        await assertWhole(t, out, expected, what)
      }
    }
  }
  t.true(kills >= 20, `${kills} kills`)
  t.log(`${kills} kills around ${calls.length} steps`)
})

test(`killed at ${randomKills} random times, at most one band a lane is inferred twice`, async (t) => {
  const folder = await tempFolder(t)
  const lanes = 2
  const pipeline = await writePipeline(folder, `{ lanes: ${lanes} }`)
  const began = performance.now()
  t.is((await run(pipeline, path.join(folder, 'reference'))).code, 0)
  const whole = performance.now() - began
  const expected = await resultsOf(path.join(folder, 'reference'))
  const [{ rows: total } = { rows: 0 }] = await receiptsOf(path.join(folder, 'reference'))
  let resumed = 0
  let most = 0
  for (let i = 0; i < randomKills; i++) {
    const out = path.join(folder, `out-${i}`)
    const after = ((i + 0.5) / randomKills) * whole
    let inferred = 0
    const killed = await run(pipeline, out, {
      watch: (child, event) => {
        if (event === null) setTimeout(() => child.kill('SIGKILL'), after)
        else if (event.type === 'slide.progress') inferred = event.inferred
      },
    })
    const again = await run(pipeline, out)
    const what = `killed after ${after.toFixed(0)} of ${whole.toFixed(0)} ms`
    t.is(again.code, 0, `${what}: ${again.stderr}`)
    await assertWhole(t, out, expected, what)
    const [receipt] = await receiptsOf(out)
    if (killed.signal !== 'SIGKILL') continue
    const { asked, resumed: taken } = receipt!.patches
    if (again.events.some(({ type }) => type === 'slide.skipped')) continue
    t.is(asked + taken, total, what)
    const twice = inferred - taken
    most = Math.max(most, twice)
    // A band closes at a whole band row, so it may be up to eight grid rows longer than its least size.
    t.true(twice <= lanes * (bandPatches(lanes) + 8 * 40), `${what}: ${twice} patches were inferred twice`)
    if (taken > 0) resumed++
  }
  t.true(resumed >= randomKills / 4, `${resumed} of ${randomKills} runs were taken up in the middle`)
  t.log(`${resumed} of ${randomKills} runs were taken up in the middle; at most ${most} of ${total} patches inferred twice`)
})

test('SIGTERM stops within five seconds, leaves nothing half, and the next run goes on', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = await writePipeline(folder)
  t.is((await run(pipeline, path.join(folder, 'reference'))).code, 0)
  const expected = await resultsOf(path.join(folder, 'reference'))
  const out = path.join(folder, 'out')
  let sent = 0
  const stopped = await run(pipeline, out, {
    watch: (child, event) => {
      if (event?.type === 'slide.progress' && sent === 0) {
        sent = performance.now()
        child.kill('SIGTERM')
      }
    },
  })
  t.is(stopped.code, 143, stopped.stderr)
  t.true(performance.now() - sent < 5000)
  t.deepEqual([...(await resultsOf(out)).keys()], [])
  t.is((await run(pipeline, out)).code, 0)
  await assertWhole(t, out, expected, 'after SIGTERM')
})
