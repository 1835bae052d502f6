/**
 * A crowd of processes on one output, without shards, some in namespaces of their own where pids begin at 1 and the host has another name. They are
 * killed, stopped and woken again at random (the same each time: the seed is fixed). In the end the files are those of one run that nobody
 * disturbed, each slide was done by one, and nothing is left behind. `npm run test:long` disturbs them 200 times.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { tempFolder } from '../../test/support/temp.js'
import { eachEvent } from '../event-lines.js'
import { long } from '../long.js'
import { assertWhole, demoSlide, receiptsOf, resultsOf, run, runHere, writePipeline } from './harness.js'

const disturbances = long ? 200 : 8
const crowd = 3
const slides = ['a', 'b', 'c', 'd']
const child = path.join(packageRoot, 'dist/test-slow/crash/run-child.js')
/** Silence for longer than the main thread of a busy machine is ever busy. */
const times = { beat: 300, silent: 4000 }
const heard = { TIASTREAM_TEST_TIMES: `${times.beat}:${times.silent}` }
/** A slow disk: more of the kills come in the middle of a slide. */
const env = { ...process.env, ...heard, TIASTREAM_TEST_FLUSH: '100' }
const slower = path.join(packageRoot, 'dist/test-slow/crash/faults.js')

/** Mulberry32: the same numbers each time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** In which namespaces a process may run here. */
const spaces: Readonly<Record<string, readonly string[]>> = {
  plain: [],
  pids: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'],
  host: ['unshare', '--uts', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh'],
  both: ['unshare', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', 'hostname pod-$$ && exec "$@"', 'sh'],
}
const permitted = Object.entries(spaces).filter(([, [command, ...args]]) => !command || spawnSync(command, [...args, 'true']).status === 0)

interface Member {
  readonly kind: string
  readonly wrapper: ChildProcess
  readonly events: RunEvent[]
  readonly ended: Promise<number | null>
  killed: boolean
  stderr: string
}

function start(kind: string, prefix: readonly string[], pipeline: string, out: string, lanes: number): Member {
  const [command, ...args] = [...prefix, process.execPath, '--import', slower, child, pipeline, `out=${out}`, `lanes=${lanes}`]
  const wrapper = spawn(command!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const events: RunEvent[] = []
  const member: Member = {
    kind,
    wrapper,
    events,
    ended: new Promise((resolve) => wrapper.once('close', (code) => resolve(code))),
    killed: false,
    stderr: '',
  }
  eachEvent<RunEvent>(wrapper.stdout, (event) => events.push(event))
  wrapper.stderr.setEncoding('utf8').on('data', (text: string) => {
    member.stderr += text
  })
  return member
}

/** The process itself, seen from here; undefined when it is not there yet, or no more. */
async function pidOf({ wrapper, kind }: Member): Promise<number | undefined> {
  if (wrapper.exitCode !== null || wrapper.signalCode !== null || wrapper.pid === undefined) return undefined
  if (kind !== 'pids' && kind !== 'both') return wrapper.pid
  const children = await readFile(`/proc/${wrapper.pid}/task/${wrapper.pid}/children`, 'utf8').catch(() => '')
  return children === '' ? undefined : Number(children.split(' ')[0])
}

/** Until it has told so much more, or nothing for some seconds: what it is at then follows from its work, not from how busy the machine is. */
async function untilTold({ wrapper, events }: Member, more: number): Promise<void> {
  const wanted = events.length + more
  for (let waited = 0; waited < 8000 && events.length < wanted && wrapper.exitCode === null; waited += 50) await setTimeout(50)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}

test.serial(`${crowd} processes on one output, killed, stopped and woken ${disturbances} times: as if nothing had been`, async (t) => {
  const absent = Object.keys(spaces).filter((name) => !permitted.some(([kind]) => kind === name))
  if (absent.length > 0) t.log(`SKIPPED: namespaces are not permitted here (unshare): without ${absent.join(', ')}`)
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  for (const name of slides) await copyFile(demoSlide, path.join(folder, `slides/${name}.tif`))
  const pipeline = await writePipeline(folder, { slides: '{ glob: "./slides/*.tif" }' })
  t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
  const expected = await resultsOf(path.join(folder, 'reference'))

  const draw = random(16)
  const counts: Record<string, number> = { SIGKILL: 0, SIGSTOP: 0, rounds: 0, lost: 0, resumed: 0, elsewhere: 0 }
  for (let left = disturbances; left > 0; ) {
    counts.rounds!++
    const out = path.join(folder, `out-${counts.rounds}`)
    const all: Member[] = []
    const begin = () => {
      const [kind, prefix] = permitted[Math.floor(draw() * permitted.length)]!
      const member = start(kind, prefix, pipeline, out, 1 + Math.floor(draw() * 2))
      all.push(member)
      return member
    }
    const members = Array.from({ length: crowd }, begin)
    const wakings: Promise<void>[] = []
    const isOver = () => members.every(({ wrapper }) => wrapper.exitCode !== null)
    while (left > 0 && !isOver()) {
      const at = Math.floor(draw() * crowd)
      await untilTold(members[at]!, Math.floor(draw() * 6))
      await setTimeout(200 * draw())
      const kill = draw() < 0.6
      const pause = times.silent * (0.2 + 2.8 * draw())
      const pid = await pidOf(members[at]!)
      if (pid === undefined) continue
      left--
      if (kill) {
        counts.SIGKILL!++
        members[at]!.killed = true
        signal(pid, 'SIGKILL')
        await members[at]!.ended
        members[at] = begin()
      } else {
        counts.SIGSTOP!++
        signal(pid, 'SIGSTOP')
        wakings.push(setTimeout(pause).then(() => signal(pid, 'SIGCONT')))
      }
    }
    await Promise.all(wakings)
    for (const member of all) {
      const code = await member.ended
      if (!member.killed) t.is(code, 0, `${member.kind}: ${member.stderr}`)
    }
    // Whoever comes last finds all done, and clears away what the dead left.
    const last = await run(pipeline, out, { env: heard })
    t.is(last.code, 0, last.stderr)
    await assertWhole(t, out, expected, `round ${counts.rounds}`)
    t.deepEqual(
      (await receiptsOf(out)).map(({ slide }) => slide),
      slides,
    )
    const events = [...all.flatMap((member) => member.events), ...last.events]
    for (const slide of slides) {
      const done = events.filter((event) => event.type === 'slide.done' && event.slide === slide)
      t.true(done.length <= 1, `round ${counts.rounds}: ${slide} was done ${done.length} times`)
      t.is(last.events.filter((event) => event.type === 'slide.skipped' && event.slide === slide).length, 1, 'the last one finds it done')
    }
    t.deepEqual(
      events.filter(({ type }) => type === 'slide.failed'),
      [],
    )
    counts.lost! += events.filter((event) => event.type === 'warning' && event.code === 'LEASE_LOST').length
    counts.resumed! += events.filter(({ type }) => type === 'slide.resumed').length
    counts.elsewhere! += events.filter(({ type }) => type === 'slide.elsewhere').length
  }
  t.log(JSON.stringify({ ...counts, kinds: permitted.map(([kind]) => kind) }))
})
