/** What KEDA is told to count by `deploy/kubernetes/keda-*.yaml` is the slides that wait: asked of real servers, in the way in which KEDA asks. */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { parseAllDocuments } from 'yaml'
import { packageRoot } from '../../src/core/package-root.js'
import { tempFolder } from '../../test/support/temp.js'
import { type Server, startServer, whyNot } from '../queue/servers.js'
import { writeCohort } from './command.js'

const run = promisify(execFile)

interface Trigger {
  readonly type: string
  readonly metadata: Readonly<Record<string, string>>
}

async function triggersOf(name: string): Promise<readonly Trigger[]> {
  const documents = parseAllDocuments(await readFile(path.join(packageRoot, 'deploy/kubernetes', name), 'utf8'))
  return documents.map((one) => one.toJS() as { kind: string; spec: { triggers: Trigger[] } }).find(({ kind }) => kind === 'ScaledObject')!
    .spec.triggers
}

/** Two slides in the queue, as the run `run7`, and nobody who works. */
async function submitted(t: ExecutionContext, server: Server): Promise<void> {
  const pipeline = await writeCohort(await tempFolder(t), 224)
  const cli = path.join(packageRoot, 'dist/src/cli.js')
  await run(process.execPath, [cli, 'submit', pipeline, '--name', 'run7'], { env: { ...process.env, TIASTREAM_QUEUE: server.url } })
}

for (const kind of ['redis', 'postgres'] as const) {
  const why = whyNot(kind)
  if (why !== undefined) console.error(why)
  const there = why === undefined ? test : test.skip
  there(`two slides wait, and what KEDA asks ${kind} says two`, async (t) => {
    const server = await startServer(kind)
    try {
      await submitted(t, server)
      const triggers = await triggersOf(`keda-${kind}.yaml`)
      t.deepEqual(
        kind === 'redis' ? await redisCounts(server, triggers) : await postgresCounts(server, triggers),
        kind === 'redis' ? [2, 0] : [2],
      )
    } finally {
      await server.close()
    }
  })
}

/** By type of the key, as KEDA's script: a sorted set by ZCARD, a list (and nothing) by LLEN. */
async function redisCounts({ url }: Server, triggers: readonly Trigger[]): Promise<readonly number[]> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url)
  try {
    return await Promise.all(
      triggers.map(async ({ metadata: { listName } }) =>
        (await redis.type(listName!)) === 'zset' ? redis.zcard(listName!) : redis.llen(listName!),
      ),
    )
  } finally {
    redis.disconnect()
  }
}

async function postgresCounts({ url }: Server, triggers: readonly Trigger[]): Promise<readonly number[]> {
  // It brings no types.
  const { default: pg } = (await import('pg' as string)) as {
    default: {
      Client: new (
        url: string,
      ) => { connect(): Promise<void>; query(text: string): Promise<{ rows: { count: string }[] }>; end(): Promise<void> }
    }
  }
  const client = new pg.Client(url)
  await client.connect()
  try {
    const counts: number[] = []
    for (const { metadata } of triggers) counts.push(Number((await client.query(metadata.query!)).rows[0]!.count))
    return counts
  } finally {
    await client.end()
  }
}
