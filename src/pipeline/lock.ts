/**
 * One run at a time may write to an output folder; runs of different shards of the same count may share it. The lock says who
 * holds it and is touched while they live; a lock of a dead process is taken over.
 */

import { link, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { SinkError } from '../core/errors.js'
import { sinkErrorOf } from '../sinks/common/file.js'

interface Holder {
  readonly pid: number
  readonly host: string
  /** Start of the process, so that a pid used again is not taken for its holder. */
  readonly started: string
  readonly since: string
}

/** A lock whose holder is on another machine counts as dead after this long without a touch. */
const silence = 60_000
const touchEvery = 10_000
/** A lock without a name this long after it was made is one of a process that died between the two. */
const namedWithin = 2000

export interface Shard {
  readonly index: number
  readonly count: number
}

export interface Lock {
  release(): Promise<void>
}

const nameOf = (shard: Shard | undefined): string => (shard ? `lock.${shard.index}-of-${shard.count}` : 'lock')

/** True when both runs would work on different slides. */
const apart = (mine: string, other: string): boolean => {
  const a = /^lock\.(\d+)-of-(\d+)$/.exec(mine)
  const b = /^lock\.(\d+)-of-(\d+)$/.exec(other)
  return a !== null && b !== null && a[2] === b[2] && a[1] !== b[1]
}

/** Takes the lock of the state folder. Throws SinkError OUTPUT_BUSY naming the holder. */
export async function takeLock(folder: string, shard?: Shard): Promise<Lock> {
  await mkdir(folder, { recursive: true })
  const name = nameOf(shard)
  const file = path.join(folder, name)
  await create(file)
  try {
    for (const other of await readdir(folder)) {
      if (!other.startsWith('lock') || other === name) continue
      const holder = await livingHolder(path.join(folder, other))
      if (other.includes('.stale.')) {
        // Whoever moved it away died before removing it; that of a living holder is about to be put back.
        if (!holder) await rm(path.join(folder, other), { force: true })
      } else if (holder && !apart(name, other)) throw busy(folder, holder)
    }
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), touchEvery)
  touch.unref()
  return {
    release: async () => {
      clearInterval(touch)
      await rm(file, { force: true })
    },
  }
}

async function create(file: string): Promise<void> {
  const mine: Holder = { pid: process.pid, host: hostname(), started: await startOf(process.pid), since: new Date().toISOString() }
  for (;;) {
    try {
      const handle = await open(file, 'wx')
      try {
        await handle.writeFile(`${JSON.stringify(mine)}\n`)
      } catch (error) {
        // An empty lock would name nobody.
        await rm(file, { force: true })
        throw error
      } finally {
        await handle.close()
      }
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw sinkErrorOf(error, file)
    }
    const holder = await livingHolder(file)
    if (holder) throw busy(path.dirname(file), holder)
    // Moving it away decides between two that take over at once: only one rename succeeds. Who moved a fresh lock puts it back.
    const aside = `${file}.stale.${process.pid}`
    await rename(file, aside).catch(() => undefined)
    const moved = await livingHolder(aside)
    if (moved) await link(aside, file).catch(() => undefined)
    await rm(aside, { force: true })
    if (moved) throw busy(path.dirname(file), moved)
  }
}

/** Who holds the lock, or null when it is gone or its holder is dead. */
async function livingHolder(file: string): Promise<Holder | null> {
  let holder: Holder
  let touched: number
  try {
    touched = (await stat(file)).mtimeMs
    let text = await readFile(file, 'utf8')
    for (let waited = 0; text === '' && waited < namedWithin && Date.now() - touched < namedWithin; waited += 50) {
      await setTimeout(50)
      text = await readFile(file, 'utf8')
    }
    holder = JSON.parse(text) as Holder
  } catch {
    return null
  }
  if (holder.host !== hostname()) return Date.now() - touched < silence ? holder : null
  const started = await startOf(holder.pid)
  return started !== '' && started === holder.started ? holder : null
}

/** A text that is the same for one process only; empty when it does not live. */
async function startOf(pid: number): Promise<string> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return ''
  }
  try {
    // Field 22 of /proc/PID/stat is the start time; the name in field 2 may hold spaces and brackets.
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    return fields[0] === 'Z' ? '' : `${fields[19]}`
  } catch {
    return 'alive'
  }
}

function busy(folder: string, { pid, host, since }: Holder): SinkError {
  return new SinkError('OUTPUT_BUSY', `${path.dirname(folder)} is in use by process ${pid} on ${host} since ${since}`, {
    hint: 'wait for it to end, or give this run another output',
  })
}
