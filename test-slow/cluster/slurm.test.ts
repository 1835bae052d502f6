/** The templates of `deploy/slurm` in a real Slurm: an array, a node that loses its power, the end of the time, and a job that is called off. */

import { cp, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { tiastream } from '../../test/support/command-line.js'
import { resultsOf } from '../../test/support/pipeline-file.js'
import { assertWhole } from '../crash/harness.js'
import { long } from '../long.js'
import { startServer, whyNot } from '../queue/servers.js'
import { whenRoom } from '../two-at-a-time.js'
import { writeCohort, writeCommand } from './command.js'
import { type Slurm, startSlurm, until, whyNoSlurm } from './slurm.js'

const why = whyNoSlurm()
const slow = (title: string, body: (t: ExecutionContext) => Promise<void>) => (why === null ? test : test.skip)(title, whenRoom(body))
if (why !== null) console.error(`SKIPPED: Slurm: ${why}`)

let slurm: Slurm
/** What a run leaves that nothing disturbs. */
let expected: ReadonlyMap<string, Buffer>

if (why === null) {
  test.before(async () => {
    slurm = await startSlurm()
    await writeCommand(path.join(slurm.folder, 'bin'))
    const file = await writeCohort(slurm.folder, 56)
    await cp(path.join(packageRoot, 'deploy/slurm'), path.join(slurm.folder, 'slurm'), { recursive: true })
    await here('run', file, '-o', 'expected')
    expected = await resultsOf(path.join(slurm.folder, 'expected'))
  })
  test.after.always(() => slurm?.stop())
}

/** A command that no job runs, in the folder of the jobs. */
async function here(...args: readonly string[]): Promise<void> {
  const { code, err } = await tiastream(args, slurm.folder)
  if (code !== 0) throw new Error(`tiastream ${args.join(' ')}: ${err}`)
}

/** Each of a slide's twelve bands is so many milliseconds slower to write: it is at work for a while, and takes no processor. */
const slowly = ['env', 'TIASTREAM_TEST_FLUSH=600:.journal'] as const

/** Jobs of a machine that is as small as ours; one more option wins over the same in the script. */
const small = ['--cpus-per-task=1', '--mem=0', '--time=30']

/** `State` and more of what Slurm says of a job. */
async function jobOf(id: string): Promise<Readonly<Record<string, string>>> {
  const told = await slurm.call('scontrol', 'show', 'job', id)
  return Object.fromEntries([...told.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name!, value!]))
}

/** Waits until a job is in this state; else says what Slurm says. */
async function becomes(id: string, state: string, seconds?: number, each: (state: string) => Promise<unknown> = async () => undefined) {
  const isIn = async () => {
    const { JobState } = await jobOf(id)
    await each(JobState!)
    return JobState === state
  }
  await until(isIn, `job ${id}, ${state},`, seconds).catch(async (error: Error) => {
    const log = await logOf(`tiastream-${id}.log`).catch(() => 'no log')
    const { JobState, Reason, NodeList } = await jobOf(id)
    throw new Error(`${error.message} but ${JobState} ${Reason} on ${NodeList}\n${await slurm.call('sinfo')}\n${log.slice(-3000)}`)
  })
}

/**
 * A requeued job waits for two minutes; a moment is enough here. Not less than two seconds: a node refuses what it was told to end in the same second,
 * start or start again ("Job credential revoked"; its times are whole seconds), and the job counts as failed.
 */
const startsAgain = async (id: string) => {
  await pause(2100)
  await becomes(id, 'RUNNING', 60, async (state) => state === 'PENDING' && slurm.call('scontrol', 'update', `JobId=${id}`, 'StartTime=now'))
}

/** Waits until the journals of the slide hold some bands. */
async function journaled(out: string, slide: string): Promise<void> {
  const folder = path.join(slurm.folder, out, '.tiastream/journal')
  await until(async () => {
    let bytes = 0
    for (const name of await readdir(folder, { recursive: true }))
      if (name.startsWith(slide) && name.endsWith('.journal')) bytes += (await stat(path.join(folder, name))).size
    return bytes > 25_000
  }, `the journal of ${slide}`)
}

const logOf = async (name: string) => readFile(path.join(slurm.folder, name), 'utf8')

slow('an array does each task once, with the files of one run', async (t) => {
  const env = { SBATCH_EACH: small.join(' ') }
  const said = await slurm.call(
    'env',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    'bash',
    'slurm/submit.sh',
    'pipeline.yml',
    '2',
    'array',
  )
  const [, array, gather] = /array (\d+), then gather (\d+)/.exec(said) ?? []
  t.true(array !== undefined, said)
  await becomes(`${array}_0`, 'COMPLETED', 120)
  await becomes(`${array}_1`, 'COMPLETED', 120)
  await becomes(gather!, 'COMPLETED', 60)
  t.regex(await logOf(`tiastream-${gather}-gather.log`), /2 slides: 2 done[\s\S]*wrote cohort\.parquet, manifest\.json, _SUCCESS/)
  await assertWhole(t, path.join(slurm.folder, 'array'), expected, 'array')
  // Each task its own slide, on a node of its own.
  const logs = await Promise.all([0, 1].map((i) => logOf(`tiastream-${array}_${i}.log`)))
  t.deepEqual(
    logs.map((log) => [...log.matchAll(/"type":"slide.done","slide":"(\w)"/g)].map(([, slide]) => slide)),
    [['a'], ['b']],
  )
})

slow('a node that loses its power: its task is requeued, and taken up where the journal ends', async (t) => {
  await here('tasks', 'pipeline.yml', '--into', '2', '-o', 'tasks-node', '--results', 'node')
  const job = await slurm.call(
    ...slowly,
    'sbatch',
    '--parsable',
    '--array=0-0',
    ...small,
    'slurm/tasks.sbatch',
    'pipeline.yml',
    'tasks-node',
    '-o',
    'node',
  )
  await journaled('node', 'a')
  const { NodeList: node } = await jobOf(`${job}_0`)
  await slurm.powerOff(node!)
  // By itself Slurm notices after half a minute, and does what it does when it is told.
  if (!long) await slurm.call('scontrol', 'update', `NodeName=${node}`, 'State=DOWN', 'Reason=power')
  await becomes(`${job}_0`, 'PENDING')
  await startsAgain(`${job}_0`)
  await becomes(`${job}_0`, 'COMPLETED', 120)
  const again = await jobOf(`${job}_0`)
  t.is(again.Restarts, '1')
  t.not(again.NodeList, node, 'on the other node')
  await slurm.up(node!)
  const [resumed] = /"type":"slide.resumed","slide":"a","patches":(\d+)/.exec(await logOf(`tiastream-${job}_0.log`)) ?? []
  t.true(resumed !== undefined, await logOf(`tiastream-${job}_0.log`))
  await here('run', 'pipeline.yml', '--tasks', 'tasks-node/1.json', '-o', 'node')
  await assertWhole(t, path.join(slurm.folder, 'node'), expected, 'node')
})

slow('the end of the time: the run stops cleanly, the task goes into the queue again, and is taken up', async (t) => {
  await here('tasks', 'pipeline.yml', '--into', '2', '-o', 'tasks-time', '--results', 'time')
  const job = await slurm.call(
    ...slowly,
    'sbatch',
    '--parsable',
    '--array=1-1',
    ...small,
    'slurm/tasks.sbatch',
    'pipeline.yml',
    'tasks-time',
    '-o',
    'time',
  )
  const log = `tiastream-${job}_1.log`
  await journaled('time', 'b')
  // What `--signal=B:USR1@120` in the template makes Slurm do; by itself it looks at the clock every half minute, and a minute is the least limit.
  await slurm.call('scancel', '--batch', '--signal=USR1', `${job}_1`)
  await until(async () => (await logOf(log)).includes('the time is up'), 'the end of the time')
  await becomes(`${job}_1`, 'PENDING')
  t.regex(await logOf(log), /"status":"stopped"/)
  await startsAgain(`${job}_1`)
  await becomes(`${job}_1`, 'COMPLETED', 120)
  t.regex(await logOf(log), /"type":"slide.resumed","slide":"b"/)
  await here('run', 'pipeline.yml', '--tasks', 'tasks-time/0.json', '-o', 'time')
  await assertWhole(t, path.join(slurm.folder, 'time'), expected, 'time')
})

slow('a job that is called off stops cleanly and stays away', async (t) => {
  await here('tasks', 'pipeline.yml', '--into', '2', '-o', 'tasks-off', '--results', 'off')
  const job = await slurm.call(
    ...slowly,
    'sbatch',
    '--parsable',
    '--array=0-0',
    ...small,
    'slurm/tasks.sbatch',
    'pipeline.yml',
    'tasks-off',
    '-o',
    'off',
  )
  await journaled('off', 'a')
  await slurm.call('scancel', job)
  await becomes(`${job}_0`, 'CANCELLED')
  await until(async () => (await slurm.call('squeue', '-h', '-j', job)) === '', 'a queue without it')
  t.like(await jobOf(`${job}_0`), { JobState: 'CANCELLED', Restarts: '0' })
  t.regex(await logOf(`tiastream-${job}_0.log`), /"status":"stopped"/)
  t.deepEqual(
    (await readdir(path.join(slurm.folder, 'off'))).filter((name) => !name.startsWith('.')),
    [],
  )
})

const noRedis = whyNot('redis')
if (noRedis !== undefined) console.error(noRedis)
const withQueue: typeof slow = noRedis === undefined ? slow : (title) => test.skip(title, () => undefined)

withQueue('workers of a queue share the slides, and leave when nothing is left', async (t) => {
  const redis = await startServer('redis')
  try {
    const queue = `TIASTREAM_QUEUE=${redis.url}`
    await slurm.call('env', queue, 'tiastream', 'submit', 'pipeline.yml', '-o', 'queue')
    const job = await slurm.call('env', queue, 'sbatch', '--parsable', '--array=1-2', ...small, 'slurm/workers.sbatch')
    for (const i of [1, 2]) await becomes(`${job}_${i}`, 'COMPLETED', 180)
    await assertWhole(t, path.join(slurm.folder, 'queue'), expected, 'queue')
    for (const i of [1, 2])
      t.false((await logOf(`tiastream-work-${job}_${i}.log`)).includes(redis.password), 'the password is not in the log')
  } finally {
    await redis.close()
  }
})
