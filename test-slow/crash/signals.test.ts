/** SIGTERM and SIGINT through the real command line: a clean stop with the code of the signal, and a second one that leaves at once. */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { leftIn } from '../../test/support/left.js'
import { assertWhole, demoSlide, prepare, resultsOf, runCli, runHere } from './harness.js'
import { rssBytes } from './process-facts.js'

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test.serial(`${signal} stops with ${code} and begins nothing more, leaves nothing half, and the next run goes on`, async (t) => {
    const { folder, pipeline, out, expected } = await prepare(t)
    const blocks = path.join(folder, 'blocks')
    // It has the signal as it tells of its first block. What a scheduler tells all of a batch job, its shell tells once more: nobody asked twice.
    const stopped = await runCli(pipeline, out, {
      env: { TIASTREAM_TEST_SIGNAL: `${signal}:slide.progress`, TIASTREAM_TEST_BLOCKS: blocks },
    })
    t.is(stopped.code, code, stopped.stderr)
    // Work, not time, which the machine's other work shares: after the first block what the lane had, and the one that was told already.
    const begun = (await readFile(blocks, 'utf8')).trim().split('\n').length
    t.true(begun <= 4, `${begun} blocks were begun`)
    t.deepEqual([...(await resultsOf(out)).keys()], [])
    t.deepEqual(
      (await leftIn(out)).filter((name) => !name.startsWith('journal')),
      [],
      'no lease, no counter, no draft',
    )
    t.is((await runHere(pipeline, out)).code, 0)
    await assertWhole(t, out, expected, `after ${signal}`)
  })
}

test.serial('SIGINT twice leaves at once, killed by it as a shell expects, and the next run goes on', async (t) => {
  const { pipeline, out, expected } = await prepare(t)
  let second = 0
  let took = 0
  const stopped = await runCli(pipeline, out, {
    watch: (child, event) => {
      if (event?.type !== 'slide.progress' || second > 0) return
      child.kill('SIGINT')
      // Sooner it is taken for the first one, told by two.
      second = performance.now() + 250
      setTimeout(() => child.kill('SIGINT'), 250)
      child.once('exit', () => {
        took = performance.now() - second
      })
    },
  })
  // Either the second one came in time, or the first had already stopped the run.
  t.true(stopped.signal === 'SIGINT' || stopped.code === 130, `${stopped.code} ${stopped.signal} ${stopped.stderr}`)
  t.is((await runHere(pipeline, out)).code, 0)
  await assertWhole(t, out, expected, 'after two SIGINT')
  t.log(`${took.toFixed(0)} ms, ${stopped.signal ?? stopped.code}`)
})

const mostGrowth = 32 * 2 ** 20
/** Between the least and the most of the last two seconds. */
const spread = (rss: readonly number[]) => Math.max(...rss.slice(-4)) - Math.min(...rss.slice(-4))

for (const [where, nth] of [
  ['while the slide is opened', 1],
  // The main thread reads the file's two ends and its directories; a lane the directories, and then tiles.
  ['in the middle of the tiles', 8],
] as const) {
  test.serial(`a file that never answers, ${where}: nothing grows, and SIGTERM is obeyed`, async (t) => {
    const { folder, pipeline, out, expected } = await prepare(t)
    const stalled = path.join(folder, 'stalled')
    let sent = 0
    let took = 0
    const rss: number[] = []
    const stopped = await runCli(pipeline, out, {
      env: { TIASTREAM_TEST_READ: `stall:${nth}:${path.basename(demoSlide)}`, TIASTREAM_TEST_ONCE: stalled },
      watch: (child, event) => {
        if (event?.type !== 'run.start') return
        const sample = setInterval(() => {
          if (existsSync(stalled)) rss.push(rssBytes(child.pid!) ?? 0)
          // Threads that are still being loaded grow: for longer where the machine is busy.
          if (rss.length < 12 || (spread(rss) >= mostGrowth && rss.length < 240)) return
          clearInterval(sample)
          sent = performance.now()
          child.once('exit', () => {
            took = performance.now() - sent
          })
          child.kill('SIGTERM')
        }, 500)
      },
    })
    // A clean stop where it could, else killed by the signal; a shell sees 143 both times.
    t.true(stopped.code === 143 || stopped.signal === 'SIGTERM', `${stopped.code} ${stopped.signal} ${stopped.stderr}`)
    t.true(spread(rss) < mostGrowth, `memory at the end: ${rss.slice(-4).join(' ')}`)
    t.is((await runHere(pipeline, out)).code, 0)
    await assertWhole(t, out, expected, 'after a stall')
    t.log(`left after ${took.toFixed(0)} ms by ${stopped.signal ?? stopped.code}, memory ${(Math.max(...rss) / 2 ** 20).toFixed(0)} MiB`)
  })
}
