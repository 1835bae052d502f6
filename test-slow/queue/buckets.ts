/** Runs in queues whose results go to a bucket: two runs at once, workers with two slides side by side, compacting, a scratch disk that is full. */

import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext, TestFn } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { gatherCohort } from '../../src/pipeline/cohort/gather.js'
import { isOfCohort } from '../../src/pipeline/store/layout.js'
import { Bucket } from '../../src/remote/write/bucket.js'
import { type Store, stores } from '../remote/stores.js'
import { fill, mayMount, mountNeeded, smallDisk } from '../small-disk.js'
import type { Server } from './servers.js'
import { type Bench, mustBeWhole, ofType, scenarios, slides, slowSlides, statusOf } from './suite.js'

const tables = slides.map((slide) => `rows/${slide}.parquet`)

export function buckets(test: TestFn, kinds: readonly Server['kind'][]): void {
  let store: Store
  test.before('the store starts', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' })
    store = await stores.moto()
    await store.put(['results', 'other.txt', path.join(packageRoot, 'LICENSE')])
    process.env.AWS_ENDPOINT_URL_S3 = store.endpoint
  })
  test.after.always('the store stops', () => store.stop())

  /** The objects but those of the state and of the cohort. The tables are those of a plain run, byte for byte; of the way there nothing is left. */
  const objectsOf = async (t: ExecutionContext, { expected }: Bench, address: string): Promise<readonly string[]> => {
    const bucket = new Bucket(address, {})
    const names: string[] = []
    for await (const { key, isPrefix } of bucket.list()) if (!isPrefix && !key.endsWith('/')) names.push(key)
    for (const name of tables) t.true((await bucket.get(name))!.bytes.equals(expected.get(name)!), name)
    t.deepEqual(
      names.filter((name) => /journal|\.partial/.test(name)),
      [],
    )
    t.truthy(await bucket.get('_SUCCESS'))
    return names.filter((name) => !name.startsWith('.tiastream/') && !isOfCohort(name)).toSorted()
  }

  for (const kind of kinds) {
    const scenario = scenarios(test, kind)
    const inBucket = `in-bucket-${kind}`
    const address = `s3://results/${inBucket}/`

    scenario(
      'in-folder',
      'two runs in one queue, one into a bucket and one into a folder, by workers with two slides side by side; compacted they are the same',
      async (t, one) => {
        const { start, put, command, worker, pipeline, folder, out } = one
        const submitted = await command(['submit', pipeline, '--name', inBucket, '-o', address])
        t.is(submitted.code, 0, submitted.err)
        t.true(submitted.out.endsWith(`→ ${address}\n`))
        await put()
        const scratch = path.join(folder, 'scratch')
        const both = ['--slides', '2', '--until-empty', '--scratch', scratch]
        // One takes whatever there is, the other the second run alone.
        const any = start(['work', '--name', 'w1', '--log', 'json', ...both], slowSlides)
        const own = worker('w2', both, slowSlides)
        await Promise.all(
          [any, own].map(async (each) => {
            const first = await each.until(ofType('slide.start'))
            await each.until((event) => event.type === 'slide.start' && 'slide' in first && event.slide !== first.slide)
          }),
        )
        const [far, near] = [await statusOf(one, inBucket), await statusOf(one, 'in-folder')]
        t.like(far, { state: 'at work', output: address, slides: 3, workers: 1 })
        t.like(near, { state: 'at work', output: out, slides: 3, workers: 1 })
        t.deepEqual(
          [far, near].map((run) => [...new Set(run!.atWork.map(({ worker }) => worker))].join()),
          ['w1', 'w2'],
        )
        const ended = await Promise.all([any.ended, own.ended])
        t.deepEqual(
          ended.map(({ code }) => code),
          [0, 0],
          ended.map(({ err }) => err).join('\n'),
        )
        const events = ended.flatMap((each) => each.events)
        t.is(events.filter(ofType('slide.done')).length, 6, 'each slide once')
        const gathered = events.flatMap((event) => (event.type === 'run.gathered' ? [event.run] : []))
        t.deepEqual(gathered.toSorted(), [inBucket, 'in-folder'])
        for (const run of gathered) t.like(await statusOf(one, run), { state: 'over', done: 3, failed: 0 })
        await mustBeWhole(t, one)
        t.deepEqual(await objectsOf(t, one, address), tables)
        const left = await readdir(scratch, { recursive: true, withFileTypes: true })
        t.deepEqual(
          left.filter((entry) => entry.isFile()),
          [],
        )

        // A part a slide, then all slides in one: what is no part any more goes.
        for (const compact of [1000, 1e6]) {
          for (const output of [address, out]) t.true((await gatherCohort(output, { compact })).isComplete)
          const parts = (await readdir(path.join(out, 'compact'))).toSorted()
          t.is(parts.length, compact === 1000 ? 3 : 1)
          const bucket = new Bucket(address, {})
          const keys: string[] = []
          for await (const { key } of bucket.list('compact/')) keys.push(key)
          t.deepEqual(
            keys.toSorted(),
            parts.map((part) => `compact/${part}`),
          )
          t.deepEqual(await objectsOf(t, one, address), tables)
          for (const part of parts)
            t.deepEqual((await bucket.get(`compact/${part}`))!.bytes, await readFile(path.join(out, 'compact', part)))
        }
      },
      { alone: true },
    )

    scenario('scratch', 'a scratch disk that is full pauses the worker until it has room, and no slide fails for it', async (t, one) => {
      if (!mayMount) {
        t.log(mountNeeded)
        t.pass(mountNeeded)
        return
      }
      const { put, worker, folder } = one
      const full = `s3://results/scratch-${kind}/`
      await put({}, full)
      const disk = await smallDisk(t, folder, 12_000)
      const ballast = await fill(disk, 8)
      const first = worker('w1', ['--until-empty', '--room-every', '1', '--scratch', disk])
      await first.until(({ type }) => type === 'work.paused')
      await sleep(3000)
      const paused = ({ type }: { readonly type: string }) => type === 'work.paused'
      t.is(first.events.filter(paused).length, 1, 'it does not try again and again')
      await rm(ballast)
      const { code, events, err } = await first.ended
      t.is(code, 0, err)
      t.like(events.find(paused), { why: 'disk' })
      t.truthy(events.find(({ type }) => type === 'work.resumed'))
      t.is(events.filter(ofType('slide.failed')).length, 0)
      t.like(await statusOf(one, 'scratch'), { state: 'over', done: 3, failed: 0 })
      t.deepEqual(await objectsOf(t, one, full), tables)
    })
  }
}
