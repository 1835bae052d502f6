/**
 * A run whose results go to a bucket and that is killed right before a store hears a request, or right after it has done it, and run again until it ends, leaves the
 * objects that a run into a folder leaves as files; no journal, and no upload in parts. `npm run test:long` kills at every request that changes something.
 */

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'
import { assertWhole, between, expectedOf, pipelineFor, type Ran, runHere, runOnce } from './bucket-runs.js'
import { type Store, stores } from './stores.js'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' })

const running: Record<string, Store> = {}
/** Most kills of the short form, of one output one after another: with moto one before and one after a request. */
const mostKills: Record<string, number> = { seaweedfs: 3, moto: 2 }

/** Requests of an undisturbed run that change something. */
let steps = 0

test.before('the stores start', async () => {
  await Promise.all(
    Object.entries(stores).map(async ([name, start]) => {
      running[name] = await start()
      await running[name].put(['results', 'other.txt', path.join(packageRoot, 'LICENSE')])
    }),
  )
})

test.after.always('the stores stop', () => Promise.all(Object.values(running).map((store) => store.stop())))

for (const name of Object.keys(stores)) {
  test.serial(`${name}: killed at requests, run again until it ends`, async (t) => {
    const { endpoint } = running[name]!
    const place = await between(t, endpoint)
    const folder = await tempFolder(t)
    const expected = await expectedOf(t)
    const at = (which: string) => new Bucket(`s3://results/${which}`, { s3: { endpoint } })
    const scratch = path.join(folder, 'scratch')

    // Stores are asked the same, each step after the other: how many there are one of them says for both.
    if (steps === 0 || long) {
      const alone = await pipelineFor(path.join(folder, 'alone'), 's3://results/alone/')
      const whole = await runHere(alone, scratch, place)
      t.is(whole.code, 0, whole.stderr)
      await assertWhole(t, at('alone'), expected, 'undisturbed')
      steps = place.changes.length
      t.log(`${steps} requests change something, of ${JSON.stringify(whole.requests)}`)
    }

    // One output, killed again and again: each time a few requests further on, so that each step of a slide may be the last one.
    const chains = long ? 10 : 1
    let kills = 0
    let taken = 0
    for (let chain = 0; chain < chains; chain++) {
      const pipeline = await pipelineFor(path.join(folder, `chain-${chain}`), `s3://results/chain-${chain}/`)
      let ran: Ran | undefined
      for (let i = 0; ran?.code !== 0; i++) {
        t.true(i < 60, 'it ends')
        const nth = 4 + Math.floor(Math.random() * (steps / 2))
        const dies = i < (long ? 30 : mostKills[name]!)
        ran = await (dies ? runOnce(pipeline, scratch, place, { nth, isDone: i % 2 === 1 }) : runHere(pipeline, scratch, place))
        if (ran.signal === 'SIGKILL') kills++
        else t.is(ran.code, 0, ran.stderr)
        taken += ran.events.filter(({ type }) => type === 'slide.resumed').length
      }
      await assertWhole(t, at(`chain-${chain}`), expected, `chain ${chain}`)
    }
    if (long) {
      for (let step = 1; step <= 2 * steps; step++) {
        const pipeline = await pipelineFor(path.join(folder, `step-${step}`), `s3://results/step-${step}/`)
        const moment = { nth: Math.ceil(step / 2), isDone: step % 2 === 0 }
        if ((await runOnce(pipeline, scratch, place, moment)).signal === 'SIGKILL') kills++
        const again = await runHere(pipeline, scratch, place)
        t.is(again.code, 0, again.stderr)
        taken += again.events.filter(({ type }) => type === 'slide.resumed').length
        await assertWhole(t, at(`step-${step}`), expected, JSON.stringify(moment))
      }
    }
    t.true(kills > 0)
    t.log(`${kills} kills; a journal was taken up ${taken} times`)
    // Of the last run nothing lies in the scratch folder; what killed ones left is said by the folder of their attempts.
    t.true((await readdir(scratch)).length >= 1)
  })
}

test.serial('seaweedfs: several at once on one output, some of them killed: each slide is done once', async (t) => {
  const { endpoint } = running.seaweedfs!
  const folder = await tempFolder(t)
  const expected = await expectedOf(t)
  const pipeline = await pipelineFor(path.join(folder, 'shared'), 's3://results/shared/')
  const all = await Promise.all(
    [null, { nth: 14, isDone: true }, null].map(async (moment, i) =>
      runOnce(pipeline, path.join(folder, `scratch-${i}`), await between(t, endpoint), moment),
    ),
  )
  for (const { code, signal, stderr } of all) t.true(code === 0 || signal === 'SIGKILL', stderr)
  const bucket = new Bucket('s3://results/shared', { s3: { endpoint } })
  await assertWhole(t, bucket, expected, 'shared')
  const done = all.flatMap(({ events }) => events).filter(({ type }) => type === 'slide.done')
  t.true(done.length <= 2, 'no slide is done twice')
})
