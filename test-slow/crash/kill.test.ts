/**
 * A run that is killed, anywhere, and run again ends with the same bytes as one that was left alone. `npm run test:long` kills at every step
 * and at many times; else at a sample of them, another one each time.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { bandPatches, blockPatches } from '../../src/pipeline/plan/bands.js'
import { tempFolder } from '../../test/support/temp.js'
import { long, sample } from '../long.js'
import { assertWhole, inParallel, prepareTraced, receiptsOf, resultsOf, run, runHere, writePipeline } from './harness.js'

const randomKills = long ? 100 : 4
const mostSteps = long ? Number.POSITIVE_INFINITY : 5
const mostSides = long ? 2 : 1

/** Runs side by side: each works on one core. */
const width = 2

/** Each flush takes a fifth of a second longer: the lanes, which need not wait for it, are ahead of what is written. */
const slow = { TIASTREAM_TEST_FLUSH: '200' }

test.serial('killed right before and right after steps that make something last', async (t) => {
  const { folder, pipeline, expected, calls } = await prepareTraced(t)
  t.deepEqual([...expected.keys()], ['demo.arrow', 'demo.csv', 'rows/demo.parquet'])
  const all = ['rename', 'link', 'sync'].flatMap((operation) => {
    const count = calls.filter((call) => call === operation).length
    t.true(count >= { rename: 4, link: 3, sync: 6 }[operation]!, `${operation} is called ${count} times`)
    // After a sync nothing lasting happens until the next step, so that "before" the next is the same moment.
    const moments = operation === 'sync' ? ['before'] : ['before', 'after']
    return Array.from({ length: count }, (_, i) => moments.map((when) => `${operation}:${i + 1}:${when}`)).flat()
  })
  const steps = sample(all, mostSteps)
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
    const again = await runHere(pipeline, out)
    t.is(again.code, 0, `${what}: ${again.stderr}`)
    await assertWhole(t, out, expected, what)
  })
  t.true(kills >= steps.length - 2, `${kills} kills`)
  t.log(`${kills} kills around ${calls.length} steps: ${steps.join(' ')}`)
})

test.serial(`killed at ${randomKills} random times, at most one band a lane is inferred twice`, async (t) => {
  const whole = await asItIs(t)
  let most = 0
  const moments = Array.from({ length: randomKills }, () => Math.random())
  await inParallel(moments, width, async (moment, i) => {
    // Half of the runs have two lanes. Half end at a share of the time of a whole run, half at a share of its rows: those hit the
    // middle however busy the machine is.
    const byRows = i % 4 >= 2
    const found = await killAndGoOn(
      t,
      whole,
      `${i}`,
      1 + (i % 2),
      byRows ? { patches: 0.8 * moment } : { time: moment },
      byRows ? slow : {},
    )
    most = Math.max(most, found.twice)
    if (byRows) t.true(found.taken > 0, `killed at ${moment} of its rows: nothing was taken over`)
  })
  t.log(`at most ${most} of ${whole.total} patches inferred twice`)
})

test.serial('where tissue narrows downwards, at most one band a lane is inferred twice, too', async (t) => {
  const folder = await tempFolder(t)
  // A triangle: each row of patches ends further left (or begins further right) than the one above.
  const corners = { right: [0, 0, 7168, 0, 0, 5120], left: [0, 0, 7168, 0, 7168, 5120] }
  for (const [side, xy] of sample(Object.entries(corners), mostSides)) {
    const ring = [0, 2, 4, 0].map((i) => [xy[i]!, xy[i + 1]!])
    const own = path.join(folder, side)
    await mkdir(own)
    await writeFile(path.join(own, 'mask.geojson'), JSON.stringify({ type: 'Polygon', coordinates: [ring] }))
    const grid = '{ size: 56 px, stride: 20 px, at: 2 mpp }'
    const whole = await undisturbed(t, own, await writePipeline(own, { grid, mask: '{ file: mask.geojson, keep: 50 % }' }), 90)
    t.true(whole.total > 6 * bandPatches, `${whole.total} patches`)
    let most = 0
    await inParallel(long ? [0.5, 0.7, 0.8, 0.9] : [side === 'right' ? 0.8 : 0.9], width, async (moment, i) => {
      const found = await killAndGoOn(t, whole, `${i}`, 1 + (i % 2), { inferred: moment }, slow)
      t.true(found.taken > 0, `${side}, killed at ${moment}: nothing was taken over`)
      most = Math.max(most, found.twice)
    })
    t.log(`narrower from the ${side}: at most ${most} of ${whole.total} patches inferred twice`)
  }
})

test.serial('nor do the lanes run ahead of a disk that is slow', async (t) => {
  const whole = await asItIs(t)
  // A band is written in more than a second: time for the lanes to answer for all others. Each moment is behind all that they may begin
  // while nothing is written.
  const slow = { TIASTREAM_TEST_FLUSH: '500' }
  await inParallel(long ? [0.4, 0.8, 0.8, 0.9] : [0.8], width, async (moment, i) => {
    const found = await killAndGoOn(t, whole, `${i}`, 1 + (i % 2), { inferred: moment }, slow)
    t.true(found.taken > 0, `killed at ${moment}: nothing was taken over`)
  })
})

interface Undisturbed {
  readonly folder: string
  readonly pipeline: string
  readonly files: ReadonlyMap<string, Buffer>
  readonly total: number
  /** Patches of the longest band. */
  readonly band: number
  /** Milliseconds. */
  readonly time: number
}

async function asItIs(t: ExecutionContext): Promise<Undisturbed> {
  const { folder, pipeline, expected: files, rows: total, time } = await prepareTraced(t)
  return { folder, pipeline, files, total, band: Math.max(bandPatches, 8 * 32), time }
}

async function undisturbed(t: ExecutionContext, folder: string, pipeline: string, columns: number): Promise<Undisturbed> {
  const began = performance.now()
  const out = path.join(folder, 'reference')
  const { code, stderr } = await runHere(pipeline, out)
  t.is(code, 0, stderr)
  const time = performance.now() - began
  const [receipt] = await receiptsOf(out)
  return { folder, pipeline, files: await resultsOf(out), total: receipt!.rows, band: Math.max(bandPatches, 8 * columns), time }
}

/** When to kill a run: at a share of the time of an undisturbed one, of its rows, or of the patches that lanes answered for. */
type Moment = { readonly time: number } | { readonly patches: number } | { readonly inferred: number }

/**
 * Kills a run and goes on with the other number of lanes: that changes no byte either. Asserts that the files are those of an
 * undisturbed run and that at most one band a lane was inferred twice. Zeroes when the run was done before it could be killed.
 */
async function killAndGoOn(
  t: ExecutionContext,
  { folder, pipeline, files, total, band, time }: Undisturbed,
  name: string,
  lanes: number,
  moment: Moment,
  env: Record<string, string> = {},
) {
  const out = path.join(folder, `out-${name}`)
  const blocks = path.join(folder, `blocks-${name}`)
  // By itself: a kill from here comes late on a busy machine, and may find the run done.
  const [[what, share]] = Object.entries(moment) as [[string, number]]
  const at = 'time' in moment ? {} : { TIASTREAM_TEST_KILL_AT: `${what}:${share * total}` }
  const killed = await run(pipeline, out, {
    lanes,
    env: { ...env, ...at, TIASTREAM_TEST_BLOCKS: blocks },
    watch: (child, event) => {
      if (event === null && 'time' in moment) setTimeout(() => child.kill('SIGKILL'), moment.time * time)
    },
  })
  const again = await runHere(pipeline, out, { lanes: 3 - lanes })
  const told = `kill ${name} at ${JSON.stringify(moment)} of ${time.toFixed(0)} ms or ${total} rows, ${lanes} lanes`
  t.is(again.code, 0, `${told}: ${again.stderr}`)
  await assertWhole(t, out, files, told)
  const [receipt] = await receiptsOf(out)
  if (killed.signal !== 'SIGKILL' || again.events.some(({ type }) => type === 'slide.skipped')) return { taken: 0, twice: 0 }
  const { asked, resumed: taken } = receipt!.patches
  // A batch that holds a patch that is not done is asked whole.
  t.true(asked + taken >= total && asked + taken < total + 16, `${told}: ${asked} asked, ${taken} taken over, of ${total}`)
  // Every block that a lane had begun counts, also those it did not come to.
  const begun = (await readFile(blocks, 'utf8').catch(() => '')).split('\n').reduce((sum, line) => sum + Number(line), 0)
  const twice = begun - taken
  t.true(twice >= 0, told)
  // A band is written down with what it left over for the first block of the next one: the block after all those bands.
  t.true(twice <= lanes * band + blockPatches, `${told}: ${twice} patches were inferred twice`)
  return { taken, twice }
}
