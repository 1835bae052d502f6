/**
 * How many processors this process may use. Node tells those it may run on (a cpuset, an affinity); a container may besides have a quota of
 * their time, which older Nodes do not see: then more threads than that only wait for each other.
 */

import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Processors {
  /** As many threads as make sense: at least one. */
  readonly count: number
  /** Processors this process may run on. */
  readonly available: number
  /** Processors' worth of time that the control group gives; null without a quota. */
  readonly quota: number | null
}

/** `root`: where the file system of Linux begins; a test has its own. */
export function processors(root = '/', available = os.availableParallelism()): Processors {
  const quota = quotaOf(root)
  return { available, quota, count: quota === null ? available : Math.max(1, Math.min(available, Math.ceil(quota))) }
}

/** `4`, or `4 (of 64: a quota of 3.5)`. */
export function processorsText({ count, available, quota }: Processors): string {
  const short = quota !== null && quota < available
  return short ? `${count} (of ${available}: the control group has a quota of ${Number(quota.toFixed(2))})` : `${count}`
}

/** The smallest quota of this process's control group and those above it, as far as they can be seen from here. */
function quotaOf(root: string): number | null {
  const groups = linesOf(path.join(root, 'proc/self/cgroup')).map((line) => line.split(':'))
  let least: number | null = null
  for (const { at, from, version } of mountsOf(root)) {
    // 0::/group is version 2; 4:cpu,cpuacct:/group is version 1.
    const own = groups.find(([id, names]) => (version === 2 ? id === '0' && names === '' : names?.split(',').includes('cpu')))
    if (!own) continue
    const group = own.slice(2).join(':')
    // A mount may begin further down: then only what is below is here, and of a group that is not, the root of the mount.
    const below = group === from || from === '/' || group.startsWith(`${from}/`) ? group.slice(from === '/' ? 0 : from.length) : ''
    const parts = below.split('/').filter((part) => part !== '' && part !== '..')
    for (let depth = parts.length; depth >= 0; depth--) {
      const quota =
        version === 2 ? second(path.join(root, at, ...parts.slice(0, depth))) : first(path.join(root, at, ...parts.slice(0, depth)))
      if (quota !== null) least = Math.min(least ?? quota, quota)
    }
  }
  return least
}

/** cpu.max: `150000 100000`, microseconds in each period; `max 100000` is no limit. */
function second(folder: string): number | null {
  const [quota, period] = (linesOf(path.join(folder, 'cpu.max'))[0] ?? '').split(' ')
  return share(Number(quota), Number(period))
}

/** cpu.cfs_quota_us and cpu.cfs_period_us; −1 is no limit. */
function first(folder: string): number | null {
  const number = (name: string) => Number(linesOf(path.join(folder, name))[0])
  return share(number('cpu.cfs_quota_us'), number('cpu.cfs_period_us'))
}

const share = (quota: number, period: number): number | null => (quota > 0 && period > 0 ? quota / period : null)

interface Mount {
  /** Where it is mounted, and the group it begins with. */
  readonly at: string
  readonly from: string
  readonly version: 1 | 2
}

/** `36 35 98:0 /from /at rw … - cgroup2 cgroup rw` */
function mountsOf(root: string): Mount[] {
  return linesOf(path.join(root, 'proc/self/mountinfo')).flatMap((line): Mount[] => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , from = '/', at = ''] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (type === 'cgroup2') return [{ at, from, version: 2 }]
    return type === 'cgroup' && options.split(',').includes('cpu') ? [{ at, from, version: 1 }] : []
  })
}

/** Nothing where there is no such file: another system, another version, no right to look. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}
