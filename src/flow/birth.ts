/**
 * Which process this is, said so that another on the same kernel can tell for sure that it has ended. A pid alone says nothing: each container
 * has its own. Where it cannot be told for sure nothing is believed.
 */

import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

export interface Birth {
  /** The start of the kernel: another machine has another. */
  readonly boot: string
  readonly host: string
  /** The namespaces in which pid and start are counted. */
  readonly space: string
  readonly pid: number
  /** In ticks since the kernel began, so that a pid used again is not taken for its process. */
  readonly started: string
}

/** Of this process; null where it cannot be told for sure: no Linux, or a /proc of other namespaces. */
export async function ownBirth(): Promise<Birth | null> {
  const here = await kernel()
  if (here === null) return null
  const started = await startOf(process.pid)
  return started === null || started === undefined ? null : { ...here, pid: process.pid, started }
}

/** Whether the process runs, as far as that is certain. */
export async function fateOf(birth: Birth): Promise<'ended' | 'running' | 'unknown'> {
  const here = await kernel()
  if (here === null || here.boot !== birth.boot || here.host !== birth.host || here.space !== birth.space) return 'unknown'
  const started = await startOf(birth.pid)
  if (started === undefined) return 'unknown'
  return started === birth.started ? 'running' : 'ended'
}

async function kernel(): Promise<Pick<Birth, 'boot' | 'host' | 'space'> | null> {
  try {
    // After `unshare --pid` without a /proc of its own: what /proc says is of other processes.
    if ((await readlink('/proc/self')) !== String(process.pid)) return null
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const pids = await readlink('/proc/self/ns/pid')
    const time = await readlink('/proc/self/ns/time').catch(() => '')
    return boot === '' ? null : { boot, host: hostname(), space: `${pids} ${time}`.trim() }
  } catch {
    return null
  }
}

/** Null when there is no such process, or only what is left of one; undefined when that is not to be known. */
async function startOf(pid: number): Promise<string | null | undefined> {
  try {
    // Field 22 of /proc/PID/stat is the start time; the name in field 2 may hold spaces and brackets.
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return null
    // With hidepid those of others are not shown: then a signal says whether there is one.
    return code === 'ENOENT' && !isThere(pid) ? null : undefined
  }
}

/** Whether a process of this system has the number. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
